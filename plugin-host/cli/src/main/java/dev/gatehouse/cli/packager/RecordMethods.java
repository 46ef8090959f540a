package dev.gatehouse.cli.packager;

import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes out {@code equals} and {@code hashCode} of records as code.
 *
 * <p>The compiler leaves these methods to {@link java.lang.runtime.ObjectMethods}, which makes them
 * out of method handles when they are first called: some milliseconds each, and as class archives
 * do not hold the outcome, every start of a frontend pays them again. What is written here does
 * what that class says it does.
 */
final class RecordMethods {
  private static final byte[] BOOTSTRAP =
      "java/lang/runtime/ObjectMethods".getBytes(StandardCharsets.US_ASCII);
  private static final ClassDesc OBJECT_METHODS = ClassDesc.of("java.lang.runtime.ObjectMethods");
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
  private static final MethodTypeDesc EQUALS =
      MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object);
  private static final MethodTypeDesc HASH_CODE = MethodTypeDesc.of(ConstantDescs.CD_int);

  private RecordMethods() {}

  /** A component of a record, read through its field. */
  private record Component(ClassDesc owner, String name, ClassDesc type) {
    void load(CodeBuilder code, int slot) {
      code.aload(slot).getfield(owner, name, type);
    }
  }

  /** The class with these methods as code; the same bytes if there is nothing to write out. */
  static byte[] expand(byte[] bytes) {
    if (!contains(bytes, BOOTSTRAP)) {
      return bytes;
    }
    ClassFile files = ClassFile.of();
    ClassModel model = files.parse(bytes);
    ClassDesc self = model.thisClass().asSymbol();
    return files.transformClass(
        model,
        (builder, element) -> {
          Optional<List<Component>> components = components(element);
          if (element instanceof MethodModel method && components.isPresent()) {
            boolean equals = method.methodName().equalsString("equals");
            builder.withMethod(
                method.methodName(),
                method.methodType(),
                method.flags().flagsMask(),
                copy ->
                    copy.withCode(code -> {
                      if (equals) {
                        equals(code, self, components.get());
                      } else {
                        hashCode(code, components.get());
                      }
                    }));
          } else {
            builder.with(element);
          }
        });
  }

  /** What a method compares or hashes, if that is left to the bootstrap. */
  private static Optional<List<Component>> components(ClassElement element) {
    if (!(element instanceof MethodModel method) || method.code().isEmpty()) {
      return Optional.empty();
    }
    boolean equals =
        method.methodName().equalsString("equals") && method.methodTypeSymbol().equals(EQUALS);
    boolean hashCode =
        method.methodName().equalsString("hashCode") && method.methodTypeSymbol().equals(HASH_CODE);
    if (!equals && !hashCode) {
      return Optional.empty();
    }
    return method
        .code()
        .get()
        .elementStream()
        .filter(InvokeDynamicInstruction.class::isInstance)
        .map(InvokeDynamicInstruction.class::cast)
        .filter(call -> call.bootstrapMethod().owner().equals(OBJECT_METHODS))
        .findFirst()
        .map(call -> {
          List<Component> components = new ArrayList<>();
          for (ConstantDesc argument : call.bootstrapArgs()) {
            if (argument instanceof DirectMethodHandleDesc field) {
              components.add(
                  new Component(
                      field.owner(), field.methodName(), field.invocationType().returnType()));
            }
          }
          return components;
        });
  }

  private static void equals(CodeBuilder code, ClassDesc self, List<Component> components) {
    Label different = code.newLabel();
    code.aload(1).instanceOf(self).ifeq(different);
    code.aload(1).checkcast(self).astore(2);
    for (Component component : components) {
      component.load(code, 0);
      component.load(code, 2);
      switch (TypeKind.from(component.type()).asLoadable()) {
        case INT -> code.if_icmpne(different);
        case LONG -> code.lcmp().ifne(different);
        case FLOAT -> compare(code, ConstantDescs.CD_Float, component.type()).ifne(different);
        case DOUBLE -> compare(code, ConstantDescs.CD_Double, component.type()).ifne(different);
        default ->
            code.invokestatic(
                    OBJECTS,
                    "equals",
                    MethodTypeDesc.of(
                        ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object))
                .ifeq(different);
      }
    }
    code.iconst_1().ireturn();
    code.labelBinding(different).iconst_0().ireturn();
  }

  private static CodeBuilder compare(CodeBuilder code, ClassDesc box, ClassDesc type) {
    return code.invokestatic(box, "compare", MethodTypeDesc.of(ConstantDescs.CD_int, type, type));
  }

  private static void hashCode(CodeBuilder code, List<Component> components) {
    code.iconst_0();
    for (Component component : components) {
      code.bipush(31).imul();
      component.load(code, 0);
      boolean primitive = component.type().isPrimitive();
      code.invokestatic(
          primitive ? box(component.type()) : OBJECTS,
          "hashCode",
          MethodTypeDesc.of(
              ConstantDescs.CD_int, primitive ? component.type() : ConstantDescs.CD_Object));
      code.iadd();
    }
    code.ireturn();
  }

  private static ClassDesc box(ClassDesc primitive) {
    return switch (TypeKind.from(primitive)) {
      case BOOLEAN -> ConstantDescs.CD_Boolean;
      case BYTE -> ConstantDescs.CD_Byte;
      case CHAR -> ConstantDescs.CD_Character;
      case SHORT -> ConstantDescs.CD_Short;
      case INT -> ConstantDescs.CD_Integer;
      case LONG -> ConstantDescs.CD_Long;
      case FLOAT -> ConstantDescs.CD_Float;
      case DOUBLE -> ConstantDescs.CD_Double;
      case REFERENCE, VOID -> throw new IllegalArgumentException(primitive + " is not primitive");
    };
  }

  static boolean contains(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      int n = 0;
      while (n < part.length && bytes[i + n] == part[n]) {
        n++;
      }
      if (n == part.length) {
        return true;
      }
    }
    return false;
  }
}
