/**
 * Images of a client's OCI layout as sources: {@code oci-layout://}.
 *
 * <p>{@link dev.gatehouse.solver.worker.source.ocilayout.OciLayoutSource} is the source, {@link
 * dev.gatehouse.solver.worker.source.ocilayout.SessionContent} a content store that a client offers
 * over its session, to read from and, for exports, to write to.
 */
@NullMarked
package dev.gatehouse.solver.worker.source.ocilayout;

import org.jspecify.annotations.NullMarked;
