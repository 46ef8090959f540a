package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code hosts} and {@code resolv.conf} files that containers see. Files that are the same for
 * all containers are written once; {@code resolv.conf} again when the host's has changed.
 */
final class NameFiles {
  private static final Path HOST_FILE = Path.of("/etc/resolv.conf");

  /** What systemd-resolved writes for those who cannot reach its local server. */
  private static final Path RESOLVED_FILE = Path.of("/run/systemd/resolve/resolv.conf");

  private record Version(Path source, Optional<FileTime> modified) {}

  private final Path directory;
  private final ContainerRuntimeOptions.Dns dns;
  private final Path hostFile;
  private final Path resolvedFile;

  /** What each written file was made from; guarded by this. */
  private final Map<String, Version> written = new HashMap<>();

  NameFiles(Path directory, ContainerRuntimeOptions.Dns dns) {
    this(directory, dns, HOST_FILE, RESOLVED_FILE);
  }

  NameFiles(Path directory, ContainerRuntimeOptions.Dns dns, Path hostFile, Path resolvedFile) {
    this.directory = directory;
    this.dns = dns;
    this.hostFile = hostFile;
    this.resolvedFile = resolvedFile;
  }

  /** The {@code resolv.conf} for containers in the host's network, or in another. */
  synchronized Path resolvConf(boolean hostNetwork) throws IOException {
    String name = hostNetwork ? "resolv-host.conf" : "resolv.conf";
    Path file = directory.resolve(name);
    Path source = source(hostNetwork);
    Version version = new Version(source, modified(source));
    if (!version.equals(written.get(name))) {
      String text = parse(source).forContainer(dns, hostNetwork).text();
      write(file, text);
      written.put(name, version);
    }
    return file;
  }

  private Path source(boolean hostNetwork) throws IOException {
    if (hostNetwork) {
      return hostFile;
    }
    List<String> servers = parse(hostFile).nameservers();
    return servers.equals(List.of("127.0.0.53")) ? resolvedFile : hostFile;
  }

  private static ResolvConf parse(Path file) throws IOException {
    try {
      return ResolvConf.parse(Files.readAllLines(file));
    } catch (NoSuchFileException e) {
      return ResolvConf.parse(List.of());
    }
  }

  private static Optional<FileTime> modified(Path file) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The {@code hosts} file of a container; one of its own lies in its bundle. */
  Path hosts(String hostname, List<ExtraHost> extra, Path bundle) throws IOException {
    if (extra.isEmpty() && hostname.equals(ContainerSpec.DEFAULT_HOSTNAME)) {
      synchronized (this) {
        Path file = directory.resolve("hosts");
        Version version = new Version(file, Optional.empty());
        if (!version.equals(written.get("hosts"))) {
          write(file, hostsText(hostname, extra));
          written.put("hosts", version);
        }
        return file;
      }
    }
    Path file = bundle.resolve("hosts");
    write(file, hostsText(hostname, extra));
    return file;
  }

  static String hostsText(String hostname, List<ExtraHost> extra) {
    StringBuilder b = new StringBuilder();
    b.append("127.0.0.1\tlocalhost ").append(hostname).append('\n');
    b.append("::1\tlocalhost ip6-localhost ip6-loopback\n");
    for (ExtraHost host : extra) {
      b.append(host.address()).append('\t').append(host.name()).append('\n');
    }
    return b.toString();
  }

  /** Containers that have the old file mounted keep it. */
  private static void write(Path file, String text) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(beside, text);
    Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
