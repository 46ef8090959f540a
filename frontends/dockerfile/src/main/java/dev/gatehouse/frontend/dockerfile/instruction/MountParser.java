package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Mistakes;
import dev.gatehouse.frontend.dockerfile.parse.Suggestion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value of {@code RUN --mount}.
 *
 * <p>Without an expander only {@code from} is read, which cannot hold variables since stages depend
 * on it; everything else waits until variables are known.
 */
final class MountParser {
  private static final List<String> KEYS =
      List.of(
          "type",
          "from",
          "source",
          "target",
          "readonly",
          "id",
          "sharing",
          "required",
          "size",
          "mode",
          "uid",
          "gid",
          "src",
          "dst",
          "destination",
          "ro",
          "rw",
          "readwrite",
          "env");

  private final Instruction.@Nullable Expander expander;
  private Mount.Type type = Mount.Type.BIND;
  private String from = "";
  private String source = "";
  private String target = "";
  private @Nullable Boolean readOnly;
  private long sizeLimit;
  private String id = "";
  private Mount.@Nullable Sharing sharing;
  private boolean required;
  private @Nullable String env;
  private @Nullable Integer mode;
  private @Nullable Long uid;
  private @Nullable Long gid;

  /** Whether a key of this mount was wrong: what its type allows is not known then. */
  private boolean failed;

  private final boolean afterFailure;

  private MountParser(Instruction.@Nullable Expander expander, boolean afterFailure) {
    this.expander = expander;
    this.afterFailure = afterFailure;
  }

  /**
   * Reads mounts, all of them and each of their keys: the error tells of all that is wrong.
   *
   * @param expander expands values; null before variables are known
   */
  static List<Mount> parseAll(List<String> values, Instruction.@Nullable Expander expander)
      throws DockerfileException {
    Mistakes mistakes = new Mistakes();
    List<Mount> mounts = new ArrayList<>(values.size());
    for (String value : values) {
      MountParser parser = new MountParser(expander, !mistakes.isEmpty());
      try {
        mounts.add(parser.parse(value));
      } catch (DockerfileException e) {
        mistakes.add(e);
      }
    }
    mistakes.throwFirst();
    return mounts;
  }

  private Mount parse(String value) throws DockerfileException {
    Mistakes mistakes = new Mistakes();
    for (String field : Csv.fields(value, "mounts")) {
      // Checks of variables are reported up to the first error only.
      if ((failed || afterFailure) && field.indexOf('$') >= 0) {
        continue;
      }
      try {
        field(field);
      } catch (DockerfileException e) {
        mistakes.add(e);
        failed = true;
      }
    }
    mistakes.throwFirst();
    return mount();
  }

  private void field(String field) throws DockerfileException {
    int equals = field.indexOf('=');
    if (equals < 0) {
      word(field);
    } else {
      pair(field, field.substring(0, equals).toLowerCase(Locale.ROOT), field.substring(equals + 1));
    }
  }

  private void word(String field) throws DockerfileException {
    if (expander == null) {
      return;
    }
    String key = field.toLowerCase(Locale.ROOT);
    switch (key) {
      case "readonly", "ro" -> readOnly = true;
      case "readwrite", "rw" -> readOnly = false;
      case "required" -> {
        checkRequired(key);
        required = true;
      }
      default ->
          throw new DockerfileException("invalid field '" + field + "' must be a key=value pair")
              .withHint("words without a value are readonly, readwrite and required");
    }
  }

  private void pair(String field, String key, String written) throws DockerfileException {
    String value = written;
    if (expander != null) {
      value = expander.expand(written);
    } else if (key.equals("from")) {
      int dollar = value.indexOf('$');
      if (dollar >= 0 && dollar != value.length() - 1) {
        throw new DockerfileException(
                "'from' doesn't support variable expansion, define alias stage instead")
            .withHint("write FROM " + value + " AS NAME at the top of the file and from=NAME here");
      }
    } else {
      return;
    }
    switch (key) {
      case "type" -> type = type(value);
      case "from" -> from = value;
      case "source", "src" -> source = value;
      case "target", "dst", "destination" -> target = value;
      case "readonly", "ro" -> readOnly = bool(key, value);
      case "readwrite", "rw" -> readOnly = !bool(key, value);
      case "required" -> {
        checkRequired(key);
        required = bool(key, value);
      }
      case "size" -> {
        if (type != Mount.Type.TMPFS && !failed) {
          throw unexpected(key);
        }
        OptionalLong size = GoNumbers.size(value);
        if (size.isEmpty()) {
          throw new DockerfileException("invalid value for " + key + ": " + value)
              .withHint("sizes are written as 64m or 1g");
        }
        sizeLimit = size.getAsLong();
      }
      case "id" -> id = value;
      case "sharing" -> sharing = sharing(value);
      case "mode" -> mode = (int) number(key, value, 8);
      case "uid" -> uid = number(key, value, 10);
      case "gid" -> gid = number(key, value, 10);
      case "env" -> env = value;
      default ->
          throw Suggestion.suggest(
              new DockerfileException("unexpected key '" + key + "' in '" + field + "'")
                  .withHint("keys of a mount are " + String.join(", ", KEYS)),
              key,
              KEYS,
              true);
    }
  }

