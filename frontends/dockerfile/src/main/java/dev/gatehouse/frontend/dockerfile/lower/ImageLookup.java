package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ResolvedImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks up images at the gateway, each once in a build, failures included. Safe for use by several
 * threads.
 */
public final class ImageLookup {
  private final GatewayClient gateway;
  private final Map<Key, Answer> answers = new ConcurrentHashMap<>();

  private record Key(String reference, ImageResolveOptions options) {}

  /** The answer to one question; the first who asks waits for the gateway, the others for it. */
  private static final class Answer {
    private boolean asked;
    private ResolvedImage image = new ResolvedImage("", "", new byte[0]);
    private FrontendException failure = FrontendException.internal("not asked");
    private boolean failed;
  }

  public ImageLookup(GatewayClient gateway) {
    this.gateway = gateway;
  }

  /** Digest and config of an image. */
  public ResolvedImage resolve(String reference, ImageResolveOptions options)
      throws FrontendException, InterruptedException {
    Answer answer = answers.computeIfAbsent(new Key(reference, options), key -> new Answer());
    synchronized (answer) {
      if (!answer.asked) {
        try {
          answer.image = gateway.resolveImageConfig(reference, options);
        } catch (FrontendException e) {
          answer.failed = true;
          answer.failure = e;
        }
        answer.asked = true;
      }
      if (answer.failed) {
        throw answer.failure;
      }
      return answer.image;
    }
  }
}
