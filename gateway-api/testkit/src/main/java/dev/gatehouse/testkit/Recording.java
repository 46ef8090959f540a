package dev.gatehouse.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
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
 * each call and each process in a container, with messages in Base64. The ids that clients make up
 * for containers and processes need not be the same.
 */
public final class Recording {
  static final String BRIDGE = "/moby.buildkit.v1.frontend.LLBBridge/";
  static final String RETURN = BRIDGE + "Return";
  private static final String EXEC = BRIDGE + "ExecProcess";
  private static final String SOLVE = "/moby.buildkit.v1.Control/Solve";

  /** A call: its request, and either an answer or the failure. */
  record Call(
      String method, byte[] request, byte[] answer, int status, String message, byte[] details) {}

  private final List<Call> calls = new ArrayList<>(); // these are guarded by this
  private final List<RecordedProcess> processes = new ArrayList<>();
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
        RpcStream stream = channel.open(method, metadata);
        return method.equals(EXEC)
            ? new RecordedProcess.Recorder(stream, Recording.this::add)
            : stream;
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

  private synchronized void add(RecordedProcess process) {
    processes.add(process);
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

  /** Number of calls and processes. */
  public synchronized int size() {
    return calls.size() + processes.size();
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
    for (RecordedProcess process : processes) {
      List<Object> events = new ArrayList<>();
      for (RecordedProcess.Event event : process.events()) {
        events.add(
            Map.of(
                event.sent() ? "sent" : "received",
                base64.encodeToString(event.message().toByteArray())));
      }
      out.append(Json.write(Map.of("process", events))).append('\n');
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
        } else if (line.get("process") instanceof List<?> events) {
          recording.processes.add(process(events));
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
    } catch (JsonException | RpcException e) {
      throw new IOException(file + " is no recording: " + e.getMessage(), e);
    }
    return recording;
  }

  private static RecordedProcess process(List<?> events) throws RpcException {
    RecordedProcess process = new RecordedProcess();
    for (Object event : events) {
      if (event instanceof Map<?, ?> map) {
        boolean sent = map.containsKey("sent");
        process.add(
            new RecordedProcess.Event(
                sent, RecordedProcess.parse(bytes(map, sent ? "sent" : "received"))));
      }
    }
    return process;
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
      player = new Player(List.copyOf(calls), List.copyOf(processes));
      facts = options;
      session = sessionId;
    }
    GatewayClients.run(
        frontend, player, Map.of(), new GatewayClients.Facts(facts, session, "", List.of()));
  }
}
