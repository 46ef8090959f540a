package dev.gatehouse.solver.worker.file;

import com.google.protobuf.ByteString;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.pattern.Glob;
import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkDir;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.FileActionSymlink;
import dev.gatehouse.protocol.pb.UserOpt;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.InputCacheRule;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;
import dev.gatehouse.solver.worker.contenthash.Selection;
import dev.gatehouse.solver.worker.json.GoJson;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What of a file operation decides its result, digested as BuildKit does so that caches are
 * interchanged. Of a source that is only copied from, the path counts by the content it selects, so
 * only its last component is in the operation's own digest.
 */
final class FileCacheKey {
  private static final String TYPE = "buildkit.file.v0";

  private final List<FileAction> actions;
  private final int inputs;
  private final Map<Integer, List<Selection>> selections = new HashMap<>();

  /** Inputs that something is written upon: all of them counts. */
  private final Set<Long> written = new HashSet<>();

  private FileCacheKey(List<FileAction> actions, int inputs) {
    this.actions = actions;
    this.inputs = inputs;
  }

  static CacheMap<WorkerResult> of(List<FileAction> actions, int inputs, ContentHashes contents)
      throws SolveException {
    FileCacheKey key = new FileCacheKey(actions, inputs);
    Digest digest = Digest.sha256(key.json());
    return new CacheMap<>(digest, key.rules(contents));
  }

  byte[] json() throws SolveException {
    List<String> encoded = new ArrayList<>();
    for (FileAction a : actions) {
      encoded.add(Base64.getEncoder().encodeToString(action(a)));
    }
    StringBuilder indexes = new StringBuilder();
    if (!isPlainChain()) {
      indexes.append(",\"indexes\":[");
      for (int i = 0; i < actions.size(); i++) {
        FileAction a = actions.get(i);
        indexes
            .append(i == 0 ? "[" : ",[")
            .append(a.getInput())
            .append(',')
            .append(a.getSecondaryInput())
            .append(',')
            .append(a.getOutput())
            .append(']');
      }
      indexes.append(']');
    }
    String json =
        new String(
            GoJson.object(o -> o.text("Type", TYPE).optTexts("Actions", encoded)),
            StandardCharsets.UTF_8);
    return (json.substring(0, json.length() - 1) + indexes + "}").getBytes(StandardCharsets.UTF_8);
  }

  /** Each action upon the one before, copying from the second input, the last one the result. */
  private boolean isPlainChain() {
    int n = actions.size();
    for (int i = 0; i < n; i++) {
      FileAction a = actions.get(i);
      if (a.getInput() != (i == 0 ? 0 : n + (i - 1))
          || (a.getSecondaryInput() != -1 && a.getSecondaryInput() != 1)
          || a.getOutput() != (i == n - 1 ? 0 : -1)) {
        return false;
      }
    }
    return n > 0;
  }

  private byte[] action(FileAction action) throws SolveException {
    if (action.getInput() != -1) {
      written.add(action.getInput());
    }
    switch (action.getActionCase()) {
      case MKDIR -> {
        FileActionMkDir a = action.getMkdir();
        owner(a.hasOwner(), a.getOwner());
        return GoJson.object(o -> {
          o.optText("path", a.getPath())
              .optNumber("mode", a.getMode())
              .optFlag("makeParents", a.getMakeParents());
          owner(o, a.hasOwner(), a.getOwner());
          o.optNumber("timestamp", a.getTimestamp());
        });
      }
      case MKFILE -> {
        FileActionMkFile a = action.getMkfile();
        owner(a.hasOwner(), a.getOwner());
        return GoJson.object(o -> {
          o.optText("path", a.getPath())
              .optNumber("mode", a.getMode())
              .optText("data", base64(a.getData()));
          owner(o, a.hasOwner(), a.getOwner());
          o.optNumber("timestamp", a.getTimestamp());
        });
      }
      case SYMLINK -> {
        FileActionSymlink a = action.getSymlink();
        return GoJson.object(o -> {
          o.optText("oldpath", a.getOldpath()).optText("newpath", a.getNewpath());
          owner(o, a.hasOwner(), a.getOwner());
          o.optNumber("timestamp", a.getTimestamp());
        });
      }
      case RM -> {
        FileActionRm a = action.getRm();
        return GoJson.object(o ->
            o.optText("path", a.getPath())
                .optFlag("allowNotFound", a.getAllowNotFound())
                .optFlag("allowWildcard", a.getAllowWildcard()));
      }
      case COPY -> {
        FileActionCopy a = action.getCopy();
        owner(a.hasOwner(), a.getOwner());
        String source = a.getSrc();
        if (action.getSecondaryInput() != -1 && action.getSecondaryInput() < inputs) {
          select(
              action.getSecondaryInput(),
              new Selection(
                  source,
                  a.getAllowWildcard() && Glob.hasWildcards(source),
                  a.getFollowSymlink(),
                  a.getIncludePatternsList(),
                  a.getExcludePatternsList(),
                  a.getRequiredPathsList()));
          source = SlashPath.base(source);
        }
        return copy(a, source);
      }
      case ACTION_NOT_SET -> {
        return new byte[0];
      }
    }
    throw new IllegalStateException();
  }

