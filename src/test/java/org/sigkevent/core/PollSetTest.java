package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** The descriptor that a driver sleeps in, by itself. */
@Timeout(60)
@Tag("any-engine")
class PollSetTest {
    private static final int SOME_SECONDS = 30_000;

    private final PollSet set = new PollSet(0, "for a test");

    @AfterEach
    void close() {
        set.close();
    }

    @Test
    void itIsReadableFromASignalOnUntilItIsReset() {
        assertFalse(Support.readable(set.fd, 0));
        set.signal();
        assertTrue(Support.readable(set.fd, 0));
        assertTrue(Support.readable(set.fd, 0));
        set.reset();
        assertFalse(Support.readable(set.fd, 0));
    }

    @Test
    void itIsReadableFromATimeOnAndNotBefore() {
        long soon = System.nanoTime() + 20_000_000;
        set.wakeAt(soon);
        assertTrue(Support.readable(set.fd, SOME_SECONDS));
        assertTrue(System.nanoTime() >= soon);
        set.wakeAt(Long.MAX_VALUE);
        assertFalse(Support.readable(set.fd, 0), "disarmed");
        set.wakeAt(System.nanoTime() + 3_600_000_000_000L);
        assertFalse(Support.readable(set.fd, 0));
        set.wakeAt(-5);
        assertTrue(Support.readable(set.fd, SOME_SECONDS), "a time that is over");
    }

    /** It was heard of when it came, and whoever asks for it again wants to hear of it again. */
    @Test
    void aTimeThatIsOverIsHeardOfOnceMore() {
        PollSet once = new PollSet(Linux.EPOLLET, "for a test");
        long now = System.nanoTime();
        once.wakeAt(now);
        assertTrue(Support.readable(once.fd, SOME_SECONDS));
        assertEquals(1, events(once));
        assertEquals(0, events(once));
        once.wakeAt(now);
        assertTrue(Support.readable(once.fd, SOME_SECONDS));
        once.close();
    }

    private static int events(PollSet of) {
        ByteBuffer event = Memory.allocate(16);
        return Native.C.epoll_wait(of.fd, Memory.address(event), 1, 0);
    }

    @Test
    void anotherDescriptorCountsUntilItIsTakenOut() {
        int other = Linux.eventfd();
        assertEquals(0, set.add(other, 0));
        Linux.signalEventfd(other);
        assertTrue(Support.readable(set.fd, 0));
        set.remove(other);
        assertFalse(Support.readable(set.fd, 0));
        assertTrue(set.add(-1, 0) < 0);
        Linux.close(other);
    }

    @Test
    void aClosedOneLeavesNoDescriptor() {
        int many = 100;
        long before = Support.openDescriptors();
        for (int i = 0; i < many; i++) {
            new PollSet(0, "for a test").close();
        }
        assertTrue(Support.openDescriptors() < before + many / 2);
    }
}
