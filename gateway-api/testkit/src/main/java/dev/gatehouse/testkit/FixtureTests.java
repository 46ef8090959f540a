package dev.gatehouse.testkit;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.llb.oci.Platform;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * A test for each folder below a folder: input, options, expected text.
 *
 * <p>{@code NAME/context/} is what local sources hold, {@code NAME/options.properties} (may be
 * absent) the frontend options, {@code NAME/expected.txt} the text of the conversion. Each case
 * runs twice for determinism. Use it from a {@code @TestFactory}; update with {@code
 * -Dgatehouse.golden.update=true}.
 */
public final class FixtureTests {
  private FixtureTests() {}

  /** Tests with a gateway that knows no images. */
  public static Stream<DynamicTest> of(Frontend frontend, Path folder) {
    return of(frontend, folder, builder -> builder);
  }

  /**
   * Tests with a gateway of one's own.
   *
   * @param gateway completes the gateway of a case
   */
  public static Stream<DynamicTest> of(
      Frontend frontend, Path folder, UnaryOperator<InMemoryGateway.Builder> gateway) {
    List<Path> cases = new ArrayList<>();
    try (Stream<Path> list = Files.list(folder)) {
      list.filter(Files::isDirectory).sorted().forEach(cases::add);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    if (cases.isEmpty()) {
      throw new AssertionError("no cases in " + folder);
    }
    return cases.stream()
        .map(c ->
            DynamicTest.dynamicTest(
                c.getFileName().toString(), c.toUri(), () -> run(frontend, c, gateway)));
  }

  private static void run(Frontend frontend, Path c, UnaryOperator<InMemoryGateway.Builder> gateway)
      throws IOException, InterruptedException {
    InMemoryGateway.Builder builder =
        InMemoryGateway.builder(c.resolve("context"))
            .platforms(List.of(Platform.LINUX_AMD64, Platform.LINUX_ARM64));
    Path options = c.resolve("options.properties");
    if (Files.exists(options)) {
      Properties properties = new Properties();
      try (Reader in = Files.newBufferedReader(options)) {
        properties.load(in);
      }
      properties
          .stringPropertyNames()
          .forEach(name -> builder.option(name, properties.getProperty(name)));
    }
    Conversion.deterministic(frontend, List.of(gateway.apply(builder).build()))
        .get(0)
        .matchesGolden(c.resolve("expected.txt"));
  }
}
