package dev.gatehouse.solver.exec;

import java.io.InputStream;
import java.util.Optional;

/**
 * The streams of a process.
 *
 * @param stdin read until its end or the process's; empty: the process reads end of file at once
 * @param stdout receives standard output, and all output of a process with a terminal
 * @param stderr receives standard error
 */
public record ProcessIo(Optional<InputStream> stdin, OutputSink stdout, OutputSink stderr) {
  public static ProcessIo output(OutputSink stdout, OutputSink stderr) {
    return new ProcessIo(Optional.empty(), stdout, stderr);
  }
}
