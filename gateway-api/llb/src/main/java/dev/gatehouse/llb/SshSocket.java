package dev.gatehouse.llb;

/**
 * A socket of the client's SSH agent.
 *
 * @param id what the client knows it by
 * @param target path of the socket; empty for one of the builder's choice
 * @param mode permissions
 * @param uid owner
 * @param gid group
 * @param optional whether the command runs without it
 */
public record SshSocket(String id, String target, int mode, int uid, int gid, boolean optional) {}
