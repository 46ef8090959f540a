package dev.gatehouse.cli;

import dev.gatehouse.daemon.config.DaemonConfig;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Logs of the process: one line an event on standard error, as text or JSON. */
final class LogSetup {
  // Kept: the JDK holds loggers weakly, and their levels go with them.
  private static final Logger ROOT = Logger.getLogger("");
  private static final Logger GRPC = Logger.getLogger("io.grpc");
  private static final Logger PLUGINS = Logger.getLogger("org.pf4j");

  private LogSetup() {}

  /** A daemon's logs. */
  static void daemon(PrintStream err, boolean debug, DaemonConfig.Log config) {
    Level level =
        switch (config.level()) {
          case "trace" -> Level.FINEST;
          case "debug" -> Level.FINE;
          case "warn", "warning" -> Level.WARNING;
          case "error" -> Level.SEVERE;
          default -> debug ? Level.FINE : Level.INFO;
        };
    set(err, level, config.format().equals("json"));
  }

  /** A client's logs: none but what is broken. */
  static void client(PrintStream err) {
    set(err, Level.SEVERE, false);
  }

  private static void set(PrintStream err, Level level, boolean json) {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    Formatter formatter = json ? new JsonLines() : new TextLines();
    ROOT.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (isLoggable(record)) {
              err.print(formatter.format(record));
            }
          }

          @Override
          public void flush() {
            err.flush();
          }

          @Override
          public void close() {}
        });
    ROOT.setLevel(level);
    // A peer that goes away is no event for operators.
    GRPC.setLevel(Level.SEVERE);
    PLUGINS.setLevel(Level.WARNING);
  }

  private static String level(LogRecord record) {
    int value = record.getLevel().intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (value >= Level.WARNING.intValue()) {
      return "warn";
    }
    return value >= Level.INFO.intValue() ? "info" : "debug";
  }

  private static String trace(LogRecord record) {
    if (record.getThrown() == null) {
      return "";
    }
    StringWriter text = new StringWriter();
    record.getThrown().printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }

  private static final class TextLines extends Formatter {
    @Override
    public String format(LogRecord record) {
      Instant at = record.getInstant().truncatedTo(ChronoUnit.MILLIS);
      return at + " " + level(record) + " " + formatMessage(record) + "\n" + trace(record);
    }
  }

  private static final class JsonLines extends Formatter {
    @Override
    public String format(LogRecord record) {
      StringBuilder line = new StringBuilder("{");
      field(line, "level", level(record));
      field(line.append(','), "msg", formatMessage(record));
      field(line.append(','), "time", record.getInstant().toString());
      if (record.getThrown() != null) {
        field(line.append(','), "error", trace(record));
      }
      return line.append("}\n").toString();
    }

    private static void field(StringBuilder out, String name, String value) {
      out.append('"').append(name).append("\":\"");
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c == '"' || c == '\\') {
          out.append('\\').append(c);
        } else if (c < 0x20) {
          out.append(String.format("\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
      out.append('"');
    }
  }
}
