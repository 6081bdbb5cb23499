package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.KEVENT_CTL_DRIVER;
import static org.sigkevent.Kevent.KEVENT_CTL_REQUIRED;
import static org.sigkevent.Kevent.KEVENT_DRIVER_OFF;
import static org.sigkevent.Kevent.KEVENT_NOWAIT;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** The words of a ring's header and of its records hold, at each step, what the page on the ring says. Offsets are the page's. */
@Timeout(60)
class RingWordsTest {
    private static final int REQUIRED = 20;
    private static final int WRITE = 64;
    private static final int READ = 128;
    private static final int STATE = 192;
    private static final int FOREIGN_WAITERS = 256;
    private static final int FOREIGN_TAKES = 264;
    private static final int FOREIGN_WAKES = 272;
    private static final int FOREIGN_FUTEX = 276;
    private static final int FOREIGN_RETURNS = 280;
    private static final int OVERFLOWS = 320;
    private static final int RETURNS = 1024;
    private static final int RECORDS = 4096;
    private static final int FLAGS = 28;
    private static final int SEQUENCE = 56;
    private static final int LIMIT = 100;
    private static final int SLOTS = 256;

    private int kfd;
    private KeventRing ring;
    private int other;
    private KeventRing there;
    private ByteBuffer words;

    @BeforeEach
    void open() throws Exception {
        kfd = Support.queue(LIMIT);
        ring = Support.ring(kfd);
        Elsewhere.hideDuplicates(kfd);
        other = Linux.duplicate(kfd, 0);
        there = kevent_map_ringbuf(other, 1);
        assertNotNull(there, Errno::message);
        words = map(kfd, RECORDS + 64 * SLOTS);
    }

