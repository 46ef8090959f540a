package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.dockerfile.instruction.AddInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.instruction.ArgInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.NamedContext;
import dev.gatehouse.llb.HttpSource;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes the time of a build from a source: the main context, a named one, or a stage that only
 * fetches one.
 */
final class EpochSource {
  private static final Pattern COMMITTER =
      Pattern.compile("(?m)^committer .*> ([0-9]+) [+-][0-9]{4}$");

  private final ConversionRequest request;
  private final Dockerfile dockerfile;
  private final GlobalArguments arguments;
  private final Map<String, String> buildArguments;
  private final WordExpander expander;

  EpochSource(
      ConversionRequest request,
      Dockerfile dockerfile,
      GlobalArguments arguments,
      Map<String, String> buildArguments,
      WordExpander expander) {
    this.request = request;
    this.dockerfile = dockerfile;
    this.arguments = arguments;
    this.buildArguments = buildArguments;
    this.expander = expander;
  }

  /** The time of what the name says; null if it has none. */
  @Nullable Instant find(String name)
      throws DockerfileException, FrontendException, InterruptedException {
    BuildContext context = request.context();
    if (name.equals("context")) {
      return time(context.mainContext(List.of()), "[internal] resolve main build context metadata");
    }
    Optional<NamedContext> named = context.named(name, null, List::of);
    if (named.isPresent()) {
      return time(
          named.get().load().state(), "[internal] resolve SOURCE_DATE_EPOCH named context " + name);
    }
    for (Stage stage : dockerfile.stages()) {
      if (stage.name().equalsIgnoreCase(name)) {
        State state;
        try {
          state = source(stage);
        } catch (DockerfileException e) {
          throw e.withLocation(stage.location());
        }
        return time(state, "[internal] resolve SOURCE_DATE_EPOCH source stage " + stage.name());
      }
    }
    throw new DockerfileException("invalid SOURCE_DATE_EPOCH: " + name)
        .withHint(
            "it is a number of seconds since 1970, the word context, or the name of a context or"
                + " stage");
  }

  private State source(Stage stage) throws DockerfileException {
    Scope scope = new Scope(arguments.scope());
    scope.remove("SOURCE_DATE_EPOCH");
    String base;
    try {
      base = expander.expand(stage.baseName(), scope).result();
    } catch (DockerfileException e) {
      throw e.wrapped("failed to process source stage base name " + GoText.quote(stage.baseName()));
    }
    if (!base.equals(StagePlan.SCRATCH)) {
      throw new DockerfileException("SOURCE_DATE_EPOCH stage must use FROM scratch");
    }
    State found = null;
    for (Instruction instruction : stage.instructions()) {
      if (instruction instanceof ArgInstruction arg) {
        for (ArgDefinition definition : arg.definitions()) {
          String given = buildArguments.get(definition.key());
          if (given != null) {
            scope.set(definition.key(), given);
          } else if (definition.value() != null) {
            scope.set(definition.key(), expander.expand(definition.value(), scope).result());
          }
        }
      } else if (instruction instanceof AddInstruction add) {
        if (found != null) {
          throw new DockerfileException(
              "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD");
        }
        found = remote(add, scope);
      } else {
        throw new DockerfileException(
            "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported "
                + instruction.name()
                + " instruction");
      }
    }
    if (found == null) {
      throw new DockerfileException("SOURCE_DATE_EPOCH stage must contain exactly one remote ADD");
    }
    return found;
  }

  private State remote(AddInstruction add, Scope scope) throws DockerfileException {
    if (!add.paths().files().isEmpty() || add.paths().sources().size() != 1) {
      throw new DockerfileException(
          "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD source");
    }
    String source = expander.expand(add.paths().sources().get(0), scope).result();
    String checksum =
        add.checksum().isEmpty() ? "" : expander.expand(add.checksum(), scope).result();
    return new RemoteSources(true, new RemoteSources.Wishes(checksum, add.keepGitDir(), null), "")
        .find(source)
        .map(RemoteSources.Remote::state)
        .orElseThrow(() ->
            new DockerfileException(
                "SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD"));
  }

  private @Nullable Instant time(State state, String logName)
      throws DockerfileException, FrontendException, InterruptedException {
    List<LlbGraph.Node> sources = new ArrayList<>();
    for (LlbGraph.Node node : LlbGraph.of(state.marshal(MarshalOptions.defaults())).nodes()) {
      if (node.kind() == LlbGraph.Kind.SOURCE) {
        sources.add(node);
      }
    }
    if (sources.size() != 1) {
      return null;
    }
    String identifier = sources.get(0).label();
    SourceRequest wanted =
        new SourceRequest(
            identifier,
            attributes(sources.get(0)),
            null,
            logName,
            "",
            null,
            identifier.startsWith("git://"),
            null,
            List.of());
    SourceMetadata metadata = request.context().resolveSource(wanted);
    if (metadata.git().isPresent() && metadata.git().get().commitObject().length > 0) {
      Matcher committer =
          COMMITTER.matcher(
              new String(metadata.git().get().commitObject(), StandardCharsets.UTF_8));
      if (committer.find()) {
        return Instant.ofEpochSecond(Long.parseLong(committer.group(1)));
      }
    }
    Optional<Instant> modified = metadata.http().flatMap(SourceMetadata.Http::lastModified);
    if (modified.isPresent()) {
      return modified.get();
    }
    String file = attributes(sources.get(0)).getOrDefault("http.filename", "");
    boolean http = identifier.startsWith("http://") || identifier.startsWith("https://");
    return http && !file.isEmpty()
        ? ArchiveTime.youngest(request.context().read(download(identifier, file), file))
        : null;
  }

  private static State download(String url, String file) {
    return HttpSource.of(url).filename(file).state();
  }

  private static Map<String, String> attributes(LlbGraph.Node node) {
    Map<String, String> attributes = new HashMap<>();
    if (node.json().get("Op") instanceof Map<?, ?> op
        && op.get("source") instanceof Map<?, ?> source
        && source.get("attrs") instanceof Map<?, ?> attrs) {
      attrs.forEach((name, value) -> attributes.put(String.valueOf(name), String.valueOf(value)));
    }
    return attributes;
  }
}
