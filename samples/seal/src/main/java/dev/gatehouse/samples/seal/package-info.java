/**
 * A frontend around another one: {@link dev.gatehouse.samples.seal.SealFrontend} lets any frontend
 * build and changes what comes out, files and config, for every platform; {@link
 * dev.gatehouse.samples.seal.Sealfile} says how.
 */
@NullMarked
package dev.gatehouse.samples.seal;

import org.jspecify.annotations.NullMarked;
