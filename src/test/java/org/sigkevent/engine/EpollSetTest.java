package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** The epoll set of an engine by itself. */
@Timeout(60)
@Tag("any-engine")
class EpollSetTest {
    private static final int PR_SET_TIMERSLACK = 29;
    private static final int PR_GET_TIMERSLACK = 30;

    /** More than any process may have. */
    private static final int NO_DESCRIPTOR = 1 << 30;

    private final EpollSet set = new EpollSet();
    private final int eventfd = Linux.eventfd();
    private boolean closed;

    private static final class Any extends Op {
        Any(long number) {
            ticket = number;
        }

        @Override
        protected void completed(int result, boolean more) {}
    }

    @AfterEach
    void close() {
        if (!closed) {
            set.close();
        }
        Linux.close(eventfd);
    }

    @Test
    void aWatchedDescriptorIsReportedWithTheTicketUntilItIsTakenOut() {
        Any op = new Any(0x1122_3344_5566L);
        assertEquals(0, set.add(op, eventfd, Linux.EPOLLIN));
        assertEquals(1, set.watches.get());
        assertTrue(op.watched >= 0 && op.watched != eventfd);
        assertEquals(0, set.look());
        Linux.signalEventfd(eventfd);
        assertEquals(1, set.look());
        assertEquals(op.ticket, set.data(0));
        assertEquals(Linux.POLLIN, set.what(0));
        assertTrue(set.remove(op));
        assertEquals(-1, op.watched);
        assertFalse(set.remove(op), "another one has taken it out");
        assertEquals(0, set.watches.get());
        assertEquals(0, set.look());
    }

    @Test
    void eachOfSeveralEventsHasItsOwnTicket() {
        int other = Linux.eventfd();
        Any one = new Any(7);
        Any two = new Any(8);
        set.add(one, eventfd, Linux.EPOLLIN);
        set.add(two, other, Linux.EPOLLIN | Linux.POLLOUT);
        Linux.signalEventfd(eventfd);
        assertEquals(2, set.look());
        int first = set.data(0) == 7 ? 0 : 1;
        assertEquals(7, set.data(first));
        assertEquals(Linux.POLLIN, set.what(first));
        assertEquals(8, set.data(1 - first));
        assertEquals(Linux.POLLOUT, set.what(1 - first));
        set.remove(one);
        set.remove(two);
        Linux.close(other);
    }

    @Test
    void whatIsWatchedForOneEventIsWatchedOnceMoreWhenThatIsSaid() {
        Any op = new Any(7);
        set.add(op, eventfd, Linux.EPOLLIN | Linux.EPOLLONESHOT);
        Linux.signalEventfd(eventfd);
        assertEquals(1, set.look());
        assertEquals(0, set.look());
        set.rearm(op, Linux.EPOLLIN | Linux.EPOLLONESHOT);
        assertEquals(1, set.look());
        assertEquals(7, set.data(0));
        set.remove(op);
    }

    @Test
    void anOperationsOwnDescriptorIsWatchedItselfAndStaysOpen() throws IOException {
        Linux.signalEventfd(eventfd);
        for (int i = 1; i <= 3; i++) {
            Any op = new Any(i);
            op.fd = eventfd;
            op.ownFd = true;
            long open = Support.openDescriptors();
            assertEquals(0, set.add(op, eventfd, Linux.EPOLLIN | Linux.EPOLLONESHOT));
            assertEquals(eventfd, op.watched);
            assertEquals(open, Support.openDescriptors());
            assertEquals(1, set.look());
            assertEquals(i, set.data(0));
            assertTrue(i % 2 == 0 ? set.remove(op) : set.removeFired(op));
            assertEquals(0, set.look());
            assertTrue(Support.readable(eventfd, 0), "it is open");
        }
        Any waits = new Any(7);
        waits.ownFd = true;
        assertEquals(-Errnos.EBADF, set.add(waits, NO_DESCRIPTOR, Linux.EPOLLIN));
        assertEquals(0, set.watches.get());
    }

