package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import java.util.Locale;

/** Reads the value of {@code RUN --device}. */
final class DeviceParser {
  private DeviceParser() {}

  static Device parse(String value) throws DockerfileException {
    String name = "";
    boolean required = false;
    for (String field : Csv.fields(value, "devices")) {
      int equals = field.indexOf('=');
      String key = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
      if (equals < 0) {
        if (key.equals("required")) {
          required = true;
        } else if (name.isEmpty()) {
          name = field;
        } else {
          throw new DockerfileException("invalid field '" + field + "' must be a key=value pair");
        }
        continue;
      }
      String argument = field.substring(equals + 1);
      if (key.equals("name")) {
        if (!name.isEmpty()) {
          throw new DockerfileException("device name already set to " + name);
        }
        name = argument;
      } else if (key.equals("required")) {
        Boolean parsed = GoText.parseBoolean(argument);
        if (parsed == null) {
          throw new DockerfileException("invalid value for " + key + ": " + argument);
        }
        required = parsed;
      } else if (name.isEmpty()) {
        // A device may be called vendor.com/class=name.
        name = field;
      } else {
        throw new DockerfileException("unexpected key '" + key + "' in '" + field + "'")
            .withHint("keys of a device are name and required");
      }
    }
    return new Device(name, required);
  }
}
