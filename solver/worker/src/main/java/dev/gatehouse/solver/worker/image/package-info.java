/**
 * Images as the worker handles them: names, manifests, the choice of a platform, and the local
 * image store.
 *
 * <p>{@link dev.gatehouse.solver.worker.image.ImageName} is a normalised reference, {@link
 * dev.gatehouse.solver.worker.image.Manifest} a parsed manifest of OCI or Docker, {@link
 * dev.gatehouse.solver.worker.image.PlatformMatcher} picks from an index, {@link
 * dev.gatehouse.solver.worker.image.ImageReader} follows an image from its root to its layers,
 * {@link dev.gatehouse.solver.worker.image.ImageStore} records names. No network enters.
 */
@NullMarked
package dev.gatehouse.solver.worker.image;

import org.jspecify.annotations.NullMarked;
