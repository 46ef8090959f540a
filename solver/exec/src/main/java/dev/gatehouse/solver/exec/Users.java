package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/** Users and groups by name or number, as the files of an image define them. */
final class Users {
  private static final long MAX_ID = Integer.MAX_VALUE;

  /** Reads a file of the image: empty when it is not there. */
  interface Reader {
    Optional<byte[]> read(String path) throws IOException;
  }

  /**
   * Who a process runs as.
   *
   * @param groups supplementary groups; the first is the primary one
   */
  record Identity(int uid, int gid, List<Integer> groups) {
    static final Identity ROOT = new Identity(0, 0, List.of(0));

    Identity {
      groups = List.copyOf(groups);
    }

    static Identity of(int uid, int gid, List<Integer> supplementary) {
      List<Integer> groups = new ArrayList<>(supplementary);
      if (!groups.contains(gid)) {
        groups.addFirst(gid);
      }
      return new Identity(uid, gid, groups);
    }
  }

  private record User(String name, int uid, int gid) {}

  private record Group(String name, int gid, List<String> members) {}

  private Users() {}

  /**
   * Looks up {@code user[:group]}.
   *
   * <p>Numbers need no entry; a number is never taken for a name. Without a group, a user with an
   * entry has its primary and supplementary groups.
   *
   * @throws ContainerException SPECIFICATION when a name has no entry
   */
  static Identity find(String text, Reader files) throws IOException {
    boolean byDefault = text.isEmpty();
    int colon = text.indexOf(':');
    String user = byDefault ? "0" : colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? "" : text.substring(colon + 1);
    if (colon >= 0) {
      OptionalInt uid = user.equals("root") ? OptionalInt.of(0) : number(user);
      OptionalInt gid = group.equals("root") ? OptionalInt.of(0) : number(group);
      if (uid.isPresent() && gid.isPresent()) {
        return Identity.of(uid.getAsInt(), gid.getAsInt(), List.of());
      }
    }
    OptionalInt uid = user.isEmpty() ? OptionalInt.of(0) : number(user);
    Optional<User> entry =
        first(
            files.read("/etc/passwd"),
            Users::user,
            u -> uid.isPresent() ? u.uid() == uid.getAsInt() : u.name().equals(user));
    if (entry.isEmpty() && uid.isEmpty()) {
      throw missing("user", user, "passwd");
    }
    int id = entry.isPresent() ? entry.get().uid() : uid.orElseThrow();
    int primary = entry.map(User::gid).orElse(0);
    if (!group.isEmpty()) {
      OptionalInt gid = number(group);
      Optional<Group> found =
          first(
              files.read("/etc/group"),
              Users::group,
              g -> gid.isPresent() ? g.gid() == gid.getAsInt() : g.name().equals(group));
      if (found.isEmpty() && gid.isEmpty()) {
        throw missing("group", group, "group");
      }
      return Identity.of(id, found.isPresent() ? found.get().gid() : gid.orElseThrow(), List.of());
    }
    if (entry.isEmpty()) {
      return Identity.of(id, primary, List.of());
    }
    String name = entry.get().name();
    List<Integer> supplementary = new ArrayList<>();
    files
        .read("/etc/group")
        .ifPresent(bytes ->
            lines(bytes)
                .forEach(line ->
                    group(line)
                        .filter(g -> g.members().contains(name))
                        .ifPresent(g -> supplementary.add(g.gid()))));
    return Identity.of(id, primary, supplementary);
  }

  private static ContainerException missing(String kind, String name, String file) {
    return new ContainerException(
        ContainerException.Kind.SPECIFICATION,
        "unable to find " + kind + " " + name + ": no matching entries in " + file + " file");
  }

  private static <T> Optional<T> first(
      Optional<byte[]> file,
      java.util.function.Function<String, Optional<T>> parser,
      Predicate<T> filter) {
    return file.flatMap(
        bytes -> lines(bytes).flatMap(l -> parser.apply(l).stream()).filter(filter).findFirst());
  }

  private static java.util.stream.Stream<String> lines(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).lines().map(String::strip);
  }

  private static Optional<User> user(String line) {
    String[] f = line.split(":", -1);
    if (f.length < 4 || f[0].isEmpty()) {
      return Optional.empty();
    }
    OptionalInt uid = number(f[2]);
    OptionalInt gid = number(f[3]);
    return uid.isPresent() && gid.isPresent()
        ? Optional.of(new User(f[0], uid.getAsInt(), gid.getAsInt()))
        : Optional.empty();
  }

  private static Optional<Group> group(String line) {
    String[] f = line.split(":", -1);
    if (f.length < 3 || f[0].isEmpty()) {
      return Optional.empty();
    }
    OptionalInt gid = number(f[2]);
    if (gid.isEmpty()) {
      return Optional.empty();
    }
    List<String> members = f.length > 3 ? List.of(f[3].split(",")) : List.of();
    return Optional.of(new Group(f[0], gid.getAsInt(), members));
  }

  private static OptionalInt number(String text) {
    if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalInt.empty();
    }
    long value = Long.parseLong(text);
    return value > MAX_ID ? OptionalInt.empty() : OptionalInt.of((int) value);
  }
}
