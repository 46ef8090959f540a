/**
 * Results of builds leave the worker here: as images, archives, directories.
 *
 * <p>An {@link dev.gatehouse.solver.worker.export.Exporter} reads the attributes of one export and
 * gives an {@link dev.gatehouse.solver.worker.export.ExporterInstance}, which takes an {@link
 * dev.gatehouse.solver.worker.export.ExportSource} to its destination; {@link
 * dev.gatehouse.solver.worker.export.Exporters} knows all kinds. Layers, manifests and their
 * destinations enter; how a result was built does not.
 */
@NullMarked
package dev.gatehouse.solver.worker.export;

import org.jspecify.annotations.NullMarked;
