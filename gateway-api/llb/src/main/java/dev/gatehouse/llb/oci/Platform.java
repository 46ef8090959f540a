package dev.gatehouse.llb.oci;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A platform of the OCI image index: operating system, architecture and what narrows them down.
 *
 * <p>Absent parts are empty strings. Text forms ({@code linux/arm/v7}, {@code
 * windows(10.0.1)/amd64}) and normalisation follow containerd's platforms package.
 *
 * @param os operating system in Go's spelling, such as {@code linux}
 * @param architecture processor in Go's spelling, such as {@code amd64}
 * @param variant variant of the processor, such as {@code v7}
 * @param osVersion version of the operating system, used by Windows
 * @param osFeatures features the operating system must have
 */
public record Platform(
    String os, String architecture, String variant, String osVersion, List<String> osFeatures)
    implements Comparable<Platform> {
  private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_.-]+");
  private static final String OS_EXPRESSION =
      "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$";
  private static final Pattern OS = Pattern.compile(OS_EXPRESSION);
  private static final Set<String> KNOWN_OS =
      Set.of(
          "aix",
          "android",
          "darwin",
          "dragonfly",
          "freebsd",
          "hurd",
          "illumos",
          "ios",
          "js",
          "linux",
          "nacl",
          "netbsd",
          "openbsd",
          "plan9",
          "solaris",
          "windows",
          "zos");
  private static final Set<String> KNOWN_ARCHITECTURES =
      Set.of(
          "386",
          "amd64",
          "amd64p32",
          "arm",
          "armbe",
          "arm64",
          "arm64be",
          "ppc64",
          "ppc64le",
          "loong64",
          "mips",
          "mipsle",
          "mips64",
          "mips64le",
          "mips64p32",
          "mips64p32le",
          "ppc",
          "riscv",
          "riscv64",
          "s390",
          "s390x",
          "sparc",
          "sparc64",
          "wasm");

  public static final Platform LINUX_AMD64 = new Platform("linux", "amd64");
  public static final Platform LINUX_ARM64 = new Platform("linux", "arm64");

  public Platform {
    osFeatures = List.copyOf(osFeatures);
  }

  public Platform(String os, String architecture) {
    this(os, architecture, "", "", List.of());
  }

  public Platform(String os, String architecture, String variant) {
    this(os, architecture, variant, "", List.of());
  }

  /** The platform that this JVM runs on, normalised. */
  public static Platform host() {
    String name = System.getProperty("os.name", "linux").toLowerCase(Locale.ROOT);
    String os =
        name.startsWith("windows")
            ? "windows"
            : name.startsWith("mac") ? "darwin" : name.replace(' ', '-');
    String architecture = System.getProperty("os.arch", "amd64");
    architecture =
        switch (architecture) {
          case "x86_64" -> "amd64";
          case "x86" -> "386";
          case "loongarch64" -> "loong64";
          default -> architecture;
        };
    return new Platform(os, architecture).normalized();
  }

  /**
   * Reads a specifier such as {@code linux/amd64}, {@code arm64}, {@code windows(10.0.1)/amd64} or
   * {@code linux/arm/v7}. What is missing is taken from the host.
   *
   * @throws IllegalArgumentException with the reason if it is none
   */
  public static Platform parse(String specifier) {
    if (specifier.contains("*")) {
      throw new IllegalArgumentException(
          quote(specifier) + ": wildcards not yet supported: invalid argument");
    }
    String[] parts = specifier.split("/", 4);
    Matcher matcher = OS.matcher(parts[0]);
    if (!matcher.find()) {
      throw new IllegalArgumentException(
          quote(parts[0])
              + " is an invalid OS component of "
              + quote(specifier)
              + ": OSAndVersion specifier component must match "
              + quote(OS_EXPRESSION)
              + ": invalid argument");
    }
    String os = normalizeOs(matcher.group(1));
    String version = decode(matcher.group(2));
    List<String> features = new ArrayList<>();
    String suffix = matcher.group(3);
    if (suffix != null && !suffix.isEmpty()) {
      for (String feature : suffix.substring(1).split("\\+", -1)) {
        features.add(decode(feature));
      }
    }
    for (int i = 1; i < parts.length; i++) {
      if (!COMPONENT.matcher(parts[i]).matches()) {
        throw new IllegalArgumentException(
            quote(parts[i])
                + " is an invalid component of "
                + quote(specifier)
                + ": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid"
                + " argument");
      }
    }
    switch (parts.length) {
      case 1 -> {
        if (KNOWN_OS.contains(os)) {
          Platform host = host();
          String variant =
              host.architecture.equals("arm") && !host.variant.equals("v7") ? host.variant : "";
          return new Platform(os, host.architecture, variant, version, features);
        }
        String[] architecture = normalizeArchitecture(parts[0], "");
        if (KNOWN_ARCHITECTURES.contains(architecture[0])) {
          return new Platform(
              host().os, architecture[0], withoutDefault(architecture), version, features);
        }
        throw new IllegalArgumentException(
            quote(specifier) + ": unknown operating system or architecture: invalid argument");
      }
      case 2 -> {
        String[] architecture = normalizeArchitecture(parts[1], "");
        return new Platform(os, architecture[0], withoutDefault(architecture), version, features);
      }
      case 3 -> {
        String[] architecture = normalizeArchitecture(parts[1], parts[2]);
        String variant =
            architecture[0].equals("arm64") && architecture[1].isEmpty() ? "v8" : architecture[1];
        return new Platform(os, architecture[0], variant, version, features);
      }
      default ->
          throw new IllegalArgumentException(
              quote(specifier) + ": cannot parse platform specifier: invalid argument");
    }
  }

  private static String withoutDefault(String[] architecture) {
    return architecture[0].equals("arm") && architecture[1].equals("v7") ? "" : architecture[1];
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String decode(@Nullable String text) {
    if (text == null || !text.contains("%")) {
      return text == null ? "" : text;
    }
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /**
   * This platform in canonical spelling: {@code aarch64} is {@code arm64}, {@code arm} is {@code
   * arm/v7}.
   */
  public Platform normalized() {
    String[] normal = normalizeArchitecture(architecture, variant);
    List<String> features =
        osFeatures.size() < 2 ? osFeatures : List.copyOf(new TreeSet<>(osFeatures));
    return new Platform(normalizeOs(os), normal[0], normal[1], osVersion, features);
  }

  private static String normalizeOs(String os) {
    if (os.isEmpty()) {
      return host().os;
    }
    String lower = os.toLowerCase(Locale.ROOT);
    return lower.equals("macos") ? "darwin" : lower;
  }

  private static String[] normalizeArchitecture(String architecture, String variant) {
    String arch = architecture.toLowerCase(Locale.ROOT);
    String v = variant.toLowerCase(Locale.ROOT);
    return switch (arch) {
      case "i386" -> new String[] {"386", ""};
      case "x86_64", "x86-64", "amd64" -> new String[] {"amd64", v.equals("v1") ? "" : v};
      case "aarch64", "arm64" ->
          new String[] {
            "arm64",
            switch (v) {
              case "8", "v8", "v8.0" -> "";
              case "9", "9.0", "v9.0" -> "v9";
              default -> v;
            }
          };
      case "armhf" -> new String[] {"arm", "v7"};
      case "armel" -> new String[] {"arm", "v6"};
      case "arm" ->
          new String[] {
            "arm",
            switch (v) {
              case "", "7" -> "v7";
              case "5", "6", "8" -> "v" + v;
              default -> v;
            }
          };
      default -> new String[] {arch, v};
    };
  }

  /** The specifier without version and features: {@code linux/arm/v7}. */
  public String format() {
    if (os.isEmpty()) {
      return "unknown";
    }
    return join(os);
  }

  /** The specifier with version and features: {@code windows(10.0.1+win32k)/amd64}. */
  public String formatAll() {
    if (os.isEmpty()) {
      return "unknown";
    }
    StringBuilder features = new StringBuilder();
    for (String feature : new TreeSet<>(osFeatures)) {
      if (!feature.isEmpty()) {
        features.append('+').append(encode(feature));
      }
    }
    if (osVersion.isEmpty() && features.isEmpty()) {
      return join(os);
    }
    return join(os + '(' + encode(osVersion) + features + ')');
  }

  private String join(String first) {
    StringBuilder out = new StringBuilder(first);
    if (!architecture.isEmpty()) {
      out.append('/').append(architecture);
    }
    if (!variant.isEmpty()) {
      out.append('/').append(variant);
    }
    return out.toString();
  }

  private static String encode(String option) {
    return option
        .replace("%", "%25")
        .replace("+", "%2B")
        .replace("(", "%28")
        .replace(")", "%29")
        .replace("/", "%2F");
  }

  /** The JSON object of the image specification. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    addTo(json);
    return json;
  }

  void addTo(Map<String, ? super Object> json) {
    json.put("architecture", architecture);
    json.put("os", os);
    if (!osVersion.isEmpty()) {
      json.put("os.version", osVersion);
    }
    if (!osFeatures.isEmpty()) {
      json.put("os.features", osFeatures);
    }
    if (!variant.isEmpty()) {
      json.put("variant", variant);
    }
  }

  @Override
  public int compareTo(Platform other) {
    return formatAll().compareTo(other.formatAll());
  }

  @Override
  public String toString() {
    return formatAll();
  }
}
