/**
 * A build language of one statement a line, to start a frontend of your own from: {@link
 * dev.gatehouse.samples.recipe.RecipeParser} reads a file into {@link
 * dev.gatehouse.samples.recipe.Statement}s, {@link dev.gatehouse.samples.recipe.RecipeFrontend}
 * turns these into LLB.
 */
@NullMarked
package dev.gatehouse.samples.recipe;

import org.jspecify.annotations.NullMarked;
