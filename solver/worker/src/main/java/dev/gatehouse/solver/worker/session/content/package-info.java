/**
 * Content of a client: {@link dev.gatehouse.solver.worker.session.content.SessionContent} reads and
 * writes the content stores that a client offers over its session. OCI layouts as sources, caches
 * in the client's folders and exports without an archive share it.
 */
@NullMarked
package dev.gatehouse.solver.worker.session.content;

import org.jspecify.annotations.NullMarked;
