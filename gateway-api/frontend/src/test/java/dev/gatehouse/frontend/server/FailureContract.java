package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.protocol.pb.Op;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What every transport of the gateway must do where something fails, is refused or cancelled. */
interface FailureContract extends GatewayRun {
  @Test
  default void aFileLargerThanAMessageIsRefusedWithAdvice() throws Exception {
    backend().files.put("big", new byte[(16 << 20) + 1]);
    build(gateway -> {
      Reference r = gateway.solve(SolveRequest.of(GatewayRun.image("x"))).singleReference();
      FrontendException e = catchThrowableOfType(FrontendException.class, () -> r.readFile("big"));
      assertThat(e).hasMessage("big is larger than the 16 MiB that one message may hold");
      assertThat(e.status()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(e.hint()).hasValue("read it in parts, with an offset and a length");
      assertThat(r.readFile("big", 0, 15 << 20)).hasSize(15 << 20);
      return Result.empty();
    });
  }

  @Test
  default void aSolveLargerThanAMessageIsRefusedWithAdvice() throws Exception {
    build(gateway -> {
      SolveRequest request =
          SolveRequest.builder().frontend("f").frontendOption("x", "y".repeat(16 << 20)).build();
      FrontendException e =
          catchThrowableOfType(FrontendException.class, () -> gateway.solve(request));
      assertThat(e)
          .hasMessageMatching(
              "a solve of 167772\\d\\d bytes is larger than the 16 MiB that one message may hold");
      assertThat(e.code()).isEqualTo("gateway.message-too-large");
      assertThat(e.hint())
          .hasValue("the frontend's author must let it solve its definition in parts");
      // The connection is as good as before.
      gateway.solve(SolveRequest.of(GatewayRun.image("x")));
      return Result.empty();
    });
    assertThat(backend().solves).hasSize(1);
  }

  @Test
  default void aResultLargerThanAMessageEndsTheBuildWithAdvice() {
    FrontendException e =
        catchThrowableOfType(
            FrontendException.class,
            () -> build(g -> Result.builder().metadata("x", new byte[16 << 20]).build()));
    assertThat(e)
        .hasMessageMatching(
            "a result of 167772\\d\\d bytes is larger than the 16 MiB that one message may hold");
    assertThat(e.hint()).hasValue("the frontend's author must let it put less into its metadata");
    assertThat(service().returned()).isTrue();
  }

  @Test
  default void errorsOfAFrontendKeepTheirFacts() throws Exception {
    SourceMap file =
        new SourceMap("Buildfile", "txt", "one\ntwo".getBytes(StandardCharsets.UTF_8), null);
    FrontendException thrown =
        FrontendException.builder(FrontendException.Category.USER, "unknown word \"two\"")
            .code("words.unknown")
            .hint("did you mean one?")
            .source(file, List.of(SourceRange.lines(2, 2)))
            .vertex("sha256:" + "3".repeat(64))
            .detail(
                new ErrorDetail.Unknown(
                    "example.com/Other+json", "{}".getBytes(StandardCharsets.UTF_8)))
            .build();
    FrontendException seen =
        catchThrowableOfType(
            FrontendException.class,
            () ->
                build(gateway -> {
                  throw thrown;
                }));
    FrontendException atServer = catchThrowableOfType(FrontendException.class, service()::result);
    for (FrontendException e : List.of(seen, atServer)) {
      assertThat(e).hasMessage("unknown word \"two\"");
      assertThat(e.code()).isEqualTo("words.unknown");
      assertThat(e.hint()).hasValue("did you mean one?");
      assertThat(e.category()).isEqualTo(FrontendException.Category.USER);
      assertThat(e.sources().get(0).source()).isEqualTo(file);
      assertThat(e.sources().get(0).ranges()).containsExactly(SourceRange.lines(2, 2));
      assertThat(e.vertexDigest()).hasValue("sha256:" + "3".repeat(64));
      assertThat(e.detail(ErrorDetail.Unknown.class).orElseThrow().typeUrl())
          .isEqualTo("example.com/Other+json");
    }
  }

  @Test
  default void errorsOfASolveReachTheFrontend() throws Exception {
    backend().solver =
        request -> {
          throw FrontendException.builder(FrontendException.Category.USER, "process failed")
              .detail(
                  new ErrorDetail.Solve(
                      List.of("in"),
                      List.of("failed-mount", ""),
                      GatewayRun.image("x").ops().get(0),
                      ErrorDetail.SolveSubject.FILE_ACTION,
                      3,
                      Map.of("llb.customname", "n")))
              .detail(new ErrorDetail.Exit(7))
              .build();
        };
    build(gateway -> {
      FrontendException e =
          catchThrowableOfType(
              FrontendException.class, () -> gateway.solve(SolveRequest.of(GatewayRun.image("x"))));
      assertThat(e).hasMessage("process failed");
      ErrorDetail.Solve solve = e.detail(ErrorDetail.Solve.class).orElseThrow();
      assertThat(solve.mountIds()).containsExactly("failed-mount", "");
      assertThat(parse(solve.operation())).isEqualTo(parse(GatewayRun.image("x").ops().get(0)));
      assertThat(solve.subject()).isEqualTo(ErrorDetail.SolveSubject.FILE_ACTION);
      assertThat(solve.subjectIndex()).isEqualTo(3);
      assertThat(solve.description()).containsEntry("llb.customname", "n");
      assertThat(e.detail(ErrorDetail.Exit.class)).hasValue(new ErrorDetail.Exit(7));
      // The failed file system can be looked at.
      try (Container c =
          gateway.newContainer(
              ContainerRequest.of(new ContainerMount.Bind("/", "", null, "failed-mount", true)))) {
        assertThat(c.readFile(0, "p", 1, 2)).asString().isEqualTo("0p1,2");
      }
      return Result.empty();
    });
    assertThat(((ContainerMount.Bind) backend().containers.get(0).mounts().get(0)).reference())
        .isPresent();
  }

  @Test
  default void unexpectedExceptionsAndNullAreInternal() {
    assertThatThrownBy(() ->
            build(gateway -> {
              throw new IllegalStateException("boom");
            }))
        .isInstanceOf(FrontendException.class)
        .hasMessageContaining("failed: java.lang.IllegalStateException: boom")
        .extracting(e -> ((FrontendException) e).category())
        .isEqualTo(FrontendException.Category.INTERNAL);
    assertThatThrownBy(service()::result).hasMessageContaining("boom");
  }

  @Test
  default void aMissingReturnIsTold() {
    assertThatThrownBy(service()::result)
        .hasMessage("the frontend ended without returning a result");
  }

  @Test
  default void unknownReferencesAreRefused() throws Exception {
    try (GatewayService other = new GatewayService(new FakeBackend())) {
      AtomicReference<Reference> foreign = new AtomicReference<>();
      run(
          gateway -> {
            for (int i = 0; i < 3; i++) {
              foreign.set(gateway.solve(SolveRequest.of(GatewayRun.image("x"))).singleReference());
            }
            return Result.empty();
          },
          other,
          new GatewayClients.Facts(Map.of(), "", "", List.of()));
      assertThatThrownBy(() -> build(gateway -> Result.of(foreign.get())))
          .hasMessageContaining("return reference ref3 not found");
    }
  }

  @Test
  default void cancellingTheFrontendInterruptsTheBackend() throws Exception {
    backend().solver =
        request -> {
          backend().blocked.countDown();
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            backend().interrupted.countDown();
            throw e;
          }
          return Result.empty();
        };
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread builder =
        new Thread(() -> {
          try {
            build(gateway -> gateway.solve(SolveRequest.of(GatewayRun.image("x"))));
          } catch (Throwable e) {
            thrown.set(e);
          }
        });
    builder.start();
    backend().blocked.await();
    builder.interrupt();
    builder.join();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(backend().interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    FrontendException e = catchThrowableOfType(FrontendException.class, service()::result);
    assertThat(e.category()).isEqualTo(FrontendException.Category.CANCELLED);
  }

  /** JSON does not keep the order of fields, so operations in errors are compared by content. */
  private static Op parse(byte[] op) {
    try {
      return Op.parseFrom(op);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
