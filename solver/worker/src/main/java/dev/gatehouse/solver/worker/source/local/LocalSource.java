package dev.gatehouse.solver.worker.source.local;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.contenthash.Origin;
import dev.gatehouse.solver.worker.source.Source;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Folders of the client, {@code local://NAME}.
 *
 * <p>A tree received once stays as a mutable reference under a key made of the name and what the
 * client says to tell its folders apart, so the next build transfers only what has changed. The
 * source's own cache key is of this session; what depends on it is found again by content.
 *
 * <p>Attributes, as BuildKit's: {@code local.session}, {@code local.includepattern}, {@code
 * local.excludepatterns}, {@code local.followpaths} (JSON lists), {@code local.sharedkeyhint},
 * {@code local.differ} ({@code none} or {@code metadata}).
 */
public final class LocalSource implements Source {
  private final ReferenceStore references;
  private final ClientFolders folders = new ClientFolders();

  public LocalSource(ReferenceStore references) {
    this.references = references;
  }

  /** Asks the client of a received tree which names its folder has. */
  public Origin origin() {
    return folders::names;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("local");
  }

  @Override
  public SourceInstance instance(SourceRequest request) throws SolveException {
    Map<String, String> attributes = request.attributes();
    if (Boolean.parseBoolean(attributes.getOrDefault("local.metadatatransfer", "false"))) {
      throw new SolveException(
          "source.local.unsupported",
          ErrorCategory.USER,
          "local source " + request.reference() + ": metadata-only transfer is not supported");
    }
    String name = request.reference();
    String session = attributes.getOrDefault("local.session", "");
    int colon = session.indexOf(':');
    if (colon >= 0) {
      name = session.substring(0, colon) + "-" + name;
      session = session.substring(colon + 1);
    }
    return new LocalTree(
        references,
        folders,
        name,
        session,
        list(attributes, "local.includepattern"),
        list(attributes, "local.excludepatterns"),
        list(attributes, "local.followpaths"),
        attributes.getOrDefault("local.sharedkeyhint", ""),
        attributes.getOrDefault("local.differ", "").equals("none")
            ? TreeReceiver.Differ.NONE
            : TreeReceiver.Differ.METADATA);
  }

  private static List<String> list(Map<String, String> attributes, String key)
      throws SolveException {
    String value = attributes.getOrDefault(key, "");
    if (value.isEmpty()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    try {
      Object json = Json.parse(value);
      if (json instanceof List<?> list) {
        for (Object each : list) {
          if (!(each instanceof String text)) {
            throw new JsonException("not a text: " + each);
          }
          texts.add(text);
        }
      } else if (json != null) {
        throw new JsonException("not a list");
      }
    } catch (JsonException e) {
      throw new SolveException(
          "source.local.attribute",
          ErrorCategory.USER,
          "%s is no JSON list of texts: %s".formatted(key, e.getMessage()),
          e);
    }
    return texts;
  }
}
