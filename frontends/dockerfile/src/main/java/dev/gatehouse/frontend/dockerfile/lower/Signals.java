package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The signals that STOPSIGNAL knows: Linux's, by name or number. */
final class Signals {
  private static final Set<String> NAMES =
      Set.of(
          "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
          "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
          "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ");
  private static final Pattern REAL_TIME =
      Pattern.compile("RTMIN(\\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?");
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,18}");

  private Signals() {}

  static void check(String signal) throws DockerfileException {
    if (NUMBER.matcher(signal).matches()) {
      if (Long.parseLong(signal) != 0) {
        return;
      }
    } else {
      String name = signal.toUpperCase(Locale.ROOT);
      if (name.startsWith("SIG")) {
        name = name.substring(3);
      }
      if (NAMES.contains(name) || REAL_TIME.matcher(name).matches()) {
        return;
      }
    }
    throw new DockerfileException("invalid signal: " + signal)
        .withHint("a signal is a number or a name, such as SIGTERM");
  }
}
