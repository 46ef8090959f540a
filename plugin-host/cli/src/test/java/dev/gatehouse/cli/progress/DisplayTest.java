package dev.gatehouse.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisplayTest {
  private final Script script = new Script();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Two steps that run side by side, one that fails, one cached, a download. */
  private void play(Display display) {
    display.update(
        script
            .add("a", "[internal] load")
            .add("b", "[1/2] FROM x")
            .add("c", "[2/2] RUN make")
            .take());
    display.update(script.start("a").take());
    display.update(script.at(120).done("a").cached("b").take());
    display.update(script.at(200).start("c").log("c", "compi").take());
    display.update(script.at(400).log("c", "ling\nlinking").warn("c", "old option").take());
    display.update(script.at(1600).log("c", "\n").fail("c", "exit code: 2").take());
    display.finish();
  }

  @Test
  void plainHasBuildKitsShape() {
    play(new PlainDisplay(out, script.clock()));

    assertThat(text())
        .isEqualTo(
            """
            #1 [internal] load
            #1 DONE 0.1s

            #2 [1/2] FROM x
            #2 CACHED

            #3 [2/2] RUN make
            #3 WARN: old option
            #3 0.000 compiling
            #3 0.200 linking
            #3 ERROR: exit code: 2
            ------
             > [2/2] RUN make:
            0.000 compiling
            0.200 linking
            ------
            """);
  }

  @Test
  void plainGivesTheFloorToOneStepAtATime() {
    PlainDisplay display = new PlainDisplay(out, script.clock());
    display.update(script.add("a", "A").add("b", "B").start("a").start("b").take());
    display.update(script.log("a", "a1\n").log("b", "b1\n").take());
    display.update(script.at(1000).log("b", "b2\n").log("a", "a2\n").take());
    display.update(script.at(2000).done("a").take());
    display.update(script.at(3000).done("b").take());
    display.finish();

    assertThat(text())
        .isEqualTo(
            """
            #1 A
            #1 0.000 a1
            #1 1.000 a2
            #1 DONE 2.0s

            #2 B
            #2 0.000 b1
            #2 1.000 b2
            #2 DONE 3.0s
            """);
  }

  @Test
  void plainTakesTurnsWhenAStepGoesOnForLong() {
    PlainDisplay display = new PlainDisplay(out, script.clock());
    display.update(script.add("a", "A").add("b", "B").start("a").start("b").take());
    display.update(script.at(1000).log("b", "b1\n").take());
    display.update(script.at(7000).log("a", "a1\n").take());
    display.update(script.at(9000).done("a").done("b").take());
    display.finish();

    assertThat(text())
        .isEqualTo(
            """
            #1 A
            #1 7.000 a1
            #1 ...

            #2 B
            #2 1.000 b1
            #2 DONE 9.0s

            #1 A
            #1 DONE 9.0s
            """);
  }

  @Test
  void plainShowsTransfersSparingly() {
    PlainDisplay display = new PlainDisplay(out, script.clock());
    display.update(
        script.add("a", "A").start("a").part("a", "sha256:1", 0, 30_000_000, false, 0).take());
    for (int i = 1; i <= 100; i++) {
      display.update(
          script.at(i * 20).part("a", "sha256:1", 3_000L * i, 30_000_000, false, 0).take());
    }
    display.update(script.at(2100).part("a", "sha256:1", 20_000_000, 30_000_000, false, 0).take());
    display.update(
        script.at(3000).part("a", "sha256:1", 30_000_000, 30_000_000, true, 0).done("a").take());
    display.finish();

    assertThat(text())
        .isEqualTo(
            """
            #1 A
            #1 sha256:1 0B / 30.00MB
            #1 sha256:1 20.00MB / 30.00MB 2.1s
            #1 sha256:1 30.00MB / 30.00MB 3.0s done
            #1 DONE 3.0s
            """);
  }

  @Test
  void groupsAreOneStep() {
    Update.Group group = new Update.Group("g", "all of it", false);
    PlainDisplay display = new PlainDisplay(out, script.clock());
    display.update(
        script
            .put(new Update.Vertex("a", List.of(), "A", null, null, false, "", group))
            .put(new Update.Vertex("b", List.of(), "B", null, null, false, "", group))
            .take());
    display.update(script.start("a").take());
    display.update(script.at(1000).start("b").done("a").take());
    display.update(script.at(3000).done("b").take());
    display.finish();

    assertThat(text()).isEqualTo("#1 all of it\n#1 DONE 3.0s\n");
  }

  @Test
  void rawJsonIsBuildKits() {
    RawJsonDisplay display = new RawJsonDisplay(out);
    display.update(
        script.add("sha256:1", "say \"hi\"").start("sha256:1").log("sha256:1", "x\n").take());
    display.update(script.part("sha256:1", "p", 1, 2, false, 0).warn("sha256:1", "w").take());

    assertThat(text())
        .isEqualTo(
            """
            {"vertexes":[{"digest":"sha256:1","name":"say \\"hi\\""},{"digest":"sha256:1","name":"say \\"hi\\"","started":"2026-01-01T01:00:00Z"}],"logs":[{"vertex":"sha256:1","stream":1,"data":"eAo=","timestamp":"2026-01-01T01:00:00Z"}]}
            {"statuses":[{"id":"p","vertex":"sha256:1","total":2,"current":1,"timestamp":"2026-01-01T01:00:00Z","started":"2026-01-01T01:00:00Z"}],"warnings":[{"vertex":"sha256:1","level":1,"short":"dw==","detail":["bW9yZQ=="],"url":"https://example.com/w"}]}
            """);
  }

  @Test
  void liveSettlesStepsAndRedrawsTheRest() {
    VirtualScreen screen = new VirtualScreen(60, 12);
    PrintStream terminal = new PrintStream(screen, true, StandardCharsets.UTF_8);
    LiveDisplay display = new LiveDisplay(terminal, script.clock(), screen, false, "demo");
    display.update(
        script
            .add("a", "[internal] load")
            .add("b", "FROM x")
            .add("c", "RUN make")
            .start("a")
            .take());
    display.update(script.at(140).done("a").cached("b").start("c").take());
    display.update(
        script
            .at(900)
            .log("c", "\u001b[31mred\u001b[0m\n50%\r100%\n世界".repeat(1))
            .part("c", "blob", 5_000_000, 10_000_000, false, 200)
            .take());

    assertThat(screen.text())
        .isEqualTo(
            """
             ● FROM x                                            cached
             ✔ [internal] load                                     0.1s
             ⠸ RUN make                                            0.8s
               blob                         50% 5.00MB / 10.00MB
               │ red
               │ 100%
               │ 世界
             ⠸ demo  2/3 steps, 1 cached  0.9s
            """);

    display.update(
        script.at(2000).part("c", "blob", 10_000_000, 10_000_000, true, 200).done("c").take());
    display.finish();

    assertThat(screen.text())
        .isEqualTo(
            """
             ● FROM x                                            cached
             ✔ [internal] load                                     0.1s
             ✔ RUN make                                            1.9s
             ✔ demo  3/3 steps, 1 cached  2.0s
            """);
    assertThat(screen.cursorVisible()).isTrue();
  }

  @Test
  void liveNeverOutgrowsTheTerminal() {
    VirtualScreen screen = new VirtualScreen(40, 8);
    PrintStream terminal = new PrintStream(screen, true, StandardCharsets.UTF_8);
    LiveDisplay display = new LiveDisplay(terminal, script.clock(), screen, false, "demo");
    for (int i = 0; i < 20; i++) {
      script.add("v" + i, "a step with a rather long name, number " + i).start("v" + i);
      script.log("v" + i, "output\n");
    }
    display.update(script.take());
    display.update(script.at(200).take());

    assertThat(screen.text().lines())
        .hasSizeLessThanOrEqualTo(7)
        .allMatch(l -> Screen.width(l) <= 40);
    assertThat(screen.text()).contains("… and 15 more");
  }

  @Test
  void liveSaysWhatWasCutOff() {
    VirtualScreen screen = new VirtualScreen(40, 12);
    PrintStream terminal = new PrintStream(screen, true, StandardCharsets.UTF_8);
    LiveDisplay display = new LiveDisplay(terminal, script.clock(), screen, false, "demo");
    display.update(script.add("a", "RUN one").add("b", "RUN two").start("a").start("b").take());
    display.update(script.at(1000).done("b").take());
    display.finish();

    assertThat(screen.text())
        .isEqualTo(
            """
             ✔ RUN two                         1.0s
             – RUN one                         1.0s
             – demo  1/2 steps  1.0s
            """);
    assertThat(screen.cursorVisible()).isTrue();
  }

  @Test
  void liveLeavesNoRestsWhenTheTerminalBecomesNarrower() {
    VirtualScreen screen = new VirtualScreen(60, 20);
    PrintStream terminal = new PrintStream(screen, true, StandardCharsets.UTF_8);
    LiveDisplay display = new LiveDisplay(terminal, script.clock(), screen, false, "demo");
    for (int i = 0; i < 3; i++) {
      script.add("v" + i, "a step with a rather long name, number " + i).start("v" + i);
      script.log("v" + i, "output that is a good deal longer than the line may be now\n");
    }
    display.update(script.take());
    assertThat(screen.text().lines()).hasSize(7);

    screen.narrow(30);
    display.update(script.at(200).take());

    assertThat(screen.text().lines()).hasSize(7).allMatch(l -> Screen.width(l) <= 30);
    assertThat(screen.text()).doesNotContain("number").doesNotContain("longer than");
  }

  @Test
  void widthsCountColumns() {
    assertThat(Screen.width("世界")).isEqualTo(4);
    assertThat(Screen.cut("世界世界", 5)).isEqualTo("世界…");
    assertThat(Screen.clean("a\u001b]8;;http://x\u0007b\u001b[1;31mc\u0007\r")).isEqualTo("abc");
  }
}
