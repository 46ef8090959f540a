/**
 * A build language in YAML or JSON: {@link dev.gatehouse.samples.blueprint.Document} reads a file
 * and knows where everything stands in it, {@link dev.gatehouse.samples.blueprint.DocumentSchema}
 * checks it against a JSON Schema, {@link dev.gatehouse.samples.blueprint.Blueprint} is what the
 * files say together, {@link dev.gatehouse.samples.blueprint.BlueprintFrontend} makes LLB of it.
 */
@NullMarked
package dev.gatehouse.samples.blueprint;

import org.jspecify.annotations.NullMarked;
