package dev.gatehouse.solver.bench;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts system calls of one process out of what {@code strace -f} wrote, phase by phase. Calls of
 * the processes that it starts are left out, but each such process is counted.
 *
 * <p>A phase begins where the process tries to make the directory {@code
 * /proc/gatehouse-mark/<name>}, which always fails.
 */
final class CallLog {
  /** How often the process did what costs. */
  record Counts(int syncs, int mounts, int unmounts, int processes, Map<String, Integer> programs) {
    Counts {
      programs = Map.copyOf(programs);
    }
  }

  static final String MARK = "/proc/gatehouse-mark/";

  private static final Pattern LINE = Pattern.compile("^(\\d+)\\s+(.*)$");
  private static final Pattern CALL = Pattern.compile("^([a-z0-9_]+)\\((.*)$");
  private static final Pattern RESUMED = Pattern.compile("^<\\.\\.\\. ([a-z0-9_]+) resumed>(.*)$");
  private static final Pattern RESULT = Pattern.compile("= (\\d+)\\s*$");
  private static final Pattern PROGRAM = Pattern.compile("^\"([^\"]+)\"");
  private static final Set<String> SYNCS = Set.of("fsync", "fdatasync", "syncfs", "sync");
  private static final Set<String> CLONES = Set.of("clone", "clone3", "fork", "vfork");

  private static final class Phase {
    private int syncs;
    private int mounts;
    private int unmounts;
    private int processes;
    private final Map<String, Integer> programs = new TreeMap<>();
  }

  private final Map<String, Phase> phases = new LinkedHashMap<>();
  private final Set<Integer> threads = new HashSet<>();

  /** The phase in which a process was started, by its number. */
  private final Map<Integer, Phase> children = new HashMap<>();

  /** Programs of processes whose start has not returned, by their number. */
  private final Map<Integer, String> early = new HashMap<>();

  /** Calls that have not returned, by thread. */
  private final Map<Integer, String> unfinished = new HashMap<>();

  private Phase current = new Phase();
  private boolean first = true;

  private CallLog() {}

  /** Counts by the names of the phases. */
  static Map<String, Counts> read(List<String> lines) {
    CallLog log = new CallLog();
    lines.forEach(log::add);
    Map<String, Counts> counts = new LinkedHashMap<>();
    log.phases.forEach((name, p) ->
        counts.put(name, new Counts(p.syncs, p.mounts, p.unmounts, p.processes, p.programs)));
    return counts;
  }

  private void add(String text) {
    Matcher line = LINE.matcher(text);
    if (!line.matches()) {
      return;
    }
    int thread = Integer.parseInt(line.group(1));
    if (first) {
      threads.add(thread);
      first = false;
    }
    String rest = line.group(2);
    Matcher resumed = RESUMED.matcher(rest);
    if (resumed.matches()) {
      String begun = unfinished.remove(thread);
      if (begun != null) {
        returned(thread, resumed.group(1), begun + resumed.group(2));
      }
      return;
    }
    Matcher call = CALL.matcher(rest);
    if (!call.matches()) {
      return;
    }
    begun(thread, call.group(1), call.group(2));
    if (rest.endsWith("<unfinished ...>")) {
      unfinished.put(thread, call.group(2));
    } else {
      returned(thread, call.group(1), call.group(2));
    }
  }

  private void begun(int thread, String name, String arguments) {
    if (!threads.contains(thread)) {
      executed(thread, name, arguments);
    } else if (SYNCS.contains(name)) {
      current.syncs++;
    } else if (name.equals("mount")) {
      current.mounts++;
    } else if (name.equals("umount2")) {
      current.unmounts++;
    } else if (name.startsWith("mkdir")) {
      int mark = arguments.indexOf(MARK);
      if (mark >= 0) {
        String label = arguments.substring(mark + MARK.length());
        current = new Phase();
        phases.put(label.substring(0, label.indexOf('"')), current);
      }
    }
  }

  /** A process that this one started says by its first program but the launcher's who it is. */
  private void executed(int thread, String name, String arguments) {
    Matcher program = PROGRAM.matcher(arguments);
    if (!name.equals("execve") || !program.find()) {
      return;
    }
    String file = program.group(1).substring(program.group(1).lastIndexOf('/') + 1);
    if (file.equals("jspawnhelper")) {
      return;
    }
    Phase phase = children.remove(thread);
    if (phase != null) {
      phase.programs.merge(file, 1, Integer::sum);
    } else {
      early.put(thread, file);
    }
  }

  private void returned(int thread, String name, String text) {
    if (!threads.contains(thread) || !CLONES.contains(name)) {
      return;
    }
    Matcher result = RESULT.matcher(text);
    if (!result.find()) {
      return;
    }
    int made = Integer.parseInt(result.group(1));
    if (text.contains("CLONE_THREAD")) {
      threads.add(made);
    } else {
      current.processes++;
      String program = early.remove(made);
      if (program != null) {
        current.programs.merge(program, 1, Integer::sum);
      } else {
        children.put(made, current);
      }
    }
  }
}
