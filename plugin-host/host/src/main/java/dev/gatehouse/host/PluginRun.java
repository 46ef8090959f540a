package dev.gatehouse.host;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.server.GatewayClients;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.host.plugin.LoadedPlugin;
import dev.gatehouse.host.plugin.PluginException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a plugin's frontend, on a platform thread of its own: whatever it does there ends this
 * run and nothing else. A plugin that heeds neither its gateway nor its interruption is left behind
 * on its thread and keeps its class loader.
 */
final class PluginRun {
  private static final Logger log = LoggerFactory.getLogger(PluginRun.class);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final long STACK = 16L << 20;

  private final LoadedPlugin plugin;
  private final HostedBuild build;
  private final GatewayClients.Facts facts;
  private final BuildGateway gateway;
  private final CountDownLatch done = new CountDownLatch(1);

  PluginRun(
      LoadedPlugin plugin, HostedBuild build, GatewayClients.Facts facts, BuildGateway gateway) {
    this.plugin = plugin;
    this.build = build;
    this.facts = facts;
    this.gateway = gateway;
  }

  Result run() throws FrontendException, InterruptedException {
    LoadedPlugin.Lease lease;
    Frontend frontend;
    try {
      lease = plugin.acquire();
    } catch (PluginException e) {
      throw FrontendException.builder(Category.ENVIRONMENT, String.valueOf(e.getMessage()))
          .cause(e)
          .build();
    }
    boolean started = false;
    try (GatewayService service = new GatewayService(gateway)) {
      frontend = lease.newFrontend();
      Thread thread =
          Thread.ofPlatform()
              .name("frontend " + plugin.id())
              .daemon()
              .stackSize(STACK)
              .unstarted(() -> work(frontend, service, lease));
      thread.setContextClassLoader(lease.classLoader());
      thread.start();
      started = true;
      await(thread, service);
      return service.result();
    } catch (PluginException e) {
      throw FrontendException.builder(Category.INTERNAL, String.valueOf(e.getMessage()))
          .cause(e)
          .build();
    } finally {
      if (!started) {
        lease.close();
      }
    }
  }

  private void work(Frontend frontend, GatewayService service, LoadedPlugin.Lease lease) {
    try (lease) {
      GatewayClients.run(frontend, service, facts);
    } catch (FrontendException e) {
      service.fail(e);
    } catch (InterruptedException e) {
      service.fail(
          FrontendException.builder(Category.CANCELLED, "context canceled")
              .code("cancelled")
              .cause(e)
              .build());
    } catch (Throwable e) { // a plugin's errors end its build, whatever they are
      log.error("plugin {} failed", plugin, e);
      service.fail(failed(e));
    } finally {
      done.countDown();
    }
  }

  private FrontendException failed(Throwable e) {
    String what = e instanceof VirtualMachineError ? e.getClass().getSimpleName() : e.toString();
    return FrontendException.builder(
            Category.INTERNAL,
            "frontend plugin " + plugin.id() + " " + plugin.version() + " failed: " + what)
        .code("frontend.failed")
        .hint("the plugin's author must mend it; the daemon's log has the stack trace")
        .cause(e)
        .build();
  }

  private void await(Thread thread, GatewayService service) throws InterruptedException {
    Duration patience = build.host().options().patience();
    try {
      while (!done.await(200, TimeUnit.MILLISECONDS)) {
        if (!gateway.waitsForNested() && build.activity().idle().compareTo(patience) > 0) {
          service.fail(
              FrontendException.builder(
                      Category.INTERNAL,
                      "frontend plugin "
                          + plugin.id()
                          + " "
                          + plugin.version()
                          + " did nothing for "
                          + patience.toSeconds()
                          + " s and was given up")
                  .code("frontend.hangs")
                  .hint(
                      "frontend.plugin.timeout in buildkitd.toml sets how long a plugin may think")
                  .build());
          stop(thread);
          return;
        }
      }
    } catch (InterruptedException e) {
      stop(thread);
      throw e;
    }
  }

  /** Asks the plugin to stop, and leaves it behind if it does not. */
  private void stop(Thread thread) {
    thread.interrupt();
    boolean interrupted = Thread.interrupted();
    try {
      if (!done.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.error(
            "plugin {} does not stop; its thread is left behind at {}", plugin, where(thread));
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static String where(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length == 0 ? "an unknown place" : stack[0].toString();
  }
}
