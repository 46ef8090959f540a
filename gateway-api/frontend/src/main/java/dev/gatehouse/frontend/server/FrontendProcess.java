package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.http2.Http2Channel;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Platform;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The process of a frontend image: what {@link dev.gatehouse.frontend.FrontendMain} does. */
public final class FrontendProcess {
  private static final String OPTION = "BUILDKIT_FRONTEND_OPT_";

  private FrontendProcess() {}

  /** Serves one build over the standard streams and ends the process. */
  public static void main(String[] args) {
    int code;
    try {
      code = run(find(args), System.getenv());
    } catch (RuntimeException | ServiceConfigurationError e) {
      System.err.println("frontend: " + e.getMessage());
      code = 1;
    }
    System.err.flush();
    // No shutdown hooks and no waiting for threads: the build server waits for the end of this
    // process.
    Runtime.getRuntime().halt(code);
  }

  private static int run(Frontend frontend, Map<String, String> environment) {
    GatewayClients.Facts facts = facts(environment);
    // A channel's read ends when the channel is closed. A thread that still waited in a read would
    // hold up the end of the process by 300 ms.
    FileChannel in = new FileInputStream(FileDescriptor.in).getChannel();
    try (RpcChannel channel =
        Http2Channel.open(
            Channels.newInputStream(in),
            new FileOutputStream(FileDescriptor.out),
            "localhost",
            in)) {
      GatewayClients.run(frontend, channel, Map.of(), facts);
      return 0;
    } catch (FrontendException e) {
      if (e.category() == FrontendException.Category.INTERNAL) {
        e.printStackTrace();
      }
      if (e.getSuppressed().length == 0) {
        // The server has the error with its source and shows it.
        return 0;
      }
      System.err.println("frontend: " + e.getMessage());
      for (Throwable t : e.getSuppressed()) {
        System.err.println("frontend: the build server could not be told: " + t.getMessage());
      }
      return 1;
    } catch (InterruptedException e) {
      return 1;
    }
  }

  /** The facts of the build from the environment that a build server gives to a frontend image. */
  static GatewayClients.Facts facts(Map<String, String> environment) {
    Map<String, String> options = new LinkedHashMap<>();
    environment.forEach((name, value) -> {
      if (name.startsWith(OPTION)) {
        int equals = value.indexOf('=');
        options.put(
            equals < 0 ? value : value.substring(0, equals),
            equals < 0 ? "" : value.substring(equals + 1));
      }
    });
    return new GatewayClients.Facts(
        options,
        environment.getOrDefault("BUILDKIT_SESSION_ID", ""),
        environment.getOrDefault("BUILDKIT_EXPORTEDPRODUCT", ""),
        workers(environment.getOrDefault("BUILDKIT_WORKERS", "")));
  }

  private static List<WorkerInfo> workers(String json) {
    List<WorkerInfo> workers = new ArrayList<>();
    if (json.isEmpty()) {
      return workers;
    }
    try {
      if (Json.parse(json) instanceof List<?> list) {
        for (Object item : list) {
          if (item instanceof Map<?, ?> worker) {
            workers.add(worker(worker));
          }
        }
      }
    } catch (JsonException e) {
      // The gateway's own answer to Ping tells the workers then.
      workers.clear();
    }
    return workers;
  }

  private static WorkerInfo worker(Map<?, ?> json) {
    Map<String, String> labels = new LinkedHashMap<>();
    if (json.get("Labels") instanceof Map<?, ?> map) {
      map.forEach((k, v) -> labels.put(String.valueOf(k), Objects.toString(v, "")));
    }
    List<Platform> platforms = new ArrayList<>();
    if (json.get("Platforms") instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> p) {
          List<String> features = new ArrayList<>();
          if (p.get("os.features") instanceof List<?> f) {
            f.forEach(feature -> features.add(String.valueOf(feature)));
          }
          platforms.add(
              new Platform(
                  text(p, "os"),
                  text(p, "architecture"),
                  text(p, "variant"),
                  text(p, "os.version"),
                  features));
        }
      }
    }
    return new WorkerInfo(text(json, "ID"), labels, platforms);
  }

  private static String text(Map<?, ?> json, String name) {
    return Objects.toString(json.get(name), "");
  }

  private static Frontend find(String[] args) {
    if (args.length > 0) {
      return named(args[0]);
    }
    List<ServiceLoader.Provider<Frontend>> found = all();
    if (found.isEmpty()) {
      throw new IllegalStateException(
          "no frontend on the class path; name its class in META-INF/services/"
              + Frontend.class.getName());
    }
    if (found.size() > 1) {
      throw new IllegalStateException(
          "more than one frontend: name one as first argument of the entry point, out of "
              + names(found));
    }
    return found.get(0).get();
  }

  private static List<ServiceLoader.Provider<Frontend>> all() {
    return ServiceLoader.load(Frontend.class, FrontendProcess.class.getClassLoader()).stream()
        .toList();
  }

  /** Made without a look at what else there is, which costs the opening of the jar. */
  private static Frontend named(String name) {
    try {
      if (Class.forName(name).getConstructor().newInstance() instanceof Frontend frontend) {
        return frontend;
      }
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("no frontend " + name + "; there are " + names(all()), e);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("frontend " + name + " failed: " + e.getCause(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "frontend " + name + " needs a public constructor without parameters", e);
    }
    throw new IllegalStateException(name + " is no frontend; there are " + names(all()));
  }

  private static List<String> names(List<ServiceLoader.Provider<Frontend>> found) {
    return found.stream().map(p -> p.type().getName()).sorted().toList();
  }
}
