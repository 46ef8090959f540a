package dev.gatehouse.frontend.transport.http2;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads header blocks of one connection (RFC 7541), whose dynamic table lives from block to block.
 */
final class HeaderDecoder {
  private static final int MAX_INTEGER = 1 << 28;

  /** Fields by index, from 1 (RFC 7541, appendix A). */
  private static final String[] STATIC =
      (":authority=|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http"
              + "|:scheme=https|:status=200|:status=204|:status=206|:status=304|:status=400"
              + "|:status=404|:status=500|accept-charset=|accept-encoding=gzip, deflate"
              + "|accept-language=|accept-ranges=|accept=|access-control-allow-origin=|age=|allow="
              + "|authorization=|cache-control=|content-disposition=|content-encoding="
              + "|content-language=|content-length=|content-location=|content-range="
              + "|content-type=|cookie=|date=|etag=|expect=|expires=|from=|host=|if-match="
              + "|if-modified-since=|if-none-match=|if-range=|if-unmodified-since=|last-modified="
              + "|link=|location=|max-forwards=|proxy-authenticate=|proxy-authorization=|range="
              + "|referer=|refresh=|retry-after=|server=|set-cookie=|strict-transport-security="
              + "|transfer-encoding=|user-agent=|vary=|via=|www-authenticate=")
          .split("\\|");

  private final int maxTableSize;
  private int tableLimit;
  private int tableSize;

  /** The dynamic table; the newest field is the last. */
  private final List<Headers.Field> table = new ArrayList<>();

  private byte[] block = {};
  private int at;
  private int end;

  /**
   * A decoder with an empty table.
   *
   * @param maxTableSize the size that the other end was told, 4096 if it was told nothing
   */
  HeaderDecoder(int maxTableSize) {
    this.maxTableSize = maxTableSize;
    this.tableLimit = maxTableSize;
  }

  /** Adds the fields of a whole block to headers. */
  void decode(byte[] bytes, int length, Headers headers) throws Http2Exception {
    block = bytes;
    at = 0;
    end = length;
    boolean begun = false;
    while (at < end) {
      int first = block[at];
      if ((first & 0xe0) == 0x20) {
        if (begun) {
          throw broken("the table's size is changed within a block");
        }
        resize(integer(5));
        continue;
      }
      begun = true;
      if ((first & 0x80) != 0) {
        headers.add(field(integer(7)));
      } else {
        boolean indexed = (first & 0x40) != 0;
        int index = integer(indexed ? 6 : 4);
        String name = index == 0 ? text() : field(index).name();
        Headers.Field field = new Headers.Field(name, text());
        headers.add(field);
        if (indexed) {
          insert(field);
        }
      }
    }
    block = new byte[0];
  }

  private Headers.Field field(int index) throws Http2Exception {
    if (index >= 1 && index <= STATIC.length) {
      String entry = STATIC[index - 1];
      int equals = entry.indexOf('=');
      return new Headers.Field(entry.substring(0, equals), entry.substring(equals + 1));
    }
    int newest = index - STATIC.length - 1;
    if (index == 0 || newest >= table.size()) {
      throw broken("there is no field with index " + index);
    }
    return table.get(table.size() - 1 - newest);
  }

  private void resize(int limit) throws Http2Exception {
    if (limit > maxTableSize) {
      throw broken("the table may have " + maxTableSize + " bytes, not " + limit);
    }
    tableLimit = limit;
    evict(0);
  }

  private void insert(Headers.Field field) {
    evict(field.size());
    if (field.size() <= tableLimit) {
      table.add(field);
      tableSize += field.size();
    }
  }

  private void evict(int room) {
    while (!table.isEmpty() && tableSize + room > tableLimit) {
      tableSize -= table.remove(0).size();
    }
  }

  private int integer(int prefixBits) throws Http2Exception {
    int mask = (1 << prefixBits) - 1;
    int value = next() & mask;
    if (value < mask) {
      return value;
    }
    for (int shift = 0; ; shift += 7) {
      int b = next();
      if (shift > 21) {
        throw broken("a number is too large");
      }
      value += (b & 0x7f) << shift;
      if (value > MAX_INTEGER) {
        throw broken("a number is too large");
      }
      if ((b & 0x80) == 0) {
        return value;
      }
    }
  }

  private String text() throws Http2Exception {
    if (at == end) {
      throw broken("a field is cut off");
    }
    boolean huffman = (block[at] & 0x80) != 0;
    int length = integer(7);
    if (length > end - at) {
      throw broken("a text is cut off");
    }
    int from = at;
    at += length;
    return huffman
        ? Huffman.decode(block, from, at)
        : new String(block, from, length, StandardCharsets.ISO_8859_1);
  }

  private int next() throws Http2Exception {
    if (at == end) {
      throw broken("a field is cut off");
    }
    return block[at++] & 0xff;
  }

  private static Http2Exception broken(String what) {
    return new Http2Exception(Http2Exception.COMPRESSION, "unreadable headers: " + what);
  }
}
