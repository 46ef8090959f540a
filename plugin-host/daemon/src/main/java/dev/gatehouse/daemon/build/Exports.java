package dev.gatehouse.daemon.build;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.host.Failures;
import dev.gatehouse.host.SolvedReference;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.worker.Build;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.cache.CacheExporter;
import dev.gatehouse.solver.worker.cache.CacheLocation;
import dev.gatehouse.solver.worker.export.Attestation;
import dev.gatehouse.solver.worker.export.ExportContext;
import dev.gatehouse.solver.worker.export.ExportResult;
import dev.gatehouse.solver.worker.export.ExportSource;
import dev.gatehouse.solver.worker.export.ExporterInstance;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The last part of a build: its result is solved, all platforms side by side, and taken to where it
 * should go.
 */
final class Exports {
  private static final String INLINE = "inline";

  /** Metadata of a result that its client gets to see. */
  private static final String FOR_CLIENTS = "frontend.";

  private final Build build;
  private final BuildProvenance provenance;
  private final List<CacheLocation> caches = new ArrayList<>();
  private boolean inlineCache;

  /**
   * @throws SolveException USER if a cache is asked for in a way that makes no sense
   */
  Exports(Build build, BuildTask task, BuildProvenance provenance) throws SolveException {
    this.build = build;
    this.provenance = provenance;
    for (BuildTask.Export export : task.cacheExports()) {
      CacheLocation location = new CacheLocation(export.type(), export.attributes());
      CacheExporter.check(location);
      if (export.type().equals(INLINE)) {
        inlineCache = true;
      } else {
        caches.add(location);
      }
    }
  }

  Map<String, String> run(Result result, List<ExporterInstance> exporters)
      throws FrontendException, InterruptedException {
    List<SolvedReference> references = new ArrayList<>();
    result.allReferences().forEach(reference -> references.add(solved(reference)));
    for (List<dev.gatehouse.frontend.Attestation> all : result.attestations().values()) {
      all.forEach(attestation -> attestation.reference().ifPresent(r -> references.add(solved(r))));
    }
    evaluate(references);
    Map<String, String> response = new LinkedHashMap<>();
    result
        .metadata()
        .forEach((key, value) -> {
          if (key.startsWith(FOR_CLIENTS)) {
            response.put(key, new String(value, StandardCharsets.UTF_8));
          }
        });
    if (!exporters.isEmpty()) {
      export(result, exporters, response);
    }
    if (!caches.isEmpty()) {
      try {
        response.putAll(
            build.exportCaches(caches, references.stream().map(SolvedReference::worker).toList()));
      } catch (SolveException e) {
        throw Failures.of(e, null);
      } catch (IOException e) {
        throw Failures.of(e);
      }
    }
    return response;
  }

  private void export(Result result, List<ExporterInstance> exporters, Map<String, String> response)
      throws FrontendException, InterruptedException {
    ExportSource source = withProvenance(result);
    List<ExportResult.Finish> left = new ArrayList<>();
    try {
      for (ExporterInstance exporter : exporters) {
        ExportResult exported =
            step(exporter.name(), result, context -> exporter.export(source, context));
        exported.finish().ifPresent(left::add);
        response.putAll(exported.response());
      }
      while (!left.isEmpty()) {
        ExportResult.Finish finish = left.removeFirst();
        step(
            finish.name(),
            result,
            context -> {
              finish.run(context);
              return ExportResult.done();
            });
      }
    } finally {
      left.forEach(ExportResult.Finish::abandon);
    }
  }

  private interface Export {
    ExportResult run(ExportContext context)
        throws SolveException, IOException, InterruptedException;
  }

