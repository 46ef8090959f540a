package dev.gatehouse.client.session;

import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.CacheOption;
import dev.gatehouse.client.Export;
import dev.gatehouse.llb.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directories of the client that caches are imported from and exported to, and images exported
 * to as layouts.
 */
public final class LocalCaches {
  private final List<CacheOption> imports = new ArrayList<>();
  private final List<CacheOption> exports = new ArrayList<>();
  private final Map<String, Path> stores = new LinkedHashMap<>();
  private final Map<Path, String> cacheTags = new LinkedHashMap<>();
  private final List<Path> imageLayouts = new ArrayList<>();
  private final Map<String, String> frontendOptions = new LinkedHashMap<>();

  private LocalCaches() {}

  /**
   * Looks up what the request names. An import that is not there is left out.
   *
   * @throws IOException for an option that makes no sense or a directory that cannot be used
   */
  public static LocalCaches prepare(BuildRequest request) throws IOException {
    LocalCaches caches = new LocalCaches();
    for (CacheOption option : request.cacheExports()) {
      caches.addExport(option);
    }
    for (CacheOption option : request.cacheImports()) {
      caches.addImport(option);
    }
    for (Export export : request.exports()) {
      Path directory = export.directoryOrNull();
      if (directory != null && !export.type().equals("local")) {
        Files.createDirectories(directory);
        if (caches.stores.putIfAbsent("export", directory) != null) {
          throw new IOException("only one export can write an OCI layout");
        }
        caches.imageLayouts.add(directory);
      }
    }
    if (!caches.imports.isEmpty()) {
      List<Object> json = new ArrayList<>();
      for (CacheOption option : caches.imports) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("Type", option.type());
        entry.put("Attrs", option.attributes());
        json.add(entry);
      }
      // Frontends hand these on to their nested solves.
      caches.frontendOptions.put("cache-imports", Json.write(json));
    }
    return caches;
  }

  private void addExport(CacheOption option) throws IOException {
    if (option.type().equals("local")) {
      String destination = option.attributes().getOrDefault("dest", "");
      if (destination.isEmpty()) {
        throw new IOException("local cache exporter requires dest");
      }
      Path directory = Path.of(destination);
      Files.createDirectories(directory);
      stores.put("local:" + destination, directory);
      cacheTags.put(directory, option.attributes().getOrDefault("tag", "latest"));
    } else if (option.type().equals("registry")
        && option.attributes().getOrDefault("ref", "").isEmpty()) {
      throw new IOException("registry cache exporter requires ref");
    }
    exports.add(option);
  }

  private void addImport(CacheOption option) throws IOException {
    if (!option.type().equals("local")) {
      if (option.type().equals("registry")
          && option.attributes().getOrDefault("ref", "").isEmpty()) {
        throw new IOException("registry cache importer requires ref");
      }
      imports.add(option);
      return;
    }
    String source = option.attributes().getOrDefault("src", "");
    if (source.isEmpty()) {
      throw new IOException("local cache importer requires src");
    }
    Path directory = Path.of(source);
    if (!Files.isDirectory(directory)) {
      return;
    }
    Map<String, String> attributes = new LinkedHashMap<>(option.attributes());
    if (attributes.getOrDefault("digest", "").isEmpty()) {
      var tagged = new OciStore(directory).tagged(attributes.getOrDefault("tag", "latest"));
      if (tagged.isEmpty()) {
        return;
      }
      attributes.put("digest", tagged.get());
    }
    stores.put("local:" + source, directory);
    imports.add(new CacheOption("local", attributes));
  }

  public List<CacheOption> imports() {
    return imports;
  }

  public List<CacheOption> exports() {
    return exports;
  }

  /** Options that tell a frontend of the imports. */
  public Map<String, String> frontendOptions() {
    return frontendOptions;
  }

  Map<String, Path> stores() {
    return stores;
  }

  /** Names in the layouts' indexes what the daemon has written into them. */
  public void finish(Map<String, String> exporterResponse) throws IOException {
    try {
      String manifest = exporterResponse.get("cache.manifest");
      if (manifest != null && Json.parse(manifest) instanceof Map<?, ?> descriptor) {
        for (Map.Entry<Path, String> entry : cacheTags.entrySet()) {
          new OciStore(entry.getKey()).put(descriptor, entry.getValue(), "");
        }
      }
      String image = exporterResponse.get("containerimage.descriptor");
      if (image != null
          && Json.parse(new String(Base64.getDecoder().decode(image), StandardCharsets.UTF_8))
              instanceof Map<?, ?> descriptor) {
        String names = exporterResponse.getOrDefault("image.name", "");
        for (Path layout : imageLayouts) {
          if (names.isEmpty()) {
            new OciStore(layout).put(descriptor, "latest", "");
          }
          for (String name : names.isEmpty() ? new String[0] : names.split(",")) {
            int colon = name.lastIndexOf(':');
            String tag = colon > name.lastIndexOf('/') ? name.substring(colon + 1) : "latest";
            new OciStore(layout).put(descriptor, tag, name);
          }
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "the daemon's answer names an unreadable descriptor: " + e.getMessage(), e);
    }
  }
}
