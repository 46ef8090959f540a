package dev.gatehouse.llb.json;

/** Text that is not JSON, or JSON of another shape than was asked for. */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public JsonException(String message) {
    super(message);
  }
}
