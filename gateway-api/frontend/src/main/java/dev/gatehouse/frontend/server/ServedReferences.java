package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.protocol.gateway.Attestations;
import dev.gatehouse.protocol.gateway.Ref;
import dev.gatehouse.protocol.gateway.RefMap;
import dev.gatehouse.protocol.gateway.RefMapDeprecated;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The references that a frontend was told of, by their ids, and the results made of them. */
final class ServedReferences {
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, Reference> references = new ConcurrentHashMap<>();

  private Ref register(Reference reference) throws FrontendException {
    String id = "ref" + ids.incrementAndGet();
    references.put(id, reference);
    Definition definition = reference.definition();
    return Ref.newBuilder().setId(id).setDef(Wire.definition(definition)).build();
  }

  private Ref register(Optional<Reference> reference) throws FrontendException {
    return reference.isPresent() ? register(reference.get()) : Ref.getDefaultInstance();
  }

  /**
   * A result as a frontend is told of it.
   *
   * @param arrays whether the frontend knows references with definitions, or their ids alone
   */
  dev.gatehouse.protocol.gateway.Result.Builder message(Result result, boolean arrays)
      throws FrontendException {
    dev.gatehouse.protocol.gateway.Result.Builder b =
        dev.gatehouse.protocol.gateway.Result.newBuilder()
            .putAllMetadata(Wire.byteStrings(result.metadata()));
    if (!result.references().isEmpty()) {
      RefMap.Builder refs = RefMap.newBuilder();
      for (Map.Entry<String, Optional<Reference>> entry : result.references().entrySet()) {
        refs.putRefs(entry.getKey(), register(entry.getValue()));
      }
      if (arrays) {
        b.setRefs(refs);
      } else {
        RefMapDeprecated.Builder old = RefMapDeprecated.newBuilder();
        refs.getRefsMap().forEach((key, ref) -> old.putRefs(key, ref.getId()));
        b.setRefsDeprecated(old);
      }
    } else {
      Ref ref = register(result.reference());
      if (arrays) {
        b.setRef(ref);
      } else {
        b.setRefDeprecated(ref.getId());
      }
    }
    for (Map.Entry<String, List<Attestation>> entry : result.attestations().entrySet()) {
      Attestations.Builder list = Attestations.newBuilder();
      for (Attestation attestation : entry.getValue()) {
        list.addAttestation(
            BridgeResults.attestation(attestation, register(attestation.reference())));
      }
      b.putAttestations(entry.getKey(), list.build());
    }
    return b;
  }

  /** The reference of a request. */
  Reference get(String id) throws FrontendException {
    if (id.isEmpty()) {
      throw Statuses.invalid(
          "the request names no reference; the result it comes from is an empty file system");
    }
    Reference reference = references.get(id);
    if (reference == null) {
      throw Statuses.notFound("no such ref: " + id);
    }
    return reference;
  }

  /** A result that a frontend returns. */
  Result result(dev.gatehouse.protocol.gateway.Result message) throws FrontendException {
    Result.Builder b = Result.builder();
    switch (message.getResultCase()) {
      case REFDEPRECATED -> b.reference(returned(message.getRefDeprecated()));
      case REF -> b.reference(returned(message.getRef().getId()));
      case REFSDEPRECATED -> {
        for (Map.Entry<String, String> e : message.getRefsDeprecated().getRefsMap().entrySet()) {
          b.reference(e.getKey(), returned(e.getValue()));
        }
      }
      case REFS -> {
        for (Map.Entry<String, Ref> e : message.getRefs().getRefsMap().entrySet()) {
          b.reference(e.getKey(), returned(e.getValue().getId()));
        }
      }
      case RESULT_NOT_SET -> {}
    }
    message.getMetadataMap().forEach((k, v) -> b.metadata(k, v.toByteArray()));
    for (Map.Entry<String, Attestations> e : message.getAttestationsMap().entrySet()) {
      for (dev.gatehouse.protocol.gateway.Attestation a : e.getValue().getAttestationList()) {
        b.attestation(
            e.getKey(), BridgeResults.attestation(a, returned(a.getRef().getId()).orElse(null)));
      }
    }
    return b.build();
  }

  private Optional<Reference> returned(String id) throws FrontendException {
    if (id.isEmpty()) {
      return Optional.empty();
    }
    Reference reference = references.get(id);
    if (reference == null) {
      throw Statuses.notFound("return reference " + id + " not found");
    }
    return Optional.of(reference);
  }

  Optional<Reference> find(String id) {
    return Optional.ofNullable(references.get(id));
  }
}
