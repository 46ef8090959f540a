/**
 * How a result came to be, as a SLSA provenance predicate.
 *
 * <p>{@link dev.gatehouse.solver.worker.provenance.ProvenanceOptions} is what a client asks for,
 * {@link dev.gatehouse.solver.worker.provenance.Provenance} the predicate for one result, as an
 * attestation for the exporters. It tells what was asked for and which versions of its sources took
 * part; secrets by their ids only.
 */
@NullMarked
package dev.gatehouse.solver.worker.provenance;

import org.jspecify.annotations.NullMarked;
