package dev.gatehouse.solver.worker.export;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileNames;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The files of a result in the order of a sorted walk, for exporters that send them as they are.
 * Trees of several platforms become directories of one, or are laid together; attestations become
 * files beside them.
 */
final class ExportFiles implements AutoCloseable {
  private static final int GO_DIRECTORY = 1 << 31;
  private static final int GO_SYMLINK = 1 << 27;
  private static final int GO_DEVICE = 1 << 26;
  private static final int GO_NAMED_PIPE = 1 << 25;
  private static final int GO_SOCKET = 1 << 24;
  private static final int GO_SET_UID = 1 << 23;
  private static final int GO_SET_GID = 1 << 22;
  private static final int GO_CHARACTER_DEVICE = 1 << 21;
  private static final int GO_STICKY = 1 << 20;

  /**
   * The attributes that the exporters local and tar share.
   *
   * @param epoch what all times are set to; absent if not said
   * @param attestationPrefix before the names of attestation files
   * @param platformSplit whether each platform gets a directory; empty to decide by the result
   * @param delete whether the client's directory is to hold nothing else
   */
  record Options(
      Optional<Optional<Instant>> epoch,
      String attestationPrefix,
      Optional<Boolean> platformSplit,
      boolean delete) {
    static Options parse(Map<String, String> attributes) throws SolveException {
      Optional<Optional<Instant>> epoch = Optional.empty();
      String prefix = "";
      Optional<Boolean> split = Optional.empty();
      boolean delete = false;
      for (Map.Entry<String, String> a : attributes.entrySet()) {
        switch (a.getKey()) {
          case "source-date-epoch" ->
              epoch = Optional.of(ImageOptions.epoch(a.getKey(), a.getValue()));
          case "attestation-prefix" -> prefix = a.getValue();
          case "platform-split" ->
              split = Optional.of(ImageOptions.bool(a.getKey(), a.getValue(), null));
          case "mode" ->
              delete =
                  switch (a.getValue()) {
                    case "", "copy" -> false;
                    case "delete" -> true;
                    default ->
                        throw ImageOptions.invalid(
                            "invalid local exporter mode \"" + a.getValue() + "\"");
                  };
          default -> {
            // As in BuildKit, what is not known here is left to others.
          }
        }
      }
      return new Options(epoch, prefix, split, delete);
    }
  }

  /** Opens a file's content. */
  interface Content {
    InputStream open() throws IOException;
  }

  /** A file: what the client is told of it, and its content if it is a regular one. */
  record Entry(Stat stat, Optional<Content> content) {
    boolean isDirectory() {
      return (stat.getMode() & GO_DIRECTORY) != 0;
    }
  }

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Entry> entries = new ArrayList<>();

  private ExportFiles() {}

  List<Entry> entries() {
    return entries;
  }

