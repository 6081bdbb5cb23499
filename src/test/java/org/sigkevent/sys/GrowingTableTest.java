package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sigkevent.Support;

/** A table keeps each object under its number, however it grows. */
@Tag("any-engine")
class GrowingTableTest {
    private final GrowingTable<Integer> table = new GrowingTable<>();

    @Test
    void eachNumberHasItsOwnPlace() {
        for (int i = 0; i < 5000; i++) {
            assertNull(table.get(i));
            table.ensure(i);
            assertNull(table.get(i));
            table.set(i, i);
        }
        for (int i = 0; i < 5000; i++) {
            assertEquals(i, table.get(i));
        }
        assertTrue(table.limit() >= 5000);
        assertNull(table.get(table.limit()));
        assertNull(table.get(-1));
        assertNull(table.get(Integer.MAX_VALUE));
    }

    @Test
    void aNumberBeyondTheOthersNeedsNoRoomForThoseBetween() {
        table.ensure(1 << 20);
        table.set(1 << 20, 5);
        assertEquals(5, table.get(1 << 20));
        assertNull(table.get(100));
        assertEquals(1 << 21, table.limit());
        assertThrows(IllegalStateException.class, () -> table.set(100, 1));
    }

    @Test
    void anEmptyTableHasNoNumbers() {
        assertEquals(0, table.limit());
    }

    @Test
    void aBlockIsAsLargeAsAllBeforeIt() {
        long before = Support.allocatedBytes();
        table.ensure(1 << 20);
        long bytes = Support.allocatedBytes() - before;
        // four or eight bytes for each of as many
        assertTrue(bytes >= 4 << 20 && bytes < 12 << 20, bytes + " bytes");
    }

    @Test
    void onlyTheExpectedObjectIsReplaced() {
        table.ensure(3);
        assertTrue(table.compareAndSet(3, null, 7));
        assertFalse(table.compareAndSet(3, null, 8));
        assertEquals(7, table.get(3));
    }

    @Test
    void noObjectIsLostWhenSeveralThreadsGrowIt() throws Exception {
        int threads = 4;
        int each = 20_000;
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int first = t;
            tasks.add(Support.start(() -> {
                for (int i = first; i < threads * each; i += threads) {
                    table.ensure(i);
                    table.set(i, i);
                }
                return null;
            }));
        }
        for (FutureTask<Void> task : tasks) {
            Support.get(task);
        }
        for (int i = 0; i < threads * each; i++) {
            assertEquals(i, table.get(i));
        }
    }
}
