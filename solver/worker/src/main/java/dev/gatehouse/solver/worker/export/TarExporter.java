package dev.gatehouse.solver.worker.export;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;

/** The exporter {@code tar}: the files of the result as one archive, sent to the client. */
final class TarExporter implements Exporter {
  private static final long SECOND = 1_000_000_000L;

  @Override
  public String type() {
    return "tar";
  }

  @Override
  public ExporterInstance resolve(int id, Map<String, String> attributes) throws SolveException {
    ExportFiles.Options options = ExportFiles.Options.parse(attributes);
    return new ExporterInstance() {
      @Override
      public String name() {
        return "exporting to client tarball";
      }

      @Override
      public ExportResult export(ExportSource source, ExportContext context)
          throws SolveException, IOException, InterruptedException {
        try (ExportFiles files = ExportFiles.of(source, options, context);
            VertexProgress.Part part = context.progress().part("sending tarball")) {
          FileSend.file(context.sessions(), id, Map.of(), out -> write(files, out, part));
        }
        return ExportResult.done();
      }
    };
  }

  private static void write(ExportFiles files, OutputStream out, VertexProgress.Part part)
      throws IOException, InterruptedException {
    try (TarWriter tar = new TarWriter(out)) {
      for (ExportFiles.Entry e : files.entries()) {
        if (Thread.interrupted()) {
          throw new InterruptedException("export interrupted");
        }
        int type = ExportFiles.type(e.stat());
        if (type == FileStatus.S_IFSOCK) {
          continue;
        }
        TarEntry entry = entry(e.stat(), type);
        if (entry.size() == 0 || e.content().isEmpty()) {
          tar.begin(entry);
        } else {
          try (InputStream in = e.content().get().open()) {
            tar.add(entry, in);
          }
          part.advance(entry.size());
        }
      }
    }
  }

  private static TarEntry entry(Stat stat, int type) {
    boolean hardLink = type != FileStatus.S_IFLNK && !stat.getLinkname().isEmpty();
    TarEntry.Type kind =
        hardLink
            ? TarEntry.Type.HARD_LINK
            : switch (type) {
              case FileStatus.S_IFDIR -> TarEntry.Type.DIRECTORY;
              case FileStatus.S_IFLNK -> TarEntry.Type.SYMLINK;
              case FileStatus.S_IFCHR -> TarEntry.Type.CHARACTER_DEVICE;
              case FileStatus.S_IFBLK -> TarEntry.Type.BLOCK_DEVICE;
              case FileStatus.S_IFIFO -> TarEntry.Type.FIFO;
              default -> TarEntry.Type.FILE;
            };
    TarEntry.Builder entry =
        TarEntry.builder(
                kind == TarEntry.Type.DIRECTORY ? stat.getPath() + "/" : stat.getPath(), kind)
            .mode(ExportFiles.permissions(stat))
            .owner(stat.getUid() & 0xffffffffL, stat.getGid() & 0xffffffffL)
            .modified(Instant.ofEpochSecond(Math.floorDiv(stat.getModTime() + SECOND / 2, SECOND)))
            .linkName(stat.getLinkname())
            .device(stat.getDevmajor(), stat.getDevminor());
    for (Map.Entry<String, ByteString> x : stat.getXattrsMap().entrySet()) {
      entry.xattr(x.getKey(), x.getValue().toByteArray());
    }
    return kind == TarEntry.Type.FILE ? entry.size(stat.getSize()).build() : entry.build();
  }
}
