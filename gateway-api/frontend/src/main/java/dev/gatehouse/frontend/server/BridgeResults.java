package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.protocol.gateway.AttestationKind;
import dev.gatehouse.protocol.gateway.Blob;
import dev.gatehouse.protocol.gateway.ChecksumResponse;
import dev.gatehouse.protocol.gateway.Descriptor;
import dev.gatehouse.protocol.gateway.InTotoSubject;
import dev.gatehouse.protocol.gateway.InTotoSubjectKind;
import dev.gatehouse.protocol.gateway.Ref;
import dev.gatehouse.protocol.gateway.ResolveSourceGitResponse;
import dev.gatehouse.protocol.gateway.ResolveSourceHTTPResponse;
import dev.gatehouse.protocol.gateway.ResolveSourceImageResponse;
import dev.gatehouse.protocol.gateway.ResolveSourceMetaResponse;
import dev.gatehouse.protocol.pb.CacheOpt;
import dev.gatehouse.protocol.pb.CacheSharingOpt;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.SSHOpt;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.protocol.pb.TmpfsOpt;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attestations, source metadata and mounts as messages and back. */
final class BridgeResults {
  private BridgeResults() {}

  static dev.gatehouse.protocol.gateway.Attestation attestation(Attestation a, Ref ref) {
    dev.gatehouse.protocol.gateway.Attestation.Builder b =
        dev.gatehouse.protocol.gateway.Attestation.newBuilder()
            .setKind(
                switch (a.kind()) {
                  case IN_TOTO -> AttestationKind.InToto;
                  case BUNDLE -> AttestationKind.Bundle;
                })
            .putAllMetadata(Wire.byteStrings(a.metadata()))
            .setRef(ref)
            .setPath(a.path())
            .setInTotoPredicateType(a.predicateType());
    for (Attestation.Subject s : a.subjects()) {
      b.addInTotoSubjects(
          InTotoSubject.newBuilder()
              .setKind(s.self() ? InTotoSubjectKind.Self : InTotoSubjectKind.Raw)
              .addAllDigest(s.digests())
              .setName(s.name()));
    }
    return b.build();
  }

  static Attestation attestation(
      dev.gatehouse.protocol.gateway.Attestation a, @Nullable Reference reference) {
    return new Attestation(
        switch (a.getKind()) {
          case InToto -> Attestation.Kind.IN_TOTO;
          case Bundle -> Attestation.Kind.BUNDLE;
          case UNRECOGNIZED ->
              throw new IllegalArgumentException("unknown attestation kind " + a.getKindValue());
        },
        Wire.bytes(a.getMetadataMap()),
        reference,
        a.getPath(),
        a.getInTotoPredicateType(),
        a.getInTotoSubjectsList().stream()
            .map(s ->
                new Attestation.Subject(
                    s.getKind() == InTotoSubjectKind.Self, s.getDigestList(), s.getName()))
            .toList());
  }

  static ResolveSourceMetaResponse metadata(SourceMetadata m) {
    ResolveSourceMetaResponse.Builder b =
        ResolveSourceMetaResponse.newBuilder()
            .setSource(
                SourceOp.newBuilder().setIdentifier(m.identifier()).putAllAttrs(m.attributes()));
    m.image()
        .ifPresent(image -> {
          ResolveSourceImageResponse.Builder i =
              ResolveSourceImageResponse.newBuilder()
                  .setDigest(image.digest())
                  .setConfig(ByteString.copyFrom(image.config()));
          image.attestationChain().ifPresent(chain -> i.setAttestationChain(chain(chain)));
          b.setImage(i);
        });
    m.git()
        .ifPresent(git ->
            b.setGit(
                ResolveSourceGitResponse.newBuilder()
                    .setChecksum(git.checksum())
                    .setRef(git.reference())
                    .setCommitChecksum(git.commitChecksum())
                    .setCommitObject(ByteString.copyFrom(git.commitObject()))
                    .setTagObject(ByteString.copyFrom(git.tagObject()))));
    m.http()
        .ifPresent(http -> {
          ResolveSourceHTTPResponse.Builder h =
              ResolveSourceHTTPResponse.newBuilder()
                  .setChecksum(http.checksum())
                  .setFilename(http.filename());
          http.lastModified()
              .ifPresent(
                  t -> h.setLastModified(Timestamp.newBuilder().setSeconds(t.getEpochSecond())));
          http.checksumAnswer()
              .ifPresent(c ->
                  h.setChecksumResponse(
                      ChecksumResponse.newBuilder()
                          .setDigest(c.digest())
                          .setSuffix(ByteString.copyFrom(c.suffix()))));
          b.setHTTP(h);
        });
    return b.build();
  }

  private static dev.gatehouse.protocol.gateway.AttestationChain chain(
      SourceMetadata.AttestationChain chain) {
    dev.gatehouse.protocol.gateway.AttestationChain.Builder b =
        dev.gatehouse.protocol.gateway.AttestationChain.newBuilder()
            .setRoot(chain.root())
            .setImageManifest(chain.imageManifest())
            .setAttestationManifest(chain.attestationManifest())
            .addAllSignatureManifests(chain.signatureManifests());
    chain
        .blobs()
        .forEach((digest, blob) ->
            b.putBlobs(
                digest,
                Blob.newBuilder()
                    .setTarget(
                        Descriptor.newBuilder()
                            .setMediaType(blob.mediaType())
                            .setDigest(blob.digest())
                            .setSize(blob.size())
                            .putAllAnnotations(blob.annotations()))
                    .setData(ByteString.copyFrom(blob.data()))
                    .build()));
    return b.build();
  }

