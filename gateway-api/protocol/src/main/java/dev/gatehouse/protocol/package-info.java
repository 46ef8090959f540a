/**
 * The wire contract: in the packages below, the messages and stubs generated from the {@code
 * .proto} files, whose packages, names and numbers are BuildKit's; here, the ids by which features
 * are negotiated ({@link dev.gatehouse.protocol.Capabilities}). Nothing that interprets a message
 * may enter.
 */
@NullMarked
package dev.gatehouse.protocol;

import org.jspecify.annotations.NullMarked;
