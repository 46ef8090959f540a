package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.lint.LintSink;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.oci.Platform;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A file to convert, and the build it is for.
 *
 * @param file its name and content
 * @param options the options of the build
 * @param context where files come from
 * @param images looks up images
 * @param capabilities whether definitions may use a capability
 * @param platform what to build for; null if the build names no platform
 * @param warnings receives what the checks find
 * @param allStages whether stages are lowered that the target does not need, so that they are
 *     checked
 */
public record ConversionRequest(
    SourceMap file,
    FrontendOptions options,
    BuildContext context,
    ImageLookup images,
    Predicate<String> capabilities,
    @Nullable Platform platform,
    LintSink warnings,
    boolean allStages) {}
