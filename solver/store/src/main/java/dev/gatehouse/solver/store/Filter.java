package dev.gatehouse.solver.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * containerd's filter expressions: selectors joined by commas must all hold, each {@code field},
 * {@code field==value}, {@code field!=value} or {@code field~=regular expression}, a field being
 * names joined by dots. Values and names may be quoted; a regular expression also with slashes or
 * bars.
 *
 * <p>A field alone asks whether it is there; flags are there without a value. Fields of usage
 * records: id, parents, description, inuse, mutable, immutable, type, shared, private.
 */
public final class Filter {
  private Filter() {}

  /** The fields of what is filtered. */
  @FunctionalInterface
  public interface Fields<T> {
    /**
     * The value of a field.
     *
     * @param path the names that were joined by dots, at least one
     * @return empty if there is no such field
     */
    Optional<String> value(T object, List<String> path);
  }

  /**
   * Whether any of the expressions holds; with none, always.
   *
   * @throws IllegalArgumentException for what is no expression
   */
  public static <T> Predicate<T> any(List<String> expressions, Fields<T> fields) {
    List<List<FilterParser.Selector>> alternatives = new ArrayList<>();
    for (String expression : expressions) {
      alternatives.add(new FilterParser(expression).parse());
    }
    return object ->
        alternatives.isEmpty()
            || alternatives.stream()
                .anyMatch(all ->
                    all.stream().allMatch(each -> each.matches(fields.value(object, each.path()))));
  }

  /** The same for usage records. */
  static Predicate<UsageRecord> any(List<String> expressions) {
    return any(expressions, Filter::field);
  }

  private static Optional<String> field(UsageRecord r, List<String> path) {
    return switch (path.get(0)) {
      case "id" -> text(r.id());
      case "parents" -> text(String.join(";", r.parents()));
      case "description" -> text(r.description());
      case "inuse" -> flag(r.inUse());
      case "mutable" -> flag(r.mutable());
      case "immutable" -> flag(!r.mutable());
      case "type" -> text(r.recordType().text());
      case "shared" -> flag(r.shared());
      case "private" -> flag(!r.shared());
      default -> Optional.empty();
    };
  }

  private static Optional<String> text(String s) {
    return s.isEmpty() ? Optional.empty() : Optional.of(s);
  }

  private static Optional<String> flag(boolean b) {
    return b ? Optional.of("") : Optional.empty();
  }
}
