package dev.gatehouse.frontend.dockerfile.shell;

/**
 * Expands {@code $0}, {@code ${0}} and {@code $$} in a replacement as Go's regular expressions do;
 * there are no other groups.
 */
final class ReplacementTemplate {
  private ReplacementTemplate() {}

  static String expand(String template, String match) {
    if (template.indexOf('$') < 0) {
      return template;
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < template.length()) {
      int dollar = template.indexOf('$', at);
      if (dollar < 0) {
        break;
      }
      out.append(template, at, dollar);
      at = dollar + 1;
      if (at < template.length() && template.charAt(at) == '$') {
        out.append('$');
        at++;
        continue;
      }
      boolean brace = at < template.length() && template.charAt(at) == '{';
      int from = brace ? at + 1 : at;
      int to = from;
      while (to < template.length() && isNameCharacter(template.codePointAt(to))) {
        to += Character.charCount(template.codePointAt(to));
      }
      boolean closed = !brace || (to < template.length() && template.charAt(to) == '}');
      if (to == from || !closed) {
        out.append('$');
        continue;
      }
      if (template.substring(from, to).equals("0")) {
        out.append(match);
      }
      at = brace ? to + 1 : to;
    }
    return out.append(template, at, template.length()).toString();
  }

  private static boolean isNameCharacter(int c) {
    return c == '_' || Character.isLetter(c) || Character.isDigit(c);
  }
}
