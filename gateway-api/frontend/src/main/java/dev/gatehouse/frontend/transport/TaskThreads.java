package dev.gatehouse.frontend.transport;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for tasks that wait: virtual where the JVM has them without preview, else daemon threads
 * that are reused.
 */
public final class TaskThreads {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private TaskThreads() {}

  private static final class Holder {
    static final ExecutorService EXECUTOR = create();
  }

  /** The shared executor; one task, one thread, without bound. It is never shut down. */
  public static Executor executor() {
    return Holder.EXECUTOR;
  }

  private static ExecutorService create() {
    if (Runtime.version().feature() >= 24) { // the first where synchronized does not pin
      try {
        MethodHandle factory =
            MethodHandles.publicLookup()
                .findStatic(
                    Executors.class,
                    "newVirtualThreadPerTaskExecutor",
                    MethodType.methodType(ExecutorService.class));
        return (ExecutorService) factory.invoke();
      } catch (Throwable e) {
        throw new LinkageError("this JVM has no virtual threads", e);
      }
    }
    return Executors.newCachedThreadPool(task -> {
      Thread thread = new Thread(task, "gatehouse-task-" + COUNT.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    });
  }
}
