package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Protobuf messages as JSON in the two dialects in which BuildKit writes its typed errors: Go's
 * {@code encoding/json} over the generated struct (names as in the .proto file, numbers as numbers)
 * and protobuf's own mapping (names in camel case, 64-bit numbers as strings, enums by name).
 * Reading takes both.
 */
final class ProtoJson {
  enum Dialect {
    GO_STRUCT,
    PROTOBUF
  }

  private ProtoJson() {}

  static byte[] write(MessageOrBuilder message, Dialect dialect) {
    return Json.bytes(object(message, dialect));
  }

  private static Map<String, @Nullable Object> object(MessageOrBuilder message, Dialect dialect) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    message
        .getAllFields()
        .forEach((field, value) -> {
          String name = dialect == Dialect.PROTOBUF ? field.getJsonName() : field.getName();
          if (field.isMapField()) {
            Map<String, @Nullable Object> map = new TreeMap<>();
            FieldDescriptor keyField = field.getMessageType().findFieldByNumber(1);
            FieldDescriptor valueField = field.getMessageType().findFieldByNumber(2);
            for (Object entry : (List<?>) value) {
              Message e = (Message) entry;
              map.put(
                  String.valueOf(e.getField(keyField)),
                  value(valueField, e.getField(valueField), dialect));
            }
            json.put(name, map);
          } else if (field.isRepeated()) {
            List<@Nullable Object> list = new ArrayList<>();
            for (Object item : (List<?>) value) {
              list.add(value(field, item, dialect));
            }
            json.put(name, list);
          } else {
            json.put(name, value(field, value, dialect));
          }
        });
    return json;
  }

  private static Object value(FieldDescriptor field, Object value, Dialect dialect) {
    return switch (field.getJavaType()) {
      case MESSAGE -> object((Message) value, dialect);
      case BYTE_STRING -> Base64.getEncoder().encodeToString(((ByteString) value).toByteArray());
      case ENUM -> {
        EnumValueDescriptor e = (EnumValueDescriptor) value;
        yield dialect == Dialect.PROTOBUF ? e.getName() : Long.valueOf(e.getNumber());
      }
      case LONG -> {
        long number = (Long) value;
        String text =
            field.getType() == FieldDescriptor.Type.UINT64
                ? Long.toUnsignedString(number)
                : Long.toString(number);
        yield dialect == Dialect.PROTOBUF ? text : new Json.Literal(text);
      }
      case INT ->
          field.getType() == FieldDescriptor.Type.UINT32
              ? Long.valueOf(Integer.toUnsignedLong((Integer) value))
              : Long.valueOf((Integer) value);
      case BOOLEAN, STRING -> value;
      case FLOAT, DOUBLE -> new Json.Literal(value.toString());
    };
  }

  /**
   * Fills a message from JSON; members that the message does not have are passed over.
   *
   * @throws JsonException when the text is not JSON or a member has another type
   */
  static void read(byte[] utf8, Message.Builder into) {
    merge(Json.parse(utf8), into);
  }

  private static void merge(@Nullable Object json, Message.Builder into) {
    if (!(json instanceof Map<?, ?> members)) {
      throw new JsonException("expected an object");
    }
    for (FieldDescriptor field : into.getDescriptorForType().getFields()) {
      Object value = members.get(field.getName());
      if (value == null) {
        value = members.get(field.getJsonName());
      }
      if (value == null) {
        continue;
      }
      if (field.isMapField()) {
        if (!(value instanceof Map<?, ?> map)) {
          throw new JsonException(field.getName() + ": expected an object");
        }
        FieldDescriptor keyField = field.getMessageType().findFieldByNumber(1);
        FieldDescriptor valueField = field.getMessageType().findFieldByNumber(2);
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          Message.Builder e = into.newBuilderForField(field);
          e.setField(keyField, parse(keyField, String.valueOf(entry.getKey()), e));
          Object item = entry.getValue();
          if (item != null) {
            e.setField(valueField, parse(valueField, item, e));
          }
          into.addRepeatedField(field, e.build());
        }
      } else if (field.isRepeated()) {
        if (!(value instanceof List<?> list)) {
          throw new JsonException(field.getName() + ": expected an array");
        }
        for (Object item : list) {
          if (item != null) {
            into.addRepeatedField(field, parse(field, item, into));
          }
        }
      } else {
        into.setField(field, parse(field, value, into));
      }
    }
  }

  private static Object parse(FieldDescriptor field, Object json, Message.Builder parent) {
    try {
      return switch (field.getJavaType()) {
        case MESSAGE -> {
          Message.Builder b = parent.newBuilderForField(field);
          merge(json, b);
          yield b.build();
        }
        case BYTE_STRING -> ByteString.copyFrom(Base64.getDecoder().decode((String) json));
        case ENUM -> {
          EnumValueDescriptor e =
              json instanceof String name
                  ? field.getEnumType().findValueByName(name)
                  : field
                      .getEnumType()
                      .findValueByNumberCreatingIfUnknown((int) number(json).longValue());
          if (e == null) {
            throw new JsonException(field.getName() + ": unknown value " + json);
          }
          yield e;
        }
        case LONG -> number(json).longValue();
        case INT -> number(json).intValue();
        case BOOLEAN -> json instanceof Boolean b ? b : Boolean.valueOf(json.toString());
        case STRING -> (String) json;
        case FLOAT -> Float.valueOf(text(json));
        case DOUBLE -> Double.valueOf(text(json));
      };
    } catch (ClassCastException | IllegalArgumentException e) {
      throw new JsonException(field.getName() + ": " + e.getMessage());
    }
  }

  private static BigInteger number(Object json) {
    return new BigInteger(text(json));
  }

  private static String text(Object json) {
    return json instanceof Json.Literal literal ? literal.text() : json.toString();
  }
}
