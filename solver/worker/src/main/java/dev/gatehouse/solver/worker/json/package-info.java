/**
 * JSON byte for byte as Go's {@code encoding/json} writes it, for digests that BuildKit takes of
 * it: {@link dev.gatehouse.solver.worker.json.GoJson}. JSON of any other purpose is Jackson's.
 */
@NullMarked
package dev.gatehouse.solver.worker.json;

import org.jspecify.annotations.NullMarked;
