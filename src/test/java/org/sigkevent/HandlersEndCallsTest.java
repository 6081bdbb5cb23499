package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.start;
import static org.sigkevent.Support.until;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What waits in a thread that has installed a handler ends when that has returned, as in C: with EINTR, or goes on with SA_RESTART. */
@Timeout(120)
class HandlersEndCallsTest {
    private static final int A = Signal.SIGRTMIN + 2;
    private static final int ROUNDS = 3000;
    private static final TimeSpec LATE = new TimeSpec(4_000_000_000L, 0);

    /** A call that waits for ever; which of them SA_RESTART lets go on. */
    enum Call {
        READ(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Unistd.read(t.pipe[0], new byte[1], 1);
            }
        },
        WRITE(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Unistd.write(t.full[1], new byte[1], 1);
            }
        },
        MQ_RECEIVE(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Mqueue.mq_receive(t.empty, new byte[8], 8, null);
            }
        },
        MQ_TIMEDRECEIVE(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Mqueue.mq_timedreceive(t.empty, new byte[8], 8, null, LATE);
            }
        },
        MQ_SEND(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Mqueue.mq_send(t.filled, new byte[1], 1, 0);
            }
        },
        FLOCK(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return SysFile.flock(t.other, Fcntl.LOCK_EX);
            }
        },
        FCNTL(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Fcntl.fcntl(t.other, Fcntl.F_OFD_SETLKW, lock());
            }
        },
        AIO_SUSPEND(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                Aiocb cb = t.request();
                ok(Aio.aio_read(cb));
                return Aio.aio_suspend(new Aiocb[] {cb}, 1, null);
            }
        },
        LIO_LISTIO(true) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Aio.lio_listio(Aio.LIO_WAIT, new Aiocb[] {t.request()}, 1, null);
            }
        },
        MSGRCV(false) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Msg.msgrcv(t.messages, new MsgBuf(0, new byte[4]), 4, 0, 0);
            }
        },
        SEMOP(false) {
            @Override
            long make(HandlersEndCallsTest t) {
                return Sem.semop(t.semaphores, new Sembuf[] {new Sembuf(0, -1, 0)}, 1);
            }
        };

        final boolean restarts;

        Call(boolean restarts) {
            this.restarts = restarts;
        }

        abstract long make(HandlersEndCallsTest t);
    }

    private final int[] pipe = new int[2];
    private final int[] full = new int[2];
    private int empty;
    private int filled;
    private int holder;
    private int other;
    private int messages;
    private int semaphores;

    private final AtomicInteger handled = new AtomicInteger();

    private static Flock lock() {
        Flock lock = new Flock();
        lock.l_type = Fcntl.F_WRLCK;
        return lock;
    }

    @BeforeEach
    void open(@TempDir Path dir) throws IOException {
        ok(Unistd.pipe(pipe));
        ok(Unistd.pipe(full));
        ok(Fcntl.fcntl(full[1], Fcntl.F_SETFL, Fcntl.O_NONBLOCK));
        while (Unistd.write(full[1], new byte[4096], 4096) > 0) {}
        ok(Fcntl.fcntl(full[1], Fcntl.F_SETFL, 0));
        empty = queue("e");
        filled = queue("f");
        ok(Mqueue.mq_send(filled, new byte[1], 1, 0));
        String file = Files.createFile(dir.resolve("file")).toString();
        holder = (int) ok(Fcntl.open(file, Fcntl.O_RDWR));
        other = (int) ok(Fcntl.open(file, Fcntl.O_RDWR));
        ok(SysFile.flock(holder, Fcntl.LOCK_EX));
        ok(Fcntl.fcntl(holder, Fcntl.F_OFD_SETLK, lock()));
        messages = (int) ok(Msg.msgget(Ipc.IPC_PRIVATE, 0600));
        semaphores = (int) ok(Sem.semget(Ipc.IPC_PRIVATE, 1, 0600));
    }

    private static int queue(String name) {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 1;
        attr.mq_msgsize = 8;
        String whole = "/sigkevent-ends-" + name + ProcessHandle.current().pid();
        int mqd = (int) ok(Mqueue.mq_open(whole, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, attr));
        ok(Mqueue.mq_unlink(whole));
        return mqd;
    }

    @AfterEach
    void close() {
        Support.giveBack(A);
        ok(Msg.msgctl(messages, Ipc.IPC_RMID, null));
        ok(Sem.semctl(semaphores, 0, Ipc.IPC_RMID));
        for (int fd : new int[] {pipe[0], pipe[1], full[0], full[1], holder, other}) {
            ok(Unistd.close(fd));
        }
        ok(Mqueue.mq_close(empty));
        ok(Mqueue.mq_close(filled));
    }

    private Aiocb request() {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = pipe[0];
        cb.aio_buf = new byte[1];
        cb.aio_nbytes = 1;
        cb.aio_lio_opcode = Aio.LIO_READ;
        return cb;
    }

    /** Who makes the call. */
    private volatile Thread caller;

    private static void install(SigHandler handler, int flags, Executor executor) {
        SigAction act = new SigAction();
        act.sa_handler = handler;
        act.sa_flags = flags;
        act.sa_executor = executor;
        ok(Signal.sigaction(A, act, null));
    }

    private void count(int signo) {
        handled.incrementAndGet();
    }

    /** A thread that installs the handler and makes the call, once: 0 or more, or the errno negated. */
    private FutureTask<Long> calls(Call call, SigHandler handler, int flags, Executor executor) {
        AtomicReference<Thread> ready = new AtomicReference<>();
        FutureTask<Long> task = start(() -> {
            install(handler, flags, executor);
            caller = Thread.currentThread();
            ready.set(caller);
            long rc = call.make(this);
            return rc < 0 ? -Errno.errno() : rc;
        });
        until("the handler is there", () -> ready.get() != null || task.isDone());
        return task;
    }

    /** For a signal that is raised once: the thread is in its system call, which a handler's return ends from here on. */
    private void untilItIsInItsCall() {
        until(
                "the thread is in its call",
                () -> Arrays.stream(caller.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals("org.sigkevent.sys.Linux")
                                && frame.getMethodName().equals("call")));
    }

    /** Raises the signal, once more for a thread that was not in its call yet. */
    private static void raiseUntilDone(FutureTask<?> task) {
        until("the call has ended", () -> {
            ok(Signal.raise(A));
            return task.isDone();
        });
    }

    @ParameterizedTest
    @EnumSource
    void itEndsWithEintr(Call call) throws Exception {
        FutureTask<Long> task = calls(call, this::count, 0, null);
        raiseUntilDone(task);
        assertEquals(-EINTR, get(task));
        assertTrue(handled.get() > 0);
    }

    @ParameterizedTest
    @EnumSource
    void whetherItEndsWithSaRestartDependsOnTheCall(Call call) throws Exception {
        FutureTask<Long> task = calls(call, this::count, Signal.SA_RESTART, null);
        if (!call.restarts) {
            raiseUntilDone(task);
            assertEquals(-EINTR, get(task));
            return;
        }
        for (int i = 0; i < 50; i++) {
            ok(Signal.raise(A));
        }
        assertFalse(task.isDone(), () -> "it has ended with " + task);
        // without the flag it ends: it was in the call
        install(this::count, 0, null);
        assertEquals(50, handled.get());
        ok(Signal.raise(A));
        assertFalse(task.isDone(), "another thread's handler");
        finish(call);
        assertTrue(get(task) >= 0);
    }

    private void finish(Call call) {
        switch (call) {
            case READ, AIO_SUSPEND, LIO_LISTIO -> assertEquals(1, Unistd.write(pipe[1], new byte[1], 1));
            case WRITE -> assertEquals(4096, Unistd.read(full[0], new byte[4096], 4096));
            case MQ_RECEIVE, MQ_TIMEDRECEIVE -> ok(Mqueue.mq_send(empty, new byte[1], 1, 0));
            case MQ_SEND -> assertEquals(1, Mqueue.mq_receive(filled, new byte[8], 8, null));
            default -> {
                ok(SysFile.flock(holder, Fcntl.LOCK_UN));
                Flock none = lock();
                none.l_type = Fcntl.F_UNLCK;
                ok(Fcntl.fcntl(holder, Fcntl.F_OFD_SETLK, none));
            }
        }
    }

    /** Waits for it: one that is late would install its handler over that of the next call. */
    private static void runInAnother(Runnable task) {
        try {
            get(start(() -> {
                task.run();
                return null;
            }));
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void aHandlerThatInstallsItselfAgainStaysThatOfItsThread() throws Exception {
        for (Executor executor : new Executor[] {null, HandlersEndCallsTest::runInAnother}) {
            FutureTask<Long> task = calls(Call.READ, signo -> install(this::count, 0, executor), 0, executor);
            raiseUntilDone(task);
            assertEquals(-EINTR, get(task));
            AtomicBoolean installed = new AtomicBoolean();
            FutureTask<Long> once = calls(
                    Call.READ,
                    signo -> {
                        if (!installed.getAndSet(true)) {
                            install(this::count, 0, executor);
                        }
                    },
                    Signal.SA_RESTART,
                    executor);
            raiseUntilDone(once);
            assertEquals(-EINTR, get(once));
        }
    }

    @Test
    void aCallThatBeginsWhenTheHandlerHasReturnedGoesOn() throws Exception {
        Semaphore reads = new Semaphore(0);
        FutureTask<Void> writer = start(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                reads.acquire();
                Thread.yield();
                assertEquals(1, Unistd.write(pipe[1], new byte[1], 1));
            }
            return null;
        });
        install(this::count, 0, null);
        for (int i = 0; i < ROUNDS; i++) {
            ok(Signal.raise(A));
            reads.release();
            assertEquals(1, Unistd.read(pipe[0], new byte[1], 1));
        }
        get(writer);
    }

    /** The handler is not called: so nothing has returned, and the one time of SA_RESETHAND is still to come. */
    @Test
    void aSignalThatItsTimerHasTakenBackEndsNothing() throws Exception {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = A;
        int[] timer = new int[1];
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, A));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set, null));
        FutureTask<Long> task = calls(Call.READ, this::count, Signal.SA_RESETHAND, null);
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        try {
            ItimerSpec soon = new ItimerSpec();
            soon.it_value = new TimeSpec(0, 1);
            ok(Time.timer_settime(timer[0], 0, soon, null));
            SigSet pending = new SigSet();
            until("the signal is pending", () -> {
                ok(Signal.sigpending(pending));
                return Signal.sigismember(pending, A) == 1;
            });
            ok(Time.timer_settime(timer[0], 0, new ItimerSpec(), null));
        } finally {
            ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set, null));
            ok(Time.timer_delete(timer[0]));
        }
        untilItIsInItsCall();
        // the handlers' thread is done with it when the next one has returned
        ok(Signal.raise(A));
        assertEquals(1, handled.get());
        assertEquals(-EINTR, get(task));
    }

    @Test
    void aSleepWakesNoOtherThatSleeps() throws Exception {
        install(this::count, 0, null);
        AtomicReference<Thread> sleeper = new AtomicReference<>();
        FutureTask<Integer> task = start(() -> {
            sleeper.set(Thread.currentThread());
            return Time.nanosleep(LATE, null);
        });
        until("it sleeps", () -> sleeper.get() != null && Support.asleep(sleeper.get()));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long id = sleeper.get().getId();
        long before = threads.getThreadInfo(id).getWaitedCount();
        for (int i = 0; i < ROUNDS; i++) {
            ok(Time.clock_nanosleep(Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, new TimeSpec(1, 0), null));
        }
        long woken = threads.getThreadInfo(id).getWaitedCount() - before;
        assertTrue(woken < 10, () -> "woken " + woken + " times");
        ok(Signal.raise(A));
        assertEquals(-1, get(task));
    }

    /** Nor is its context class loader, which a thread that has ended still has. */
    @Test
    void aThreadThatHasEndedIsNotKeptByItsHandler() throws Exception {
        SigHandler handler = this::count;
        Thread installs = new Thread(() -> install(handler, 0, null));
        WeakReference<Thread> ended = new WeakReference<>(installs);
        installs.start();
        installs.join();
        installs = null;
        until("it is collected", () -> {
            Support.collect();
            return ended.get() == null;
        });
        ok(Signal.raise(A));
        assertEquals(1, handled.get());
    }

    @Test
    void anExecutorThatRefusesEndsNoCall() throws Exception {
        FutureTask<Long> task = calls(Call.READ, this::count, 0, refused -> {
            throw new RejectedExecutionException("as the test wants it");
        });
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> handled.decrementAndGet());
        try {
            for (int i = 1; i <= 50; i++) {
                int told = -i;
                ok(Signal.raise(A));
                until("it is told", () -> handled.get() == told);
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertFalse(task.isDone());
        assertEquals(1, Unistd.write(pipe[1], new byte[1], 1));
        assertEquals(1, get(task));
    }

    @Test
    void theObjectFaceGoesOn() throws Exception {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 1;
        attr.mq_msgsize = 8;
        String name = "/sigkevent-goes-on-" + ProcessHandle.current().pid();
        try (MessageQueue queue = MessageQueue.open(name, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, attr)) {
            MessageQueue.unlink(name);
            AtomicReference<Thread> thread = new AtomicReference<>();
            FutureTask<Integer> receives = start(() -> {
                install(this::count, 0, null);
                thread.set(Thread.currentThread());
                return queue.receive(ByteBuffer.allocateDirect(8));
            });
            until("it waits", () -> thread.get() != null);
            for (int i = 0; i < 50; i++) {
                ok(Signal.raise(A));
            }
            assertFalse(receives.isDone());
            queue.send(ByteBuffer.allocateDirect(1), 3);
            assertEquals(3, get(receives));
        }
    }
}
