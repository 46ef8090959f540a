package dev.gatehouse.client;

/** What a daemon says it is; empty where it does not say. */
public record DaemonInfo(
    String packageName, String version, String revision, String dockerfileVersion) {}