  static SourceMetadata metadata(ResolveSourceMetaResponse m) {
    SourceMetadata.Image image = null;
    if (m.hasImage()) {
      image =
          new SourceMetadata.Image(
              m.getImage().getDigest(),
              m.getImage().getConfig().toByteArray(),
              m.getImage().hasAttestationChain()
                  ? chain(m.getImage().getAttestationChain())
                  : null);
    }
    SourceMetadata.Git git = null;
    if (m.hasGit()) {
      git =
          new SourceMetadata.Git(
              m.getGit().getChecksum(),
              m.getGit().getRef(),
              m.getGit().getCommitChecksum(),
              m.getGit().getCommitObject().toByteArray(),
              m.getGit().getTagObject().toByteArray());
    }
    SourceMetadata.Http http = null;
    if (m.hasHTTP()) {
      var h = m.getHTTP();
      http =
          new SourceMetadata.Http(
              h.getChecksum(),
              h.getFilename(),
              h.hasLastModified()
                  ? Instant.ofEpochSecond(
                      h.getLastModified().getSeconds(), h.getLastModified().getNanos())
                  : null,
              h.hasChecksumResponse()
                  ? new SourceMetadata.ChecksumAnswer(
                      h.getChecksumResponse().getDigest(),
                      h.getChecksumResponse().getSuffix().toByteArray())
                  : null);
    }
    return new SourceMetadata(
        m.getSource().getIdentifier(), m.getSource().getAttrsMap(), image, git, http);
  }

  private static SourceMetadata.AttestationChain chain(
      dev.gatehouse.protocol.gateway.AttestationChain chain) {
    Map<String, SourceMetadata.Blob> blobs = new LinkedHashMap<>();
    chain
        .getBlobsMap()
        .forEach((digest, blob) ->
            blobs.put(
                digest,
                new SourceMetadata.Blob(
                    blob.getTarget().getMediaType(),
                    blob.getTarget().getDigest(),
                    blob.getTarget().getSize(),
                    blob.getTarget().getAnnotationsMap(),
                    blob.getData().toByteArray())));
    return new SourceMetadata.AttestationChain(
        chain.getRoot(),
        chain.getImageManifest(),
        chain.getAttestationManifest(),
        chain.getSignatureManifestsList(),
        blobs);
  }

  static ContainerMount mount(Mount m, @Nullable Reference reference) {
    return switch (m.getMountType()) {
      case BIND ->
          new ContainerMount.Bind(
              m.getDest(), m.getSelector(), reference, m.getResultID(), m.getReadonly());
      case CACHE ->
          new ContainerMount.Cache(
              m.getDest(),
              m.getSelector(),
              reference,
              m.getCacheOpt().getID(),
              switch (m.getCacheOpt().getSharing()) {
                case SHARED -> ContainerMount.Sharing.SHARED;
                case PRIVATE -> ContainerMount.Sharing.PRIVATE;
                case LOCKED -> ContainerMount.Sharing.LOCKED;
                case UNRECOGNIZED ->
                    throw new IllegalArgumentException(
                        "unknown cache sharing " + m.getCacheOpt().getSharingValue());
              },
              m.getReadonly());
      case TMPFS -> new ContainerMount.Tmpfs(m.getDest(), m.getTmpfsOpt().getSize());
      case SECRET ->
          new ContainerMount.Secret(
              m.getDest(),
              m.getSecretOpt().getID(),
              m.getSecretOpt().getUid(),
              m.getSecretOpt().getGid(),
              m.getSecretOpt().getMode(),
              m.getSecretOpt().getOptional());
      case SSH ->
          new ContainerMount.Ssh(
              m.getDest(),
              m.getSSHOpt().getID(),
              m.getSSHOpt().getUid(),
              m.getSSHOpt().getGid(),
              m.getSSHOpt().getMode(),
              m.getSSHOpt().getOptional());
      case UNRECOGNIZED ->
          throw new IllegalArgumentException("unknown mount type " + m.getMountTypeValue());
    };
  }

  /** The mount as a message; {@code id} is that of its reference, or empty. */
  static Mount mount(ContainerMount mount, String id) {
    Mount.Builder b = Mount.newBuilder().setDest(mount.destination()).setResultID(id);
    if (mount instanceof ContainerMount.Bind m) {
      b.setMountType(MountType.BIND).setSelector(m.selector()).setReadonly(m.readonly());
    } else if (mount instanceof ContainerMount.Cache m) {
      b.setMountType(MountType.CACHE)
          .setSelector(m.selector())
          .setReadonly(m.readonly())
          .setCacheOpt(
              CacheOpt.newBuilder()
                  .setID(m.id())
                  .setSharing(
                      switch (m.sharing()) {
                        case SHARED -> CacheSharingOpt.SHARED;
                        case PRIVATE -> CacheSharingOpt.PRIVATE;
                        case LOCKED -> CacheSharingOpt.LOCKED;
                      }));
    } else if (mount instanceof ContainerMount.Tmpfs m) {
      b.setMountType(MountType.TMPFS).setTmpfsOpt(TmpfsOpt.newBuilder().setSize(m.sizeBytes()));
    } else if (mount instanceof ContainerMount.Secret m) {
      b.setMountType(MountType.SECRET)
          .setSecretOpt(
              SecretOpt.newBuilder()
                  .setID(m.id())
                  .setUid(m.userId())
                  .setGid(m.groupId())
                  .setMode(m.mode())
                  .setOptional(m.optional()));
    } else if (mount instanceof ContainerMount.Ssh m) {
      b.setMountType(MountType.SSH)
          .setSSHOpt(
              SSHOpt.newBuilder()
                  .setID(m.id())
                  .setUid(m.userId())
                  .setGid(m.groupId())
                  .setMode(m.mode())
                  .setOptional(m.optional()));
    }
    return b.build();
  }
}