  private static byte[] copy(FileActionCopy a, String source) {
    return GoJson.object(o -> {
      o.optText("src", source).optText("dest", a.getDest());
      owner(o, a.hasOwner(), a.getOwner());
      o.optNumber("mode", a.getMode())
          .optFlag("followSymlink", a.getFollowSymlink())
          .optFlag("dirCopyContents", a.getDirCopyContents())
          .optFlag("attemptUnpackDockerCompatibility", a.getAttemptUnpackDockerCompatibility())
          .optFlag("createDestPath", a.getCreateDestPath())
          .optFlag("allowWildcard", a.getAllowWildcard())
          .optFlag("allowEmptyWildcard", a.getAllowEmptyWildcard())
          .optNumber("timestamp", a.getTimestamp())
          .optTexts("include_patterns", a.getIncludePatternsList())
          .optTexts("exclude_patterns", a.getExcludePatternsList())
          .optFlag("alwaysReplaceExistingDestPaths", a.getAlwaysReplaceExistingDestPaths())
          .optText("modeStr", a.getModeStr())
          .optTexts("required_paths", a.getRequiredPathsList());
    });
  }

  private static String base64(ByteString data) {
    return Base64.getEncoder().encodeToString(data.toByteArray());
  }

  private static void owner(GoJson json, boolean present, ChownOpt owner) {
    if (!present) {
      return;
    }
    json.nested(
        "owner",
        o -> {
          if (owner.hasUser()) {
            o.nested("user", u -> user(u, owner.getUser()));
          }
          if (owner.hasGroup()) {
            o.nested("group", u -> user(u, owner.getGroup()));
          }
        });
  }

  private static void user(GoJson json, UserOpt user) {
    json.nested(
        "User",
        u -> {
          switch (user.getUserCase()) {
            case BYNAME ->
                u.nested(
                    "byName",
                    n ->
                        n.optText("name", user.getByName().getName())
                            .optNumber("input", user.getByName().getInput()));
            case BYID -> u.optNumber("byId", Integer.toUnsignedLong(user.getByID()));
            case USER_NOT_SET -> {}
          }
        });
  }

  /** Names of owners are looked up in an input's files, which count then. */
  private void owner(boolean present, ChownOpt owner) throws SolveException {
    if (!present) {
      return;
    }
    if (owner.hasUser() && owner.getUser().hasByName()) {
      select(owner.getUser().getByName().getInput(), Selection.of("/etc/passwd", true));
    }
    if (owner.hasGroup() && owner.getGroup().hasByName()) {
      select(owner.getGroup().getByName().getInput(), Selection.of("/etc/group", true));
    }
  }

  private void select(long input, Selection selection) throws SolveException {
    if (input < 0 || input > Integer.MAX_VALUE) {
      throw new SolveException("file.invalid", ErrorCategory.USER, "invalid user index " + input);
    }
    selections.computeIfAbsent((int) input, i -> new ArrayList<>()).add(selection);
  }

  private List<InputCacheRule<WorkerResult>> rules(ContentHashes contents) throws SolveException {
    List<InputCacheRule<WorkerResult>> rules = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      List<Selection> selected = selections.remove(i);
      if (selected == null || written.contains((long) i)) {
        rules.add(InputCacheRule.byDefinition());
        continue;
      }
      List<String> paths = new ArrayList<>(selected.stream().map(Selection::path).toList());
      paths.sort(Comparator.reverseOrder());
      rules.add(
          InputCacheRule.of(
              Digest.sha256(String.join("\0", paths)),
              contents.digestOf(withoutDoubles(selected))));
    }
    for (int input : selections.keySet()) {
      if (!written.contains((long) input)) {
        throw new SolveException(
            "file.invalid",
            ErrorCategory.USER,
            "invalid input index " + input + " in file op with " + inputs + " inputs");
      }
    }
    return rules;
  }

  /** Without paths that lie in others; those with patterns stay. */
  static List<Selection> withoutDoubles(List<Selection> selections) {
    List<Selection> result = new ArrayList<>();
    for (boolean follow : new boolean[] {false, true}) {
      Set<String> paths = new TreeSet<>();
      for (Selection s : selections) {
        if (s.followLinks() == follow && isPlain(s)) {
          paths.add(s.path());
        }
      }
      for (String p : paths) {
        boolean within =
            paths.stream()
                .anyMatch(q -> !q.equals(p) && p.startsWith(q.endsWith("/") ? q : q + "/"));
        if (!within) {
          result.add(Selection.of(p, follow));
        }
      }
    }
    selections.stream().filter(s -> !isPlain(s)).forEach(result::add);
    result.sort(Comparator.comparing(Selection::path));
    return result;
  }

  private static boolean isPlain(Selection s) {
    return !s.wildcard() && s.includes().isEmpty() && s.excludes().isEmpty();
  }
}
