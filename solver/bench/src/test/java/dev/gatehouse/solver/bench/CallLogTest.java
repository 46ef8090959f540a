package dev.gatehouse.solver.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallLogTest {
  @Test
  void callsOfThisProcessAreCountedAndItsChildrenNamed() {
    Map<String, CallLog.Counts> counts =
        CallLog.read(
            List.of(
                "10 execve(\"/usr/bin/java\", [\"java\"], 0x1 /* 3 vars */) = 0",
                "10 clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SETTLS} => {parent_tid=[11]}, 88) ="
                    + " 11",
                "11 fsync(5) = 0",
                "11 mkdir(\"/proc/gatehouse-mark/run 2\", 0777) = -1 ENOENT (No such file)",
                "11 clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SETTLS}, 88 <unfinished ...>",
                "10 fdatasync(7 <unfinished ...>",
                "11 <... clone3 resumed> => {parent_tid=[12]}) = 12",
                "10 <... fdatasync resumed>) = 0",
                "12 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_VFORK|SIGCHLD <unfinished ...>",
                "13 execve(\"/usr/lib/jspawnhelper\", [\"x\"], 0x1) = 0",
                "12 <... clone resumed>) = 13",
                "13 execve(\"/usr/sbin/runc\", [\"runc\"], 0x1 <unfinished ...>",
                "13 <... execve resumed>) = 0",
                "13 mount(\"overlay\", \"/x\", \"overlay\", 0, \"\") = 0",
                "13 clone(flags=CLONE_VM|CLONE_VFORK|SIGCHLD) = 14",
                "14 execve(\"/bin/true\", [\"true\"], 0x1) = 0",
                "12 mount(\"overlay\", \"/x\", \"overlay\", 0, \"\") = 0",
                "12 umount2(\"/x\", 0) = 0",
                "10 mkdirat(AT_FDCWD, \"/proc/gatehouse-mark/end\", 0777) = -1 ENOENT (No such)",
                "10 sync() = 0"));
    assertThat(counts.keySet()).containsExactly("run 2", "end");
    assertThat(counts.get("run 2")).isEqualTo(new CallLog.Counts(1, 1, 1, 1, Map.of("runc", 1)));
    assertThat(counts.get("end")).isEqualTo(new CallLog.Counts(1, 0, 0, 0, Map.of()));
  }
}
