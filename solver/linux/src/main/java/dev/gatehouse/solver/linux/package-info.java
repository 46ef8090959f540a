/**
 * Linux system calls that the JDK does not have, and the only foreign-function code of the solver.
 *
 * <p>{@link dev.gatehouse.solver.linux.RootDirectory} resolves paths inside a tree made by
 * strangers, {@link dev.gatehouse.solver.linux.Directory} works on names below an open directory,
 * {@link dev.gatehouse.solver.linux.Mounts} mounts in this process. File names are bytes to Linux:
 * here they are strings of UTF-8, and bytes that are not UTF-8 become lone surrogates and back, so
 * that every name survives, whatever the locale of the JVM. Failures are {@link
 * dev.gatehouse.solver.linux.LinuxException} with errno's name. Only calls may enter, no policy.
 */
@NullMarked
package dev.gatehouse.solver.linux;

import org.jspecify.annotations.NullMarked;
