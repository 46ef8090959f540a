package dev.gatehouse.solver.worker.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarReader;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.image.ImageStore;
import dev.gatehouse.solver.worker.registry.Credentials;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store with layers to export, and a client to export to. Overlay snapshots need root. */
@Timeout(120)
abstract class ExportKit {
  static final Platform HOST = Platform.host();
  static final byte[] CONFIG =
      ("{\"os\":\"linux\",\"architecture\":\""
              + HOST.architecture()
              + "\",\"config\":{\"Cmd\":[\"/hello\"]},\"x-own\":1}")
          .getBytes(UTF_8);

  @TempDir Path temp;
  Store store;
  Registries registries;
  ImageStore images;
  Exporters exporters;
  final ExportClient client = new ExportClient();
  final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsRoot();
    openStore("store");
  }

  void openStore(String name) throws Exception {
    store = Store.open(temp.resolve(name), StoreOptions.defaults());
    registries = new Registries(Map.of(), Credentials.NONE);
    images = new ImageStore(store);
    exporters = new Exporters(store, registries, images);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
    open.clear();
    if (store != null) {
      registries.close();
      store.close();
    }
  }

  ImmutableReference layer(Optional<ImmutableReference> parent, Map<String, String> files)
      throws Exception {
    try (ActiveReference active = store.references().create(parent, ReferenceOptions.of("step"))) {
      try (LocalMount mount = active.localMount(false)) {
        for (Map.Entry<String, String> f : files.entrySet()) {
          Path p = mount.path().resolve(f.getKey());
          if (f.getValue() == null) {
            Files.delete(p);
          } else {
            Files.createDirectories(p.getParent());
            Files.writeString(p, f.getValue());
          }
        }
        // All that the step touched, folders above and those that lost an entry too, has one time.
        for (String name : files.keySet()) {
          for (Path p = mount.path().resolve(name); !p.equals(mount.path()); p = p.getParent()) {
            if (Files.exists(p)) {
              Files.setLastModifiedTime(
                  p, java.nio.file.attribute.FileTime.fromMillis(1_600_000_000_000L));
            }
          }
        }
      }
      ImmutableReference r = active.commit();
      open.add(r);
      return r;
    }
  }

  ImmutableReference twoLayers() throws Exception {
    ImmutableReference one =
        layer(Optional.empty(), Map.of("hello", "world", "dir/old", "o", "dir/kept", "k"));
    Map<String, String> change = new TreeMap<>();
    change.put("dir/new", "n");
    change.put("dir/old", null);
    change.put("fresh/deep/file", "f");
    return layer(Optional.of(one), change);
  }

  static ExportSource source(ImmutableReference r) {
    return new ExportSource(
        Optional.of(r), Map.of(), Map.of("containerimage.config", CONFIG), Map.of());
  }

  ExportContext context() {
    return new ExportContext() {
      @Override
      public SessionGroup sessions() {
        return () -> List.of(client);
      }

      @Override
      public VertexProgress progress() {
        return new VertexProgress(Digest.sha256("export"), ProgressSink.NONE);
      }

      @Override
      public BuildFacts facts() {
        return BuildFacts.NONE;
      }
    };
  }

  ExportResult export(String type, ExportSource source, String... attributes) throws Exception {
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < attributes.length; i += 2) {
      all.put(attributes[i], attributes[i + 1]);
    }
    ExportResult result = exporters.get(type).resolve(3, all).export(source, context());
    if (result.finish().isPresent()) {
      result.finish().get().run(context());
    }
    return result;
  }

  static Map<String, byte[]> untar(byte[] tar) throws Exception {
    Map<String, byte[]> members = new LinkedHashMap<>();
    TarReader r = new TarReader(new ByteArrayInputStream(tar));
    for (TarEntry e = r.next(); e != null; e = r.next()) {
      members.put(e.name(), r.readAllBytes());
    }
    return members;
  }
}
