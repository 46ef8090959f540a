package dev.gatehouse.cli.packager;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.gatehouse.protocol.gateway.Gateway;
import dev.gatehouse.protocol.gateway.SolveRequest;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.OpMetadata;
import java.lang.classfile.ClassFile;
import java.lang.classfile.FieldModel;
import java.lang.classfile.attribute.ConstantValueAttribute;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages do what they did when their descriptors come late. */
class LateDescriptorsTest {
  private static final Map<String, byte[]> MEMBERS = new LinkedHashMap<>();

  private static final SolveRequest REQUEST =
      SolveRequest.newBuilder()
          .setFrontend("f")
          .putFrontendOpt("a", "b")
          .putFrontendOpt("empty", "")
          .putFrontendInputs(
              "input",
              Definition.newBuilder()
                  .putMetadata("sha256:x", OpMetadata.newBuilder().putCaps("c", true).build())
                  .build())
          .build();

  /** The same classes with late descriptors, under a loader of their own that counts. */
  private static final class Late extends ClassLoader {
    private final Map<String, byte[]> changed = LateDescriptors.of(MEMBERS);

    Late() {
      super(LateDescriptorsTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      byte[] bytes = changed.getOrDefault(file, MEMBERS.get(file));
      if (bytes == null) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known != null ? known : defineClass(name, bytes, 0, bytes.length);
      }
    }

    Object parse(byte[] bytes) throws Exception {
      return loadClass(SolveRequest.class.getName())
          .getMethod("parseFrom", byte[].class)
          .invoke(null, (Object) bytes);
    }

    /** Whether the class that builds the descriptors of gateway.proto has been loaded. */
    boolean hasDescriptors() {
      return hasLoaded(Gateway.class.getName());
    }

    boolean hasLoaded(String name) {
      return findLoadedClass(name) != null;
    }
  }

  @BeforeAll
  static void read() throws Exception {
    for (Class<?> type : List.of(SolveRequest.class, Message.class, Status.class)) {
      try (ZipFile zip =
          new ZipFile(
              Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toFile())) {
        for (ZipEntry entry : zip.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
          MEMBERS.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
        }
      }
    }
  }

  private static Object call(Object target, String method) throws Exception {
    return target.getClass().getMethod(method).invoke(target);
  }

  @Test
  void messagesAreReadAndWrittenWithoutDescriptors() throws Exception {
    Late late = new Late();
    Object request = late.parse(REQUEST.toByteArray());

    assertThat(call(request, "getFrontendOptMap")).isEqualTo(REQUEST.getFrontendOptMap());
    assertThat(call(call(request, "toBuilder"), "build")).isEqualTo(request);
    assertThat((byte[]) call(request, "toByteArray")).isEqualTo(REQUEST.toByteArray());
    assertThat(late.hasDescriptors()).isFalse();
  }

  @Test
  void reflectionFindsThem() throws Exception {
    Late late = new Late();
    Object request = late.parse(REQUEST.toByteArray());

    assertThat(request.toString()).isEqualTo(REQUEST.toString());
    assertThat(request.hashCode()).isEqualTo(late.parse(REQUEST.toByteArray()).hashCode());
    assertThat(call(request, "getAllFields").toString())
        .isEqualTo(REQUEST.getAllFields().toString());
    assertThat(late.hasDescriptors()).isTrue();
  }

  @Test
  void entriesOfEveryMapHaveTheirDescriptor() throws Exception {
    Late late = new Late();
    Class.forName(Gateway.class.getName(), true, late);
    int entries = 0;
    for (String name : late.changed.keySet()) {
      if (name.endsWith("DefaultEntryHolder.class") && name.contains("protocol/gateway/")) {
        String type = name.replace('/', '.').substring(0, name.length() - ".class".length());
        Class<?> holder = late.loadClass(type);
        Class<?> entry = late.loadClass("com.google.protobuf.MapEntry");
        Object value =
            MethodHandles.privateLookupIn(holder, MethodHandles.lookup())
                .findStaticVarHandle(holder, "defaultEntry", entry)
                .get();
        assertThat(entry.getMethod("getDescriptorForType").invoke(value)).as(type).isNotNull();
        entries++;
      }
    }
    assertThat(entries).isGreaterThan(5);
  }

  @Test
  void versionsAreNotComparedAgain() throws Exception {
    Late late = new Late();
    late.parse(REQUEST.toByteArray());
    assertThat(late.hasLoaded("com.google.protobuf.RuntimeVersion")).isFalse();
  }

  @Test
  void anotherVersionIsStillCompared() {
    Map<String, byte[]> other = new LinkedHashMap<>(MEMBERS);
    other.computeIfPresent(
        "com/google/protobuf/RuntimeVersion.class",
        (name, bytes) ->
            ClassFile.of()
                .transformClass(
                    ClassFile.of().parse(bytes),
                    (type, element) -> {
                      if (element instanceof FieldModel field
                          && field.fieldName().equalsString("PATCH")) {
                        type.withField(
                            "PATCH",
                            ConstantDescs.CD_int,
                            f ->
                                f.withFlags(field.flags().flagsMask())
                                    .with(ConstantValueAttribute.of(999)));
                      } else {
                        type.with(element);
                      }
                    }));
    String request = SolveRequest.class.getName().replace('.', '/') + ".class";
    assertThat(LateDescriptors.of(MEMBERS)).containsKey(request);
    assertThat(LateDescriptors.of(other)).doesNotContainKey(request);
  }

  @Test
  void withoutProtobufNothingChanges() {
    Map<String, byte[]> own = new LinkedHashMap<>(MEMBERS);
    own.keySet().removeIf(name -> name.startsWith("com/google/protobuf/"));
    assertThat(LateDescriptors.of(own)).isEmpty();
  }
}