  private static Mount.Type type(String value) throws DockerfileException {
    String lower = value.toLowerCase(Locale.ROOT);
    for (Mount.Type type : Mount.Type.values()) {
      if (type.toString().equals(lower)) {
        return type;
      }
    }
    List<String> types = Arrays.stream(Mount.Type.values()).map(Mount.Type::toString).toList();
    throw Suggestion.suggest(
        new DockerfileException("unsupported mount type " + GoText.quote(value))
            .withHint("types of mounts are " + String.join(", ", types)),
        value,
        types,
        true);
  }

  private static Mount.Sharing sharing(String value) throws DockerfileException {
    String lower = value.toLowerCase(Locale.ROOT);
    for (Mount.Sharing sharing : Mount.Sharing.values()) {
      if (sharing.toString().equals(lower)) {
        return sharing;
      }
    }
    List<String> modes =
        Arrays.stream(Mount.Sharing.values()).map(Mount.Sharing::toString).toList();
    throw Suggestion.suggest(
        new DockerfileException("unsupported sharing value " + GoText.quote(value))
            .withHint("a cache is shared, private or locked"),
        value,
        modes,
        true);
  }

  private void checkRequired(String key) throws DockerfileException {
    if (type != Mount.Type.SECRET && type != Mount.Type.SSH && !failed) {
      throw unexpected(key);
    }
  }

  private DockerfileException unexpected(String key) {
    return new DockerfileException("unexpected key '" + key + "' for mount type '" + type + "'")
        .withHint("type has to come before the keys that depend on it");
  }

  private static boolean bool(String key, String value) throws DockerfileException {
    Boolean parsed = GoText.parseBoolean(value);
    if (parsed == null) {
      throw new DockerfileException("invalid value for " + key + ": " + value)
          .withHint(key + " is true or false");
    }
    return parsed;
  }

  private static long number(String key, String value, int radix) throws DockerfileException {
    OptionalLong number = GoNumbers.unsigned32(value, radix);
    if (number.isEmpty()) {
      throw new DockerfileException("invalid value " + value + " for " + key)
          .withHint(key + " is a number" + (radix == 8 ? " in octal, such as 0400" : ""));
    }
    return number.getAsLong();
  }

  private Mount mount() throws DockerfileException {
    boolean ownership =
        type == Mount.Type.SECRET || type == Mount.Type.SSH || type == Mount.Type.CACHE;
    if (!ownership) {
      checkAbsent(mode, "mode");
      checkAbsent(uid, "uid");
      checkAbsent(gid, "gid");
    }
    boolean writable = type == Mount.Type.CACHE || type == Mount.Type.TMPFS;
    if (type == Mount.Type.SECRET) {
      if (!from.isEmpty()) {
        throw new DockerfileException("secret mount should not have a from");
      }
      if (sharing != null) {
        throw new DockerfileException("secret mount should not define sharing");
      }
      if (source.isEmpty() && target.isEmpty() && id.isEmpty()) {
        throw new DockerfileException("invalid secret mount. one of source, target required")
            .withHint("name the secret: --mount=type=secret,id=NAME");
      }
      if (!source.isEmpty() && !id.isEmpty()) {
        throw new DockerfileException("both source and id can't be set");
      }
    }
    if (sharing != null && type != Mount.Type.CACHE) {
      throw new DockerfileException("invalid cache sharing set for " + type + " mount");
    }
    return new Mount(
        type,
        from,
        source,
        target,
        readOnly == null ? !writable : readOnly,
        sizeLimit,
        id,
        sharing,
        required,
        env,
        mode,
        uid,
        gid);
  }

  private void checkAbsent(@Nullable Object value, String key) throws DockerfileException {
    if (value != null) {
      throw new DockerfileException(
          key + " not allowed for " + GoText.quote(type.toString()) + " type mounts");
    }
  }
}