  private ExportResult step(String name, Result result, Export export)
      throws FrontendException, InterruptedException {
    try {
      return build.step(name, context -> export.run(new Context(context, result)));
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  /** Solves all; the first failure stops the others and is what is told. */
  private static void evaluate(List<SolvedReference> references)
      throws FrontendException, InterruptedException {
    if (references.size() == 1) {
      references.get(0).evaluate();
      return;
    }
    try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      ExecutorCompletionService<@Nullable Void> ends = new ExecutorCompletionService<>(tasks);
      for (SolvedReference reference : references) {
        ends.submit(() -> {
          reference.evaluate();
          return null;
        });
      }
      try {
        for (int i = 0; i < references.size(); i++) {
          ends.take().get();
        }
      } catch (InterruptedException e) {
        tasks.shutdownNow();
        throw e;
      } catch (ExecutionException e) {
        tasks.shutdownNow();
        Throwable cause = e.getCause();
        if (cause instanceof FrontendException failure) {
          throw failure;
        }
        if (cause instanceof InterruptedException) {
          throw new InterruptedException();
        }
        throw new IllegalStateException(cause);
      }
    }
  }

  private ExportSource withProvenance(Result result)
      throws FrontendException, InterruptedException {
    try {
      return provenance.attach(source(result), result);
    } catch (SolveException e) {
      throw Failures.of(e, null);
    }
  }

  private static ExportSource source(Result result) throws FrontendException, InterruptedException {
    Optional<ImmutableReference> single =
        result.reference().isPresent() ? tree(result.reference().get()) : Optional.empty();
    Map<String, Optional<ImmutableReference>> byPlatform = new LinkedHashMap<>();
    for (Map.Entry<String, Optional<Reference>> entry : result.references().entrySet()) {
      byPlatform.put(
          entry.getKey(),
          entry.getValue().isPresent() ? tree(entry.getValue().get()) : Optional.empty());
    }
    Map<String, List<Attestation>> attestations = new LinkedHashMap<>();
    for (Map.Entry<String, List<dev.gatehouse.frontend.Attestation>> entry :
        result.attestations().entrySet()) {
      List<Attestation> converted = new ArrayList<>();
      for (dev.gatehouse.frontend.Attestation attestation : entry.getValue()) {
        converted.add(attestation(attestation));
      }
      attestations.put(entry.getKey(), converted);
    }
    return new ExportSource(single, byPlatform, result.metadata(), attestations);
  }

  private static Attestation attestation(dev.gatehouse.frontend.Attestation a)
      throws FrontendException, InterruptedException {
    List<Attestation.Subject> subjects = new ArrayList<>();
    for (dev.gatehouse.frontend.Attestation.Subject subject : a.subjects()) {
      subjects.add(
          new Attestation.Subject(
              subject.self(),
              subject.name(),
              subject.digests().stream().map(Digest::parse).toList()));
    }
    return new Attestation(
        switch (a.kind()) {
          case IN_TOTO -> Attestation.Kind.IN_TOTO;
          case BUNDLE -> Attestation.Kind.BUNDLE;
        },
        a.metadata(),
        a.reference().isPresent() ? tree(a.reference().get()) : Optional.empty(),
        a.path(),
        Optional.empty(),
        a.predicateType(),
        subjects);
  }

  private static Optional<ImmutableReference> tree(Reference reference)
      throws FrontendException, InterruptedException {
    return solved(reference).result().reference();
  }

  private static SolvedReference solved(Reference reference) {
    if (reference instanceof SolvedReference solved) {
      return solved;
    }
    throw new IllegalStateException("a reference of another backend: " + reference.getClass());
  }

  private final class Context implements ExportContext {
    private final OperationContext step;
    private final Result result;

    Context(OperationContext step, Result result) {
      this.step = step;
      this.result = result;
    }

    @Override
    public SessionGroup sessions() {
      return step.sessions();
    }

    @Override
    public VertexProgress progress() {
      return step.progress();
    }

    @Override
    public BuildFacts facts() {
      return step.facts();
    }

    @Override
    public Optional<byte[]> inlineCache(Optional<String> platformId, List<Descriptor> layers)
        throws SolveException, IOException, InterruptedException {
      Optional<Reference> reference =
          platformId.isPresent() && !result.references().isEmpty()
              ? result.references().getOrDefault(platformId.get(), Optional.empty())
              : result.reference();
      if (!inlineCache || reference.isEmpty()) {
        return Optional.empty();
      }
      return build.inlineCache(
          solved(reference.get()).worker(),
          layers.stream().map(layer -> Digest.parse(layer.digest().toString())).toList());
    }
  }
}
