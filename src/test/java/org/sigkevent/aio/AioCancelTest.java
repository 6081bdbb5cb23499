package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;

/** aio_cancel: what it answers, that the answer is true, and that each request ends in one record all the same. */
class AioCancelTest extends AioFixture {
    @Test
    void aRequestWithTheKernelIsCancelled() {
        int[] pipe = pipe();
        AioRequest r = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), 9));
        assertEquals(AioCancel.CANCELED, AioCancel.cancel(pipe[0], r));
        assertEquals(Errnos.ECANCELED, r.error());
        RingRecord record = take();
        assertEquals(9, record.cookie);
        assertEquals(Errnos.ECANCELED, record.error);
        assertEquals(-1, record.result);
        noRecord();
        ended(r, Errnos.ECANCELED, -1);
        write(pipe[1], "x");
        ended(submit(reading(pipe[0], Memory.allocate(1), 0)), 0, 1);
    }

    @Test
    void aQueuedRequestIsCancelledAndTheOthersAreNot() {
        int[] pipe = pipe();
        AioRequest[] r = new AioRequest[4];
        for (int i = 0; i < 4; i++) {
            r[i] = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), i));
        }
        assertEquals(AioCancel.CANCELED, AioCancel.cancel(pipe[0], r[2]));
        assertEquals(Errnos.ECANCELED, r[2].error());
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(pipe[0], r[2]));
        assertEquals(2, take().cookie);
        noRecord();
        pending(r[0]);
        pending(r[1]);
        pending(r[3]);
        write(pipe[1], "abc");
        assertEquals(0, take().cookie);
        assertEquals(1, take().cookie);
        assertEquals(3, take().cookie);
    }

    @Test
    void theNextInTheQueueGoesOnWhenTheFirstIsCancelled() {
        int[] pipe = pipe();
        AioRequest first = submit(reading(pipe[0], Memory.allocate(1), 0));
        AioRequest second = submit(reading(pipe[0], Memory.allocate(1), 0));
        assertEquals(AioCancel.CANCELED, AioCancel.cancel(pipe[0], first));
        write(pipe[1], "a");
        ended(second, 0, 1);
    }

    @Test
    void allOfADescriptorAreCancelled() {
        int[] pair = sockets(1);
        AioRequest[] r = new AioRequest[10];
        for (int i = 0; i < r.length; i++) {
            r[i] = submit(recorded(reading(pair[0], Memory.allocate(1), 0), i));
        }
        AioRequest elsewhere = submit(reading(pair[1], Memory.allocate(1), 0));
        AioRequest sync = submit(recorded(syncing(pair[0]), 10));
        assertEquals(AioCancel.CANCELED, AioCancel.cancel(pair[0], null));
        for (AioRequest one : r) {
            assertEquals(Errnos.ECANCELED, one.state.status);
        }
        assertEquals(Errnos.ECANCELED, sync.state.status);
        boolean[] seen = new boolean[11];
        for (int i = 0; i < 11; i++) {
            RingRecord record = take();
            assertEquals(Errnos.ECANCELED, record.error);
            assertTrue(!seen[(int) record.cookie]);
            seen[(int) record.cookie] = true;
        }
        noRecord();
        pending(elsewhere);
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(pair[0], null));
    }

    @Test
    void nothingToCancel() {
        int fd = file();
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(fd, null));
        AioRequest w = writing(fd, "abc", 0);
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(fd, w));
        submit(w);
        assertEquals(0, done(w));
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(fd, w));
        assertEquals(AioCancel.ALLDONE, AioCancel.cancelNone(fd));
        ended(w, 0, 3);
    }

    @Test
    void aDescriptorThatIsNotOpenOrNotTheRequests() {
        int[] pipe = pipe();
        AioRequest r = submit(reading(pipe[0], Memory.allocate(1), 0));
        assertEquals(-Errnos.EINVAL, AioCancel.cancel(pipe[1], r));
        assertEquals(-Errnos.EBADF, AioCancel.cancel(-1, r));
        assertEquals(-Errnos.EBADF, AioCancel.cancel(-1, null));
        assertEquals(-Errnos.EBADF, AioCancel.cancelNone(-1));
        pending(r);
    }

    @Test
    void aRequestThatWasDoneAfterAllWhileItsCancellationWasAwaitedIsNotCanceled() {
        int[] pipe = pipe();
        AioRequest r = submit(reading(pipe[0], Memory.allocate(1), 0));
        AioCancel.Asked asked = new AioCancel.Asked(r, 1);
        assertTrue(asked.test(r.transfer));
        assertEquals(AioCancel.NOTCANCELED, asked.outcome());
        write(pipe[1], "x");
        assertEquals(0, done(r));
        assertEquals(AioCancel.ALLDONE, asked.outcome());
    }

    @Test
    void aWriteThatHadMovedSomethingEndsWithItsCount() {
        int[] pipe = pipe();
        byte[] data = pattern(1 << 20, 3);
        AioRequest w = submit(recorded(writing(pipe[1], data, 0), 1));
        AioRequest next = submit(recorded(writing(pipe[1], "x", 0), 2));
        byte[] some = read(pipe[0], 10_000);
        pending(w);
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(pipe[1], w));
        RingRecord record = take();
        assertEquals(1, record.cookie);
        assertEquals(0, record.error);
        assertTrue(record.result >= 10_000 && record.result < data.length);
        pending(next);
        byte[] rest = read(pipe[0], (int) record.result - 10_000);
        for (int i = 0; i < record.result; i++) {
            assertEquals(data[i], i < 10_000 ? some[i] : rest[i - 10_000]);
        }
        assertEquals("x", new String(read(pipe[0], 1)));
        assertEquals(2, take().cookie);
    }

    @Test
    void cancellingAndCompletingExcludeEachOther() {
        int fd = file();
        for (int i = 0; i < 300; i++) {
            long at = i * 4096L;
            AioRequest w = submit(recorded(writing(fd, pattern(4096, i), at), i));
            int rc = AioCancel.cancel(fd, w);
            RingRecord record = take();
            assertEquals(i, record.cookie);
            assertEquals(rc == AioCancel.CANCELED ? Errnos.ECANCELED : 0, record.error);
            assertEquals(rc == AioCancel.CANCELED ? -1 : 4096, record.result);
            boolean there = MORE.lseek(fd, 0, 2) > at;
            assertEquals(rc != AioCancel.CANCELED, there);
            noRecord();
        }
    }

    @Test
    void itWorksWhileAnotherThreadLeadsTheQueue() throws InterruptedException {
        int[] pipe = pipe();
        CountDownLatch leading = new CountDownLatch(1);
        AioRequest other = submit(reading(pipe()[0], Memory.allocate(1), 0));
        Thread leader = start(() -> {
            leading.countDown();
            Suspend.any(ByHandlers.GOES_ON, new AioRequest[] {other}, 1, System.nanoTime() + PATIENCE);
        });
        leading.await();
        eventually(() -> leader.getState() == Thread.State.RUNNABLE, "not started");
        int atOnce = 0;
        for (int i = 0; i < 50; i++) {
            atOnce += cancels(submit(reading(pipe[0], Memory.allocate(1), 0))) ? 1 : 0;
        }
        assertTrue(atOnce > 25, "of 50 were cancelled at once: " + atOnce);
        cancels(other);
        join(leader);
    }

    @Test
    void itWorksWhenTheThreadThatSubmittedSleepsElsewhere() throws InterruptedException {
        int[] pipe = pipe();
        AioRequest[] r = new AioRequest[1];
        CountDownLatch submitted = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread sleeper = start(() -> {
            r[0] = submit(reading(pipe[0], Memory.allocate(1), 0));
            submitted.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        submitted.await();
        cancels(r[0]);
        end.countDown();
        join(sleeper);
    }

    @Test
    void itWorksWhenTheThreadThatSubmittedHasEnded() {
        int[] pipe = pipe();
        AioRequest[] r = new AioRequest[2];
        join(start(() -> {
            r[0] = submit(reading(pipe[0], Memory.allocate(1), 0));
            r[1] = submit(reading(pipe[0], Memory.allocate(1), 0));
        }));
        cancels(r[0]);
        cancels(r[1]);
    }

    /**
     * Cancels a request that never ends by itself: true when it was at once. When another thread has to do something for it that
     * does not come to it for long, NOTCANCELED is the answer, and true as well.
     */
    private static boolean cancels(AioRequest r) {
        long begin = System.nanoTime();
        int rc = AioCancel.cancel(r.transfer.fildes, r);
        if (rc == AioCancel.NOTCANCELED) {
            assertTrue(System.nanoTime() - begin >= AioCancel.PATIENCE_NANOS, "it gave up early");
            eventually(() -> r.error() != EINPROGRESS, "never ends");
        } else {
            assertEquals(AioCancel.CANCELED, rc);
        }
        assertEquals(Errnos.ECANCELED, r.error());
        return rc == AioCancel.CANCELED;
    }

    @Test
    void anInterruptedThreadCanCancelAndStaysInterrupted() {
        int[] pipe = pipe();
        AioRequest r = submit(reading(pipe[0], Memory.allocate(1), 0));
        Thread.currentThread().interrupt();
        assertEquals(AioCancel.CANCELED, AioCancel.cancel(pipe[0], r));
        assertTrue(Thread.interrupted());
    }

    @Test
    void whatIsReadIsNeverLostToACancellation() {
        int[] pipe = pipe();
        ByteBuffer b = Memory.allocate(1);
        int sent = 0;
        StringBuilder got = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            AioRequest r = submit(reading(pipe[0], b, 0));
            Thread writer = null;
            if (i % 2 == 0) {
                char c = (char) ('a' + sent++ % 26);
                writer = start(() -> write(pipe[1], String.valueOf(c)));
            }
            int rc = AioCancel.cancel(pipe[0], r);
            if (rc != AioCancel.CANCELED) {
                ended(r, 0, 1);
                got.append((char) b.get(0));
            }
            if (writer != null) {
                join(writer);
            }
        }
        close(pipe[1]);
        got.append(new String(read(pipe[0], 1000)));
        byte[] expected = new byte[sent];
        for (int i = 0; i < sent; i++) {
            expected[i] = (byte) ('a' + i % 26);
        }
        assertArrayEquals(expected, got.toString().getBytes());
    }
}
