/**
 * The parts of the OCI image model that a build speaks of: {@link dev.gatehouse.llb.oci.Digest},
 * {@link dev.gatehouse.llb.oci.Platform}, {@link dev.gatehouse.llb.oci.Descriptor} and {@link
 * dev.gatehouse.llb.oci.ImageConfig}. Plain values with the JSON form of the specification; nothing
 * that reads a registry, a file or a socket may enter.
 */
@NullMarked
package dev.gatehouse.llb.oci;

import org.jspecify.annotations.NullMarked;