  static ExportFiles of(ExportSource source, Options options, ExportContext context)
      throws SolveException, IOException, InterruptedException {
    ExportFiles files = new ExportFiles();
    try {
      files.collect(source, options, context);
      return files;
    } catch (SolveException | IOException | InterruptedException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private void collect(ExportSource source, Options options, ExportContext context)
      throws SolveException, IOException, InterruptedException {
    List<ExportPlatforms.Entry> platforms = ExportPlatforms.of(source);
    boolean several = !source.references().isEmpty();
    if (!several && platforms.size() > 1) {
      throw ImageWriter.invalid("unable to export multiple platforms without map");
    }
    boolean split = options.platformSplit().orElse(several);
    Map<String, String> owners = new HashMap<>();
    TreeMap<String, Entry> all = new TreeMap<>(ExportFiles::comparePaths);
    for (ExportPlatforms.Entry p : platforms) {
      if (several && !source.references().containsKey(p.id())) {
        throw ImageWriter.invalid("failed to find ref for ID " + p.id());
      }
      Optional<Instant> epoch =
          options.epoch().isPresent()
              ? options.epoch().get()
              : ImageOptions.epochOf(
                  source, Optional.of(p.id()), context.facts().sourceDateEpoch());
      List<Entry> tree = new ArrayList<>();
      Optional<ImmutableReference> reference = source.find(p.id());
      String folder = p.id().replace('/', '_');
      if (reference.isPresent()) {
        walk(reference.get(), epoch, tree);
      }
      List<Attestation> attestations = new ArrayList<>();
      for (Attestation a : source.attestations().getOrDefault(p.id(), List.of())) {
        if (!a.isInlineOnly()) {
          attestations.add(a);
        }
      }
      if (!attestations.isEmpty()) {
        addAttestations(attestations, options, several && !split ? "." + folder : "", epoch, tree);
      }
      if (split) {
        Stat.Builder stat = Stat.newBuilder().setPath(folder).setMode(GO_DIRECTORY | 0755);
        epoch.ifPresent(t -> stat.setModTime(nanos(t)));
        all.put(folder, new Entry(stat.build(), Optional.empty()));
      }
      for (Entry e : tree) {
        Entry placed = split ? under(folder, e) : e;
        String path = placed.stat().getPath();
        String owner = e.isDirectory() ? null : owners.putIfAbsent(path, p.id());
        if (owner != null) {
          throw ImageWriter.invalid(
              "cannot overwrite "
                  + path
                  + " from "
                  + owner
                  + " with "
                  + p.id()
                  + " when split option is disabled");
        }
        all.putIfAbsent(path, placed);
      }
    }
    entries.addAll(all.values());
  }

  private static Entry under(String folder, Entry e) {
    Stat.Builder stat = e.stat().toBuilder().setPath(folder + "/" + e.stat().getPath());
    if (!e.stat().getLinkname().isEmpty() && (e.stat().getMode() & GO_SYMLINK) == 0) {
      stat.setLinkname(folder + "/" + e.stat().getLinkname());
    }
    return new Entry(stat.build(), e.content());
  }

  private void walk(ImmutableReference reference, Optional<Instant> epoch, List<Entry> into)
      throws IOException, InterruptedException {
    LocalMount mount = reference.localMount(true);
    open.push(mount);
    RootDirectory root = RootDirectory.open(mount.path());
    open.push(root);
    walk(root, root.root(), "", epoch, new HashMap<>(), into);
  }

  private record Inode(long device, long inode) {}

  private static void walk(
      RootDirectory root,
      Directory directory,
      String prefix,
      Optional<Instant> epoch,
      Map<Inode, String> firstNames,
      List<Entry> into)
      throws IOException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("export interrupted");
    }
    List<Directory.Entry> names = new ArrayList<>(directory.list());
    names.sort((a, b) -> compareNames(a.name(), b.name()));
    for (Directory.Entry n : names) {
      String path = prefix + n.name();
      FileStatus status = directory.stat(n.name());
      Stat.Builder stat =
          Stat.newBuilder()
              .setPath(path)
              .setMode(goMode(status))
              .setUid(status.uid())
              .setGid(status.gid())
              .setModTime(epoch.map(ExportFiles::nanos).orElseGet(status::modifyTimeNanos));
      for (Map.Entry<String, byte[]> x : directory.xattrs(n.name()).entrySet()) {
        if (!x.getKey().startsWith("trusted.") && !x.getKey().startsWith("user.overlay.")) {
          stat.putXattrs(x.getKey(), ByteString.copyFrom(x.getValue()));
        }
      }
      Optional<Content> content = Optional.empty();
      if (!status.isDirectory()) {
        stat.setSize(status.size());
        if (status.isSymlink()) {
          stat.setLinkname(directory.readlink(n.name()));
        } else if (status.isDevice()) {
          stat.setDevmajor(status.deviceMajor()).setDevminor(status.deviceMinor());
        }
        String first =
            status.links() > 1 && !status.isSymlink()
                ? firstNames.putIfAbsent(new Inode(status.device(), status.inode()), path)
                : null;
        if (first != null) {
          stat.setLinkname(first).setSize(0);
        } else if (status.isRegular()) {
          content = Optional.of(() -> open(root, path));
        }
      }
      into.add(new Entry(stat.build(), content));
      if (status.isDirectory()) {
        try (Directory below = directory.directory(n.name())) {
          walk(root, below, path + "/", epoch, firstNames, into);
        }
      }
    }
  }

  private static InputStream open(RootDirectory root, String path) throws IOException {
    OpenFile file;
    try (RootDirectory.Place place = root.place("/" + path)) {
      file = place.directory().file(place.name(), OpenFile.O_RDONLY, 0);
    }
    return new FilterInputStream(file.inputStream()) {
      @Override
      public void close() {
        file.close();
      }
    };
  }

