package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.exec.ContainerRuntime;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.cache.CacheExporter;
import dev.gatehouse.solver.worker.cache.CacheImporter;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;
import dev.gatehouse.solver.worker.exec.ExecOperation;
import dev.gatehouse.solver.worker.exec.ExecServices;
import dev.gatehouse.solver.worker.export.Exporters;
import dev.gatehouse.solver.worker.file.DiffOperation;
import dev.gatehouse.solver.worker.file.FileOperation;
import dev.gatehouse.solver.worker.file.MergeOperation;
import dev.gatehouse.solver.worker.image.ImageStore;
import dev.gatehouse.solver.worker.op.BuildOperation;
import dev.gatehouse.solver.worker.op.OperationFactory;
import dev.gatehouse.solver.worker.op.OperationKind;
import dev.gatehouse.solver.worker.op.OperationRegistry;
import dev.gatehouse.solver.worker.op.PassthroughOperation;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.source.Source;
import dev.gatehouse.solver.worker.source.SourceOperation;
import dev.gatehouse.solver.worker.source.SourceRegistry;
import dev.gatehouse.solver.worker.source.git.GitSource;
import dev.gatehouse.solver.worker.source.http.HttpSource;
import dev.gatehouse.solver.worker.source.image.ImageSource;
import dev.gatehouse.solver.worker.source.image.LayerSources;
import dev.gatehouse.solver.worker.source.local.LocalSource;
import dev.gatehouse.solver.worker.source.ocilayout.OciLayoutSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is plugged into a worker: the one place where operations, sources and exporters are
 * wired to the store, the container runtime and the registries.
 */
public final class WorkerServices implements AutoCloseable {
  private final ContainerRuntime runtime;
  private final Registries registries;
  private final ImageStore images;
  private final Exporters exporters;
  private final SourceRegistry sources;
  private final OperationRegistry operations;
  private final LayerSource layers;
  private final CacheImporter cacheImporter;
  private final CacheExporter cacheExporter;
  private final ContentHashes contents;
  private final ExecServices exec;
  private final HttpSource http;

  private WorkerServices(WorkerConfig config, Store store, ContainerRuntime runtime) {
    this.runtime = runtime;
    this.registries = new Registries(config.registries(), config.credentials());
    this.images = new ImageStore(store);
    this.exporters = new Exporters(store, registries, images);
    this.cacheImporter = new CacheImporter(store, registries);
    this.cacheExporter = new CacheExporter(store, exporters.layerBlobs(), registries);
    List<Source> sources = new ArrayList<>();
    LayerSources layerSources = new LayerSources(registries);
    sources.add(new ImageSource(store, registries, images));
    sources.add(new OciLayoutSource(store, layerSources));
    LocalSource local = new LocalSource(store.references());
    sources.add(local);
    this.http = new HttpSource(store.references());
    sources.add(http);
    sources.add(new GitSource(store.references(), store.temporaryDirectory()));
    this.sources = new SourceRegistry(sources);
    this.contents = new ContentHashes(local.origin());
    this.exec = ExecServices.of(store.references(), runtime, contents);
    this.layers = (sessions, progress) -> layerSources.provider(sessions, Optional.of(progress));
    Map<OperationKind, OperationFactory> factories = new EnumMap<>(OperationKind.class);
    factories.put(OperationKind.SOURCE, SourceOperation.factory(this.sources));
    factories.put(OperationKind.EXEC, ExecOperation.factory(exec));
    factories.put(OperationKind.FILE, FileOperation.factory(store.references(), contents));
    factories.put(OperationKind.MERGE, MergeOperation.factory(store.references()));
    factories.put(OperationKind.DIFF, DiffOperation.factory(store.references()));
    factories.put(OperationKind.BUILD, BuildOperation::create);
    factories.put(OperationKind.PASSTHROUGH, PassthroughOperation::create);
    this.operations = new OperationRegistry(factories);
  }

  static WorkerServices open(WorkerConfig config, Store store) throws IOException {
    ContainerRuntime runtime = ContainerRuntime.open(config.runtime());
    try {
      return new WorkerServices(config, store, runtime);
    } catch (RuntimeException e) {
      runtime.close();
      throw e;
    }
  }

  /** Checksums of parts of results. */
  ContentHashes contents() {
    return contents;
  }

  public ContainerRuntime runtime() {
    return runtime;
  }

  /** What processes need, also those of a frontend's own containers. */
  public ExecServices exec() {
    return exec;
  }

  public Registries registries() {
    return registries;
  }

  public ImageStore images() {
    return images;
  }

  public Exporters exporters() {
    return exporters;
  }

  public SourceRegistry sources() {
    return sources;
  }

  OperationRegistry operations() {
    return operations;
  }

  CacheImporter cacheImporter() {
    return cacheImporter;
  }

  CacheExporter cacheExporter() {
    return cacheExporter;
  }

  LayerSource layers() {
    return layers;
  }

  @Override
  public void close() {
    try {
      runtime.close();
    } finally {
      http.close();
      registries.close();
    }
  }
}
