package dev.gatehouse.solver.store.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.solver.core.CacheLink;
import dev.gatehouse.solver.core.CacheResult;
import dev.gatehouse.solver.core.CacheStorage;
import dev.gatehouse.solver.core.CacheStorageContract;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseCacheStorageTest extends CacheStorageContract {
  private static final CacheLink LINK =
      new CacheLink(0, 0, Digest.sha256("run"), Optional.of(Digest.sha256("part")));

  @TempDir Path root;
  private Store store;
  private DatabaseCacheStorage storage;

  @BeforeEach
  void open() throws IOException {
    store = Store.open(root, new StoreOptions(StoreOptions.Snapshotter.NATIVE));
    storage = new DatabaseCacheStorage(store.database());
  }

  @AfterEach
  void close() {
    storage.close();
    store.close();
  }

  @Override
  protected CacheStorage storage() {
    return storage;
  }

  @Test
  void recordsSurviveARestart() throws Exception {
    Instant now = Instant.now();
    storage.addLink("a", LINK, "b");
    storage.addResult("b", new CacheResult("r", now));
    close();
    open();
    assertThat(storage.links("a", LINK)).containsExactly("b");
    assertThat(storage.results("b")).containsExactly(new CacheResult("r", now));
    assertThat(storage.backlinks("b")).containsExactly(new CacheStorage.Backlink("a", LINK));
  }

  @Test
  void additionsAreSeenBeforeAndAfterTheyAreWritten() {
    for (int i = 0; i < 2000; i++) {
      String key = "k" + i;
      storage.addLink("a" + i, LINK, key);
      storage.addResult(key, new CacheResult("r" + i, Instant.EPOCH));
      assertThat(storage.links("a" + i, LINK)).containsExactly(key);
      assertThat(storage.exists("a" + i / 2)).isTrue();
      assertThat(storage.results("k" + i / 2)).hasSize(1);
    }
    storage.flush();
    for (int i = 0; i < 2000; i++) {
      assertThat(storage.results("k" + i)).hasSize(1);
    }
  }

  @Test
  void whatWasPersistedIsInTheDatabaseAtOnce() {
    storage.addResult("slow", new CacheResult("r", Instant.EPOCH));
    storage.persist();
    boolean written =
        store
            .database()
            .read(s -> {
              try (ResultSet rows =
                  s.prepare("SELECT 1 FROM cache_result WHERE key = 'slow'").executeQuery()) {
                return rows.next();
              }
            });
    assertThat(written).isTrue();
  }
}
