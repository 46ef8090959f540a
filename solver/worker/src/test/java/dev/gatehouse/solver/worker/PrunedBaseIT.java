package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.store.UsageRecord;
import dev.gatehouse.solver.worker.cache.CacheLocation;
import dev.gatehouse.solver.worker.export.ExportContext;
import dev.gatehouse.solver.worker.export.ExportResult;
import dev.gatehouse.solver.worker.export.ExportSource;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.registry.MemoryRegistry;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fully cached builds whose base layers were pruned: nothing of the base is pulled again. */
@Timeout(120)
class PrunedBaseIT {
  @TempDir Path directory;
  private final BuildEvents events = new BuildEvents();
  private RegistryWorker opened;
  private MemoryRegistry registry;
  private Worker worker;

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsContainers();
    opened = RegistryWorker.open(directory.resolve("worker"));
    registry = opened.registry;
    worker = opened.worker;
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  private State base() {
    return opened.base().env("PATH", "/bin");
  }

  private static State run(State root, String command) {
    return root.run().args(List.of("/bin/sh", "-c", command)).build().root();
  }

  private static State copiedOutOf(State source, String path) {
    return State.scratch()
        .file(FileAction.copy(source, path, "/copied", CopyOptions.NONE), Constraints.NONE);
  }

  /** Builds, and pushes what comes of it as {@code team/app} with a tag. */
  private String push(State state, String tag, List<CacheLocation> from, List<CacheLocation> to)
      throws Exception {
    events.clear();
    try (Build build = worker.build(new BuildRequest(BuildFacts.NONE, SessionGroup.NONE, events))) {
      build.importCaches(from);
      WorkerReference reference = build.solve(state.marshal(MarshalOptions.defaults()).toBytes());
      ExportSource source =
          new ExportSource(reference.evaluate().reference(), Map.of(), Map.of(), Map.of());
      Map<String, String> attributes =
          Map.of("name", registry.host() + "/team/app:" + tag, "push", "true");
      String id = source.reference().map(r -> r.id()).orElse("");
      build.step(
          "export",
          context -> {
            ExportResult exported =
                worker
                    .services()
                    .exporters()
                    .get("image")
                    .resolve(0, attributes)
                    .export(source, exporting(context));
            if (exported.finish().isPresent()) {
              exported.finish().get().run(exporting(context));
            }
            return true;
          });
      build.exportCaches(to, List.of(reference));
      assertThat(registry.hasManifest("team/app", tag)).isTrue();
      return id;
    }
  }

  private static ExportContext exporting(OperationContext context) {
    return new ExportContext() {
      @Override
      public SessionGroup sessions() {
        return context.sessions();
      }

      @Override
      public VertexProgress progress() {
        return context.progress();
      }

      @Override
      public BuildFacts facts() {
        return BuildFacts.NONE;
      }
    };
  }

  private List<UsageRecord> prune(String filter) throws Exception {
    List<UsageRecord> removed = new ArrayList<>();
    List<String> filters = filter.isEmpty() ? List.of() : List.of(filter);
    worker.prune(List.of(new GcPolicy(true, filters, Duration.ZERO, 0, 0, 0)), removed::add);
    return removed;
  }

  @Test
  void aResultThatStandsOnItsOwnOutlivesItsBase() throws Exception {
    State step = run(base(), "echo ran; cat /etc/motd > /tmp/made");
    State built = copiedOutOf(step, "/tmp/made");
    String id = push(built, "1", List.of(), List.of());
    assertThat(events.logs()).isEqualTo("ran\n");
    assertThat(registry.reads()).hasSize(2);

    // The layers of the base and the step upon it go, blobs and snapshots; the copy stays.
    assertThat(prune("id!=" + id)).hasSize(3);
    assertThat(worker.store().content().list())
        .allSatisfy(blob -> assertThat(blob.size()).isLessThan(10_000));
    registry.pushes();
    assertThat(push(built, "2", List.of(), List.of())).isEqualTo(id);

    assertThat(events.logs()).isEmpty();
    assertThat(registry.reads()).isEmpty();

    // A further step upon the same needs no more either.
    push(copiedOutOf(built, "/copied"), "3", List.of(), List.of());
    assertThat(registry.reads()).isEmpty();
  }

  @Test
  void anImportedCacheIsPushedOnWithoutBeingPulled() throws Exception {
    State built = run(run(base(), "echo one; echo 1 > /tmp/one"), "echo two; echo 2 > /tmp/two");
    CacheLocation cache =
        new CacheLocation(
            "registry", Map.of("ref", registry.host() + "/team/cache:1", "mode", "max"));
    push(built, "1", List.of(), List.of(cache));
    assertThat(events.logs()).isEqualTo("one\ntwo\n");

    assertThat(prune("")).hasSize(4);
    assertThat(worker.diskUsage(List.of())).isEmpty();
    assertThat(worker.store().content().list()).noneMatch(blob -> blob.size() > 100_000);
    registry.reads();
    registry.pushes();
    push(built, "2", List.of(cache), List.of());

    assertThat(events.logs()).isEmpty();
    assertThat(registry.reads()).isEmpty();
    // The configuration is new, for its times; no layer was sent.
    assertThat(registry.pushes()).hasSizeLessThanOrEqualTo(1);

    // It is recorded: the next build needs no import, and pulls as little.
    push(built, "3", List.of(), List.of());
    assertThat(events.logs()).isEmpty();
    assertThat(registry.reads()).isEmpty();
    // Who looks into the result gets it all.
    push(run(built, "cat /tmp/one /tmp/two /etc/motd"), "4", List.of(), List.of());
    assertThat(events.logs()).isEqualTo("1\n2\nhello\n");
    assertThat(registry.reads()).hasSize(4);
  }

  @Test
  void aBaseThatOnlyGetsAnotherNameIsNotPulled() throws Exception {
    push(run(base(), "true"), "1", List.of(), List.of());
    assertThat(registry.reads()).hasSize(2);
    assertThat(prune("")).isNotEmpty();
    push(base(), "2", List.of(), List.of());
    assertThat(registry.reads()).isEmpty();
  }
}
