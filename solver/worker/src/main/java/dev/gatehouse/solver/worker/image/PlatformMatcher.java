package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Chooses by platform as containerd does: the platform itself, then what runs on it, the best
 * first.
 *
 * <p>{@code arm64} takes older {@code arm64} variants, then {@code arm/v8} down to {@code arm/v5};
 * {@code arm/v7} takes older ones; {@code amd64/v3} takes older ones, then {@code 386}.
 */
public final class PlatformMatcher {
  private final List<Platform> accepted;

  private PlatformMatcher(List<Platform> accepted) {
    this.accepted = accepted;
  }

  public static PlatformMatcher of(Platform platform) {
    List<Platform> vector = new ArrayList<>();
    addVector(platform.normalized(), vector);
    return new PlatformMatcher(vector.stream().map(Platform::normalized).toList());
  }

  private static void addVector(Platform p, List<Platform> out) {
    switch (p.architecture()) {
      case "amd64" -> {
        out.add(p);
        addOlder(p, 1, out);
        out.add(with(p, "386", ""));
      }
      case "arm" -> {
        out.add(p);
        addOlder(p, 5, out);
      }
      case "arm64" -> addArm64(p, out);
      default -> out.add(p);
    }
  }

  private static void addOlder(Platform p, int oldest, List<Platform> out) {
    if (p.variant().matches("v[0-9]{1,2}")) {
      for (int v = Integer.parseInt(p.variant().substring(1)) - 1; v >= oldest; v--) {
        out.add(with(p, p.architecture(), "v" + v));
      }
    }
  }

  private static void addArm64(Platform p, List<Platform> out) {
    String variant = p.variant().isEmpty() ? "v8" : p.variant();
    if (!variant.matches("v8(\\.[0-9])?|v9(\\.[0-7])?")) {
      return;
    }
    int major = variant.charAt(1) - '0';
    int minor = variant.length() > 2 ? variant.charAt(3) - '0' : 0;
    if (major == 9) {
      addMinors(p, 9, minor, out);
      addMinors(p, 8, minor + 5, out);
    } else {
      addMinors(p, 8, minor, out);
    }
    addVector(with(p, "arm", "v8"), out);
  }

  private static void addMinors(Platform p, int major, int minor, List<Platform> out) {
    for (int m = minor; m >= 0; m--) {
      out.add(with(p, "arm64", "v" + major + (m == 0 ? "" : "." + m)));
    }
  }

  private static Platform with(Platform p, String architecture, String variant) {
    return new Platform(p.os(), architecture, variant, p.osVersion(), p.osFeatures());
  }

  /** How well a platform fits: 0 is best, -1 is not at all. */
  public int rank(Platform platform) {
    Platform p = platform.normalized();
    for (int i = 0; i < accepted.size(); i++) {
      Platform a = accepted.get(i);
      if (a.os().equals(p.os())
          && a.architecture().equals(p.architecture())
          && a.variant().equals(p.variant())
          && matchesVersion(a, p)
          && new HashSet<>(a.osFeatures()).containsAll(p.osFeatures())) {
        return i;
      }
    }
    return -1;
  }

  /** Windows images run on hosts of their own build only; elsewhere versions do not matter. */
  private static boolean matchesVersion(Platform a, Platform p) {
    if (!a.os().equals("windows") || a.osVersion().isEmpty() || p.osVersion().isEmpty()) {
      return true;
    }
    return build(a.osVersion()).equals(build(p.osVersion()));
  }

  private static String build(String version) {
    String[] parts = version.split("\\.");
    return parts.length < 3 ? version : parts[0] + "." + parts[1] + "." + parts[2];
  }

  public boolean matches(Platform platform) {
    return rank(platform) >= 0;
  }

  /** The best of an index' manifests; those without platform fit least. */
  public Optional<Descriptor> best(List<Descriptor> manifests) {
    Descriptor best = null;
    int bestRank = Integer.MAX_VALUE;
    for (Descriptor d : manifests) {
      Platform p = d.platform();
      int rank = p == null ? Integer.MAX_VALUE - 1 : rank(p);
      if (rank >= 0 && rank < bestRank) {
        best = d;
        bestRank = rank;
      }
    }
    return Optional.ofNullable(best);
  }
}
