package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** What {@link SignalDeliveryTest} runs in a JVM that has SIGALRM and the signal of its argument blocked in every thread. */
public final class SignalDeliveryMain {
    /** A siginfo_t; pid and uid are timer id and overrun in that of a timer. */
    record Info(int signo, int code, int pid, int uid, long value) {}

    /** rt_sigtimedwait for one signal, in the thread that made it. */
    static final class Waiting {
        private final int signo;
        private final ByteBuffer set = Memory.allocate(128);
        private final ByteBuffer info = Memory.allocate(128);
        private final ByteBuffer limit = Memory.allocate(16);

        Waiting(int signo) {
            this.signo = signo;
            set.putLong(0, 1L << signo - 1);
            limit.putLong(0, 20);
        }

        /** Blocks the signal in the calling thread. */
        void block() {
            assertEquals(0, Native.C.pthread_sigmask(0, Memory.address(set), 0));
        }

        /** The next signal, which must come soon. */
        Info next() {
            int rc;
            do {
                rc = Linux.call(
                        Syscalls.RT_SIGTIMEDWAIT, Memory.address(set), Memory.address(info), Memory.address(limit), 8);
            } while (rc == -Errnos.EINTR);
            assertEquals(signo, rc, rc < 0 ? Errnos.name(-rc) : "signal");
            return new Info(info.getInt(0), info.getInt(8), info.getInt(16), info.getInt(20), info.getLong(24));
        }

        /** Whether none is there. */
        boolean none() {
            ByteBuffer zero = Memory.allocate(16);
            return Linux.call(
                            Syscalls.RT_SIGTIMEDWAIT,
                            Memory.address(set),
                            Memory.address(info),
                            Memory.address(zero),
                            8)
                    == -Errnos.EAGAIN;
        }
    }

    private SignalDeliveryMain() {}

    /** Whether a thread of this process is in rt_sigtimedwait. */
    static boolean waits(int tid) {
        try {
            return Files.readString(Path.of("/proc/self/task/" + tid + "/syscall"))
                    .startsWith(Syscalls.RT_SIGTIMEDWAIT + " ");
        } catch (IOException untold) {
            throw new AssertionError(untold);
        }
    }

    public static void main(String[] args) throws Exception {
        int signo = Integer.parseInt(args[0]);
        Waiting waiting = new Waiting(signo);
        assertTrue(Linux.defaultDisposition(signo), "nobody handles it");
        for (EventSource.Kind kind : EventSource.Kind.values()) {
            eachValue(kind, signo, waiting);
        }
        manyAreQueued(signo, waiting);
        theSignalOfANullSigevent();
        registeredWhileAThreadWaits(signo);
        System.out.println("all signals came");
    }

    private static SigEvent event(int signo, SigVal value) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        event.sigev_value = value;
        return event;
    }

    private static void eachValue(EventSource.Kind kind, int signo, Waiting waiting) {
        try (EventSource source = kind.make()) {
            for (SigVal value :
                    new SigVal[] {SigVal.of(-1), SigVal.of(Long.MIN_VALUE), SigVal.of(0x1234_5678_9abc_def0L), null}) {
                ok(source.register(event(signo, value)));
                source.fire();
                Info info = waiting.next();
                assertEquals(signo, info.signo);
                assertEquals(kind.code, info.code);
                assertEquals(value == null ? 0 : value.bits(), info.value);
                if (kind == EventSource.Kind.TIMER) {
                    assertEquals(source.descriptor(), info.pid);
                    assertEquals(0, info.uid);
                    source.end();
                } else if (kind != EventSource.Kind.MQ) {
                    assertEquals(Native.C.getpid(), info.pid);
                    assertEquals(Native.C.getuid(), info.uid);
                }
                assertTrue(waiting.none(), "one signal for one event");
            }
        }
    }

    /** Signals of one number are queued, not merged. */
    private static void manyAreQueued(int signo, Waiting waiting) {
        int n = 100;
        int[] pipe = EventSource.pipe();
        ByteBuffer bytes = Memory.allocate(n);
        for (int i = 0; i < n; i++) {
            Aiocb cb = new Aiocb();
            cb.aio_fildes = pipe[0];
            cb.aio_buf = Memory.allocate(1);
            cb.aio_nbytes = 1;
            cb.aio_sigevent = event(signo, SigVal.of(i));
            ok(Aio.aio_read(cb));
        }
        assertEquals(n, Native.C.write(pipe[1], Memory.address(bytes), n));
        Set<Long> values = new TreeSet<>();
        for (int i = 0; i < n; i++) {
            values.add(waiting.next().value);
        }
        assertEquals(n, values.size(), "each request has its own");
        assertTrue(waiting.none());
    }

    private static void theSignalOfANullSigevent() {
        Waiting waiting = new Waiting(Signal.SIGALRM);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, null, timer));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = 1;
        ok(Time.timer_settime(timer[0], 0, spec, null));
        Info info = waiting.next();
        assertEquals(Signal.SIGALRM, info.signo);
        assertEquals(Signal.SI_TIMER, info.code);
        assertEquals(timer[0], info.value, "the value is the timer's id");
        ok(Time.timer_delete(timer[0]));
    }

    private static void registeredWhileAThreadWaits(int signo) throws Exception {
        AtomicInteger tid = new AtomicInteger();
        FutureTask<Info> taker = Support.start(() -> {
            tid.set(Linux.gettid());
            return new Waiting(signo).next();
        });
        Support.until("the thread waits", () -> tid.get() != 0 && waits(tid.get()));
        try (EventSource source = EventSource.Kind.AIO.make()) {
            ok(source.register(event(signo, SigVal.of(9))));
            source.fire();
            assertEquals(9, Support.get(taker).value);
        }
    }
}
