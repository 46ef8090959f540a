package dev.gatehouse.cli.packager;

import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.FieldTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.ConstantValueAttribute;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Lets messages that protoc generated be read and written before their file's descriptors exist.
 *
 * <p>A message with a map needs a default entry, and that needs the entry's descriptor: so the
 * first such message builds the descriptors of its whole file and of all that this imports, a third
 * of what the process of a frontend does until it has answered. But an entry's descriptor is looked
 * at by reflection only, which begins with the descriptor of the message. Here the entries are made
 * without, and the class that builds the descriptors hands them out when it is done.
 *
 * <p>The check of each message that it was generated for this protobuf is made now instead of at
 * each start: calls that would find the versions equal are left out.
 */
final class LateDescriptors {
  private static final String PROTOBUF = "com/google/protobuf/";
  private static final String MAP_ENTRY_FILE = PROTOBUF + "MapEntry.class";
  private static final String METADATA_FILE = PROTOBUF + "MapEntry$Metadata.class";
  private static final String VERSION_FILE = PROTOBUF + "RuntimeVersion.class";
  private static final String HOLDER_FILE = "DefaultEntryHolder.class";
  private static final String STATIC_PART = "<clinit>";

  private static final ClassDesc DESCRIPTOR =
      ClassDesc.of("com.google.protobuf.Descriptors$Descriptor");
  private static final ClassDesc MAP_ENTRY = ClassDesc.of("com.google.protobuf.MapEntry");
  private static final ClassDesc METADATA = ClassDesc.of("com.google.protobuf.MapEntry$Metadata");
  private static final ClassDesc VERSION = ClassDesc.of("com.google.protobuf.RuntimeVersion");
  private static final byte[] VERSION_CHECK =
      "validateProtobufGencodeVersion".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION_ARGUMENTS = 6;

  private final ClassFile files = ClassFile.of();
  private final Map<String, byte[]> members;
  private final Map<String, byte[]> changed = new TreeMap<>();

  private LateDescriptors(Map<String, byte[]> members) {
    this.members = members;
  }

  /**
   * A default entry.
   *
   * @param file the member that declares it
   * @param owner its class
   * @param field of that class
   * @param files the class that builds its descriptor
   * @param descriptor the field with that
   */
  private record Entry(
      String file, ClassDesc owner, String field, ClassDesc files, String descriptor) {}

  /**
   * The classes that are to be changed, in their new form, by the names of their members.
   *
   * @param members of all jars of a class path, by name
   */
  static Map<String, byte[]> of(Map<String, byte[]> members) {
    LateDescriptors late = new LateDescriptors(members);
    late.entries();
    late.versions();
    return late.changed;
  }

  private void entries() {
    byte[] mapEntry = members.get(MAP_ENTRY_FILE);
    byte[] metadata = members.get(METADATA_FILE);
    if (mapEntry == null
        || metadata == null
        || !hasField(mapEntry, "metadata", METADATA)
        || !hasField(metadata, "descriptor", DESCRIPTOR)) {
      return; // another protobuf than the one this is written for
    }
    Map<ClassDesc, List<Entry>> entries = new HashMap<>();
    members.forEach((name, bytes) -> {
      if (name.endsWith(HOLDER_FILE)) {
        entry(name, bytes)
            .ifPresent(e -> entries.computeIfAbsent(e.files(), f -> new ArrayList<>()).add(e));
      }
    });
    entries.forEach((type, list) -> {
      byte[] bytes = members.get(file(type));
      if (bytes != null) {
        changed.put(file(type), handOut(bytes, list));
        list.forEach(entry -> changed.put(entry.file(), withoutDescriptor(entry)));
      }
    });
    if (!changed.isEmpty()) {
      changed.put(MAP_ENTRY_FILE, open(mapEntry, "metadata"));
      changed.put(METADATA_FILE, open(metadata, "descriptor"));
    }
  }

  private boolean hasField(byte[] bytes, String name, ClassDesc type) {
    return files.parse(bytes).fields().stream()
        .anyMatch(f -> f.fieldName().equalsString(name) && f.fieldTypeSymbol().equals(type));
  }

  private static String file(ClassDesc type) {
    String descriptor = type.descriptorString();
    return descriptor.substring(1, descriptor.length() - 1) + ".class";
  }

  /** The entry that a class holds, if the class does nothing else. */
  private Optional<Entry> entry(String file, byte[] bytes) {
    ClassModel model = files.parse(bytes);
    List<FieldInstruction> read = new ArrayList<>();
    List<FieldInstruction> written = new ArrayList<>();
    for (CodeElement element : staticPart(model).map(CodeModel::elementList).orElse(List.of())) {
      if (isReadOfDescriptor(element)) {
        read.add((FieldInstruction) element);
      } else if (element instanceof FieldInstruction field && field.opcode() == Opcode.PUTSTATIC) {
        written.add(field);
      }
    }
    if (read.size() != 1
        || written.size() != 1
        || !model
            .thisClass()
            .asSymbol()
            .packageName()
            .equals(read.getFirst().owner().asSymbol().packageName())
        || !written.getFirst().typeSymbol().equals(MAP_ENTRY)) {
      return Optional.empty();
    }
    return Optional.of(
        new Entry(
            file,
            model.thisClass().asSymbol(),
            written.getFirst().name().stringValue(),
            read.getFirst().owner().asSymbol(),
            read.getFirst().name().stringValue()));
  }

