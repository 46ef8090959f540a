package dev.gatehouse.cli.packager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars of the distribution keep what they do when their classes change form. */
class DistributionJarsTest {
  private static final ClassDesc OLD = ClassDesc.of("example.Old");
  private static final ClassDesc BASE = ClassDesc.of("example.Base");

  @TempDir Path folder;

  /**
   * A class of Java 5 that says which of two objects it is given: where branches meet there is
   * either of two classes of its own jar.
   */
  private static byte[] old() {
    return ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS)
        .build(
            OLD,
            type ->
                type.withVersion(ClassFile.JAVA_5_VERSION, 0)
                    .withSuperclass(BASE)
                    .withFlags(ClassFile.ACC_PUBLIC)
                    .withMethodBody(
                        "pick",
                        MethodTypeDesc.of(
                            ConstantDescs.CD_String, OLD, BASE, ConstantDescs.CD_boolean),
                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code ->
                            code.iload(2)
                                .ifThenElse(first -> first.aload(0), second -> second.aload(1))
                                .invokestatic(
                                    ConstantDescs.CD_String,
                                    "valueOf",
                                    MethodTypeDesc.of(
                                        ConstantDescs.CD_String, ConstantDescs.CD_Object))
                                .areturn()));
  }

  private static byte[] base() {
    return ClassFile.of()
        .build(
            BASE,
            type -> type.withVersion(ClassFile.JAVA_8_VERSION, 0).withFlags(ClassFile.ACC_PUBLIC));
  }

  @Test
  void oldClassesGetStackMapsAndJarsSayThatTheyWereChanged() throws Exception {
    Path jar = folder.resolve("old.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      add(zip, "META-INF/A.SF", new byte[0]);
      add(zip, "example/Old.class", old());
      add(zip, "example/Base.class", base());
      add(zip, "text", new byte[] {1, 2});
      add(zip, "org/sqlite/native/Linux/aarch64/libsqlitejdbc.so", new byte[] {3});
      add(zip, "org/sqlite/native/Linux/../libsqlitejdbc.so", new byte[] {4});
    }
    Path untouched = folder.resolve("untouched.jar");
    try (OutputStream out = Files.newOutputStream(untouched);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      add(zip, "example/Base.class", base());
    }
    byte[] before = Files.readAllBytes(untouched);

    DistributionJars.main(new String[] {folder.toString()});

    assertThat(Files.readAllBytes(untouched)).isEqualTo(before);
    assertThat(folder.resolve("native/aarch64/libsqlitejdbc.so")).hasBinaryContent(new byte[] {3});
    assertThat(folder.resolve("libsqlitejdbc.so")).doesNotExist();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName))
          .containsExactly(
              "example/Old.class",
              "example/Base.class",
              "text",
              "org/sqlite/native/Linux/aarch64/libsqlitejdbc.so",
              "org/sqlite/native/Linux/../libsqlitejdbc.so",
              "META-INF/CHANGED");
      assertThat(zip.getInputStream(zip.getEntry("text")).readAllBytes()).containsExactly(1, 2);
      var raised =
          ClassFile.of()
              .parse(zip.getInputStream(zip.getEntry("example/Old.class")).readAllBytes());
      assertThat(raised.majorVersion()).isEqualTo(ClassFile.JAVA_8_VERSION);
      assertThat(
              raised.methods().getFirst().code().orElseThrow().attributes().stream()
                  .filter(StackMapTableAttribute.class::isInstance))
          .hasSize(1);
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
      Class<?> type = loader.loadClass("example.Old");
      Object picked =
          type.getMethod("pick", type, loader.loadClass("example.Base"), boolean.class)
              .invoke(null, null, null, true);
      assertThat(picked).isEqualTo("null");
    }
  }

  private static void add(ZipOutputStream zip, String name, byte[] bytes) throws Exception {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(bytes);
    zip.closeEntry();
  }
}
