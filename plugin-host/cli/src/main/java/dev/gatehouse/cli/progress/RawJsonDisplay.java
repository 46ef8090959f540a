package dev.gatehouse.cli.progress;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One JSON object a line for each update, in the shape of BuildKit's {@code rawjson}. */
public final class RawJsonDisplay implements Display {
  private final PrintStream out;

  public RawJsonDisplay(PrintStream out) {
    this.out = out;
  }

  @Override
  public void update(Update update) {
    Json json = new Json();
    json.object(() -> {
      json.list("vertexes", update.vertices(), v -> vertex(json, v));
      json.list("statuses", update.parts(), p -> part(json, p));
      json.list("logs", update.logs(), l -> log(json, l));
      json.list("warnings", update.warnings(), w -> warning(json, w));
    });
    out.println(json);
    out.flush();
  }

  @Override
  public void finish() {
    out.flush();
  }

  private static void vertex(Json json, Update.Vertex v) {
    json.text("digest", v.digest());
    json.texts("inputs", v.inputs());
    json.text("name", v.name());
    json.time("started", v.started());
    json.time("completed", v.completed());
    if (v.cached()) {
      json.key("cached").append("true");
    }
    json.text("error", v.error());
    Update.Group group = v.group();
    if (group != null) {
      json.key("progressGroup");
      json.object(() -> {
        json.text("id", group.id());
        json.text("name", group.name());
        if (group.weak()) {
          json.key("weak").append("true");
        }
      });
    }
  }

  private static void part(Json json, Update.Part p) {
    json.key("id").quoted(p.id());
    json.text("vertex", p.vertex());
    json.text("name", p.name());
    json.number("total", p.total());
    json.key("current").append(Long.toString(p.current()));
    json.time("timestamp", p.timestamp());
    json.time("started", p.started());
    json.time("completed", p.completed());
  }

  private static void log(Json json, Update.Log l) {
    json.text("vertex", l.vertex());
    json.number("stream", l.stream());
    json.key("data").quoted(Base64.getEncoder().encodeToString(l.data()));
    json.time("timestamp", l.timestamp());
  }

  private static void warning(Json json, Update.Warning w) {
    json.text("vertex", w.vertex());
    json.number("level", w.level());
    json.text("short", base64(w.message()));
    json.texts("detail", w.detail().stream().map(RawJsonDisplay::base64).toList());
    json.text("url", w.url());
    Update.Source source = w.source();
    if (source != null) {
      json.key("sourceInfo");
      json.object(() -> {
        json.text("filename", source.filename());
        json.text("data", Base64.getEncoder().encodeToString(source.data()));
      });
      json.list(
          "range",
          source.ranges(),
          r -> {
            json.key("start");
            json.object(() -> position(json, r.startLine(), r.startCharacter()));
            json.key("end");
            json.object(() -> position(json, r.endLine(), r.endCharacter()));
          });
    }
  }

  private static void position(Json json, int line, int character) {
    json.number("line", line);
    json.number("character", character);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes JSON; empty values are left out where BuildKit leaves them out. */
  private static final class Json {
    private final StringBuilder text = new StringBuilder();
    private boolean first = true;

    void object(Runnable fields) {
      text.append('{');
      first = true;
      fields.run();
      text.append('}');
      first = false;
    }

    Json key(String name) {
      if (!first) {
        text.append(',');
      }
      first = false;
      return quoted(name).append(":");
    }

    Json append(String raw) {
      text.append(raw);
      return this;
    }

    <T> void list(String name, List<T> values, Consumer<T> fields) {
      if (values.isEmpty()) {
        return;
      }
      key(name).append("[");
      for (int i = 0; i < values.size(); i++) {
        T value = values.get(i);
        if (i > 0) {
          text.append(',');
        }
        object(() -> fields.accept(value));
      }
      text.append(']');
    }

    void texts(String name, List<String> values) {
      if (values.isEmpty()) {
        return;
      }
      key(name).append("[");
      for (int i = 0; i < values.size(); i++) {
        if (i > 0) {
          text.append(',');
        }
        quoted(values.get(i));
      }
      text.append(']');
    }

    void text(String name, String value) {
      if (!value.isEmpty()) {
        key(name).quoted(value);
      }
    }

    void number(String name, long value) {
      if (value != 0) {
        key(name).append(Long.toString(value));
      }
    }

    void time(String name, @Nullable Instant value) {
      if (value != null) {
        key(name).quoted(value.toString());
      }
    }

    Json quoted(String value) {
      text.append('"');
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        switch (c) {
          case '"' -> text.append("\\\"");
          case '\\' -> text.append("\\\\");
          case '\n' -> text.append("\\n");
          case '\r' -> text.append("\\r");
          case '\t' -> text.append("\\t");
          case '<', '>', '&', '\u2028', '\u2029' -> text.append(String.format("\\u%04x", (int) c));
          default -> {
            if (c < 0x20) {
              text.append(String.format("\\u%04x", (int) c));
            } else {
              text.append(c);
            }
          }
        }
      }
      text.append('"');
      return this;
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
