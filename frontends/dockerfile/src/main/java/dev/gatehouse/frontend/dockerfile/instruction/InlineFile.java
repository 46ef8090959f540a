package dev.gatehouse.frontend.dockerfile.instruction;

/**
 * A here-document of COPY or ADD: a file without a place in the context.
 *
 * @param path its name, the here-document's word
 * @param data its content, leading tabs removed if so written; see {@link
 *     dev.gatehouse.frontend.dockerfile.parse.Heredoc#bytes}
 * @param expand whether variables in it are replaced
 */
public record InlineFile(String path, String data, boolean expand) {}
