/**
 * The Maven project that an author of a frontend begins with. {@link
 * dev.gatehouse.cli.project.ProjectTemplate} fills in the templates that lie beside it as
 * resources; a test builds, tests, packages and runs what comes out.
 */
@NullMarked
package dev.gatehouse.cli.project;

import org.jspecify.annotations.NullMarked;
