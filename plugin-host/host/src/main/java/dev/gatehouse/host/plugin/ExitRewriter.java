package dev.gatehouse.host.plugin;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;

/**
 * Sends calls that would end the JVM to {@link ExitGuard}. Classes without such calls stay as they
 * are.
 */
final class ExitRewriter {
  private static final ClassDesc GUARD = ClassDesc.of(ExitGuard.class.getName());
  private static final MethodTypeDesc STATIC =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
  private static final MethodTypeDesc ON_RUNTIME =
      MethodTypeDesc.of(
          ConstantDescs.CD_void, ClassDesc.of("java.lang.Runtime"), ConstantDescs.CD_int);

  private ExitRewriter() {}

  static byte[] rewrite(byte[] classFile) {
    String text = new String(classFile, StandardCharsets.ISO_8859_1);
    boolean system = text.contains("java/lang/System") && text.contains("exit");
    boolean runtime =
        text.contains("java/lang/Runtime") && (text.contains("exit") || text.contains("halt"));
    if (!system && !runtime) {
      return classFile;
    }
    ClassFile format = ClassFile.of();
    ClassModel model = format.parse(classFile);
    CodeTransform code =
        (builder, element) -> {
          if (element instanceof InvokeInstruction call && call.typeSymbol().equals(STATIC)) {
            String owner = call.owner().asInternalName();
            String name = call.name().stringValue();
            if (owner.equals("java/lang/System") && name.equals("exit")) {
              builder.invokestatic(GUARD, "exit", STATIC);
              return;
            }
            if (owner.equals("java/lang/Runtime") && (name.equals("exit") || name.equals("halt"))) {
              builder.invokestatic(GUARD, "exit", ON_RUNTIME);
              return;
            }
          }
          builder.with(element);
        };
    return format.transformClass(model, ClassTransform.transformingMethodBodies(code));
  }
}