    @Test
    void whatCannotBeWatchedLeavesNothing() throws IOException {
        int memory = Linux.sealedMemfd("of-EpollSetTest", 4096);
        Any op = new Any(7);
        assertEquals(-Errnos.EPERM, set.add(op, memory, Linux.EPOLLIN));
        assertEquals(-1, op.watched);
        assertEquals(0, set.watches.get());
        assertEquals(1, descriptorsOf("of-EpollSetTest"), "its duplicate is closed");
        Linux.close(memory);
        assertEquals(-Errnos.EBADF, set.add(op, NO_DESCRIPTOR, Linux.EPOLLIN));
        assertEquals(-1, op.watched);
        assertEquals(0, set.watches.get());
    }

    /** How many entries the kernel has in the set, beside that of its own eventfd. */
    private int entries() throws IOException {
        int found = -1;
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + set.fd))) {
            found += line.startsWith("tfd:") ? 1 : 0;
        }
        return found;
    }

    private void isReportedOnce(long ticket) {
        Any op = new Any(ticket);
        op.fd = eventfd;
        assertEquals(0, set.add(op, eventfd, Linux.EPOLLIN | Linux.EPOLLONESHOT));
        assertEquals(1, set.look());
        assertEquals(ticket, set.data(0));
        assertTrue(set.removeFired(op));
        assertEquals(0, set.look(), "nobody asks for it, though it is readable");
    }

    @Test
    void whatIsWatchedAgainIsFoundInTheSetAndNotAddedOnceMore() throws IOException {
        Linux.signalEventfd(eventfd);
        isReportedOnce(7);
        assertEquals(0, entries(), "it may be the only time");
        for (int i = 8; i < 20; i++) {
            isReportedOnce(i);
            assertEquals(1, entries());
        }
        Any cancelled = new Any(20);
        cancelled.fd = eventfd;
        assertEquals(0, set.add(cancelled, eventfd, Linux.EPOLLIN | Linux.EPOLLONESHOT));
        assertTrue(set.remove(cancelled));
        assertEquals(0, entries());
        isReportedOnce(21);
    }

    @Test
    void anotherFileUnderANumberThatWasWatchedOftenIsWatched() throws IOException {
        Linux.signalEventfd(eventfd);
        for (int i = 0; i < 4; i++) {
            isReportedOnce(i);
        }
        int former = Linux.duplicate(eventfd, 0);
        int other = Linux.eventfd();
        assertEquals(eventfd, Duplicates.duplicateOfProgram(other, eventfd));
        Any op = new Any(7);
        op.fd = eventfd;
        assertEquals(0, set.add(op, eventfd, Linux.EPOLLIN | Linux.EPOLLONESHOT));
        assertEquals(0, set.look(), "what was there before is readable");
        Linux.signalEventfd(other);
        assertEquals(1, set.look());
        assertEquals(7, set.data(0));
        set.removeFired(op);
        // the file that was there before comes back, and with it the entry that it left
        assertEquals(eventfd, Duplicates.duplicateOfProgram(former, eventfd));
        for (int i = 10; i < 14; i++) {
            isReportedOnce(i);
        }
        Linux.close(former);
        Linux.close(other);
        assertTrue(entries() <= 1, entries() + " entries");
    }

    @Test
    void severalThatWatchOneDescriptorAtOnceAreEachReported() {
        Linux.signalEventfd(eventfd);
        for (int i = 0; i < 4; i++) {
            isReportedOnce(i);
        }
        Any[] ops = {new Any(7), new Any(8), new Any(9)};
        for (int round = 0; round < 3; round++) {
            for (Any op : ops) {
                op.fd = eventfd;
                assertEquals(0, set.add(op, eventfd, Linux.EPOLLIN | Linux.EPOLLONESHOT));
            }
            assertEquals(3, set.look());
            assertEquals(7 + 8 + 9, set.data(0) + set.data(1) + set.data(2));
            for (Any op : ops) {
                assertTrue(set.removeFired(op));
            }
            assertEquals(0, set.look());
        }
    }

    private static int descriptorsOf(String name) throws IOException {
        int found = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : all) {
                try {
                    found += Files.readSymbolicLink(each).toString().contains(name) ? 1 : 0;
                } catch (NoSuchFileException closedMeanwhile) {
                    // by another thread
                }
            }
        }
        return found;
    }

    @Test
    void aSignalStaysUntilItIsFetchedAndIsWrittenOnce() {
        assertFalse(set.signalled);
        set.signal();
        assertTrue(set.signalled);
        long calls = set.calls.get();
        set.signal();
        assertEquals(calls, set.calls.get());
        assertTrue(Support.readable(set.fd, 0));
        assertEquals(1, set.look());
        assertEquals(calls + 1, set.calls.get());
        assertEquals(EpollSet.EVENTFD, set.data(0));
        assertFalse(set.signalled);
        assertFalse(Support.readable(set.fd, 0));
        assertEquals(0, set.look());
        set.signal();
        assertEquals(1, set.look());
    }

    /** Who is woken on the processor of the one who writes runs before that has let go of it. */
    @Test
    void whoFetchesASignalNeedsNothingThatTheOneWhoSignalsHas() throws InterruptedException {
        set.signal();
        Thread woken = new Thread(() -> set.sleep(Long.MAX_VALUE, true, 0));
        synchronized (set) {
            woken.start();
            woken.join(20_000);
            assertFalse(woken.isAlive());
            assertFalse(set.signalled);
        }
        assertFalse(Support.readable(set.fd, 0));
    }

    @Test
    void eachSignalAfterTheLastWasFetchedIsSeen() {
        for (int i = 0; i < 100; i++) {
            set.signal();
            assertEquals(1, i % 2 == 0 ? set.look() : set.sleep(Long.MAX_VALUE, true, 0));
            assertFalse(set.signalled);
        }
        assertEquals(0, set.look());
    }

    @Test
    void aClosedSetIsNotWrittenTo() {
        set.close();
        closed = true;
        // perhaps under the numbers that it had
        int[] others = new int[4];
        for (int i = 0; i < others.length; i++) {
            others[i] = Linux.eventfd();
        }
        long calls = set.calls.get();
        set.signal();
        assertFalse(set.signalled);
        assertEquals(calls, set.calls.get());
        for (int other : others) {
            assertFalse(Support.readable(other, 0));
            Linux.close(other);
        }
    }

    @Test
    void aSleepEndsAtItsDeadlineOrWithAnEventAndLeavesTheTimerSlack() {
        int slack = Native.C.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
        // shorter than the slack as well, and much longer
        for (long nanos : new long[] {1, 1000, slack, slack + 1, 20_000_000, 120_000_000}) {
            long deadline = System.nanoTime() + nanos;
            assertEquals(0, set.sleep(deadline, true, 0));
            assertTrue(System.nanoTime() >= deadline, nanos + " ns");
        }
        long calls = set.calls.get();
        assertEquals(0, set.sleep(Long.MIN_VALUE / 2, true, 0), "a deadline that is over");
        assertEquals(calls + 1, set.calls.get());
        set.signal();
        assertEquals(1, set.sleep(Long.MAX_VALUE, true, 0));
        assertEquals(EpollSet.EVENTFD, set.data(0));
        set.signal();
        assertEquals(1, set.sleep(System.nanoTime() + 60_000_000_000L, true, 0));
        assertEquals(slack, Native.C.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    }

    @Test
    void aSleepThatNeedNotBeExactHasTheThreadsTimerSlack() {
        int slack = Native.C.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
        try {
            // 0.2 s: what is exact does not have it
            Native.C.prctl(PR_SET_TIMERSLACK, 200_000_000, 0, 0, 0);
            long deadline = System.nanoTime() + 5_000_000;
            assertEquals(0, set.sleep(deadline, false, 0));
            assertTrue(System.nanoTime() >= deadline);
            assertEquals(0, set.sleep(Long.MIN_VALUE / 2, false, 0), "a deadline that is over");
            set.signal();
            assertEquals(1, set.sleep(System.nanoTime() + 60_000_000_000L, false, 0));
            assertEquals(200_000_000, Native.C.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
        } finally {
            Native.C.prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0);
        }
    }

    @Test
    void aClosedSetLeavesNoDescriptor() {
        int many = 100;
        long before = Support.openDescriptors();
        for (int i = 0; i < many; i++) {
            new EpollSet().close();
        }
        assertTrue(Support.openDescriptors() < before + many / 2);
    }

    @Test
    void whatItDoesNotTakeIsAlwaysReady() {
        int memory = Linux.sealedMemfd("of-EpollSetTest", 4096);
        assertFalse(set.takes(memory));
        assertTrue(set.takes(eventfd));
        Linux.close(memory);
    }
}
