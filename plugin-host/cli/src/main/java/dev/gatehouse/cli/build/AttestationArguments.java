package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.Arguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildRequest;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/** What is attested of the result. */
final class AttestationArguments {
  private static final String ATTEST = "--attest";
  private static final Set<String> TRUE = Set.of("1", "t", "true");
  private static final Set<String> FALSE = Set.of("0", "f", "false");

  private final CommandSpec spec;

  AttestationArguments(CommandSpec spec) {
    this.spec = spec;
    spec.addOption(
            Options.values(
                "type=TYPE,...", "Attestation of the result: sbom or provenance.", ATTEST))
        .addOption(
            Options.value(
                "true|mode=MODE,...", "Short for --attest type=provenance.", "--provenance"))
        .addOption(
            Options.value("true|generator=IMAGE", "Short for --attest type=sbom.", "--sbom"));
  }

  /** Adds it all to a request. */
  void addTo(BuildRequest.Builder request) throws UsageException {
    Map<String, String> attestations = new LinkedHashMap<>();
    for (String text : Options.all(spec, ATTEST)) {
      Map<String, String> fields = new LinkedHashMap<>();
      String type = "";
      for (String field : Arguments.csv(ATTEST, text)) {
        int equals = field.indexOf('=');
        String name = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
        if (name.equals("type")) {
          type = field.substring(equals + 1);
        } else {
          fields.put(name, equals < 0 ? "" : field.substring(equals + 1));
        }
      }
      if (!type.equals("sbom") && !type.equals("provenance")) {
        throw new UsageException("--attest " + text + " needs type=sbom or type=provenance");
      }
      if (!TRUE.contains(fields.getOrDefault("disabled", "false"))) {
        fields.remove("disabled");
        attestations.put(type, join(fields));
      }
    }
    for (String type : new String[] {"provenance", "sbom"}) {
      String text = Options.get(spec, "--" + type);
      if (text != null) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (FALSE.contains(lower)) {
          attestations.remove(type);
        } else {
          attestations.put(type, TRUE.contains(lower) ? "" : text);
        }
      }
    }
    attestations.forEach((type, value) -> request.frontendOption("attest:" + type, value));
  }

  private static String join(Map<String, String> fields) {
    StringBuilder text = new StringBuilder();
    fields.forEach((name, value) -> {
      String field = name + "=" + value;
      text.append(text.isEmpty() ? "" : ",")
          .append(field.matches("[^,\"]*") ? field : '"' + field.replace("\"", "\"\"") + '"');
    });
    return text.toString();
  }
}
