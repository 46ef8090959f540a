package dev.gatehouse.solver.worker.provenance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.UserOpt;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Messages of LLB as the JSON that BuildKit writes of them: members are the fields that are set,
 * under their names; enumerations and all integers are numbers, bytes are Base64.
 *
 * <p>Where a message has one of several kinds, the kind stands in a member of its own: {@code Op}
 * of an operation, {@code Action} of a file action, {@code User} of an owner.
 */
final class MessageJson {
  private MessageJson() {}

  static Map<String, Object> of(Message message) {
    return switch (message) {
      case Op op -> op(op);
      case FileAction action -> action(action);
      case UserOpt user -> user(user);
      default -> fields(message);
    };
  }

  private static Map<String, Object> op(Op op) {
    Map<String, Object> all = fields(op);
    Map<String, Object> json = new LinkedHashMap<>();
    move(all, json, "inputs");
    json.put("Op", kind(op, op.getOpCase().getNumber(), all));
    move(all, json, "platform");
    move(all, json, "constraints");
    return json;
  }

  private static Map<String, Object> action(FileAction action) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("input", action.getInput());
    json.put("secondaryInput", action.getSecondaryInput());
    json.put("output", action.getOutput());
    json.put("Action", kind(action, action.getActionCase().getNumber(), fields(action)));
    return json;
  }

  private static Map<String, Object> user(UserOpt user) {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (user.getUserCase()) {
      case BYNAME -> json.put("byName", of(user.getByName()));
      case BYID -> {
        if (user.getByID() != 0) {
          json.put("byId", Integer.toUnsignedLong(user.getByID()));
        }
      }
      case USER_NOT_SET -> {}
    }
    return Map.of("User", json);
  }

  private static Map<String, Object> kind(Message message, int number, Map<String, Object> all) {
    Map<String, Object> json = new LinkedHashMap<>();
    FieldDescriptor field = message.getDescriptorForType().findFieldByNumber(number);
    if (field != null) {
      move(all, json, field.getName());
    }
    return json;
  }

  private static void move(Map<String, Object> from, Map<String, Object> to, String name) {
    Object value = from.get(name);
    if (value != null) {
      to.put(name, value);
    }
  }

  private static Map<String, Object> fields(MessageOrBuilder message) {
    Map<String, Object> json = new LinkedHashMap<>();
    message
        .getAllFields()
        .forEach((field, value) ->
            json.put(
                field.getName(),
                field.isMapField()
                    ? map((List<?>) value)
                    : field.isRepeated() ? list((List<?>) value) : value(field, value)));
    return json;
  }

  private static List<Object> list(List<?> values) {
    List<Object> json = new ArrayList<>();
    values.forEach(value -> json.add(plain(value)));
    return json;
  }

  private static Map<String, Object> map(List<?> entries) {
    Map<String, Object> json = new TreeMap<>();
    for (Object each : entries) {
      Message entry = (Message) each;
      FieldDescriptor key = entry.getDescriptorForType().findFieldByNumber(1);
      FieldDescriptor value = entry.getDescriptorForType().findFieldByNumber(2);
      json.put(String.valueOf(entry.getField(key)), value(value, entry.getField(value)));
    }
    return json;
  }

  private static Object value(FieldDescriptor field, Object value) {
    return switch (field.getType()) {
      case UINT32, FIXED32 -> Integer.toUnsignedLong((Integer) value);
      default -> plain(value);
    };
  }

  private static Object plain(Object value) {
    return switch (value) {
      case Message message -> of(message);
      case ByteString bytes -> Base64.getEncoder().encodeToString(bytes.toByteArray());
      case EnumValueDescriptor constant -> constant.getNumber();
      default -> value;
    };
  }
}
