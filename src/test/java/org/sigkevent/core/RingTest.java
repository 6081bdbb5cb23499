package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** The ring by itself: its bytes, its capacity, withdrawing, its indices' wrap, and what it does when somebody scribbles. */
@Timeout(60)
@Tag("any-engine")
class RingTest {
    private final List<Ring> rings = new ArrayList<>();

    /** A source that counts what it hears. */
    static final class Spy extends Source {
        int abandoned;
        int taken;
        boolean stale;

        Spy(boolean keepsSlot) {
            super(keepsSlot);
        }

        @Override
        protected boolean taken(RingRecord record) {
            taken++;
            record.object = this;
            return !stale;
        }

        @Override
        protected void abandoned() {
            abandoned++;
        }
    }

    private Ring ring(int limit) {
        return ring(limit, 0);
    }

    private Ring ring(int limit, long start) {
        Ring ring = Ring.create(limit, start);
        rings.add(ring);
        return ring;
    }

    @AfterEach
    void close() {
        rings.forEach(ring -> ring.close(true));
    }

    private static boolean offer(Ring ring, long cookie) {
        return RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, 1, cookie, 2, 3, 0, 4, 5, 6));
    }

    private static void post(Ring ring, Source source, long cookie) {
        ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, 1, cookie, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void everyByteStandsWhereTheLayoutSays() {
        Ring ring = ring(100);
        ring.show();
        assertTrue(RecordFixture.offer(
                ring,
                null,
                RecordFixture.record(0x01020304, 0x05060708, 0x1112131415161718L, -2, 0x21, 0x22, 0x31, 0x32, 0x41)));
        assertTrue(offer(ring, 9));
        ring.take(new RingRecord());
        int size = (int) Linux.size(ring.fd());
        long address = Mappings.mapShared(ring.fd(), size, 0, 0);
        ByteBuffer b = Memory.view(address, size);
        assertEquals('K', b.get(0));
        assertEquals('E', b.get(1));
        assertEquals('V', b.get(2));
        assertEquals('R', b.get(3));
        assertEquals(2, b.getInt(4));
        assertEquals(64, b.getInt(8));
        assertEquals((size - RingLayout.RECORDS_AT) / 64, b.getInt(12));
        assertEquals(100, b.getInt(16));
        assertEquals(1, b.getInt(20), "required");
        assertEquals(2, b.getLong(64), "write index");
        assertEquals(1, b.getLong(128), "read word: index 1, epoch 0, not busy");
        assertEquals(2, b.getInt(192), "ring state");
        assertEquals(0, b.getInt(256));
        assertEquals(0, b.getLong(320));
        assertEquals(0x01020304, b.getInt(4096));
        assertEquals(0x05060708, b.getInt(4100));
        assertEquals(0x1112131415161718L, b.getLong(4104));
        assertEquals(-2, b.getLong(4112));
        assertEquals(0x21, b.getInt(4120));
        assertEquals(0x22, b.getInt(4124));
        assertEquals(0x31, b.getLong(4128));
        assertEquals(0x32, b.getLong(4136));
        assertEquals(0x41, b.getLong(4144));
        assertEquals(0, b.getLong(4152), "sequence");
        assertEquals(1, b.getLong(4096 + 64 + 56));
        Native.C.munmap(address, size);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 32",
        "64, 128",
        "100, 256",
        "128, 256",
        "129, 512",
        "8388608, 16777216",
        "8388609, 16777216",
        "10000000, 16777216"
    })
    void itsSlotsAreAPowerOfTwoAndTwiceTheLimitUpToAMost(int limit, int slots) {
        assertEquals(slots, RingLayout.slots(limit));
    }

    @Test
    void itsSizeIsSealed() {
        Ring ring = ring(4);
        assertEquals(-1, Native.C.ftruncate(ring.fd(), 0));
        assertEquals(Errnos.EPERM, Native.errno());
        assertEquals(-1, Native.C.ftruncate(ring.fd(), 1 << 24));
    }

    @Test
    void absurdLimitsAreRefusedWithWords() {
        for (int limit : new int[] {0, -1, RingLayout.MAX_LIMIT + 1, Integer.MIN_VALUE}) {
            ErrnoException refused = assertThrows(ErrnoException.class, () -> Ring.create(limit));
            assertEquals(Errnos.EINVAL, refused.errno());
        }
        Ring largest = ring(RingLayout.MAX_LIMIT);
        assertTrue(offer(largest, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 1000})
    void exactlyTheLimitIsGiven(int limit) {
        Ring ring = ring(limit);
        RingRecord record = new RingRecord();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < limit; i++) {
                assertFalse(ring.full());
                assertTrue(i % 2 == 0 ? ring.reserve(1) : offer(ring, i));
            }
            assertTrue(ring.full());
            assertFalse(ring.reserve(1));
            assertFalse(offer(ring, 0));
            ring.release((limit + 1) / 2);
            while (ring.take(record)) {
                // all of them
            }
            assertEquals(0, RecordFixture.held(ring));
        }
        assertTrue(ring.reserve(limit));
        assertFalse(ring.reserve(1));
        ring.release(limit);
        assertFalse(ring.reserve(limit + 1), "all or nothing");
        assertTrue(ring.reserve(limit));
    }

    @Test
    void aOneShotsSlotIsFreeWhenItsRecordIsTakenAndARepeatingOnesWhenItIsReleased() {
        Ring ring = ring(1);
        Spy once = new Spy(false);
        assertTrue(ring.reserve(1));
        post(ring, once, 1);
        assertFalse(offer(ring, 2));
        RingRecord record = new RingRecord();
        assertTrue(ring.take(record));
        assertEquals(once, record.object);
        assertTrue(ring.reserve(1));
        Spy repeating = new Spy(true);
        for (int i = 0; i < 100; i++) {
            post(ring, repeating, i);
            assertFalse(offer(ring, 2));
            assertTrue(ring.take(record));
            assertFalse(offer(ring, 2));
        }
        ring.release(1);
        assertTrue(offer(ring, 3));
    }

    @Test
    void aRecordItsSourceCallsStaleIsPassedOver() {
        Ring ring = ring(4);
        Spy stale = new Spy(true);
        stale.stale = true;
        ring.reserve(1);
        post(ring, stale, 1);
        offer(ring, 2);
        RingRecord record = new RingRecord();
        assertTrue(ring.take(record));
        assertEquals(2, record.cookie);
        assertEquals(1, stale.taken);
        assertFalse(ring.take(record));
    }

    @Test
    void aWithdrawnRecordIsNotTakenAndItsSlotIsFree() {
        Ring ring = ring(3);
        Spy[] spies = {new Spy(false), new Spy(false), new Spy(false)};
        ring.reserve(3);
        for (int i = 0; i < 3; i++) {
            post(ring, spies[i], i);
        }
        assertTrue(ring.withdraw(spies[1]));
        assertFalse(ring.withdraw(spies[1]));
        assertEquals(2, ring.unread());
        assertTrue(offer(ring, 3));
        assertTrue(ring.full());
        RingRecord record = new RingRecord();
        for (long expected : new long[] {0, 2, 3}) {
            assertTrue(ring.take(record));
            assertEquals(expected, record.cookie);
        }
        assertFalse(ring.take(record));
        assertFalse(ring.withdraw(spies[0]), "taken");
        assertEquals(0, ring.unread());
        assertTrue(ring.reserve(3));
    }

    @Test
    void withdrawnRecordsDoNotUseTheRingUp() {
        Ring ring = ring(4);
        Spy[] spies = {new Spy(true), new Spy(true), new Spy(true), new Spy(true)};
        ring.reserve(4);
        // stays at the head, so that tombstones gather behind it
        post(ring, spies[0], 100);
        long last = 0;
        for (int i = 0; i < 10_000; i++) {
            Spy spy = spies[1 + i % 3];
            ring.withdraw(spy);
            post(ring, spy, i);
            last = i;
            assertEquals(Math.min(4, i + 2), ring.unread());
        }
        RingRecord record = new RingRecord();
        for (long expected : new long[] {100, last - 2, last - 1, last}) {
            assertTrue(ring.take(record));
            assertEquals(expected, record.cookie);
        }
        assertFalse(ring.take(record));
        assertEquals(4, RecordFixture.held(ring));
        assertTrue(ring.full());
    }

    @Test
    void theIndicesWrapAt48BitsAndTheEpochAt15() {
        Ring ring = ring(5, (1L << 48) - 20);
        RingRecord record = new RingRecord();
        Spy spy = new Spy(true);
        ring.reserve(1);
        for (int i = 0; i < 100; i++) {
            offer(ring, i);
            offer(ring, i + 1000);
            post(ring, spy, i);
            assertTrue(ring.withdraw(spy));
            assertEquals(2, ring.unread());
            assertTrue(ring.take(record));
            assertEquals(i, record.cookie);
            assertTrue(ring.take(record));
            assertEquals(i + 1000, record.cookie);
            assertFalse(ring.take(record));
        }
        for (int i = 0; i < 70_000; i++) {
            post(ring, spy, i);
            assertTrue(ring.withdraw(spy));
        }
        assertFalse(ring.take(record));
        assertFalse(ring.broken());
    }

    @Test
    void aSourceWhoseRecordFindsTheRingBrokenIsAbandonedOnce() {
        Ring ring = ring(8);
        Spy source = new Spy(false);
        assertTrue(ring.reserve(1));
        long address = Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0);
        Memory.setLongRelease(Memory.view(address, RingLayout.RECORDS_AT), RingLayout.READ_AT, 1L << 63);
        post(ring, source, 1);
        assertTrue(ring.broken());
        assertEquals(1, source.abandoned);
        assertFalse(RecordFixture.offer(
                ring, new Spy(false), RecordFixture.record(Kinds.KEVENT_USER, 0, 0, 0, 0, 0, 0, 0, 0)));
        ring.close(true);
        assertEquals(1, source.abandoned);
        Native.C.munmap(address, RingLayout.RECORDS_AT);
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 63, 5, 1000, (1L << 48) - 100})
    void aReadWordThatIsNotOursBreaksTheRingAndNothingElse(long word) {
        Ring ring = ring(8);
        offer(ring, 1);
        offer(ring, 2);
        RingRecord record = new RingRecord();
        assertTrue(ring.take(record));
        int size = RingLayout.RECORDS_AT;
        long address = Mappings.mapShared(ring.fd(), size, 0, 0);
        Memory.view(address, size).putLong(RingLayout.READ_AT, word);
        Native.C.munmap(address, size);
        for (int i = 0; i < 10; i++) {
            ring.take(record);
            offer(ring, 3);
            ring.reserve(1);
        }
        assertTrue(ring.broken());
        assertFalse(ring.take(record));
        assertFalse(ring.reserve(1));
        assertEquals(0, ring.unread());
    }

    @Test
    void aClosedRingIsQuiet() {
        Ring ring = ring(4);
        Spy spy = new Spy(true);
        ring.reserve(1);
        post(ring, spy, 1);
        offer(ring, 2);
        ring.close(true);
        assertFalse(ring.take(new RingRecord()));
        assertFalse(offer(ring, 3));
        assertFalse(ring.reserve(1));
        assertFalse(ring.withdraw(spy));
        post(ring, spy, 4);
        ring.release(1);
        ring.touch();
        ring.close(true);
        assertEquals(0, ring.unread());
    }
}
