package dev.gatehouse.llb;

import java.util.Map;

/** Name, permissions and owner of the one file that a source brings. */
final class FileAttributes {
  String filename = "";
  int mode;
  int uid;
  int gid;

  void addTo(Map<String, String> attributes) {
    if (!filename.isEmpty()) {
      attributes.put("http.filename", filename);
    }
    if (mode != 0) {
      attributes.put("http.perm", "0" + Integer.toOctalString(mode));
    }
    if (uid != 0) {
      attributes.put("http.uid", Integer.toString(uid));
    }
    if (gid != 0) {
      attributes.put("http.gid", Integer.toString(gid));
    }
  }
}
