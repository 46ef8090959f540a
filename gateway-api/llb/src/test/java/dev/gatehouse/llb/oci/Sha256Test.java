package dev.gatehouse.llb.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hash is the JDK's, for every length of the last block and on both sides of the limit. */
class Sha256Test {
  @Test
  void asTheJdk() throws Exception {
    MessageDigest jdk = MessageDigest.getInstance("SHA-256");
    Random random = new Random(1);
    for (int length = 0; length < 300; length++) {
      check(jdk, random, length);
    }
    for (int length = Sha256.LONG - 70; length < Sha256.LONG + 2; length++) {
      check(jdk, random, length);
    }
  }

  private static void check(MessageDigest jdk, Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    assertThat(Sha256.of(bytes)).as("%s bytes", length).isEqualTo(jdk.digest(bytes));
  }

  @Test
  void asTheStandardSays() {
    assertThat(HexFormat.of().formatHex(Sha256.of(new byte[] {'a', 'b', 'c'})))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}
