package dev.gatehouse.frontend.kit;

/** Internet addresses as texts. */
final class InternetAddresses {
  private InternetAddresses() {}

  /** An address of 16 bytes with its longest run of zeros shortened, as RFC 5952 wants it. */
  static String format(byte[] address) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (address[2 * i] & 0xff) << 8 | address[2 * i + 1] & 0xff;
    }
    int longest = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        longest = i;
        length = end - i;
      }
      if (end > i) {
        i = end;
      }
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == longest) {
        out.append("::");
        i += length - 1;
        continue;
      }
      if (i > 0 && out.charAt(out.length() - 1) != ':') {
        out.append(':');
      }
      out.append(Integer.toHexString(groups[i]));
    }
    return out.toString();
  }
}
