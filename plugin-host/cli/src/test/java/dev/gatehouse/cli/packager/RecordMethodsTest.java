package dev.gatehouse.cli.packager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records compare and hash as before when that is written out. */
class RecordMethodsTest {
  record Everything(
      boolean a,
      byte b,
      char c,
      short d,
      int e,
      long f,
      float g,
      double h,
      String i,
      List<String> j,
      int[] k) {}

  record Empty() {}

  record Own(String text) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Own that && text.equalsIgnoreCase(that.text);
    }

    @Override
    public int hashCode() {
      return 7;
    }
  }

  private static byte[] bytes(Class<?> type) throws Exception {
    try (InputStream in =
        type.getResourceAsStream(type.getName().replaceFirst(".*\\.", "") + ".class")) {
      return in.readAllBytes();
    }
  }

  /** The same class with its methods written out, under a loader of its own. */
  private static Class<?> expanded(Class<?> type) throws Exception {
    byte[] expanded = RecordMethods.expand(bytes(type));
    return new ClassLoader(RecordMethodsTest.class.getClassLoader()) {
      Class<?> define() {
        return defineClass(type.getName(), expanded, 0, expanded.length);
      }
    }.define();
  }

  private static Object[][] values() {
    Object[] first = {
      true, (byte) 1, 'c', (short) 2, 3, 4L, 5f, 6d, "i", List.of("j"), new int[] {1}
    };
    Object[] other = {
      false, (byte) -1, 'd', (short) -2, -3, -4L, -0f, Double.NaN, null, null, new int[] {1}
    };
    List<Object[]> all = new ArrayList<>();
    all.add(first);
    all.add(first.clone());
    all.add(other);
    for (int i = 0; i < first.length; i++) {
      Object[] one = first.clone();
      one[i] = other[i];
      all.add(one);
    }
    Object[] zero = first.clone();
    zero[6] = 0f;
    zero[7] = -0d;
    all.add(zero);
    Object[] negative = first.clone();
    negative[6] = -0f;
    negative[7] = 0d;
    all.add(negative);
    return all.toArray(Object[][]::new);
  }

  @Test
  void everyKindOfComponent() throws Exception {
    Constructor<?> before = Everything.class.getDeclaredConstructors()[0];
    Constructor<?> after = expanded(Everything.class).getDeclaredConstructors()[0];
    after.setAccessible(true);
    for (Object[] a : values()) {
      assertThat(after.newInstance(a).hashCode()).isEqualTo(before.newInstance(a).hashCode());
      for (Object[] b : values()) {
        // Not by assertThat, which has ideas of its own about what is equal.
        assertThat(after.newInstance(a).equals(after.newInstance(b)))
            .as("%s and %s", (Object) a, b)
            .isEqualTo(before.newInstance(a).equals(before.newInstance(b)));
      }
      assertThat(after.newInstance(a).equals(null)).isFalse();
      assertThat(after.newInstance(a).equals("x")).isFalse();
    }
  }

  @Test
  void recordsOfNothing() throws Exception {
    Constructor<?> after = expanded(Empty.class).getDeclaredConstructors()[0];
    after.setAccessible(true);
    assertThat(after.newInstance().equals(after.newInstance())).isTrue();
    assertThat(after.newInstance().hashCode()).isEqualTo(new Empty().hashCode());
  }

  @Test
  void nothingIsMadeAtTheFirstCall() throws Exception {
    for (MethodModel method :
        ClassFile.of().parse(RecordMethods.expand(bytes(Everything.class))).methods()) {
      assertThat(method.code().orElseThrow().elementStream())
          .filteredOn(InvokeDynamicInstruction.class::isInstance)
          .as(method.methodName().stringValue())
          .hasSize(method.methodName().equalsString("toString") ? 1 : 0);
    }
  }

  @Test
  void methodsThatPeopleWroteStay() throws Exception {
    Constructor<?> after = expanded(Own.class).getDeclaredConstructors()[0];
    after.setAccessible(true);
    assertThat(after.newInstance("a").equals(after.newInstance("A"))).isTrue();
    assertThat(after.newInstance("a").hashCode()).isEqualTo(7);
    byte[] bytes = bytes(RecordMethodsTest.class);
    assertThat(RecordMethods.expand(bytes)).isSameAs(bytes);
  }
}
