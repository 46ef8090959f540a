package dev.gatehouse.cli.packager;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The ahead-of-time cache of a frontend: its classes loaded, linked and laid out as the JVM wants
 * them in memory.
 *
 * <p>Made in two steps: a run of the frontend lists the classes it loads, then the JVM dumps these.
 * Dumping is deterministic but for the clock values of soft references and checksums over them, so
 * it is done twice, and the words in which the two differ are cleared. (The JVM reads these
 * checksums only under {@code -XX:+VerifySharedSpaces}; a soft reference of age 0 is at most
 * cleared earlier.) The cache of a training run with {@code -XX:AOTCacheOutput}, which holds
 * profiles as well, starts no faster and differs in megabytes each time.
 */
final class ClassArchive {
  /** The flags that the frontend's JVM runs with; the archive is valid for these only. */
  static final List<String> FLAGS =
      List.of(
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:+IgnoreUnrecognizedVMOptions",
          // The archive where it was made for, if that is free: to move it touches all its pages.
          "-XX:ArchiveRelocationMode=0",
          "-XX:TieredStopAtLevel=1",
          // A process of some tenths of a second compiles less than one that stays.
          "-XX:Tier3InvocationThreshold=1000",
          "-XX:Tier3MinInvocationThreshold=500",
          "-XX:Tier3CompileThreshold=3000",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData",
          "-XX:+DisplayVMOutputToStderr",
          "-Xlog:disable",
          "-Xlog:all=error:stderr",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          // Reflection for a call or two: no classes are made for it.
          "-Djdk.reflect.useNativeAccessorOnly=true",
          "-Djavax.net.ssl.trustStore=NONE");

  private static final int MAX_DIFFERENT_WORDS = 20_000;

  private ClassArchive() {}

  /**
   * Dumps the classes of a list.
   *
   * <p>The archive remembers the class path of the dump, and for each class the JVM makes a URL of
   * that until there is such a file. So it is dumped with a relative one, which exists here and,
   * seen from {@code /}, in the image.
   *
   * @param java the launcher of the runtime that will use the archive
   * @param root what will be {@code /}
   * @param jar the class path that will be used, with the time of modification that it will have
   * @param classes the list of classes, as {@link #merge} writes it
   */
  static void dump(Path java, Path root, Path jar, Path classes, Path target)
      throws IOException, PackagingException, InterruptedException {
    Path again = target.resolveSibling(target.getFileName() + ".again");
    try {
      for (Path file : List.of(target, again)) {
        Files.deleteIfExists(file);
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(FLAGS);
        command.addAll(
            List.of(
                "-XX:+AOTClassLinking",
                "-Xshare:dump",
                "-Xlog:disable",
                "-XX:SharedClassListFile=" + classes,
                "-XX:SharedArchiveFile=" + file.toAbsolutePath(),
                "-cp",
                root.relativize(jar).toString()));
        String printed = Tool.run(root, command);
        if (!Files.exists(file)) {
          throw new PackagingException("the JVM wrote no class archive:\n" + printed.strip());
        }
      }
      settle(target, again);
    } finally {
      Files.deleteIfExists(again);
    }
  }

  /**
   * Makes one list of what several runs loaded, sorted. Which classes a run loads depends a little
   * on how its threads happen to meet, so who wants equal images keeps the list.
   *
   * @param lists what {@code -XX:DumpLoadedClassList} wrote, a file a run
   */
  static void merge(List<Path> lists, Path target) throws IOException {
    TreeSet<String> classes = new TreeSet<>();
    TreeSet<String> lambdas = new TreeSet<>();
    for (Path list : lists) {
      for (String line : Files.readAllLines(list)) {
        if (line.startsWith("@")) {
          lambdas.add(line);
        } else if (!line.startsWith("#") && !line.contains(" source: ")) {
          classes.add(line.replaceFirst(" id: .*", ""));
        }
      }
    }
    List<String> lines = new ArrayList<>(classes);
    lines.addAll(lambdas);
    Files.write(target, lines);
  }

  private static void settle(Path target, Path again) throws IOException, PackagingException {
    ByteBuffer a = ByteBuffer.wrap(Files.readAllBytes(target)).order(ByteOrder.nativeOrder());
    ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(again)).order(ByteOrder.nativeOrder());
    int different = a.capacity() == b.capacity() ? 0 : MAX_DIFFERENT_WORDS + 1;
    for (int i = 0; different <= MAX_DIFFERENT_WORDS && i + 8 <= a.capacity(); i += 8) {
      if (a.getLong(i) != b.getLong(i)) {
        different++;
        clear(a, b, i);
      }
    }
    if (different > MAX_DIFFERENT_WORDS) {
      throw new PackagingException(
          "this JVM dumps classes differently each time, so the image could not be made twice");
    }
    Files.write(target, a.array());
  }

  /** The header mixes checksums and magic numbers in a word, so only the half that differs goes. */
  private static void clear(ByteBuffer a, ByteBuffer b, int word) {
    boolean header = word < 4096;
    for (int i = word; i < word + 8; i += 4) {
      if (!header || a.getInt(i) != b.getInt(i)) {
        a.putInt(i, 0);
      }
    }
  }
}
