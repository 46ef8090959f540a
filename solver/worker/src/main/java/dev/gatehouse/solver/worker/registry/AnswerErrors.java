package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.solver.worker.image.ImageName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a registry's answers mean that are not what was asked for, in the words of BuildKit. */
final class AnswerErrors {
  private final ImageName name;

  /**
   * @param name what the errors speak of
   */
  AnswerErrors(ImageName name) {
    this.name = name;
  }

  RegistryException tooLarge() {
    return new RegistryException(
        RegistryException.Reason.INVALID,
        0,
        name + ": manifest or configuration exceeds " + Repository.MAX_MANIFEST + " bytes");
  }

  RegistryException invalid(RegistryHost host, String what) {
    return new RegistryException(
        RegistryException.Reason.INVALID, 0, name + ": " + host.host() + " " + what);
  }

  /** The error of an answer by its status. */
  RegistryException failure(Transport.Answer a) {
    String told = a.errorText().map(t -> ": " + t).orElse("");
    return switch (a.status()) {
      case 404 ->
          new RegistryException(RegistryException.Reason.NOT_FOUND, 404, name + ": not found");
      case 401, 403 ->
          new RegistryException(
              RegistryException.Reason.UNAUTHORIZED,
              a.status(),
              a.isPull()
                  ? name
                      + ": pull access denied, repository does not exist or may require"
                      + " authorization: authorization failed"
                      + told
                  : name
                      + ": push access denied, repository does not exist or may require"
                      + " authorization: authorization failed"
                      + told);
      default ->
          new RegistryException(
              RegistryException.Reason.STATUS,
              a.status(),
              name
                  + ": unexpected status from "
                  + a.method()
                  + " request to "
                  + a.uriWithoutQuery()
                  + ": "
                  + a.statusText()
                  + told);
    };
  }

  /** The messages of a registry's error document, if it is one. */
  static Optional<String> errorText(byte[] body) {
    try {
      if (Json.parse(body) instanceof Map<?, ?> document
          && document.get("errors") instanceof List<?> errors) {
        StringBuilder b = new StringBuilder();
        for (Object e : errors) {
          if (e instanceof Map<?, ?> error && b.length() < 1000) {
            b.append(b.isEmpty() ? "" : "; ");
            b.append(
                error.get("message") instanceof String m ? m : String.valueOf(error.get("code")));
          }
        }
        return b.isEmpty() ? Optional.empty() : Optional.of(b.toString());
      }
    } catch (JsonException e) {
      return Optional.empty(); // No error document: the status says enough.
    }
    return Optional.empty();
  }

  /** A status with its name. */
  static String statusText(int status) {
    return switch (status) {
      case 400 -> "400 Bad Request";
      case 401 -> "401 Unauthorized";
      case 403 -> "403 Forbidden";
      case 404 -> "404 Not Found";
      case 405 -> "405 Method Not Allowed";
      case 413 -> "413 Request Entity Too Large";
      case 429 -> "429 Too Many Requests";
      case 500 -> "500 Internal Server Error";
      case 501 -> "501 Not Implemented";
      case 502 -> "502 Bad Gateway";
      case 503 -> "503 Service Unavailable";
      case 504 -> "504 Gateway Timeout";
      default -> Integer.toString(status);
    };
  }
}
