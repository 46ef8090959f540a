package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;

/** Failures in the way in which frontends report them. */
public final class Failures {
  private Failures() {}

  /** The failure with {@code prefix: } before its message, and all that it carries. */
  public static FrontendException wrap(String prefix, FrontendException failure) {
    FrontendException.Builder wrapped =
        FrontendException.builder(failure.category(), prefix + ": " + failure.getMessage())
            .status(failure.status())
            .code(failure.code())
            .hint(failure.hint().orElse(""))
            .cause(failure);
    for (ErrorDetail detail : failure.details()) {
      wrapped.detail(detail);
    }
    return wrapped.build();
  }

  /** The user's failure that a wrong argument is. */
  public static FrontendException of(IllegalArgumentException wrong) {
    return FrontendException.builder(
            FrontendException.Category.USER, String.valueOf(wrong.getMessage()))
        .cause(wrong)
        .build();
  }

  /** The user's failure that a wrong argument is, with {@code prefix: } before its message. */
  public static FrontendException of(String prefix, IllegalArgumentException wrong) {
    return FrontendException.builder(
            FrontendException.Category.USER, prefix + ": " + wrong.getMessage())
        .cause(wrong)
        .build();
  }
}
