/**
 * JSON as Go writes it: the exact bytes of image configs, result metadata and source attributes
 * decide digests, so they are produced here and nowhere else. {@link dev.gatehouse.llb.json.Json}
 * is the whole room. Only what keeps those bytes equal may enter; reading of configuration files
 * and schemas does not belong here.
 */
@NullMarked
package dev.gatehouse.llb.json;

import org.jspecify.annotations.NullMarked;