  private static void addAttestations(
      List<Attestation> attestations,
      Options options,
      String suffix,
      Optional<Instant> epoch,
      List<Entry> tree)
      throws SolveException, IOException, InterruptedException {
    List<Statements.Subject> subjects = new ArrayList<>();
    for (Entry e : tree) {
      if (e.content().isPresent()) {
        MessageDigest sha = Digest.newSha256();
        byte[] buffer = new byte[128 * 1024];
        try (InputStream in = e.content().get().open()) {
          for (int n; (n = in.read(buffer)) > 0; ) {
            sha.update(buffer, 0, n);
          }
        }
        subjects.add(Statements.Subject.of(e.stat().getPath(), Digest.of(sha.digest())));
      }
    }
    Set<String> taken = new HashSet<>();
    long now = nanos(epoch.orElseGet(() -> Instant.ofEpochSecond(Instant.now().getEpochSecond())));
    for (Statements.Statement s : Statements.of(attestations, subjects)) {
      String base = s.path().substring(s.path().lastIndexOf('/') + 1);
      int dot = base.lastIndexOf('.');
      String name =
          options.attestationPrefix()
              + (dot < 0 ? base + suffix : base.substring(0, dot) + suffix + base.substring(dot));
      if (name.isEmpty() || name.contains("/") || !taken.add(name)) {
        throw ImageWriter.invalid("duplicate attestation path name " + name);
      }
      byte[] content = s.indented();
      tree.add(
          new Entry(
              Stat.newBuilder()
                  .setPath(name)
                  .setMode(0600)
                  .setSize(content.length)
                  .setModTime(now)
                  .build(),
              Optional.of(() -> new ByteArrayInputStream(content))));
    }
  }

  private static long nanos(Instant t) {
    return Math.addExact(Math.multiplyExact(t.getEpochSecond(), 1_000_000_000L), t.getNano());
  }

  /** The bits of Go's {@code fs.FileMode}. */
  static int goMode(FileStatus status) {
    int p = status.permissions();
    int bits = p & 0777;
    bits |= (p & 04000) != 0 ? GO_SET_UID : 0;
    bits |= (p & 02000) != 0 ? GO_SET_GID : 0;
    bits |= (p & 01000) != 0 ? GO_STICKY : 0;
    return bits
        | switch (status.type()) {
          case FileStatus.S_IFDIR -> GO_DIRECTORY;
          case FileStatus.S_IFLNK -> GO_SYMLINK;
          case FileStatus.S_IFBLK -> GO_DEVICE;
          case FileStatus.S_IFCHR -> GO_DEVICE | GO_CHARACTER_DEVICE;
          case FileStatus.S_IFIFO -> GO_NAMED_PIPE;
          case FileStatus.S_IFSOCK -> GO_SOCKET;
          default -> 0;
        };
  }

  /** Permission bits as Linux has them. */
  static int permissions(Stat stat) {
    int bits = stat.getMode();
    return bits & 0777
        | ((bits & GO_SET_UID) != 0 ? 04000 : 0)
        | ((bits & GO_SET_GID) != 0 ? 02000 : 0)
        | ((bits & GO_STICKY) != 0 ? 01000 : 0);
  }

  /** One of the S_IF constants of {@link FileStatus}. */
  static int type(Stat stat) {
    int bits = stat.getMode();
    if ((bits & GO_DIRECTORY) != 0) {
      return FileStatus.S_IFDIR;
    }
    if ((bits & GO_SYMLINK) != 0) {
      return FileStatus.S_IFLNK;
    }
    if ((bits & GO_DEVICE) != 0) {
      return (bits & GO_CHARACTER_DEVICE) != 0 ? FileStatus.S_IFCHR : FileStatus.S_IFBLK;
    }
    if ((bits & GO_NAMED_PIPE) != 0) {
      return FileStatus.S_IFIFO;
    }
    return (bits & GO_SOCKET) != 0 ? FileStatus.S_IFSOCK : FileStatus.S_IFREG;
  }

  /** By components: a directory, what is in it, then its sibling. */
  private static int comparePaths(String a, String b) {
    String[] x = a.split("/");
    String[] y = b.split("/");
    for (int i = 0; i < Math.min(x.length, y.length); i++) {
      int c = compareNames(x[i], y[i]);
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(x.length, y.length);
  }

  private static int compareNames(String a, String b) {
    for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x >= 0x80 || y >= 0x80) {
        return Arrays.compareUnsigned(FileNames.encode(a), FileNames.encode(b));
      }
      if (x != y) {
        return x - y;
      }
    }
    return a.length() - b.length();
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      switch (open.pop()) {
        case RootDirectory r -> r.close();
        case LocalMount m -> m.close();
        default -> throw new IllegalStateException("only roots and mounts are opened here");
      }
    }
  }
}
