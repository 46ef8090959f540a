package dev.gatehouse.cli.packager;

import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.util.Map;

/**
 * Gives classes that were compiled for Java 5 or older the form of Java 8, with stack maps.
 *
 * <p>The JVM keeps older ones in no class archive or start-up cache: it reads and verifies them at
 * each start, and verifies them the slow way. What they do stays the same.
 */
final class OldClasses {
  /** The first class file version, that of Java 6, that has stack maps. */
  private static final int FIRST_WITH_STACK_MAPS = 50;

  private static final int VERSION_AT = 6;

  private OldClasses() {}

  static boolean isOld(byte[] type) {
    return type.length > VERSION_AT + 1
        && ((type[VERSION_AT] & 0xff) << 8 | type[VERSION_AT + 1] & 0xff) < FIRST_WITH_STACK_MAPS;
  }

  /**
   * The class in its new form.
   *
   * @param others the members of its jar, by name; stack maps name what classes have in common
   * @throws IllegalArgumentException if it is no class
   */
  static byte[] raise(byte[] type, Map<String, byte[]> others) {
    ClassHierarchyResolver resolver =
        ClassHierarchyResolver.ofResourceParsing(
                name -> {
                  String descriptor = name.descriptorString();
                  byte[] found =
                      others.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
                  return found == null ? null : new ByteArrayInputStream(found);
                })
            .orElse(ClassHierarchyResolver.defaultResolver());
    ClassFile files =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ClassHierarchyResolverOption.of(resolver));
    return files.transformClass(
        files.parse(type),
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
            .andThen((builder, element) ->
                builder.with(
                    element instanceof ClassFileVersion
                        ? ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0)
                        : element)));
  }
}
