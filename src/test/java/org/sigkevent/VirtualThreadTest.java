package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Virtual threads as waiters, submitters and destroyers. Skipped where the JDK has none. */
class VirtualThreadTest {
    /** Far more than there are carriers. */
    private static final int MANY = 500;

    private KeventQueue queue;
    private int[] pipe;

    @BeforeEach
    void open() {
        Assumptions.assumeTrue(Runtime.version().feature() >= 21, "virtual threads: JDK 21 or later");
        queue = KeventQueue.open(4 * MANY);
        pipe = EventSource.pipe();
    }

    @AfterEach
    void close() {
        if (queue != null) {
            queue.close();
            Unistd.close(pipe[0]);
            Unistd.close(pipe[1]);
        }
    }

    /** A virtual thread and what it answers. */
    private static final class Started<T> {
        final Thread thread;
        final FutureTask<T> task;

        Started(Callable<T> body) throws Exception {
            task = new FutureTask<>(body);
            Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
            thread = (Thread) start.invoke(null, task);
        }

        T get() throws Exception {
            return Support.get(task);
        }
    }

    private static boolean parked(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }

    private static void write(int fd, int bytes) {
        assertEquals(bytes, Native.C.write(fd, Memory.address(Memory.allocate(bytes)), bytes));
    }

    @Test
    void manyWaitAtOnceAndEachGetsOneRecord() throws Exception {
        List<Started<Long>> waiters = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            waiters.add(new Started<>(() -> queue.take().cookie));
        }
        for (Started<Long> waiter : waiters) {
            Support.until(
                    "all of them wait, which they cannot while each holds a carrier", () -> parked(waiter.thread));
        }
        for (int i = 0; i < MANY; i++) {
            queue.post(SigVal.of(i + 1L));
        }
        Set<Long> taken = new HashSet<>();
        for (Started<Long> waiter : waiters) {
            taken.add(waiter.get());
        }
        assertEquals(MANY, taken.size());
    }

    @Test
    void aWaitWithASignalMaskEndsToo() throws Exception {
        int state = Support.ring(queue.fd()).state();
        Started<Integer> waiter = new Started<>(() -> Kevent.kevent_wait(queue.fd(), state, null, new SigSet()));
        queue.offer(SigVal.of(1));
        waiter.get();
    }

    @Test
    void aNullEventOfAnotherProcessReachesAWaiterWhileNoOtherThreadWaits() throws Exception {
        Elsewhere.hideDuplicates(queue.fd());
        int other = Linux.duplicate(queue.fd(), 0);
        int state = Support.ring(queue.fd()).state();
        Started<Integer> waiter = new Started<>(() -> Kevent.kevent_wait(queue.fd(), state, null, null));
        Support.until("it waits", () -> parked(waiter.thread));
        // the driver has stopped looking by then
        LockSupport.parkNanos(1_500_000_000);
        ok(Kevent.kevent_submit(other, null, 0, null));
        assertEquals(0, waiter.get());
        ok(Kevent.kevent_destroy(other, null, 0));
    }

    @Test
    void aTimerAndARequestReachAWaiterWhileNoOtherThreadWaits() throws Exception {
        try (KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(1L))) {
            Started<Long> first = new Started<>(() -> queue.take().cookie);
            Support.until("it waits", () -> parked(first.thread));
            timer.once(java.time.Duration.ofMillis(1));
            assertEquals(1, first.get());
        }
        AioFile file = AioFile.of(queue, pipe[0]);
        ByteBuffer into = ByteBuffer.allocateDirect(3);
        file.read(into, 0, SigVal.of(2L));
        Started<KeventRecord> second = new Started<>(() -> queue.take());
        Support.until("it waits", () -> parked(second.thread));
        write(pipe[1], 3);
        KeventRecord record = second.get();
        assertEquals(2, record.cookie);
        assertEquals(3, record.result);
    }

    @Test
    void requestsOutliveTheThreadsThatMadeThem() throws Exception {
        AioFile file = AioFile.of(queue, pipe[0]);
        ByteBuffer[] into = new ByteBuffer[MANY];
        for (int i = 0; i < MANY; i++) {
            into[i] = ByteBuffer.allocateDirect(1);
            int number = i;
            new Started<>(() -> file.read(into[number], 0, SigVal.of(number + 1L))).get();
        }
        write(pipe[1], MANY);
        Set<Long> cookies = new HashSet<>();
        for (int i = 0; i < MANY; i++) {
            KeventRecord record = queue.poll(Support.SOON);
            assertTrue(record != null, "a request ended with its thread");
            assertEquals(1, record.result, record::toString);
            cookies.add(record.cookie);
        }
        assertEquals(MANY, cookies.size());
    }

    @Test
    void errnoBelongsToTheVirtualThread() throws Exception {
        List<Started<Boolean>> threads = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int own = i + 1;
            threads.add(new Started<>(() -> {
                Errno.errno(own);
                for (int k = 0; k < 20; k++) {
                    // to go on on another carrier
                    Thread.yield();
                    if (Errno.errno() != own) {
                        return false;
                    }
                }
                Kevent.kevent_wait(-own, 0, null, null);
                return Errno.errno() == Errno.EBADF && Errno.message().contains("kfd " + -own);
            }));
        }
        for (Started<Boolean> thread : threads) {
            assertTrue(thread.get());
        }
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        Started<KeventRecord> waiter = new Started<>(() -> queue.take());
        Support.until("it waits", () -> parked(waiter.thread));
        waiter.thread.interrupt();
        ExecutionException end = assertThrows(ExecutionException.class, waiter::get);
        assertTrue(end.getCause() instanceof InterruptedException, () -> "" + end.getCause());
    }

    @Test
    void aioSuspendOfAVirtualThreadEndsWhenTheRequestIsDone() throws Exception {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = pipe[0];
        cb.aio_buf = ByteBuffer.allocateDirect(5);
        cb.aio_nbytes = 5;
        Set<Thread> waits = ConcurrentHashMap.newKeySet();
        Started<Long> suspended = new Started<>(() -> {
            ok(Aio.aio_read(cb));
            waits.add(Thread.currentThread());
            ok(Aio.aio_suspend(new Aiocb[] {cb}, 1, null));
            return Aio.aio_return(cb);
        });
        Support.until("it waits", () -> waits.contains(suspended.thread) && parked(suspended.thread));
        write(pipe[1], 5);
        assertEquals(5, suspended.get());
    }

    @Test
    void oneThatDestroysAQueueSendsTheWaitersAwayAndTheRequestsEnd() throws Exception {
        AioFile.of(queue, pipe[0]).read(ByteBuffer.allocateDirect(1), 0, SigVal.of(1L));
        List<Started<Integer>> waiters = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiters.add(new Started<>(() -> {
                try {
                    return queue.take().id;
                } catch (KeventException closed) {
                    return -closed.errno();
                }
            }));
        }
        for (Started<Integer> waiter : waiters) {
            Support.until("all of them wait", () -> parked(waiter.thread));
        }
        assertEquals(0, new Started<>(() -> Kevent.kevent_destroy(queue.fd(), null, 0)).get());
        for (Started<Integer> waiter : waiters) {
            assertEquals(-Errno.EBADF, waiter.get());
        }
        Support.until("the library has closed the descriptor", () -> Unistd.close(queue.fd()) < 0);
    }

    @Test
    void aVirtualThreadHasNoClockOfItsOwn() throws Exception {
        new Started<>(() -> {
                    refused(Errno.EINVAL, Time.clock_gettime(Time.CLOCK_THREAD_CPUTIME_ID, new TimeSpec()));
                    refused(Errno.EINVAL, Time.timer_create(Time.CLOCK_THREAD_CPUTIME_ID, new SigEvent(), new int[1]));
                    return null;
                })
                .get();
    }

    @TempDir
    Path directory;

    @Test
    void filesAreReadByManyAtOnce() throws Exception {
        Path path = directory.resolve("file");
        byte[] bytes = new byte[MANY * 8];
        ByteBuffer.wrap(bytes).putLong(0, 1);
        for (int i = 0; i < MANY; i++) {
            ByteBuffer.wrap(bytes).putLong(8 * i, i);
        }
        java.nio.file.Files.write(path, bytes);
        try (AioFile file = AioFile.open(queue, path, Fcntl.O_RDONLY, 0)) {
            List<Started<Long>> readers = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                int place = i;
                readers.add(new Started<>(() -> {
                    ByteBuffer into = ByteBuffer.allocate(8);
                    AioOperation read = file.read(into, 8L * place, SigVal.of(1L));
                    assertTrue(read.await(Support.SOON));
                    return into.getLong(0);
                }));
            }
            for (int i = 0; i < MANY; i++) {
                assertEquals(i, readers.get(i).get());
            }
        }
    }
}
