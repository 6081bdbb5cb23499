package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** All eventfds have one inode: a request for one of them is not for another. */
@Timeout(120)
class AnonymousFilesTest {
    private static final int DUP3 = Native.X86_64 ? 292 : 24;
    private static final int FCNTL = Native.X86_64 ? 72 : 25;
    private static final int F_SETLK = 6;

    private final KeventQueue queue = KeventQueue.open(16);
    private final int one = Linux.eventfd();
    private final int other = Linux.eventfd();
    private final int sameAsOne = Linux.duplicate(one, 0);

    @AfterEach
    void close() {
        queue.close();
        ok(Unistd.close(one));
        ok(Unistd.close(other));
        ok(Unistd.close(sameAsOne));
    }

    private static void add(int eventfd, long count) {
        ByteBuffer b = Memory.allocate(8);
        b.putLong(0, count);
        assertEquals(8, Native.C.write(eventfd, Memory.address(b), 8));
    }

    private Aiocb read(int eventfd, ByteBuffer into) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = eventfd;
        cb.aio_buf = into;
        cb.aio_nbytes = 8;
        cb.aio_sigevent = queue.sigevent(SigVal.of(eventfd));
        ok(Aio.aio_read(cb));
        return cb;
    }

    private KeventRecord take() {
        return Support.take(queue.fd());
    }

    /** The number of {@code one} is the other's from here on. */
    private void giveTheNumberAway() {
        ok(Linux.call(DUP3, other, one, Linux.O_CLOEXEC));
    }

    /** In a thread that has ended when it comes back; the number is given away meanwhile. */
    private void inAThreadThatEnds(Runnable submission) throws Exception {
        CountDownLatch away = new CountDownLatch(1);
        int[] tid = new int[1];
        FutureTask<Void> submitted = new FutureTask<>(submission, null);
        Thread thread = new Thread(() -> {
            tid[0] = Linux.gettid();
            submitted.run();
            try {
                away.await();
            } catch (InterruptedException strange) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        Support.get(submitted);
        giveTheNumberAway();
        away.countDown();
        thread.join();
        Path task = Path.of("/proc/self/task/" + tid[0]);
        Support.until("the thread has ended", () -> !Files.exists(task));
    }

    @Test
    void aReadOfAThreadThatHasEndedStaysWithItsFile() throws Exception {
        ByteBuffer b = Memory.allocate(8);
        inAThreadThatEnds(() -> read(one, b));
        add(other, 2);
        add(sameAsOne, 1);
        assertEquals(8, take().result);
        assertEquals(1, b.getLong(0));
    }

    @Test
    void aPollOfAThreadThatHasEndedStaysWithItsFile() throws Exception {
        inAThreadThatEnds(() -> queue.submit(KeventEvent.fd(one, Poll.POLLIN, SigVal.of(1))));
        add(sameAsOne, 1);
        assertEquals(Poll.POLLIN, take().result);
    }

    @Test
    void aReadDoesNotUseTheDuplicateOfAnotherFile() {
        ByteBuffer lock = Memory.allocate(32);
        // a POSIX lock of the process: a duplicate is kept for its sake
        ok(Linux.call(FCNTL, one, F_SETLK, Memory.address(lock)));
        ByteBuffer b = Memory.allocate(8);
        for (int eventfd : new int[] {one, other}) {
            read(eventfd, Memory.allocate(8));
            read(eventfd, b);
            if (eventfd == other) {
                add(one, 77);
            }
            add(eventfd, 1);
            assertEquals(eventfd, take().cookie);
            add(eventfd, 2);
            assertEquals(eventfd, take().cookie);
            assertEquals(2, b.getLong(0), "the second read");
        }
    }

    @Test
    void aDescriptorThatIsLookedAtAgainIsTheSameFile() {
        add(one, 1);
        queue.submit(KeventEvent.fdLevel(one, Poll.POLLIN, SigVal.of(1)));
        Support.until("it is readable", () -> queue.stats().unread == 1);
        giveTheNumberAway();
        add(other, 1);
        assertEquals(Poll.POLLIN, take().result);
        assertEquals(Errno.EBADF, take().error);
    }

    @Test
    void aReadIsOfWhatIsOpenNow() {
        ByteBuffer before = Memory.allocate(8);
        ByteBuffer after = Memory.allocate(8);
        Aiocb first = read(one, before);
        giveTheNumberAway();
        Aiocb second = read(one, after);
        add(other, 2);
        take();
        assertEquals(8, Aio.aio_return(second));
        assertEquals(2, after.getLong(0));
        add(sameAsOne, 1);
        take();
        assertEquals(8, Aio.aio_return(first));
        assertEquals(1, before.getLong(0));
    }

    @Test
    void readsOfOneFileAreInTheOrderOfTheCalls() {
        ByteBuffer[] into = new ByteBuffer[8];
        for (int i = 0; i < into.length; i++) {
            into[i] = Memory.allocate(8);
            read(one, into[i]);
        }
        for (int i = 0; i < into.length; i++) {
            add(one, i + 1);
            take();
            assertEquals(i + 1, into[i].getLong(0));
        }
    }

    @Test
    void aDescriptorThatIsClosedIsNotLookedAtAgain() {
        int closed = Linux.eventfd();
        add(closed, 1);
        queue.submit(KeventEvent.fdLevel(closed, Poll.POLLIN, SigVal.of(1)));
        Support.until("it is readable", () -> queue.stats().unread == 1);
        ok(Unistd.close(closed));
        assertEquals(Poll.POLLIN, take().result);
        assertEquals(Errno.EBADF, take().error);
    }
}
