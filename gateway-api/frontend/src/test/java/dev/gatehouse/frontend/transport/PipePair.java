package dev.gatehouse.frontend.transport;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;

/** Two sockets joined by pipes, as a frontend image and its build server are. */
public record PipePair(StreamSocket client, StreamSocket server) {
  public static PipePair open() throws IOException {
    Pipe in = Pipe.open();
    Pipe out = Pipe.open();
    return new PipePair(
        new StreamSocket(
            Channels.newInputStream(in.source()), Channels.newOutputStream(out.sink())),
        new StreamSocket(
            Channels.newInputStream(out.source()), Channels.newOutputStream(in.sink())));
  }
}
