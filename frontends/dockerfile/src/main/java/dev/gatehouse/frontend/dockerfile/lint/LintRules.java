package dev.gatehouse.frontend.dockerfile.lint;

import dev.gatehouse.frontend.dockerfile.parse.GoText;
import java.util.List;

/**
 * All build checks. Names, descriptions, addresses and messages are BuildKit's: tools and people
 * know them.
 *
 * <p>For each rule there is a method that makes a finding of it; it takes what the message needs.
 */
public final class LintRules {
  private static final String PAGES = "https://docs.docker.com/go/dockerfile/rule/";

  public static final LintRule STAGE_NAME_CASING =
      new LintRule(
          "StageNameCasing",
          "Stage names should be lowercase",
          PAGES + "stage-name-casing/",
          false);

  public static final LintRule FROM_AS_CASING =
      new LintRule(
          "FromAsCasing",
          "The 'as' keyword should match the case of the 'from' keyword",
          PAGES + "from-as-casing/",
          false);

  public static final LintRule NO_EMPTY_CONTINUATION =
      new LintRule(
          "NoEmptyContinuation",
          "Empty continuation lines will become errors in a future release",
          PAGES + "no-empty-continuation/",
          false);

  public static final LintRule CONSISTENT_INSTRUCTION_CASING =
      new LintRule(
          "ConsistentInstructionCasing",
          "All commands within the Dockerfile should use the same casing (either upper or lower)",
          PAGES + "consistent-instruction-casing/",
          false);

  public static final LintRule DUPLICATE_STAGE_NAME =
      new LintRule(
          "DuplicateStageName",
          "Stage names should be unique",
          PAGES + "duplicate-stage-name/",
          false);

  public static final LintRule RESERVED_STAGE_NAME =
      new LintRule(
          "ReservedStageName",
          "Reserved words should not be used as stage names",
          PAGES + "reserved-stage-name/",
          false);

  public static final LintRule JSON_ARGS_RECOMMENDED =
      new LintRule(
          "JSONArgsRecommended",
          "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to"
              + " OS signals",
          PAGES + "json-args-recommended/",
          false);

  public static final LintRule MAINTAINER_DEPRECATED =
      new LintRule(
          "MaintainerDeprecated",
          "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
          PAGES + "maintainer-deprecated/",
          false);

  public static final LintRule UNDEFINED_ARG_IN_FROM =
      new LintRule(
          "UndefinedArgInFrom",
          "FROM command must use declared ARGs",
          PAGES + "undefined-arg-in-from/",
          false);

  public static final LintRule WORKDIR_RELATIVE_PATH =
      new LintRule(
          "WorkdirRelativePath",
          "Relative workdir without an absolute workdir declared within the build can have"
              + " unexpected results if the base image changes",
          PAGES + "workdir-relative-path/",
          false);

  public static final LintRule UNDEFINED_VAR =
      new LintRule(
          "UndefinedVar",
          "Variables should be defined before their use",
          PAGES + "undefined-var/",
          false);

  public static final LintRule MULTIPLE_INSTRUCTIONS_DISALLOWED =
      new LintRule(
          "MultipleInstructionsDisallowed",
          "Multiple instructions of the same type should not be used in the same stage",
          PAGES + "multiple-instructions-disallowed/",
          false);

  public static final LintRule LEGACY_KEY_VALUE_FORMAT =
      new LintRule(
          "LegacyKeyValueFormat",
          "Legacy key/value format with whitespace separator should not be used",
          PAGES + "legacy-key-value-format/",
          false);

  public static final LintRule INVALID_BASE_IMAGE_PLATFORM =
      new LintRule(
          "InvalidBaseImagePlatform",
          "Base image platform does not match expected target platform",
          "",
          false);

  public static final LintRule REDUNDANT_TARGET_PLATFORM =
      new LintRule(
          "RedundantTargetPlatform",
          "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the"
              + " default behavior",
          PAGES + "redundant-target-platform/",
          false);

  public static final LintRule SECRETS_USED_IN_ARG_OR_ENV =
      new LintRule(
          "SecretsUsedInArgOrEnv",
          "Sensitive data should not be used in the ARG or ENV commands",
          PAGES + "secrets-used-in-arg-or-env/",
          false);

  public static final LintRule INVALID_DEFAULT_ARG_IN_FROM =
      new LintRule(
          "InvalidDefaultArgInFrom",
          "Default value for global ARG results in an empty or invalid base image name",
          PAGES + "invalid-default-arg-in-from/",
          false);

  public static final LintRule FROM_PLATFORM_FLAG_CONST_DISALLOWED =
      new LintRule(
          "FromPlatformFlagConstDisallowed",
          "FROM --platform flag should not use a constant value",
          PAGES + "from-platform-flag-const-disallowed/",
          false);

