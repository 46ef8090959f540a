package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.cli.progress.Units;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.PruneOptions;
import dev.gatehouse.client.UsageRecord;
import dev.gatehouse.daemon.config.DiskSpace;
import dev.gatehouse.daemon.config.GoDuration;
import dev.gatehouse.frontend.FrontendException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code gatehouse du} and {@code gatehouse prune}: what the daemon keeps on its disk, and removing
 * it.
 */
final class UsageCommands {
  private static final String ROW = "%-40s %-12s %12s  %s%n";

  private final PrintStream out;
  private final PrintStream err;
  private final CommandSpec du;
  private final CommandSpec prune;

  UsageCommands(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
    du =
        Commands.command("Show what the daemon keeps on its disk.", this::showUsage)
            .addOption(Options.value("ADDRESS", "The daemon.", "--addr"))
            .addOption(
                Options.values(
                    "FILTER", "Only matching records, such as type==regular.", "--filter", "-f"))
            .addOption(
                Options.flag("Show all there is to know of each record.", "--verbose", "-v"));
    prune =
        Commands.command("Remove what is not in use.", this::removeUnused)
            .addOption(Options.value("ADDRESS", "The daemon.", "--addr"))
            .addOption(
                Options.values(
                    "FILTER",
                    "Only matching records, such as type==source.local.",
                    "--filter",
                    "-f"))
            .addOption(Options.flag("Internal and frontend records as well.", "--all", "-a"))
            .addOption(
                Options.value(
                    "TIME", "Keep what was used within this time, such as 48h.", "--keep-duration"))
            .addOption(
                Options.value(
                    "SIZE",
                    "Keep this much in any case, such as 10GB.",
                    "--reserved-space",
                    "--keep-storage"))
            .addOption(Options.value("SIZE", "Remove until this much is used.", "--max-used-space"))
            .addOption(Options.value("SIZE", "Remove until this much is free.", "--min-free-space"))
            .addOption(
                Options.flag("Show all there is to know of each record.", "--verbose", "-v"));
  }

  CommandSpec du() {
    return du;
  }

  CommandSpec prune() {
    return prune;
  }

  private int showUsage()
      throws UsageException, IOException, FrontendException, InterruptedException {
    LogSetup.client(err);
    try (BuildClient client = DaemonConnection.open(Options.get(du, "--addr"), false, err)) {
      List<UsageRecord> records = new ArrayList<>(client.diskUsage(Options.all(du, "--filter")));
      records.sort(
          Comparator.comparingLong(UsageRecord::size).reversed().thenComparing(UsageRecord::id));
      show(records, Options.isSet(du, "--verbose"));
      long shared = 0;
      long reclaimable = 0;
      long total = 0;
      for (UsageRecord record : records) {
        total += record.size();
        shared += record.shared() ? record.size() : 0;
        reclaimable += record.inUse() ? 0 : record.size();
      }
      if (shared > 0) {
        out.println("Shared:      " + Units.bytes(shared));
        out.println("Private:     " + Units.bytes(total - shared));
      }
      out.println("Reclaimable: " + Units.bytes(reclaimable));
      out.println("Total:       " + Units.bytes(total));
    }
    return 0;
  }

  private int removeUnused()
      throws UsageException, IOException, FrontendException, InterruptedException {
    LogSetup.client(err);
    PruneOptions options =
        new PruneOptions(
            Options.all(prune, "--filter"),
            Options.isSet(prune, "--all"),
            duration("--keep-duration"),
            size("--reserved-space"),
            size("--max-used-space"),
            size("--min-free-space"));
    try (BuildClient client = DaemonConnection.open(Options.get(prune, "--addr"), false, err)) {
      List<UsageRecord> removed = new ArrayList<>();
      client.prune(options, removed::add);
      show(removed, Options.isSet(prune, "--verbose"));
      out.println(
          "Total:       " + Units.bytes(removed.stream().mapToLong(UsageRecord::size).sum()));
    }
    return 0;
  }

  private Duration duration(String option) throws UsageException {
    try {
      return GoDuration.parse(Options.get(prune, option, ""));
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + ": " + e.getMessage());
    }
  }

  private long size(String option) throws UsageException {
    try {
      DiskSpace space = DiskSpace.parse(Options.get(prune, option, ""));
      if (space.percentage() > 0) {
        throw new UsageException(
            option + " needs a size; percentages are for the daemon's configuration");
      }
      return space.bytes();
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + ": " + e.getMessage());
    }
  }

  private void show(List<UsageRecord> records, boolean verbose) {
    if (records.isEmpty()) {
      return;
    }
    if (!verbose) {
      out.printf(ROW, "ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED");
    }
    for (UsageRecord record : records) {
      if (verbose) {
        showAll(record);
      } else {
        out.printf(
            ROW,
            record.id() + (record.mutable() ? "*" : ""),
            !record.inUse(),
            Units.bytes(record.size()),
            ago(record.lastUsed()));
      }
    }
  }

  private void showAll(UsageRecord record) {
    out.println("ID:          " + record.id());
    if (!record.parents().isEmpty()) {
      out.println("Parents:     " + String.join(", ", record.parents()));
    }
    out.println("Created at:  " + record.created());
    out.println("Mutable:     " + record.mutable());
    out.println("Reclaimable: " + !record.inUse());
    out.println("Shared:      " + record.shared());
    out.println("Size:        " + Units.bytes(record.size()));
    out.println("Description: " + record.description());
    out.println("Usage count: " + record.usageCount());
    if (record.lastUsed() != null) {
      out.println("Last used:   " + ago(record.lastUsed()));
    }
    out.println("Type:        " + record.type());
    out.println();
  }

  private static String ago(@Nullable Instant at) {
    if (at == null) {
      return "";
    }
    Duration since = Duration.between(at, Instant.now());
    if (since.toMinutes() < 1) {
      return Math.max(0, since.toSeconds()) + " seconds ago";
    }
    if (since.toHours() < 1) {
      return since.toMinutes() + " minutes ago";
    }
    return since.toHours() < 48 ? since.toHours() + " hours ago" : since.toDays() + " days ago";
  }
}
