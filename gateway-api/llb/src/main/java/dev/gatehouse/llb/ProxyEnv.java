package dev.gatehouse.llb;

/**
 * Proxy settings that a command sees as environment variables and that are no part of its cache
 * key. Empty if not said.
 */
public record ProxyEnv(
    String httpProxy, String httpsProxy, String ftpProxy, String noProxy, String allProxy) {}
