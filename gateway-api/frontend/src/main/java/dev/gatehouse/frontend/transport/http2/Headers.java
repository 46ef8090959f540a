package dev.gatehouse.frontend.transport.http2;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields of one header block, in the order in which they came. */
final class Headers {
  /** What RFC 9113 counts for a field beside its name and value. */
  static final int OVERHEAD = 32;

  /** A name in lower case with a value. */
  record Field(String name, String value) {
    int size() {
      return name.length() + value.length() + OVERHEAD;
    }
  }

  private final List<Field> fields = new ArrayList<>();
  private final int limit;
  private long size;

  /**
   * No fields yet.
   *
   * @param limit the size of fields, after RFC 9113, beyond which they are only counted
   */
  Headers(int limit) {
    this.limit = limit;
  }

  void add(Field field) {
    size += field.size();
    if (size <= limit) {
      fields.add(field);
    }
  }

  /** Whether fields are missing because all together were larger than the limit. */
  boolean isCut() {
    return size > limit;
  }

  List<Field> fields() {
    return fields;
  }

  /** The first value of a name. */
  @Nullable String get(String name) {
    for (Field field : fields) {
      if (field.name().equals(name)) {
        return field.value();
      }
    }
    return null;
  }
}
