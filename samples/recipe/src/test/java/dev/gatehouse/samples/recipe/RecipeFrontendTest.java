package dev.gatehouse.samples.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.testkit.InMemoryGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeFrontendTest {
  @TempDir Path folder;

  private InMemoryGateway gateway(Path context) {
    return InMemoryGateway.builder(context)
        .option("filename", "Recipe")
        .images((reference, options) ->
            Optional.of(
                new ResolvedImage(
                    "docker.io/library/" + reference,
                    Digest.sha256(reference).toString(),
                    ImageConfig.empty(Platform.LINUX_AMD64).toBytes())))
        .build();
  }

  private Result build(String recipe) throws Exception {
    Files.writeString(folder.resolve("Recipe"), recipe);
    return gateway(folder).build(new RecipeFrontend());
  }

  @Test
  void theExampleBecomesAnImageWithItsSteps() throws Exception {
    InMemoryGateway gateway = gateway(Path.of("example"));
    Result result = gateway.build(new RecipeFrontend());
    List<SolveRequest> solves = gateway.solves();
    Definition definition = solves.get(solves.size() - 1).definition().orElseThrow();
    assertThat(LlbGraph.of(definition).toJsonLines())
        .contains("apt-get install -y --no-install-recommends gcc libc6-dev")
        .contains("gcc -O2 -o /usr/local/bin/hello /src/hello.c")
        .contains("docker-image://docker.io/library/debian:bookworm-slim@sha256:");
    assertThat(result.metadataText("containerimage.config").orElseThrow())
        .contains("\"Entrypoint\":[\"/usr/local/bin/hello\",\"dear builder\"]");
  }

  @Test
  void theSameRecipeGivesTheSameLlb() throws Exception {
    InMemoryGateway gateway = gateway(Path.of("example"));
    gateway.build(new RecipeFrontend());
    List<byte[]> first = definitions(gateway);
    gateway.clear();
    gateway.build(new RecipeFrontend());
    assertThat(definitions(gateway)).usingRecursiveComparison().isEqualTo(first);
  }

  private static List<byte[]> definitions(InMemoryGateway gateway) {
    return gateway.solves().stream().map(s -> s.definition().orElseThrow().toBytes()).toList();
  }

  @Test
  void anUnknownStatementShowsItsLineAndANearOne() {
    assertThatThrownBy(() -> build("base debian\nneeed gcc\n"))
        .isInstanceOfSatisfying(
            FrontendException.class,
            e -> {
              assertThat(e.sources().get(0).ranges().get(0).startLine()).isEqualTo(2);
              assertThat(e.hint()).contains("statements are base, need, take, do, start");
            })
        .hasMessage("Recipe:2: unknown statement: neeed (did you mean need?)");
  }

  @Test
  void aQuoteThatIsNotClosedIsAnErrorWithItsLine() {
    assertThatThrownBy(() -> build("base debian\ndo \"echo\n"))
        .hasMessageStartingWith("Recipe:2: a statement is a keyword and its arguments");
  }

  @Test
  void aRecipeNeedsABase() {
    assertThatThrownBy(() -> build("# nothing\n"))
        .hasMessage("Recipe: a recipe begins with a base");
    assertThatThrownBy(() -> build("base\n")).hasMessage("Recipe:1: base takes 1 argument, not 0");
  }
}
