package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.CacheOpt;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.FileOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.MergeOp;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.OpMetadata;
import dev.gatehouse.protocol.pb.ProgressGroup;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.protocol.sourcepolicy.Policy;
import dev.gatehouse.protocol.sourcepolicy.PolicyAction;
import dev.gatehouse.protocol.sourcepolicy.Rule;
import dev.gatehouse.protocol.sourcepolicy.Selector;
import dev.gatehouse.protocol.sourcepolicy.Update;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.Edge;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.Vertex;
import dev.gatehouse.solver.worker.op.OperationRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DefinitionReaderTest {
  private final Graph graph = new Graph();

  /** Writes definitions operation by operation. */
  private static final class Graph {
    private final List<Op> ops = new ArrayList<>();
    private final Map<String, OpMetadata> metadata = new HashMap<>();

    private Input add(Op.Builder op, Input... inputs) {
      for (Input input : inputs) {
        op.addInputs(input);
      }
      Op built = op.build();
      ops.add(built);
      return Input.newBuilder().setDigest(Digest.sha256(built.toByteArray()).toString()).build();
    }

    private Input source(String identifier) {
      return add(Op.newBuilder().setSource(SourceOp.newBuilder().setIdentifier(identifier)));
    }

    private byte[] end(Input input) {
      add(Op.newBuilder(), input);
      Definition.Builder definition = Definition.newBuilder().putAllMetadata(metadata);
      ops.forEach(op -> definition.addDef(ByteString.copyFrom(op.toByteArray())));
      return definition.build().toByteArray();
    }
  }

  private static DefinitionReader reader(Policy... policies) throws SolveException {
    List<byte[]> messages = new ArrayList<>();
    for (Policy policy : policies) {
      messages.add(policy.toByteArray());
    }
    return new DefinitionReader(new SourcePolicies(messages), Set.of(), Platform.LINUX_AMD64);
  }

  private static Edge<OperationRequest> read(byte[] definition) throws SolveException {
    return reader().read(definition).orElseThrow();
  }

  private void refused(byte[] definition, String message) {
    assertThatThrownBy(() -> read(definition))
        .isInstanceOfSatisfying(
            SolveException.class, e -> assertThat(e.category().name()).isEqualTo("USER"))
        .hasMessage(message);
  }

  private static Op.Builder exec(NetMode network) {
    return Op.newBuilder()
        .setExec(
            ExecOp.newBuilder()
                .setMeta(Meta.newBuilder().addArgs("make").addArgs("all"))
                .addMounts(Mount.newBuilder().setDest("/"))
                .setNetwork(network));
  }

  @Test
  void digestsAreOfTheBytesReceived() throws Exception {
    Input image = graph.source("docker-image://docker.io/library/alpine:3");
    Input run = graph.add(exec(NetMode.UNSET), image);
    Edge<OperationRequest> edge = read(graph.end(run.toBuilder().setIndex(1).build()));
    assertThat(edge.index()).isEqualTo(1);
    assertThat(edge.vertex().digest()).hasToString(run.getDigest());
    assertThat(edge.vertex().name()).isEqualTo("make all");
    Vertex<OperationRequest> source = edge.vertex().inputs().getFirst().vertex();
    assertThat(source.digest()).hasToString(image.getDigest());
    assertThat(source.name()).isEqualTo("docker-image://docker.io/library/alpine:3");
    assertThat(Digest.sha256(source.operation().op())).isEqualTo(source.digest());
    assertThat(source.operation().platform()).isEqualTo(Platform.LINUX_AMD64);
  }

  @Test
  void sharedInputsAreOneVertex() throws Exception {
    Input image = graph.source("a://b");
    Input left = graph.add(Op.newBuilder().setMerge(MergeOp.newBuilder()), image, image);
    Edge<OperationRequest> edge = read(graph.end(left));
    assertThat(edge.vertex().inputs().get(0).vertex())
        .isSameAs(edge.vertex().inputs().get(1).vertex());
    assertThat(edge.vertex().name()).isEqualTo("merge (a://b, a://b)");
  }

  @Test
  void metadataBecomesOptions() throws Exception {
    Input image = graph.source("a://b");
    graph.metadata.put(
        image.getDigest(),
        OpMetadata.newBuilder()
            .setIgnoreCache(true)
            .putDescription("llb.customname", "[1/2] FROM b")
            .setProgressGroup(ProgressGroup.newBuilder().setId("g").setName("group"))
            .build());
    Vertex<OperationRequest> vertex = read(graph.end(image)).vertex();
    assertThat(vertex.name()).isEqualTo("[1/2] FROM b");
    assertThat(vertex.options().ignoreCache()).isTrue();
    assertThat(vertex.options().exportCache()).isEmpty();
    assertThat(vertex.options().progressGroup().orElseThrow().name()).isEqualTo("group");
  }

  @Test
  void unknownCapabilitiesAreRefused() {
    Input image = graph.source("a://b");
    graph.metadata.put(
        image.getDigest(), OpMetadata.newBuilder().putCaps("source.image", true).build());
    graph.metadata.put(
        graph.source("a://c").getDigest(),
        OpMetadata.newBuilder().putCaps("source.teleport", true).build());
    refused(
        graph.end(
            graph.add(
                Op.newBuilder().setMerge(MergeOp.newBuilder()), image, graph.source("a://c"))),
        "unknown API capability source.teleport");
  }

  @Test
  void stepsThatIgnoreTheCacheFindTheirCacheMountsEmpty() throws Exception {
    Op.Builder op = exec(NetMode.UNSET);
    op.getExecBuilder()
        .addMounts(Mount.newBuilder().setDest("/m").setInput(-1).setMountType(MountType.CACHE))
        .addMounts(
            Mount.newBuilder()
                .setDest("/n")
                .setInput(-1)
                .setMountType(MountType.CACHE)
                .setCacheOpt(CacheOpt.newBuilder().setID("go")));
    Input run = graph.add(op, graph.source("a://b"));
    byte[] definition = graph.end(run);
    assertThat(DefinitionReader.staleCacheMounts(definition)).isEmpty();
    graph.ops.removeLast();
    graph.metadata.put(run.getDigest(), OpMetadata.newBuilder().setIgnoreCache(true).build());
    assertThat(DefinitionReader.staleCacheMounts(graph.end(run))).containsExactly("/m", "go");
  }

  @Test
  void fileOperationsAreNamedByTheirActions() throws Exception {
    Input file =
        graph.add(
            Op.newBuilder()
                .setFile(
                    FileOp.newBuilder()
                        .addActions(
                            FileAction.newBuilder()
                                .setMkfile(FileActionMkFile.newBuilder().setPath("/a")))
                        .addActions(
                            FileAction.newBuilder()
                                .setCopy(FileActionCopy.newBuilder().setSrc("/b").setDest("/c")))));
    assertThat(read(graph.end(file)).vertex().name()).isEqualTo("mkfile /a, copy /b /c");
  }

  @Test
  void anEmptyDefinitionIsScratch() throws Exception {
    assertThat(reader().read(new byte[0])).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    refused(new byte[] {1, 2, 3}, "failed to parse llb definition");
    Definition.Builder broken = Definition.newBuilder().addDef(ByteString.copyFrom(new byte[] {9}));
    refused(broken.build().toByteArray(), "failed to parse llb proto op");
    Input image = graph.source("a://b");
    refused(
        Definition.newBuilder().addDef(graph.ops.getFirst().toByteString()).build().toByteArray(),
        "invalid LLB with 1 vertexes");
    refused(
        Definition.newBuilder()
            .addDef(graph.ops.getFirst().toByteString())
            .addDef(Op.newBuilder().setSource(SourceOp.newBuilder()).build().toByteString())
            .build()
            .toByteArray(),
        "invalid LLB with no inputs on last vertex");
    String other = Digest.sha256("other").toString();
    refused(
        graph.end(Input.newBuilder().setDigest(other).build()),
        "invalid missing input digest " + other);
    refused(new Graph().end(image), "invalid LLB with 1 vertexes");
  }

  @Test
  void operationsAreChecked() {
    Input image = graph.source("a://b");
    refused(
        graph.end(graph.add(Op.newBuilder().setExec(ExecOp.newBuilder()), image)),
        "invalid exec op with no meta");
    refused(
        graph.end(
            graph.add(
                Op.newBuilder()
                    .setExec(ExecOp.newBuilder().setMeta(Meta.newBuilder().addArgs("x"))),
                image)),
        "invalid exec op with no mounts");
    refused(
        graph.end(graph.add(Op.newBuilder().setFile(FileOp.newBuilder()), image)),
        "invalid file op with no actions");
    refused(graph.end(image.toBuilder().setIndex(-1).build()), "invalid input 0 output index -1");
  }

  @Test
  void entitlementsAreNeeded() throws Exception {
    byte[] definition = graph.end(graph.add(exec(NetMode.HOST), graph.source("a://b")));
    refused(definition, "network.host is not allowed");
    assertThat(
            new DefinitionReader(
                    new SourcePolicies(List.of()), Set.of("network.host"), Platform.LINUX_AMD64)
                .read(definition))
        .isPresent();
  }

  @Test
  void aRewrittenSourceChangesWhatDependsOnIt() throws Exception {
    Policy policy =
        Policy.newBuilder()
            .addRules(
                Rule.newBuilder()
                    .setAction(PolicyAction.CONVERT)
                    .setSelector(Selector.newBuilder().setIdentifier("docker-image://x/*:1"))
                    .setUpdates(Update.newBuilder().setIdentifier("docker-image://mirror/${1}:2")))
            .build();
    Input other = graph.source("docker-image://y/b:1");
    Input image = graph.source("docker-image://x/a:1");
    Input run = graph.add(Op.newBuilder().setMerge(MergeOp.newBuilder()), other, image);
    Edge<OperationRequest> edge = reader(policy).read(graph.end(run)).orElseThrow();
    assertThat(edge.vertex().digest().toString()).isNotEqualTo(run.getDigest());
    assertThat(Digest.sha256(edge.vertex().operation().op())).isEqualTo(edge.vertex().digest());
    assertThat(edge.vertex().inputs().get(0).vertex().digest()).hasToString(other.getDigest());
    Vertex<OperationRequest> source = edge.vertex().inputs().get(1).vertex();
    assertThat(source.name()).isEqualTo("docker-image://mirror/a:2");
    assertThat(Op.parseFrom(edge.vertex().operation().op()).getInputs(1).getDigest())
        .isEqualTo(source.digest().toString());
  }

  @Test
  void aLongChainIsNoProblem() throws Exception {
    Input last = graph.source("a://b");
    for (int i = 0; i < 20_000; i++) {
      last =
          graph.add(
              Op.newBuilder()
                  .setFile(
                      FileOp.newBuilder()
                          .addActions(
                              FileAction.newBuilder()
                                  .setMkfile(FileActionMkFile.newBuilder().setPath("/" + i)))),
              last);
    }
    assertThat(read(graph.end(last)).vertex().name()).isEqualTo("mkfile /19999");
  }

  @Test
  void bytesOfAnyKindAreReadOrRefused() {
    Input run = graph.add(exec(NetMode.UNSET), graph.source("a://b"));
    byte[] good = graph.end(run);
    Random random = new Random(7);
    for (int i = 0; i < 3000; i++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(3); k >= 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        reader().read(bad);
      } catch (SolveException e) {
        assertThat(e.category().name()).isEqualTo("USER");
      }
    }
  }
}
