/**
 * Conversion without a daemon: a pretended build, over files in memory and images by a table or a
 * rule.
 *
 * <p>{@link dev.gatehouse.frontend.dockerfile.offline.OfflineGateway} is what the frontend sees,
 * {@link dev.gatehouse.frontend.dockerfile.offline.OfflineBuild} runs a build in it and prints the
 * summary line of {@code gatehouse llb}. Nothing here may touch a network or start a process.
 *
 * <p>How the command line uses it:
 *
 * <pre>{@code
 * OfflineBuild build = OfflineBuild.of(OfflineImages.golden(), "golden");
 * OfflineBuild.Outcome outcome = build.run(Files.readAllBytes(file), options); // options: filename, target, build-arg:X, ...
 * System.out.println(outcome.summary(file.toString()));                        // --summary
 * outcome.definitions().forEach((platform, definition) -> ...);                // protobuf, JSON, dot by LlbGraph
 * outcome.result();                                                            // metadata: image config, answers to requestid
 * outcome.report();                                                            // the error as a person should see it
 * }</pre>
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.offline;

import org.jspecify.annotations.NullMarked;
