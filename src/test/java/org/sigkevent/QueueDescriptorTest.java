package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** The descriptor of a queue is a number like any other: it can be duplicated, closed, and given out again. */
@Timeout(60)
class QueueDescriptorTest {
    private int kfd;
    private KeventRing ring;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() {
        kfd = Support.queue(8);
        ring = Support.ring(kfd);
    }

    @AfterEach
    void destroy() {
        kevent_destroy(kfd, null, 0);
    }

    private static int post(int fd, long cookie) {
        return kevent_submit(fd, KeventEvent.user(SigVal.of(cookie)), 0, null);
    }

    /** Has the queue's number mean a file, without the library being asked. */
    private int becomesAFile() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[100]);
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        Linux.close(kfd);
        assertEquals(kfd, Linux.duplicate(fd, kfd), "another test has taken the number");
        ok(Unistd.close(fd));
        return kfd;
    }

    private static FutureTask<Integer> waiter(int fd, int state) throws Exception {
        Thread[] thread = new Thread[1];
        FutureTask<Integer> waiter = Support.start(() -> {
            thread[0] = Thread.currentThread();
            return kevent_wait(fd, state, null, null) == 0 ? 0 : Errno.errno();
        });
        Support.until("it has begun", () -> thread[0] != null);
        Support.untilAsleep(thread[0]);
        return waiter;
    }

    @Test
    void aDuplicateIsTheQueue() throws Exception {
        int other = Linux.duplicate(kfd, 0);
        assertSame(ring, kevent_map_ringbuf(other, 8));
        ok(post(other, 1));
        KeventRecord record = Support.take(kfd);
        ok(kevent_submit(other, KeventEvent.requeue(record), 0, null));
        assertEquals(1, Support.take(other).cookie);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(other, SigVal.of(2)), timer));
        ok(Time.timer_delete(timer[0]));
        ok(kevent_submit(other, KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(0, 1), SigVal.of(3)), 0, null));
        assertEquals(3, Support.take(other).cookie);
        FutureTask<Integer> waiter = waiter(other, ring.state());
        ok(kevent_submit(other, null, 0, null));
        assertEquals(0, Support.get(waiter));
        ok(kevent_ctl(other, Kevent.KEVENT_CTL_REQUIRED, 2));
        ok(kevent_destroy(other, ring, 8));
        refused(EBADF, post(kfd, 4));
        refused(EBADF, post(other, 4));
        ok(Unistd.close(other));
    }

    @Test
    void aNumberThatMeansAnotherFileIsEbadfInEveryCall() throws Exception {
        FutureTask<Integer> waiter = waiter(kfd, ring.state());
        SigEvent used = SigEvent.kevent(kfd, SigVal.of(1));
        int file = becomesAFile();
        // what posts believes for a moment what it has seen last: such a post wakes the waiter as any does
        int[] posted = new int[1];
        Support.until("a post is refused", () -> {
            boolean refused = post(kfd, 1) == -1;
            posted[0] += refused ? 0 : 1;
            return refused && Errno.errno() == EBADF;
        });
        int answer = Support.get(waiter);
        assertTrue(answer == EBADF || answer == 0 && posted[0] > 0, () -> "errno " + answer);
        refused(EBADF, kevent_submit(kfd, null, 0, null));
        refused(EBADF, kevent_submit(kfd, KeventEvent.fd(0, Poll.POLLIN, SigVal.of(1)), 0, null));
        refused(EBADF, kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 1));
        refused(EBADF, kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, new KeventStats()));
        refused(EBADF, kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, new KeventEvent()));
        refused(EBADF, kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, new SigEvent()));
        refused(EBADF, kevent_wait(kfd, 0, null, null));
        assertNull(kevent_map_ringbuf(kfd, 1));
        assertEquals(EBADF, Errno.errno());
        refused(EINVAL, Time.timer_create(Time.CLOCK_MONOTONIC, used, new int[1]));
        refused(EBADF, kevent_destroy(kfd, null, 0));
        ok(Linux.size(file));
        ok(Unistd.close(file));
    }

    @Test
    void aWaitOrARequestThatIsTheFirstCallAfterwardsIsEbadfToo() throws Exception {
        ok(post(kfd, 1));
        int file = becomesAFile();
        refused(EBADF, kevent_wait(kfd, ring.state(), null, null));
        ok(Unistd.close(file));
        open();
        file = becomesAFile();
        refused(EBADF, kevent_submit(kfd, KeventEvent.fd(0, Poll.POLLIN, SigVal.of(1)), 0, null));
        ok(Unistd.close(file));
    }

    @Test
    void whoWaitsLeavesWhenTheDescriptorIsClosedInSoManyWords() throws Exception {
        FutureTask<Integer> waiter = waiter(kfd, ring.state());
        ok(Unistd.close(kfd));
        assertEquals(EBADF, Support.get(waiter));
        refused(EBADF, post(kfd, 1));
    }

    @Test
    void aQueueThatIsUsedByAnotherNumberOutlivesItsFirst() throws Exception {
        int other = Linux.duplicate(kfd, 0);
        ok(post(other, 1));
        int file = becomesAFile();
        refused(EBADF, kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 1));
        ok(post(other, 2));
        assertEquals(1, Support.take(other).cookie);
        assertEquals(2, Support.take(other).cookie);
        ok(kevent_destroy(other, null, 0));
        assertEquals(100, Linux.size(file));
        ok(Unistd.close(file));
        ok(Unistd.close(other));
    }

    @Test
    void closingADuplicateLeavesTheQueueAlone() {
        int other = Linux.duplicate(kfd, 0);
        assertNotNull(kevent_map_ringbuf(other, 1));
        ok(Unistd.close(other));
        ok(post(kfd, 1));
        assertEquals(1, Support.take(kfd).cookie);
        assertTrue(ring.unread() == 0);
        refused(EBADF, post(other, 1));
    }

    @Test
    void itIsAFileForPollAndEpollAndLseek() {
        assertTrue(Support.readable(kfd, 0), "poll(2): always ready");
        int epoll = (int) ok(Linux.epollCreate());
        assertEquals(-Errno.EPERM, Linux.epollControl(epoll, 1, kfd, Poll.POLLIN), "epoll takes no files");
        ok(Unistd.close(epoll));
        ok(Linux.call(Native.X86_64 ? 8 : 62, kfd, 123, 0));
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(7)), 0, null));
        assertEquals(7, Support.take(kfd).cookie);
    }

    @Test
    void whoDestroysAQueueThatIsEndingAlreadyIsNotToldOfAnInterrupt() {
        for (int round = 0; round < 50; round++) {
            int queue = Support.queue(4);
            Linux.close(queue);
            int file = (int) ok(Fcntl.open("/dev/null", Fcntl.O_RDWR));
            // from here on the library ends it by itself
            refused(EBADF, kevent_ctl(queue, Kevent.KEVENT_CTL_REQUIRED, 1));
            refused(EBADF, kevent_destroy(queue, null, 0));
            assertFalse(Errno.message().contains("interrupted"), Errno.message());
            ok(Unistd.close(file));
        }
    }
}
