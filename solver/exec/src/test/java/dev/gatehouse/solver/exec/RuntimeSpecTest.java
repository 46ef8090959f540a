package dev.gatehouse.solver.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.solver.store.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RuntimeSpecTest {
  private static final HostFacts HOST =
      new HostFacts(
          0,
          withoutResource(),
          true,
          Map.of("nofile", 4096L, "core", HostFacts.UNLIMITED),
          100,
          HostFacts.Cgroups.V1,
          new HostFacts.Kernel(6, 1),
          "amd64");
  private static final ContainerRuntimeOptions OPTIONS =
      ContainerRuntimeOptions.of(Path.of("/state"));
  private static final ProcessSpec TRUE =
      new ProcessSpec(List.of("true"), List.of("A=b"), "/work", "", false);

  private static List<String> withoutResource() {
    List<String> all = new ArrayList<>(Capabilities.ofMask(-1L));
    all.remove("CAP_SYS_RESOURCE");
    return all;
  }

  private static ContainerSpec.Builder spec() {
    return ContainerSpec.builder(List.of(Mount.bind("/root-dir", false)), TRUE);
  }

  private static JsonNode json(RuntimeSpec spec, RuntimeSpec.Placed... mounts) {
    return new JsonMapper()
        .readTree(
            RuntimeSpec.write(
                spec.container(
                    "/rootfs",
                    Users.Identity.of(7, 8, List.of(9)),
                    List.of(mounts),
                    "/gatehouse/x",
                    OPTIONS)));
  }

  private static JsonNode json(ContainerSpec.Builder spec, NetworkMode network) {
    return json(new RuntimeSpec(HOST, spec.build(), network));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(n -> texts.add(n.isString() ? n.asString() : n.path("type").asString()));
    return texts;
  }

  @Test
  void aSandboxIsConfined() {
    JsonNode json = json(spec(), NetworkMode.NONE);
    assertThat(json.at("/process/user/additionalGids").toString()).isEqualTo("[8,9]");
    assertThat(texts(json.at("/process/capabilities/bounding")))
        .containsExactlyElementsOf(Capabilities.SANDBOX);
    assertThat(json.at("/process/capabilities").has("ambient")).isFalse();
    assertThat(texts(json.at("/linux/namespaces")))
        .containsExactly("pid", "ipc", "uts", "mount", "network");
    assertThat(texts(json.at("/linux/maskedPaths"))).contains("/proc/kcore", "/sys/firmware");
    assertThat(json.at("/linux/seccomp/defaultAction").asString()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(json.at("/linux/cgroupsPath").asString()).isEqualTo("/gatehouse/x");
    assertThat(json.at("/linux/resources/devices").toString())
        .contains("\"allow\":false")
        .doesNotContain("true");
    assertThat(json.at("/hostname").asString()).isEqualTo("buildkitsandbox");
  }

  @Test
  void anInsecureContainerHasWhatThisProcessHas() {
    JsonNode json = json(spec().security(SecurityMode.INSECURE), NetworkMode.HOST);
    assertThat(texts(json.at("/process/capabilities/ambient")))
        .contains("CAP_SYS_ADMIN")
        .doesNotContain("CAP_SYS_RESOURCE");
    assertThat(texts(json.at("/linux/namespaces"))).doesNotContain("network");
    assertThat(json.at("/linux").has("seccomp")).isFalse();
    assertThat(json.at("/linux").has("maskedPaths")).isFalse();
    assertThat(json.at("/linux/devices").toString()).contains("/dev/fuse", "/dev/loop7");
  }

  @Test
  void limitsStopWhereThisProcessCannotRaiseThem() {
    RuntimeSpec spec =
        new RuntimeSpec(
            HOST,
            spec()
                .ulimit(new Ulimit("nofile", 8192, 9000))
                .ulimit(new Ulimit("core", 0, -1))
                .build(),
            NetworkMode.HOST);
    JsonNode limits = json(spec).at("/process/rlimits");
    assertThat(limits.toString())
        .isEqualTo(
            "[{\"type\":\"RLIMIT_NOFILE\",\"hard\":4096,\"soft\":4096},"
                + "{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":0}]");
    assertThat(spec.warnings())
        .containsExactly("ulimit nofile is bounded at 4096: raising it needs CAP_SYS_RESOURCE");
  }

  @Test
  void theOomScoreIsNotLoweredWithoutTheRight() {
    ContainerRuntimeOptions options =
        new ContainerRuntimeOptions(
            Path.of("/state"),
            OPTIONS.binary(),
            "",
            NetworkMode.DEFAULT,
            OPTIONS.dns(),
            OPTIONS.grace(),
            OptionalInt.of(-500),
            OPTIONS.apparmorProfile());
    RuntimeSpec spec = new RuntimeSpec(HOST, spec().build(), NetworkMode.HOST);
    assertThat(spec.process(TRUE, Users.Identity.ROOT, options)).containsEntry("oomScoreAdj", 100);
    assertThat(spec.warnings()).hasSize(1);
  }

  @Test
  void aLaterMountReplacesAnEarlierAtItsPlace() {
    RuntimeSpec spec = new RuntimeSpec(HOST, spec().build(), NetworkMode.HOST);
    JsonNode mounts =
        json(spec, RuntimeSpec.Placed.of("/dev/shm", "bind", "/host/shm", "rbind")).at("/mounts");
    int found = 0;
    for (JsonNode mount : mounts) {
      if (mount.path("destination").asString().equals("/dev/shm")) {
        found++;
        assertThat(mount.path("source").asString()).isEqualTo("/host/shm");
      }
      assertThat(mount.path("destination").asString()).isNotEqualTo("/run");
    }
    assertThat(found).isEqualTo(1);
  }

  @Test
  void resourcesAreWrittenWhenLimited() {
    JsonNode json =
        json(
            spec().resources(new LinuxResources(1 << 20, -1, 512, 50_000, 100_000, "0-1", "0")),
            NetworkMode.HOST);
    assertThat(json.at("/linux/resources/memory").toString())
        .isEqualTo("{\"limit\":1048576,\"swap\":-1}");
    assertThat(json.at("/linux/resources/cpu").toString())
        .isEqualTo(
            "{\"shares\":512,\"quota\":50000,\"period\":100000,\"cpus\":\"0-1\",\"mems\":\"0\"}");
  }

  @Test
  void seccompFollowsArchitectureKernelAndCapabilities() {
    SeccompProfile profile = SeccompProfile.load();
    HostFacts.Kernel modern = new HostFacts.Kernel(6, 1);
    String sandbox = text(profile, "amd64", modern, Set.copyOf(Capabilities.SANDBOX));
    assertThat(sandbox)
        .contains("arch_prctl", "SCMP_ARCH_X32", "\"chroot\"", "\"ptrace\"", "2114060288")
        .doesNotContain("\"bpf\"", "\"mount\"", "s390_runtime_instr", "open_by_handle_at");
    assertThat(sandbox).contains("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38");
    assertThat(text(profile, "amd64", new HostFacts.Kernel(4, 7), Set.of()))
        .doesNotContain("\"ptrace\"");
    assertThat(text(profile, "amd64", modern, Set.of("CAP_SYS_ADMIN")))
        .contains("\"bpf\"", "\"mount\"")
        .doesNotContain("2114060288", "\"errnoRet\":38");
    assertThat(text(profile, "arm64", modern, Set.of()))
        .contains("SCMP_ARCH_AARCH64", "cacheflush")
        .doesNotContain("arch_prctl");
  }

  private static String text(
      SeccompProfile profile, String arch, HostFacts.Kernel kernel, Set<String> capabilities) {
    return new JsonMapper().writeValueAsString(profile.specification(arch, kernel, capabilities));
  }

  @Test
  void limitsOfThisProcessAreRead() {
    assertThat(
            HostFacts.parseLimits(
                List.of(
                    "Limit                     Soft Limit           Hard Limit           Units",
                    "Max open files            1024                 524288               files",
                    "Max processes             unlimited            unlimited           "
                        + " processes")))
        .containsEntry("nofile", 524288L)
        .containsEntry("nproc", HostFacts.UNLIMITED);
  }
}
