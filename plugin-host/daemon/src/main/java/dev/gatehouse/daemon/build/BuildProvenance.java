package dev.gatehouse.daemon.build;

import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.host.HostedBuild;
import dev.gatehouse.host.SolvedReference;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.WorkerReference;
import dev.gatehouse.solver.worker.export.Attestation;
import dev.gatehouse.solver.worker.export.ExportSource;
import dev.gatehouse.solver.worker.provenance.Provenance;
import dev.gatehouse.solver.worker.provenance.ProvenanceOptions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the results of a build came to be: told to those who asked for it, and kept with the build's
 * record in any case.
 */
final class BuildProvenance {
  private final HostedBuild build;
  private final BuildTask task;
  private final Instant started;
  private final Optional<ProvenanceOptions> asked;
  private final ProvenanceOptions kept;

  /**
   * @throws SolveException USER if provenance is asked for in a way that makes no sense
   */
  BuildProvenance(HostedBuild build, BuildTask task, Instant started) throws SolveException {
    this.build = build;
    this.task = task;
    this.started = started;
    this.asked = ProvenanceOptions.parse(task.frontendOptions());
    this.kept = ProvenanceOptions.all(asked.map(ProvenanceOptions::builderId).orElse(""));
  }

  /** The result with the provenance of each of its platforms, if it was asked for. */
  ExportSource attach(ExportSource source, Result result) throws SolveException {
    ExportSource attested = source;
    if (asked.isPresent()) {
      for (String platform : source.platformIds()) {
        Optional<Reference> reference =
            result.references().getOrDefault(platform, result.reference());
        attested = attested.withAttestation(platform, predicate(asked.get(), reference, result));
      }
    }
    return attested;
  }

  /** All there is to tell, by platform; of a single result under the empty name. */
  Map<String, Attestation> record(Result result) throws SolveException {
    Map<String, Attestation> all = new LinkedHashMap<>();
    if (result.reference().isPresent()) {
      all.put("", predicate(kept, result.reference(), result));
    }
    for (Map.Entry<String, Optional<Reference>> each : result.references().entrySet()) {
      if (each.getValue().isPresent()) {
        all.put(each.getKey(), predicate(kept, each.getValue(), result));
      }
    }
    return all;
  }

  private Attestation predicate(
      ProvenanceOptions options, Optional<Reference> reference, Result result)
      throws SolveException {
    Provenance.Call root = new Provenance.Call(task.frontend(), task.frontendOptions());
    Optional<SolveRequest> nested = reference.flatMap(build::request);
    Provenance.Call call =
        nested.map(r -> new Provenance.Call(r.frontend(), r.frontendOptions())).orElse(root);
    Optional<WorkerReference> solved = reference.map(each -> ((SolvedReference) each).worker());
    // What frontends looked into had its part in what they made.
    List<Provenance.Part> others =
        build.references().stream()
            .filter(each -> !result.allReferences().contains(each))
            .map(SolvedReference::worker)
            .filter(WorkerReference::isEvaluated)
            .map(each -> new Provenance.Part(each.sources(), each.definition()))
            .toList();
    return Provenance.attestation(
        options,
        new Provenance.Request(
            call,
            root.frontend().isEmpty() && root.options().isEmpty()
                ? Optional.empty()
                : Optional.of(root),
            task.ref(),
            started,
            Instant.now()),
        solved
            .map(each -> new Provenance.Part(each.sources(), each.definition()))
            .orElse(new Provenance.Part(List.of(), new byte[0])),
        others);
  }
}
