/**
 * Images of a client's OCI layout as sources: {@code oci-layout://}.
 *
 * <p>{@link dev.gatehouse.solver.worker.source.ocilayout.OciLayoutSource} is the source; it reads
 * the client's store through {@code session.content}.
 */
@NullMarked
package dev.gatehouse.solver.worker.source.ocilayout;

import org.jspecify.annotations.NullMarked;
