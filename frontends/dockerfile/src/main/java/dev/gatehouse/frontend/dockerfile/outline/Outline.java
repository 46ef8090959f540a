package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The answer to {@link Subrequest#OUTLINE}: what one target takes. Parts are in the order of their
 * lines, those of one line by name.
 *
 * @param name of the target, empty if it has none
 * @param description what the comment before it says
 * @param source the Dockerfile
 */
public record Outline(
    String name,
    String description,
    List<Arg> args,
    List<Credential> secrets,
    List<Credential> ssh,
    byte[] source) {
  /** A build argument that the target uses. */
  public record Arg(String name, String description, String value, List<Range> location) {}

  /** A secret or an ssh agent that the target mounts. */
  public record Credential(String name, boolean required, List<Range> location) {}

  public Outline {
    args = sorted(args, Arg::location, Arg::name);
    secrets = sorted(secrets, Credential::location, Credential::name);
    ssh = sorted(ssh, Credential::location, Credential::name);
  }

  private static <T> List<T> sorted(
      List<T> list, Function<T, List<Range>> location, Function<T, String> name) {
    List<T> sorted = new ArrayList<>(list);
    // Not with what Comparator makes: these can be serialised, so that no class archive keeps them.
    sorted.sort((a, b) -> {
      int byLine =
          Integer.compare(Locations.line(location.apply(a)), Locations.line(location.apply(b)));
      return byLine != 0 ? byLine : name.apply(a).compareTo(name.apply(b));
    });
    return List.copyOf(sorted);
  }

  /** Metadata of a result. */
  public Map<String, byte[]> result() {
    return Subrequest.OUTLINE.result(json(), text());
  }

  private Object json() {
    Map<String, Object> json = new LinkedHashMap<>();
    LintReport.putUnlessEmpty(json, "name", name);
    LintReport.putUnlessEmpty(json, "description", description);
    List<Object> list = new ArrayList<>();
    for (Arg arg : args) {
      Map<String, Object> value = new LinkedHashMap<>();
      value.put("name", arg.name);
      LintReport.putUnlessEmpty(value, "description", arg.description);
      LintReport.putUnlessEmpty(value, "value", arg.value);
      putLocation(value, arg.location);
      list.add(value);
    }
    putUnlessEmpty(json, "args", list);
    putUnlessEmpty(json, "secrets", json(secrets));
    putUnlessEmpty(json, "ssh", json(ssh));
    json.put("sources", List.of(SourceJson.base64(source)));
    return json;
  }

  private static List<Object> json(List<Credential> credentials) {
    List<Object> list = new ArrayList<>();
    for (Credential credential : credentials) {
      Map<String, Object> value = new LinkedHashMap<>();
      value.put("name", credential.name);
      if (credential.required) {
        value.put("required", true);
      }
      putLocation(value, credential.location);
      list.add(value);
    }
    return list;
  }

  private static void putLocation(Map<String, Object> json, List<Range> location) {
    if (!location.isEmpty()) {
      json.put("location", Locations.json(location));
    }
  }

  private static void putUnlessEmpty(Map<String, Object> json, String name, List<Object> list) {
    if (!list.isEmpty()) {
      json.put(name, list);
    }
  }

  private byte[] text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!name.isEmpty() || !description.isEmpty()) {
      TextTable head = new TextTable(1);
      head.row("TARGET:", name.isEmpty() ? "(default)" : name);
      if (!description.isEmpty()) {
        head.row("DESCRIPTION:", description);
      }
      write(out, head);
    }
    if (!args.isEmpty()) {
      TextTable table = new TextTable(3);
      table.row("BUILD ARG", "VALUE", "DESCRIPTION");
      args.forEach(arg -> table.row(arg.name, arg.value, arg.description));
      write(out, table);
    }
    writeCredentials(out, "SECRET", secrets);
    writeCredentials(out, "SSH", ssh);
    return out.toByteArray();
  }

  private static void writeCredentials(
      ByteArrayOutputStream out, String title, List<Credential> credentials) {
    if (!credentials.isEmpty()) {
      TextTable table = new TextTable(3);
      table.row(title, "REQUIRED");
      credentials.forEach(item -> table.row(item.name, item.required ? "true" : ""));
      write(out, table);
    }
  }

  private static void write(ByteArrayOutputStream out, TextTable table) {
    out.writeBytes(table.bytes());
    out.write('\n');
  }
}
