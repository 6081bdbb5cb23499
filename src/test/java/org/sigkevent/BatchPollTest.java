package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records that are taken together are what they were when they were put in, and in order. */
@Tag("any-engine")
@Timeout(60)
class BatchPollTest {
    private static KeventRecord[] records(int n) {
        return Stream.generate(KeventRecord::new).limit(n).toArray(KeventRecord[]::new);
    }

    @Test
    void eachFieldComesBack() {
        try (KeventQueue queue = KeventQueue.open(8)) {
            KeventRecord out = new KeventRecord();
            out.id = Kevent.KEVENT_FUTEX;
            out.descriptor = -2;
            out.cookie = Long.MIN_VALUE + 3;
            out.result = -4;
            out.error = -5;
            out.data0 = -6;
            out.data1 = -7;
            out.time_ns = Long.MAX_VALUE - 8;
            assertTrue(queue.offer(SigVal.of(1)));
            assertTrue(queue.requeue(out));
            KeventRecord[] into = records(3);
            into[1].object = "of a former one";
            assertEquals(2, queue.poll(into));
            KeventRecord in = into[1];
            assertEquals(Kevent.KEVENT_FUTEX, in.id);
            assertEquals(-2, in.descriptor);
            assertEquals(Long.MIN_VALUE + 3, in.cookie);
            assertNull(in.object);
            assertEquals(-4, in.result);
            assertEquals(-5, in.error);
            assertEquals(Kevent.KEVENT_REQUEUED, in.flags);
            assertEquals(-6, in.data0);
            assertEquals(-7, in.data1);
            assertEquals(Long.MAX_VALUE - 8, in.time_ns);
            assertEquals(into[0].sequence + 1, in.sequence);
        }
    }

    @Test
    void objectsComeAmongNumbersAndAreNotThereTheNextTime() {
        try (KeventQueue queue = KeventQueue.open(8)) {
            Object object = new Object();
            KeventRecord[] into = records(5);
            for (int round = 0; round < 3; round++) {
                assertTrue(queue.offer(SigVal.of(1)));
                assertTrue(queue.offer(SigVal.of(object)));
                assertEquals(2, queue.offer(new SigVal[] {SigVal.of(2), SigVal.of(3)}, 2));
                assertEquals(4, queue.poll(into));
                assertEquals(1, into[0].cookie);
                assertSame(object, into[1].object);
                assertEquals(0, into[1].cookie);
                assertNull(into[2].object);
                assertEquals(2, into[2].cookie);
                assertEquals(3, into[3].cookie);
                assertEquals(2, queue.offer(new SigVal[] {SigVal.of(4), SigVal.of(5)}, 2));
                assertEquals(2, queue.poll(into));
                assertNull(into[1].object);
                assertEquals(5, into[1].cookie);
            }
        }
    }

    @Test
    void moreThanAreTakenAtATimeComeInOrderAcrossTheEndOfTheRing() {
        int n = 150;
        SigVal[] cookies = new SigVal[n];
        try (KeventQueue queue = KeventQueue.open(n)) {
            KeventRecord[] into = records(n + 1);
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < n; i++) {
                    cookies[i] = SigVal.of(1000L * round + i);
                }
                assertEquals(n, queue.offer(cookies, n));
                assertEquals(n, queue.poll(into));
                for (int i = 0; i < n; i++) {
                    assertEquals(1000L * round + i, into[i].cookie);
                    assertEquals((long) n * round + i, into[i].sequence);
                }
            }
        }
    }
}
