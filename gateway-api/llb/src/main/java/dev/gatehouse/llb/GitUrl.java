package dev.gatehouse.llb;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a git repository: a URL, or {@code user@host:path} as scp writes it.
 *
 * @param scheme {@code http}, {@code https}, {@code ssh} or {@code git}
 * @param host host, with the port if one is given
 * @param path path on the host
 * @param query parameters, each with its values
 * @param fragment what follows {@code #}; empty if nothing
 * @param remote the address without query and fragment, as git takes it
 */
public record GitUrl(
    String scheme,
    String host,
    String path,
    Map<String, List<String>> query,
    String fragment,
    String remote) {
  private static final Pattern PROTOCOL = Pattern.compile("^([a-zA-Z0-9]+)://");
  private static final Pattern URL =
      Pattern.compile(
          "([a-zA-Z0-9]+)://([^/?#]*)([^?#]*)(?:\\?([^#]*))?(?:#(.*))?", Pattern.DOTALL);
  private static final Pattern SCP =
      Pattern.compile("([a-zA-Z0-9_-]+)@([a-zA-Z0-9.-]+):(.*?)(?:\\?(.*?))?(?:#(.*))?");
  private static final Set<String> PROTOCOLS = Set.of("http", "https", "ssh", "git");

  public GitUrl {
    query = Collections.unmodifiableMap(new LinkedHashMap<>(query));
  }

  /** Whether git could fetch from what the text says. */
  public static boolean isTransport(String text) {
    Matcher protocol = PROTOCOL.matcher(text);
    return protocol.find()
        ? PROTOCOLS.contains(protocol.group(1).toLowerCase(Locale.ROOT))
        : SCP.matcher(text).matches();
  }

  /**
   * Reads an address.
   *
   * @return nothing if it is neither a URL nor in the form of scp
   * @throws IllegalArgumentException if it is a URL, but none that git can fetch from
   */
  public static Optional<GitUrl> parse(String text) {
    Matcher protocol = PROTOCOL.matcher(text);
    if (protocol.find()) {
      String scheme = protocol.group(1).toLowerCase(Locale.ROOT);
      if (!PROTOCOLS.contains(scheme)) {
        throw new IllegalArgumentException(scheme + ": invalid protocol");
      }
      Matcher url = URL.matcher(text);
      if (!url.matches()) {
        throw new IllegalArgumentException("\"" + text + "\" is not a URL");
      }
      String authority = url.group(2);
      String path = url.group(3);
      return Optional.of(
          new GitUrl(
              scheme,
              authority.substring(authority.lastIndexOf('@') + 1),
              decode(path.replace("+", "%2B")),
              query(url.group(4)),
              url.group(5) == null ? "" : decode(url.group(5).replace("+", "%2B")),
              scheme + "://" + authority + path));
    }
    Matcher scp = SCP.matcher(text);
    if (!scp.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new GitUrl(
            "ssh",
            scp.group(2),
            scp.group(3),
            query(scp.group(4)),
            scp.group(5) == null ? "" : scp.group(5),
            scp.group(1) + "@" + scp.group(2) + ":" + scp.group(3)));
  }

  private static String decode(String text) {
    return text.contains("%") || text.contains("+")
        ? URLDecoder.decode(text, StandardCharsets.UTF_8)
        : text;
  }

  private static Map<String, List<String>> query(@Nullable String text) {
    Map<String, List<String>> query = new LinkedHashMap<>();
    if (text != null && !text.isEmpty()) {
      for (String pair : text.split("&")) {
        if (!pair.isEmpty()) {
          int equals = pair.indexOf('=');
          query
              .computeIfAbsent(
                  decode(equals < 0 ? pair : pair.substring(0, equals)), k -> new ArrayList<>())
              .add(equals < 0 ? "" : decode(pair.substring(equals + 1)));
        }
      }
    }
    return query;
  }

  /** The part of the fragment before the first colon: a branch, tag or commit. */
  public String fragmentRef() {
    int colon = fragment.indexOf(':');
    return colon < 0 ? fragment : fragment.substring(0, colon);
  }

  /** The folder named after the first colon of the fragment. */
  public String fragmentDirectory() {
    int colon = fragment.indexOf(':');
    return colon < 0 ? "" : SlashPath.join("/", fragment.substring(colon + 1)).substring(1);
  }
}
