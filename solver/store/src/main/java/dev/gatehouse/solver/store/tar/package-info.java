/**
 * Tar streams as container layers use them: {@link TarWriter} writes POSIX.1-2001 (PAX) archives
 * that depend on nothing but the entries given, {@link TarReader} reads v7, USTAR, PAX and GNU
 * archives one {@link TarEntry} at a time.
 *
 * <p>Nothing here touches a file system, and no meaning is given to names: whiteouts, roots and
 * limits on what an archive may do belong to {@code dev.gatehouse.solver.store.layer}. Both sides
 * stream; the largest thing held in memory is one extended header.
 */
@NullMarked
package dev.gatehouse.solver.store.tar;

import org.jspecify.annotations.NullMarked;
