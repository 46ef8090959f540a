package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every transport of the gateway must do with servers that know less. */
interface NegotiationContract extends GatewayRun {
  @Test
  default void anOldServerIsServedWhatItKnows() throws Exception {
    backend().capabilities =
        CapabilitySet.ofIds(
            List.of(
                GatewayCapabilities.SOLVE_BASE,
                GatewayCapabilities.SOLVE_INLINE_RETURN,
                GatewayCapabilities.RESOLVE_IMAGE,
                GatewayCapabilities.READ_FILE));
    Result result =
        build(gateway -> {
          Result r = gateway.solve(SolveRequest.of(GatewayRun.image("x")));
          ResolvedImage resolved = gateway.resolveImageConfig("a", ImageResolveOptions.defaults());
          assertThat(resolved.reference()).isEqualTo("a");
          gateway.warn(Warning.of("dropped"));
          assertThatThrownBy(gateway::inputs).hasMessageContaining("frontend.inputs");
          assertThatThrownBy(() -> gateway.newContainer(ContainerRequest.of()))
              .hasMessageContaining("gateway.exec");
          assertThatThrownBy(() -> r.singleReference().statFile("x"))
              .hasMessageContaining("statfile");
          return Result.builder().reference(r.reference()).metadata("k", "v").build();
        });
    assertThat(result.reference()).isPresent();
    assertThat(result.metadataText("k")).hasValue("v");
    assertThat(backend().warnings).isEmpty();
  }

  @Test
  default void whatDefinitionsMayContainIsChecked() throws Exception {
    FakeBackend limited =
        new FakeBackend() {
          @Override
          public CapabilitySet llbCapabilities() {
            return CapabilitySet.ofIds(List.of("source.local"));
          }
        };
    try (GatewayService other = new GatewayService(limited)) {
      assertThatThrownBy(() ->
              run(
                  gateway -> gateway.solve(SolveRequest.of(GatewayRun.image("x"))),
                  other,
                  new GatewayClients.Facts(Map.of(), "", "", List.of())))
          .hasMessage(
              "requested feature source.image is not supported by the build server, please update"
                  + " it");
    }
    assertThat(limited.solves).isEmpty();
  }

  @Test
  default void fileOperationsAreNotSentToAServerThatWouldPassOverHalfOfThem() throws Exception {
    CapabilitySet old =
        CapabilitySet.ofIds(List.of("source.image", "file.base", "platform", "constraints"));
    FakeBackend limited =
        new FakeBackend() {
          @Override
          public CapabilitySet llbCapabilities() {
            return old;
          }
        };
    State image = ImageSource.of("x").state();
    Map<String, FileAction> needs =
        Map.of(
            "file.copy.includeexcludepatterns",
            FileAction.copy(
                image, "/", "/", CopyOptions.builder().excludePatterns(List.of("a")).build()),
            "file.copy.requiredpaths",
            FileAction.copy(
                image, "/", "/", CopyOptions.builder().requiredPaths(List.of("a")).build()),
            "file.copy.alwaysreplaceexistingdestpaths",
            FileAction.copy(image, "/", "/", CopyOptions.builder().replaceExisting(true).build()),
            "file.symlink.create",
            FileAction.symlink("/a", "/b", FileOptions.NONE),
            "file.rm.wildcard",
            FileAction.rm("/tmp/*", true, true));
    try (GatewayService other = new GatewayService(limited)) {
      run(
          gateway -> {
            for (Map.Entry<String, FileAction> need : needs.entrySet()) {
              assertThatThrownBy(() -> solve(gateway, image, need.getValue()))
                  .hasMessage(
                      "requested feature %s is not supported by the build server, please update it",
                      need.getKey());
            }
            assertThat(limited.solves).isEmpty();
            solve(gateway, image, FileAction.rm("/tmp/a", true, true));
            solve(gateway, image, FileAction.copy(image, "/", "/", CopyOptions.NONE));
            return Result.empty();
          },
          other,
          new GatewayClients.Facts(Map.of(), "", "", List.of()));
    }
    assertThat(limited.solves).hasSize(2);
  }

  private static Result solve(GatewayClient gateway, State state, FileAction change)
      throws FrontendException, InterruptedException {
    return gateway.solve(
        SolveRequest.of(state.file(change, Constraints.NONE).marshal(MarshalOptions.defaults())));
  }
}