  public static final LintRule COPY_IGNORED_FILE =
      new LintRule(
          "CopyIgnoredFile",
          "Attempting to Copy file that is excluded by .dockerignore",
          PAGES + "copy-ignored-file/",
          false);

  public static final LintRule INVALID_DEFINITION_DESCRIPTION =
      new LintRule(
          "InvalidDefinitionDescription",
          "Comment for build stage or argument should follow the format: `# <arg/stage name>"
              + " <description>`. If this is not intended to be a description comment, add an empty"
              + " line or comment between the instruction and the comment.",
          PAGES + "invalid-definition-description/",
          true);

  public static final LintRule EXPOSE_PROTO_CASING =
      new LintRule(
          "ExposeProtoCasing",
          "Protocol in EXPOSE instruction should be lowercase",
          PAGES + "expose-proto-casing/",
          false);

  public static final LintRule EXPOSE_INVALID_FORMAT =
      new LintRule(
          "ExposeInvalidFormat",
          "IP address and host-port mapping should not be used in EXPOSE instruction. This will"
              + " become an error in a future release",
          PAGES + "expose-invalid-format/",
          false);

  /** Every rule. */
  public static final List<LintRule> ALL =
      List.of(
          STAGE_NAME_CASING,
          FROM_AS_CASING,
          NO_EMPTY_CONTINUATION,
          CONSISTENT_INSTRUCTION_CASING,
          DUPLICATE_STAGE_NAME,
          RESERVED_STAGE_NAME,
          JSON_ARGS_RECOMMENDED,
          MAINTAINER_DEPRECATED,
          UNDEFINED_ARG_IN_FROM,
          WORKDIR_RELATIVE_PATH,
          UNDEFINED_VAR,
          MULTIPLE_INSTRUCTIONS_DISALLOWED,
          LEGACY_KEY_VALUE_FORMAT,
          INVALID_BASE_IMAGE_PLATFORM,
          REDUNDANT_TARGET_PLATFORM,
          SECRETS_USED_IN_ARG_OR_ENV,
          INVALID_DEFAULT_ARG_IN_FROM,
          FROM_PLATFORM_FLAG_CONST_DISALLOWED,
          COPY_IGNORED_FILE,
          INVALID_DEFINITION_DESCRIPTION,
          EXPOSE_PROTO_CASING,
          EXPOSE_INVALID_FORMAT);

  private LintRules() {}

  /** A finding of {@link #STAGE_NAME_CASING}. */
  public static LintFinding stageNameCasing(String stageName) {
    return new LintFinding(STAGE_NAME_CASING, "Stage name '" + stageName + "' should be lowercase");
  }

  /** A finding of {@link #FROM_AS_CASING}. */
  public static LintFinding fromAsCasing(String from, String as) {
    return new LintFinding(
        FROM_AS_CASING, "'" + as + "' and '" + from + "' keywords' casing do not match");
  }

  /** A finding of {@link #NO_EMPTY_CONTINUATION}. */
  public static LintFinding noEmptyContinuation() {
    return new LintFinding(NO_EMPTY_CONTINUATION, "Empty continuation line");
  }

  /** A finding of {@link #CONSISTENT_INSTRUCTION_CASING}. */
  public static LintFinding consistentInstructionCasing(String command, String casing) {
    return new LintFinding(
        CONSISTENT_INSTRUCTION_CASING,
        "Command '" + command + "' should match the case of the command majority (" + casing + ")");
  }

  /** A finding of {@link #DUPLICATE_STAGE_NAME}. */
  public static LintFinding duplicateStageName(String stageName) {
    return new LintFinding(
        DUPLICATE_STAGE_NAME,
        "Duplicate stage name " + GoText.quote(stageName) + ", stage names should be unique");
  }

  /** A finding of {@link #RESERVED_STAGE_NAME}. */
  public static LintFinding reservedStageName(String stageName) {
    return new LintFinding(
        RESERVED_STAGE_NAME,
        "Stage name should not use the same name as reserved stage " + GoText.quote(stageName));
  }

  /** A finding of {@link #JSON_ARGS_RECOMMENDED}. */
  public static LintFinding jsonArgsRecommended(String instruction) {
    return new LintFinding(
        JSON_ARGS_RECOMMENDED,
        "JSON arguments recommended for "
            + instruction
            + " to prevent unintended behavior related to OS signals");
  }

  /** A finding of {@link #MAINTAINER_DEPRECATED}. */
  public static LintFinding maintainerDeprecated() {
    return new LintFinding(
        MAINTAINER_DEPRECATED, "Maintainer instruction is deprecated in favor of using label");
  }

  /** A finding of {@link #UNDEFINED_ARG_IN_FROM}. */
  public static LintFinding undefinedArgInFrom(String arg, String suggestion) {
    return new LintFinding(
        UNDEFINED_ARG_IN_FROM,
        "FROM argument '"
            + arg
            + "' is not declared"
            + (suggestion.isEmpty() ? "" : " (did you mean " + suggestion + "?)"));
  }

