package dev.gatehouse.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.server.GatewayClients;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.protocol.control.SolveRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A conversation between a frontend and a build server, taken down and played back.
 *
 * <p>To record, put {@link #around} the channel to a daemon and let a client build over it; to
 * replay, hand the frontend to {@link #replay}: every call must be one that was recorded, byte for
 * byte, and the frontend must return what it returned then. The file is text, a line of JSON for
 * each call, with messages in Base64. Processes in containers are not recorded.
 */
public final class Recording {
  private static final String BRIDGE = "/moby.buildkit.v1.frontend.LLBBridge/";
  private static final String RETURN = BRIDGE + "Return";
  private static final String SOLVE = "/moby.buildkit.v1.Control/Solve";

  /** A call: its request, and either an answer or the failure. */
  private record Call(
      String method, byte[] request, byte[] answer, int status, String message, byte[] details) {}

  private final List<Call> calls = new ArrayList<>(); // these are guarded by this
  private Map<String, String> options = Map.of();
  private String sessionId = "";

  /** An empty recording. */
  public Recording() {}

  /** The channel with everything said to the gateway taken down. */
  public RpcChannel around(RpcChannel channel) {
    return new RpcChannel() {
      @Override
      public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
          throws RpcException, InterruptedException {
        if (method.equals(SOLVE)) {
          facts(request);
        }
        if (!method.startsWith(BRIDGE)) {
          return channel.call(method, request, metadata);
        }
        try {
          byte[] answer = channel.call(method, request, metadata);
          add(new Call(method, request, answer, 0, "", new byte[0]));
          return answer;
        } catch (RpcException e) {
          add(
              new Call(
                  method, request, new byte[0], e.status().ordinal(), e.getMessage(), e.details()));
          throw e;
        }
      }

      @Override
      public RpcStream open(String method, Map<String, List<String>> metadata) throws RpcException {
        if (method.startsWith(BRIDGE)) {
          throw new RpcException(
              StatusCode.UNIMPLEMENTED, "processes in containers cannot be recorded");
        }
        return channel.open(method, metadata);
      }

      @Override
      public void close() {
        channel.close();
      }
    };
  }

  private synchronized void add(Call call) {
    calls.add(call);
  }

  /** What the frontend starts from, for channels on which no client tells it to a daemon. */
  public synchronized Recording facts(Map<String, String> frontendOptions, String session) {
    options = Map.copyOf(frontendOptions);
    sessionId = session;
    return this;
  }

  /**
   * The options and the session that the client tells the daemon are those that the frontend gets.
   */
  private synchronized void facts(byte[] request) {
    try {
      SolveRequest solve = SolveRequest.parseFrom(request);
      facts(solve.getFrontendAttrsMap(), solve.getSession());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("no solve request", e);
    }
  }

  /** Number of calls. */
  public synchronized int size() {
    return calls.size();
  }

  /** Writes the recording. */
  public synchronized void save(Path file) throws IOException {
    StringBuilder out = new StringBuilder();
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("recording", 1L);
    head.put("session", sessionId);
    head.put("options", new java.util.TreeMap<>(options));
    out.append(Json.write(head)).append('\n');
    Base64.Encoder base64 = Base64.getEncoder();
    for (Call call : calls) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("method", call.method);
      line.put("request", base64.encodeToString(call.request));
      if (call.status == 0) {
        line.put("answer", base64.encodeToString(call.answer));
      } else {
        line.put("status", (long) call.status);
        line.put("message", call.message);
        line.put("details", base64.encodeToString(call.details));
      }
      out.append(Json.write(line)).append('\n');
    }
    Files.writeString(file, out);
  }

  /**
   * Reads a recording.
   *
   * @throws IOException also when the file is none
   */
  public static Recording load(Path file) throws IOException {
    Recording recording = new Recording();
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    try {
      for (int i = 0; i < lines.size(); i++) {
        if (!(Json.parse(lines.get(i)) instanceof Map<?, ?> line)) {
          throw new IOException(file + ":" + (i + 1) + ": expected an object");
        }
        if (i == 0) {
          if (!Objects.equals(line.get("recording"), 1L)) {
            throw new IOException(file + " is no recording");
          }
          Map<String, String> options = new LinkedHashMap<>();
          if (line.get("options") instanceof Map<?, ?> map) {
            map.forEach((k, v) -> options.put(String.valueOf(k), Objects.toString(v, "")));
          }
          recording.options = options;
          recording.sessionId = Objects.toString(line.get("session"), "");
        } else {
          recording.calls.add(
              new Call(
                  Objects.toString(line.get("method"), ""),
                  bytes(line, "request"),
                  bytes(line, "answer"),
                  line.get("status") instanceof Long status ? status.intValue() : 0,
                  Objects.toString(line.get("message"), ""),
                  bytes(line, "details")));
        }
      }
    } catch (JsonException e) {
      throw new IOException(file + " is no recording: " + e.getMessage(), e);
    }
    return recording;
  }

  private static byte[] bytes(Map<?, ?> line, String name) {
    return Base64.getDecoder().decode(Objects.toString(line.get(name), ""));
  }

  /**
   * Runs a frontend against the recording.
   *
   * @throws FrontendException what the frontend threw, or that it asked or returned something else
   *     than then
   */
  public void replay(Frontend frontend) throws FrontendException, InterruptedException {
    Player player;
    Map<String, String> facts;
    String session;
    synchronized (this) {
      player = new Player(List.copyOf(calls));
      facts = options;
      session = sessionId;
    }
    GatewayClients.run(
        frontend, player, Map.of(), new GatewayClients.Facts(facts, session, "", List.of()));
  }

  /** Answers each call with the first recorded one like it that has not been used. */
  private static final class Player implements RpcChannel {
    private final List<Call> calls;
    private final boolean[] used; // guarded by this

    Player(List<Call> calls) {
      this.calls = calls;
      this.used = new boolean[calls.size()];
    }

    @Override
    public synchronized byte[] call(
        String method, byte[] request, Map<String, List<String>> metadata) throws RpcException {
      int unused = -1;
      for (int i = 0; i < used.length; i++) {
        Call call = calls.get(i);
        if (used[i] || !call.method.equals(method)) {
          continue;
        }
        if (Arrays.equals(call.request, request)) {
          used[i] = true;
          if (call.status != 0) {
            throw new RpcException(StatusCode.of(call.status), call.message, call.details, null);
          }
          return call.answer;
        }
        unused = i;
      }
      String what = method.substring(BRIDGE.length());
      throw new RpcException(
          StatusCode.FAILED_PRECONDITION,
          method.equals(RETURN)
              ? "the frontend returned something else than in the recording"
              : unused < 0
                  ? "the recording has no further call of "
                      + what
                      + "; record again if the frontend has changed"
                  : "the recording has no call of "
                      + what
                      + " like this one, but call "
                      + (unused + 1)
                      + " differs; record again if the frontend has changed");
    }

    @Override
    public RpcStream open(String method, Map<String, List<String>> metadata) throws RpcException {
      throw new RpcException(
          StatusCode.UNIMPLEMENTED, "a recording has no processes in containers");
    }

    @Override
    public void close() {}
  }
}
