package dev.gatehouse.solver.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UsersTest {
  private static final Map<String, String> FILES =
      Map.of(
          "/etc/passwd",
          """
          root:x:0:0:root:/root:/bin/sh

          broken line
          app:x:1000:1001:App:/home/app:/bin/sh
          1234:x:77:78::/:/bin/sh
          """,
          "/etc/group",
          """
          root:x:0:
          app:x:1001:
          wheel:x:10:root,app
          docker:x:999:app
          """);

  private static Users.Identity find(String text) throws Exception {
    return Users.find(
        text, p -> Optional.ofNullable(FILES.get(p)).map(t -> t.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void nobodyNamedIsRoot() throws Exception {
    assertThat(find("")).isEqualTo(new Users.Identity(0, 0, List.of(0, 10)));
    assertThat(Users.find("", p -> Optional.empty())).isEqualTo(Users.Identity.ROOT);
  }

  @Test
  void aNameHasItsGroups() throws Exception {
    assertThat(find("app")).isEqualTo(new Users.Identity(1000, 1001, List.of(1001, 10, 999)));
  }

  @Test
  void aNumberIsNeverAName() throws Exception {
    assertThat(find("1000")).isEqualTo(new Users.Identity(1000, 1001, List.of(1001, 10, 999)));
    assertThat(find("1234")).isEqualTo(new Users.Identity(1234, 0, List.of(0)));
  }

  @Test
  void anExplicitGroupReplacesAll() throws Exception {
    assertThat(find("app:docker")).isEqualTo(new Users.Identity(1000, 999, List.of(999)));
    assertThat(find("app:5")).isEqualTo(new Users.Identity(1000, 5, List.of(5)));
    assertThat(find("7:8")).isEqualTo(new Users.Identity(7, 8, List.of(8)));
    assertThat(find("root:root")).isEqualTo(Users.Identity.ROOT);
  }

  @Test
  void unknownNamesAreErrors() {
    assertThatThrownBy(() -> find("ghost"))
        .isInstanceOf(ContainerException.class)
        .hasMessage("unable to find user ghost: no matching entries in passwd file");
    assertThatThrownBy(() -> find("app:ghosts"))
        .hasMessage("unable to find group ghosts: no matching entries in group file");
    assertThatThrownBy(() -> find("4294967296")).isInstanceOf(ContainerException.class);
  }
}