    private static ByteBuffer map(int kfd, long bytes) throws IOException {
        try (FileChannel file =
                FileChannel.open(Path.of("/proc/self/fd/" + kfd), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return file.map(FileChannel.MapMode.READ_WRITE, 0, bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    @AfterEach
    void destroy() {
        kevent_destroy(kfd, null, 0);
        kevent_destroy(other, null, 0);
    }

    private int word(int at) {
        return Memory.getIntVolatile(words, at);
    }

    private long index(int at) {
        return Memory.getLongAcquire(words, at) & (1L << 48) - 1;
    }

    private int record(long index) {
        return RECORDS + 64 * (int) (index % SLOTS);
    }

    private int post(long cookie) {
        return kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), KEVENT_NOWAIT, null);
    }

    @Test
    void theOwnersWordsAreAsThePageSays() {
        assertEquals(0x5256454b, word(0), "magic");
        assertEquals(2, word(4), "version");
        assertEquals(64, word(8), "record_size");
        assertEquals(SLOTS, word(12), "slots");
        assertEquals(LIMIT, word(16), "limit");
        assertEquals(1, word(REQUIRED));
        ok(kevent_ctl(kfd, KEVENT_CTL_REQUIRED, 7));
        assertEquals(7, word(REQUIRED));
        ok(kevent_ctl(kfd, KEVENT_CTL_REQUIRED, 1));
        KeventRecord taken = new KeventRecord();
        for (long n = 0; n < 3 * SLOTS; n++) {
            int before = word(STATE);
            assertEquals(n, index(WRITE));
            ok(post(1000 + n));
            assertNotEquals(before, word(STATE), "a record moves the ring state");
            assertEquals(n + 1, index(WRITE));
            assertEquals(1000 + n, words.getLong(record(n) + 8), "the cookie in slot n modulo slots");
            assertEquals(n, words.getLong(record(n) + SEQUENCE));
            assertEquals(n, index(READ));
            assertTrue(ring.take(taken));
            assertEquals(n + 1, index(READ));
        }
        int before = word(STATE);
        ok(kevent_submit(kfd, null, 0, null));
        assertNotEquals(before, word(STATE), "a null event moves the ring state");
        assertEquals(3 * SLOTS, index(WRITE), "and posts nothing");
        while (post(0) == 0) {
            assertEquals(0, words.getLong(OVERFLOWS));
        }
        refused(Errno.EAGAIN, post(0));
        assertEquals(2, words.getLong(OVERFLOWS));
        ok(kevent_destroy(kfd, null, 0));
        assertEquals(0, word(0), "magic of a queue that was destroyed");
    }

    @Test
    void theFlagsOfARecordAreAsThePageSays() {
        ok(post(1));
        KeventRecord taken = Support.take(kfd);
        assertEquals(0, words.getInt(record(0) + FLAGS));
        ok(kevent_submit(kfd, KeventEvent.requeue(taken), 0, null));
        assertEquals(1, words.getInt(record(1) + FLAGS), "KEVENT_REQUEUED");
        assertEquals(2, Kevent.KEVENT_REMOVED);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(2)), timer));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        ok(Time.timer_settime(timer[0], 0, soon, null));
        Support.until("it has expired", () -> Support.kick(kfd) || index(WRITE) == 3);
        assertEquals(0, words.getInt(record(2) + FLAGS));
        ok(Time.timer_delete(timer[0]));
        assertEquals(1 << 31, words.getInt(record(2) + FLAGS), "withdrawn");
    }

    @Test
    void theConsumersWordsAreAsThePageSays() throws Exception {
        // so that the owner does nothing by itself
        ok(kevent_ctl(kfd, KEVENT_CTL_DRIVER, KEVENT_DRIVER_OFF));
        KeventRecord taken = new KeventRecord();
        ok(post(1));
        assertEquals(0, index(FOREIGN_TAKES));
        assertTrue(there.take(taken));
        assertEquals(1, index(FOREIGN_TAKES));
        FutureTask<Integer> waiter = waiter();
        int futex = word(FOREIGN_FUTEX);
        ok(kevent_submit(kfd, null, 0, null));
        assertEquals(0, Support.get(waiter));
        assertEquals(futex + 65536, word(FOREIGN_FUTEX), "a null wake by the owner");
        assertEquals(0, word(FOREIGN_WAITERS), "nobody waits any more");
        waiter = waiter();
        ok(kevent_submit(other, null, 0, null));
        assertEquals(0, Support.get(waiter));
        assertEquals(futex + 2 * 65536, word(FOREIGN_FUTEX), "a null wake by a consumer");
        // one that did not sleep yet has the owner asked as well
        Support.kick(kfd);
        waiter = waiter();
        ok(post(2));
        assertEquals(0, Support.get(waiter));
        int moved = word(FOREIGN_FUTEX) - (futex + 2 * 65536);
        // the driver may have woken once more
        assertTrue(moved > 0 && moved < 65536, () -> "a wake for a record moves it by " + moved);
        int wakes = word(FOREIGN_WAKES);
        ok(kevent_submit(other, null, 0, null));
        assertEquals(wakes + 1, word(FOREIGN_WAKES), "nobody slept: the owner is asked");
        assertEquals(0, word(FOREIGN_WAITERS));
    }

    private FutureTask<Integer> waiter() {
        int state = there.state();
        FutureTask<Integer> waiter =
                Support.start(() -> kevent_wait(other, state, null, null) == 0 ? 0 : Errno.errno());
        Support.until("it is counted", () -> word(FOREIGN_WAITERS) == 1);
        return waiter;
    }

    @Test
    void aPlaceWhoseConsumerWasKilledIsLostAndTheOthersGoOn() {
        ok(kevent_ctl(kfd, KEVENT_CTL_DRIVER, KEVENT_DRIVER_OFF));
        KeventRecord taken = new KeventRecord();
        ok(post(1));
        assertTrue(there.take(taken));
        int first = RETURNS + SEQUENCE;
        // between the claim and the mark
        Memory.setLongRelease(words, first, 1);
        for (int i = 0; i < 47; i++) {
            ok(kevent_submit(other, KeventEvent.requeue(taken), KEVENT_NOWAIT, null));
            assertEquals(2, index(first + 64 * (i + 1)), "filled");
            assertEquals(i + 1, index(FOREIGN_RETURNS));
        }
        refused(Errno.EAGAIN, kevent_submit(other, KeventEvent.requeue(taken), KEVENT_NOWAIT, null));
        // the owner's next call
        Support.kick(kfd);
        assertEquals(47, ring.unread());
        for (int i = 0; i < 48; i++) {
            assertEquals(i == 0 ? 1 : 0, index(first + 64 * i), "the owner frees what was filled");
        }
        ok(kevent_submit(other, KeventEvent.requeue(taken), KEVENT_NOWAIT, null));
        for (int i = 0; i < 48; i++) {
            assertEquals(Kevent.KEVENT_REQUEUED, Support.take(kfd).flags);
        }
        assertEquals(0, ring.unread());
    }

    @Test
    void aRecordWhoseConsumerWasKilledBehindItComesWithTheNext() {
        ok(kevent_ctl(kfd, KEVENT_CTL_DRIVER, KEVENT_DRIVER_OFF));
        KeventRecord taken = new KeventRecord();
        ok(post(1));
        assertTrue(there.take(taken));
        // between the mark and the counter
        words.putInt(RETURNS, Kevent.KEVENT_USER).putLong(RETURNS + 8, 7);
        Memory.setLongRelease(words, RETURNS + SEQUENCE, 2);
        Support.kick(kfd);
        assertEquals(0, ring.unread());
        ok(kevent_submit(other, KeventEvent.requeue(taken), KEVENT_NOWAIT, null));
        assertEquals(7, Support.take(kfd).cookie);
        assertEquals(1, Support.take(kfd).cookie);
    }

    @Test
    void whoIsAboutToSleepWhenTheQueueIsDestroyedDoesNotSleep() throws Exception {
        // as consumers may: it counts, and stands at 1 after the first wake of every ring
        int[] words = {0, 1, 2, 65536, 65537, -1};
        for (int word : words) {
            int queue = Support.queue(1);
            ByteBuffer header = map(queue, RECORDS);
            header.putInt(FOREIGN_FUTEX, word);
            ok(kevent_destroy(queue, null, 0));
            assertEquals(0, header.getInt(0), "magic");
            assertNotEquals(
                    word, Memory.getIntVolatile(header, FOREIGN_FUTEX), "FUTEX_WAIT with it would sleep for ever");
        }
    }
}