  /** A finding of {@link #WORKDIR_RELATIVE_PATH}. */
  public static LintFinding workdirRelativePath(String workdir) {
    return new LintFinding(
        WORKDIR_RELATIVE_PATH,
        "Relative workdir "
            + GoText.quote(workdir)
            + " can have unexpected results if the base image changes");
  }

  /** A finding of {@link #UNDEFINED_VAR}. */
  public static LintFinding undefinedVar(String variable, String suggestion) {
    return new LintFinding(
        UNDEFINED_VAR,
        "Usage of undefined variable '$"
            + variable
            + "'"
            + (suggestion.isEmpty() ? "" : " (did you mean $" + suggestion + "?)"));
  }

  /** A finding of {@link #MULTIPLE_INSTRUCTIONS_DISALLOWED}. */
  public static LintFinding multipleInstructionsDisallowed(String instruction) {
    return new LintFinding(
        MULTIPLE_INSTRUCTIONS_DISALLOWED,
        "Multiple "
            + instruction
            + " instructions should not be used in the same stage because only the last one will be"
            + " used");
  }

  /** A finding of {@link #LEGACY_KEY_VALUE_FORMAT}. */
  public static LintFinding legacyKeyValueFormat(String instruction) {
    return new LintFinding(
        LEGACY_KEY_VALUE_FORMAT,
        "\""
            + instruction
            + " key=value\" should be used instead of legacy \""
            + instruction
            + " key value\" format");
  }

  /** A finding of {@link #INVALID_BASE_IMAGE_PLATFORM}. */
  public static LintFinding invalidBaseImagePlatform(String image, String expected, String actual) {
    return new LintFinding(
        INVALID_BASE_IMAGE_PLATFORM,
        "Base image "
            + image
            + " was pulled with platform "
            + GoText.quote(actual)
            + ", expected "
            + GoText.quote(expected)
            + " for current build");
  }

  /** A finding of {@link #REDUNDANT_TARGET_PLATFORM}. */
  public static LintFinding redundantTargetPlatform(String platform) {
    return new LintFinding(
        REDUNDANT_TARGET_PLATFORM,
        "Setting platform to predefined "
            + platform
            + " in FROM is redundant as this is the default behavior");
  }

  /** A finding of {@link #SECRETS_USED_IN_ARG_OR_ENV}. */
  public static LintFinding secretsUsedInArgOrEnv(String instruction, String key) {
    return new LintFinding(
        SECRETS_USED_IN_ARG_OR_ENV,
        "Do not use ARG or ENV instructions for sensitive data ("
            + instruction
            + " "
            + GoText.quote(key)
            + ")");
  }

  /** A finding of {@link #INVALID_DEFAULT_ARG_IN_FROM}. */
  public static LintFinding invalidDefaultArgInFrom(String baseName) {
    return new LintFinding(
        INVALID_DEFAULT_ARG_IN_FROM,
        "Default value for ARG " + baseName + " results in empty or invalid base image name");
  }

  /** A finding of {@link #FROM_PLATFORM_FLAG_CONST_DISALLOWED}. */
  public static LintFinding fromPlatformFlagConstDisallowed(String platform) {
    return new LintFinding(
        FROM_PLATFORM_FLAG_CONST_DISALLOWED,
        "FROM --platform flag should not use constant value " + GoText.quote(platform));
  }

  /** A finding of {@link #COPY_IGNORED_FILE}. */
  public static LintFinding copyIgnoredFile(String command, String file) {
    return new LintFinding(
        COPY_IGNORED_FILE,
        "Attempting to "
            + command
            + " file "
            + GoText.quote(file)
            + " that is excluded by .dockerignore");
  }

  /** A finding of {@link #INVALID_DEFINITION_DESCRIPTION}. */
  public static LintFinding invalidDefinitionDescription(String instruction, String name) {
    return new LintFinding(
        INVALID_DEFINITION_DESCRIPTION,
        "Comment for " + instruction + " should follow the format: `# " + name + " <description>`");
  }

  /** A finding of {@link #EXPOSE_PROTO_CASING}. */
  public static LintFinding exposeProtoCasing(String port) {
    return new LintFinding(
        EXPOSE_PROTO_CASING,
        "Defined protocol '" + port + "' in EXPOSE instruction should be lowercase");
  }

  /** A finding of {@link #EXPOSE_INVALID_FORMAT}. */
  public static LintFinding exposeInvalidFormat(String port) {
    return new LintFinding(
        EXPOSE_INVALID_FORMAT,
        "EXPOSE instruction should not define an IP address or host-port mapping, found '"
            + port
            + "'");
  }
}