  private static boolean isReadOfDescriptor(CodeElement element) {
    return element instanceof FieldInstruction field
        && field.opcode() == Opcode.GETSTATIC
        && field.typeSymbol().equals(DESCRIPTOR);
  }

  private static Optional<CodeModel> staticPart(ClassModel model) {
    return model.methods().stream()
        .filter(LateDescriptors::isStaticPart)
        .findFirst()
        .flatMap(MethodModel::code);
  }

  private static boolean isStaticPart(MethodModel method) {
    return method.methodName().equalsString(STATIC_PART);
  }

  private byte[] withoutDescriptor(Entry entry) {
    return files.transformClass(
        files.parse(members.get(entry.file())),
        ClassTransform.transformingMethodBodies(
            LateDescriptors::isStaticPart,
            (code, element) -> {
              if (isReadOfDescriptor(element)) {
                code.aconst_null();
              } else {
                code.with(element);
              }
            }));
  }

  private byte[] handOut(byte[] bytes, List<Entry> entries) {
    return files.transformClass(
        files.parse(bytes),
        ClassTransform.transformingMethodBodies(
            LateDescriptors::isStaticPart,
            (code, element) -> {
              if (element instanceof Instruction i && i.opcode() == Opcode.RETURN) {
                for (Entry entry : entries) {
                  code.getstatic(entry.owner(), entry.field(), MAP_ENTRY)
                      .getfield(MAP_ENTRY, "metadata", METADATA)
                      .getstatic(entry.files(), entry.descriptor(), DESCRIPTOR)
                      .putfield(METADATA, "descriptor", DESCRIPTOR);
                }
              }
              code.with(element);
            }));
  }

  /** The class with itself public, and a field that all may write. */
  private byte[] open(byte[] bytes, String name) {
    FieldTransform writable =
        (field, element) -> {
          if (element instanceof AccessFlags flags) {
            int closed = ClassFile.ACC_PRIVATE | ClassFile.ACC_PROTECTED | ClassFile.ACC_FINAL;
            field.withFlags(flags.flagsMask() & ~closed | ClassFile.ACC_PUBLIC);
          } else {
            field.with(element);
          }
        };
    return files.transformClass(
        files.parse(bytes),
        (type, element) -> {
          if (element instanceof AccessFlags flags) {
            type.withFlags(flags.flagsMask() | ClassFile.ACC_PUBLIC);
          } else if (element instanceof FieldModel field && field.fieldName().equalsString(name)) {
            type.transformField(field, writable);
          } else {
            type.with(element);
          }
        });
  }

  private void versions() {
    byte[] runtime = members.get(VERSION_FILE);
    if (runtime == null) {
      return;
    }
    Map<String, ConstantDesc> constants = new HashMap<>();
    for (FieldModel field : files.parse(runtime).fields()) {
      field
          .findAttribute(java.lang.classfile.Attributes.constantValue())
          .map(ConstantValueAttribute::constant)
          .ifPresent(c -> constants.put(field.fieldName().stringValue(), c.constantValue()));
    }
    List<ConstantDesc> version =
        Stream.of("MAJOR", "MINOR", "PATCH", "SUFFIX").map(constants::get).toList();
    for (Map.Entry<String, byte[]> member : members.entrySet()) {
      String name = member.getKey();
      byte[] bytes = changed.getOrDefault(name, member.getValue());
      if (name.endsWith(".class")
          && !name.startsWith(PROTOBUF + "RuntimeVersion")
          && RecordMethods.contains(bytes, VERSION_CHECK)) {
        withoutCheck(bytes, version).ifPresent(b -> changed.put(name, b));
      }
    }
  }

  private Optional<byte[]> withoutCheck(byte[] bytes, List<ConstantDesc> version) {
    ClassModel model = files.parse(bytes);
    List<CodeElement> elements = staticPart(model).map(CodeModel::elementList).orElse(List.of());
    List<Integer> instructions =
        IntStream.range(0, elements.size())
            .filter(i -> elements.get(i) instanceof Instruction)
            .boxed()
            .toList();
    for (int i = VERSION_ARGUMENTS; i < instructions.size(); i++) {
      List<Integer> surplus = instructions.subList(i - VERSION_ARGUMENTS, i + 1);
      if (isCheck(surplus.stream().map(elements::get).toList(), version)) {
        return Optional.of(
            files.transformClass(
                model,
                ClassTransform.transformingMethods(
                    LateDescriptors::isStaticPart,
                    (method, element) -> {
                      if (element instanceof CodeModel) {
                        method.withCode(copy ->
                            IntStream.range(0, elements.size())
                                .filter(at -> !surplus.contains(at))
                                .forEach(at -> copy.with(elements.get(at))));
                      } else {
                        method.with(element);
                      }
                    })));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether this is a check with its arguments, which are the domain PUBLIC, this very version and
   * any class name.
   */
  private static boolean isCheck(List<CodeElement> instructions, List<ConstantDesc> version) {
    for (int i = 0; i < version.size(); i++) {
      if (!(instructions.get(i + 1) instanceof ConstantInstruction constant
          && constant.constantValue().equals(version.get(i)))) {
        return false;
      }
    }
    return instructions.getFirst() instanceof FieldInstruction domain
        && domain.name().equalsString("PUBLIC")
        && instructions.get(VERSION_ARGUMENTS - 1) instanceof ConstantInstruction
        && instructions.getLast() instanceof InvokeInstruction call
        && call.owner().asSymbol().equals(VERSION)
        && call.name().equalsString("validateProtobufGencodeVersion");
  }
}
