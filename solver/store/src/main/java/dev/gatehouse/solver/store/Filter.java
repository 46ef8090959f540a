package dev.gatehouse.solver.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * containerd's filter expressions over usage records: selectors joined by commas must all hold,
 * each {@code field}, {@code field==value}, {@code field!=value} or {@code field~=regular
 * expression}. Fields: id, parents, description, inuse, mutable, immutable, type, shared, private.
 */
final class Filter {
  private Filter() {}

  /**
   * Whether any of the expressions holds; with none, always.
   *
   * @throws IllegalArgumentException for what is no expression
   */
  static Predicate<UsageRecord> any(List<String> expressions) {
    List<Predicate<UsageRecord>> all = new ArrayList<>();
    for (String e : expressions) {
      all.add(new Parser(e).parse());
    }
    return all.isEmpty() ? r -> true : r -> all.stream().anyMatch(p -> p.test(r));
  }

  private static Optional<String> field(UsageRecord r, String name) {
    return switch (name) {
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

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    Predicate<UsageRecord> parse() {
      Predicate<UsageRecord> all = r -> true;
      if (text.isBlank()) {
        return all;
      }
      while (true) {
        all = all.and(selector());
        if (at == text.length()) {
          return all;
        }
        if (text.charAt(at) != ',') {
          throw bad("expected a comma");
        }
        at++;
      }
    }

    private Predicate<UsageRecord> selector() {
      String name = field();
      if (at + 1 < text.length() && text.charAt(at + 1) == '=') {
        char operator = text.charAt(at);
        if (operator == '=' || operator == '!' || operator == '~') {
          at += 2;
          String value = value();
          return comparison(name, operator, value);
        }
      }
      return r -> Filter.field(r, name).isPresent();
    }

    private Predicate<UsageRecord> comparison(String name, char operator, String value) {
      switch (operator) {
        case '=' -> {
          return r -> Filter.field(r, name).filter(value::equals).isPresent();
        }
        case '!' -> {
          return r -> !Filter.field(r, name).orElse("").equals(value);
        }
        default -> {
          try {
            Pattern p = Pattern.compile(value);
            return r -> Filter.field(r, name).filter(v -> p.matcher(v).find()).isPresent();
          } catch (PatternSyntaxException e) {
            throw bad(e.getDescription());
          }
        }
      }
    }

    private String field() {
      int start = at;
      while (at < text.length() && "=!~,".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String name = text.substring(start, at).strip();
      if (name.isEmpty()) {
        throw bad("expected a field");
      }
      return name;
    }

    private String value() {
      if (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '/')) {
        char quote = text.charAt(at++);
        StringBuilder s = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
          if (text.charAt(at) == '\\' && at + 1 < text.length() && quote == '"') {
            at++;
          }
          s.append(text.charAt(at++));
        }
        if (at == text.length()) {
          throw bad("quote is not closed");
        }
        at++;
        return s.toString();
      }
      int comma = text.indexOf(',', at);
      int end = comma < 0 ? text.length() : comma;
      String s = text.substring(at, end);
      at = end;
      return s;
    }

    private IllegalArgumentException bad(String why) {
      return new IllegalArgumentException(
          "invalid filter \"" + text + "\": " + why + " at position " + at);
    }
  }
}
