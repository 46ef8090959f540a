package dev.gatehouse.solver.worker.file;

import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.UserOpt;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.ReadableRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The owner that an action gives to what it makes.
 *
 * @param uid user
 * @param gid group
 */
record Owner(int uid, int gid) {
  private static final int MAX_FILE = 10 << 20;

  /** Where names are looked up: the tree of an input. */
  interface Trees {
    ReadableRoot tree(int input) throws IOException, InterruptedException;
  }

  /**
   * Reads an action's owner; names are looked up in the passwd and group files of the tree that it
   * names, and those not found there are root.
   */
  static Optional<Owner> of(@Nullable ChownOpt option, Trees trees)
      throws IOException, InterruptedException {
    if (option == null) {
      return Optional.empty();
    }
    int uid = 0;
    int gid = 0;
    if (option.hasUser()) {
      UserOpt user = option.getUser();
      switch (user.getUserCase()) {
        case BYNAME -> {
          Optional<String[]> entry =
              entry(
                  trees.tree(input(user.getByName().getInput())),
                  "/etc/passwd",
                  user.getByName().getName(),
                  4);
          if (entry.isPresent()) {
            uid = number(entry.get()[2]);
            gid = number(entry.get()[3]);
          }
        }
        case BYID -> {
          uid = user.getByID();
          gid = user.getByID();
        }
        case USER_NOT_SET -> {}
      }
    }
    if (option.hasGroup()) {
      UserOpt group = option.getGroup();
      switch (group.getUserCase()) {
        case BYNAME -> {
          Optional<String[]> entry =
              entry(
                  trees.tree(input(group.getByName().getInput())),
                  "/etc/group",
                  group.getByName().getName(),
                  3);
          if (entry.isPresent()) {
            gid = number(entry.get()[2]);
          }
        }
        case BYID -> gid = group.getByID();
        case USER_NOT_SET -> {}
      }
    }
    return Optional.of(new Owner(uid, gid));
  }

  private static int input(long index) throws IOException {
    if (index < 0 || index > Integer.MAX_VALUE) {
      throw new IOException("invalid user index: " + index);
    }
    return (int) index;
  }

  private static Optional<String[]> entry(ReadableRoot root, String path, String name, int fields)
      throws IOException {
    byte[] file;
    try {
      file = root.readFile(path, MAX_FILE);
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return Optional.empty();
      }
      if (e.is(Errno.EINVAL)) {
        throw new IOException(path + " is not a regular file", e);
      }
      throw e;
    }
    return new String(file, StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.strip().split(":", -1))
        .filter(f -> f.length >= fields && f[0].equals(name))
        .findFirst();
  }

  private static int number(String text) {
    try {
      return Integer.parseUnsignedInt(text.strip());
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
