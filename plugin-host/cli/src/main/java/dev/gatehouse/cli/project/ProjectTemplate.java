package dev.gatehouse.cli.project;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A new frontend project: class, descriptor, test, example and a pom that finds the SDK in a
 * distribution.
 *
 * @param name the artifact, the plugin and the frontend: lower case letters, digits and hyphens
 * @param packageName the package of its classes
 * @param distribution the folder whose {@code lib/maven} holds the SDK and whose {@code
 *     bin/gatehouse} packages
 */
public record ProjectTemplate(String name, String packageName, Path distribution) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
  private static final Pattern PACKAGE = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)*");
  private static final Pattern PLACE = Pattern.compile("@([a-z]+)@");
  private static final Set<String> RESERVED =
      Set.of(
          "abstract",
          "assert",
          "boolean",
          "break",
          "byte",
          "case",
          "catch",
          "char",
          "class",
          "const",
          "continue",
          "default",
          "do",
          "double",
          "else",
          "enum",
          "extends",
          "false",
          "final",
          "finally",
          "float",
          "for",
          "goto",
          "if",
          "implements",
          "import",
          "instanceof",
          "int",
          "interface",
          "long",
          "native",
          "new",
          "null",
          "package",
          "private",
          "protected",
          "public",
          "return",
          "short",
          "static",
          "strictfp",
          "super",
          "switch",
          "synchronized",
          "this",
          "throw",
          "throws",
          "transient",
          "true",
          "try",
          "void",
          "volatile",
          "while",
          "_");

  public ProjectTemplate {
    if (!NAME.matcher(name).matches() || name.length() > 40) {
      throw new IllegalArgumentException(
          "\"" + name + "\" cannot name a frontend: lower case letters, digits and hyphens can");
    }
    if (!PACKAGE.matcher(packageName).matches()
        || Stream.of(packageName.split("\\.")).anyMatch(RESERVED::contains)) {
      throw new IllegalArgumentException("\"" + packageName + "\" cannot be a package of Java");
    }
  }

  /** The package that a project gets when nobody says one. */
  public static String defaultPackage(String name) {
    String last = name.replace("-", "");
    return "org.example." + (RESERVED.contains(last) ? last + "_" : last);
  }

  /** The frontend's class without its package. */
  public String className() {
    return camelCase() + "Frontend";
  }

  /** What files of the new language are called. */
  public String fileName() {
    return camelCase() + "file";
  }

  private String camelCase() {
    StringBuilder camel = new StringBuilder();
    for (String part : name.split("-")) {
      camel.append(part.substring(0, 1).toUpperCase(Locale.ROOT)).append(part.substring(1));
    }
    return camel.toString();
  }

  /**
   * Writes the project.
   *
   * @param folder does not exist or is empty
   * @throws FileAlreadyExistsException if something lies there
   */
  public void write(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw new FileAlreadyExistsException(folder + " is not empty");
        }
      }
    }
    Map<String, String> values = values();
    String sources = packageName.replace('.', '/') + "/" + className();
    Map<String, String> files = new LinkedHashMap<>();
    files.put("pom.xml", template("pom.xml"));
    files.put("README.md", template("README.md"));
    files.put(".gitignore", "/target/\n");
    files.put("src/main/java/" + sources + ".java", template("Frontend.java"));
    files.put("src/test/java/" + sources + "Test.java", template("FrontendTest.java"));
    files.put("src/main/plugin/plugin.properties", template("plugin.properties"));
    files.put(
        "src/main/resources/META-INF/services/dev.gatehouse.frontend.Frontend",
        "@package@.@class@\n");
    files.put("example/" + fileName(), template("Buildfile"));
    files.put("example/greeting", "hello from @name@\n");
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path target = folder.resolve(file.getKey());
      Files.createDirectories(target.resolveSibling(""));
      Files.writeString(target, fill(file.getValue(), values), StandardOpenOption.CREATE_NEW);
    }
  }

  private Map<String, String> values() throws IOException {
    Properties versions = new Properties();
    try (InputStream in = resource("versions.properties")) {
      versions.load(in);
    }
    Map<String, String> values = new LinkedHashMap<>();
    values.put("name", name);
    values.put("class", className());
    values.put("file", fileName());
    values.put("package", packageName);
    values.put("group", packageName);
    values.put("home", escape(distribution.toAbsolutePath().normalize().toString()));
    for (String version : versions.stringPropertyNames()) {
      values.put(version, versions.getProperty(version));
    }
    return values;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String fill(String text, Map<String, String> values) {
    return PLACE
        .matcher(text)
        .replaceAll(match -> {
          String value = values.get(match.group(1));
          if (value == null) {
            throw new IllegalStateException("the template has the unknown place " + match.group());
          }
          return Matcher.quoteReplacement(value);
        });
  }

  private static String template(String name) throws IOException {
    try (InputStream in = resource(name + ".template")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream in = ProjectTemplate.class.getResourceAsStream(name);
    if (in == null) {
      throw new IOException("this installation lacks the template " + name);
    }
    return in;
  }
}
