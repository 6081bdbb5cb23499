package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.until;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventTimer;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** What {@link OutOfMemoryTest} runs with a heap that is full to the last bytes while something that was accepted comes to its end. */
public final class FullHeapMain {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final KeventRecord RECORD = new KeventRecord();

    private FullHeapMain() {}

    public static void main(String[] args) throws Exception {
        Thread main = Thread.currentThread();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            if (thread == main) {
                FullHeap.empty();
                thrown.printStackTrace();
            }
        });
        switch (args[0]) {
            case "timers":
                takenTimersGoOn();
                break;
            case "native":
                theFirstNativeCallsNeedNoHeap();
                break;
            case "helpers":
                whatHelpersFinishIsTold();
                break;
            case "signals":
                whatTheServiceThreadsFinishIsTold();
                break;
            case "signal-stream":
                aTakerWithoutMemoryLosesNoSignal();
                break;
            case "overflow":
                aRefusalWithoutMemoryLosesNoEpisode();
                break;
            default:
                whatTheDriverCannotHandOverIsTold();
        }
        System.out.println("all in order");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** A thread that calls the library for the first time when the heap is full. */
    private static final class Caller extends Thread {
        private final Runnable call;
        private volatile boolean go;

        Caller(Runnable call) {
            this.call = call;
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            while (!go) {
                Thread.onSpinWait();
            }
            try {
                call.run();
            } catch (OutOfMemoryError refused) {
                // then it has done nothing
            }
        }

        void callNow() throws InterruptedException {
            go = true;
            join();
        }
    }

    private static void theFirstNativeCallsNeedNoHeap() {
        ByteBuffer word = Memory.allocate(16);
        long at = Memory.address(word);
        byte[] bytes = new byte[8];
        FullHeap.fill(16);
        Native.C.getpid();
        Native.C.sysconf(30);
        Native.C.clock_gettime(Time.CLOCK_MONOTONIC, at);
        Native.C.read(-1, at, 8);
        Native.C.pread(-1, at, 8, 0);
        Native.C.preadv2(-1, at, 0, 0, 0);
        Native.C.mmap(0, 0, 0, 0, -1, 0);
        Memory.putLong(at, Memory.getLong(at) + Native.errno());
        Memory.copyOut(at, bytes, 0, 8);
        Memory.copyIn(at, bytes, 0, 8);
        Memory.freeRaw(Memory.allocateRaw(8));
        FullHeap.empty();
    }

    private static void takenTimersGoOn() throws Exception {
        int n = 200;
        KeventQueue queue = KeventQueue.open(2000);
        for (int i = 0; i < n; i++) {
            queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(i)).every(Duration.ofMillis(30));
        }
        for (int i = 0; i < 2 * n; i++) {
            check(queue.poll(RECORD, LONG), "a timer does not expire");
        }
        until("all have expired", () -> Kevent.kevent_map_ringbuf(queue.fd(), 1).unread() == n);
        // the room that the timers left is taken
        for (int i = 0; i < 900; i++) {
            queue.submit(KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(-1)));
        }
        FullHeap.fill(16);
        int taken = 0;
        for (int i = 0; i < n; i++) {
            try {
                taken += queue.poll(RECORD) ? 1 : 0;
            } catch (OutOfMemoryError nothingTaken) {
                continue;
            }
        }
        FullHeap.empty();
        boolean[] ticks = new boolean[n];
        int[] left = {n};
        System.out.println(taken + " were taken");
        until("each ticks again", () -> {
            while (queue.poll(RECORD)) {
                int i = (int) RECORD.cookie;
                left[0] -= ticks[i] ? 0 : 1;
                ticks[i] = true;
            }
            return left[0] == 0;
        });
    }

    private static void whatHelpersFinishIsTold() throws Exception {
        int n = 30;
        KeventQueue queue = KeventQueue.open(n + 1);
        Path file = Files.createTempFile("full-heap", ".lock");
        int holder = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        ok(Linux.call(Syscalls.FLOCK, holder, Fcntl.LOCK_EX));
        for (int i = 0; i < n; i++) {
            int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
            queue.submit(KeventEvent.flock(fd, Fcntl.LOCK_SH, SigVal.of(i)));
        }
        Files.delete(file);
        FullHeap.fill(16);
        Native.C.syscall(Syscalls.FLOCK, holder, 8);
        moment();
        FullHeap.empty();
        for (int i = 0; i < n; i++) {
            check(queue.poll(RECORD, LONG), "a lock is not told: " + i);
        }
        check(queue.stats().armed == 0, "a slot is still armed");
    }

    /** So long the heap stays full. */
    private static void moment() {
        long end = System.nanoTime() + 300_000_000;
        while (System.nanoTime() < end) {
            try {
                FullHeap.take(16);
            } catch (OutOfMemoryError full) {
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private static void whatTheServiceThreadsFinishIsTold() throws Exception {
        KeventQueue queue = KeventQueue.open(4);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, Signal.SIGRTMIN));
        queue.submit(KeventEvent.signal(set, SigVal.of(1)));
        KeventTimer used = queue.timer(Time.CLOCK_PROCESS_CPUTIME_ID, SigVal.of(2));
        int kill = Native.X86_64 ? 62 : 129;
        int self = Native.C.getpid();
        ok(Native.C.syscall(kill, self, 0));
        used.once(Duration.ofMillis(500));
        FullHeap.fill(16);
        Native.C.syscall(kill, self, Signal.SIGRTMIN);
        long end = System.nanoTime() + 800_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        FullHeap.empty();
        int kinds = 0;
        for (int i = 0; i < 2; i++) {
            // not asleep: the timer counts what the process uses
            long last = System.nanoTime() + LONG.toNanos();
            int all = kinds;
            while (!queue.poll(RECORD)) {
                check(System.nanoTime() < last, "told are, of 1 (signal) and 2 (timer): " + all);
            }
            kinds |= (int) RECORD.cookie;
        }
        check(kinds == 3, "one of them twice");
    }

    private static void aTakerWithoutMemoryLosesNoSignal() throws Exception {
        KeventQueue queue = KeventQueue.open(4);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, Signal.SIGRTMIN));
        queue.submit(KeventEvent.signals(set, false, SigVal.of(1)));
        int self = Native.C.getpid();
        int n = 5;
        for (int i = 0; i < n; i++) {
            ok(Signal.sigqueue(self, Signal.SIGRTMIN, SigVal.of(i)));
            check(queue.poll(RECORD, LONG), "no signal");
        }
        for (int i = 0; i < n; i++) {
            ok(Signal.sigqueue(self, Signal.SIGRTMIN, SigVal.of(i)));
        }
        until("the first is there", () -> queue.stats().unread == 1);
        int[] taken = {0};
        Caller caller = new Caller(() -> taken[0] += queue.poll(RECORD) ? 1 : 0);
        FullHeap.fill(16);
        caller.callNow();
        FullHeap.empty();
        while (taken[0] < n) {
            check(queue.poll(RECORD, LONG), "no more than " + taken[0] + " of " + n + " signals come");
            taken[0]++;
        }
    }

    private static void aRefusalWithoutMemoryLosesNoEpisode() throws Exception {
        KeventQueue queue = KeventQueue.open(1);
        KeventQueue told = KeventQueue.open(2);
        queue.onOverflow(told.sigevent(SigVal.of(1)));
        SigVal cookie = SigVal.of(2);
        for (int i = 0; i < 2; i++) {
            check(queue.offer(cookie) && !queue.offer(cookie), "it is not full");
            check(told.poll(RECORD, LONG) && queue.poll(RECORD), "an episode is not told");
        }
        check(queue.offer(cookie), "it is full already");
        Caller caller = new Caller(() -> queue.offer(cookie));
        FullHeap.fill(16);
        caller.callNow();
        FullHeap.empty();
        told.poll();
        for (int i = 0; i < 3; i++) {
            check(queue.poll(RECORD) && queue.offer(cookie), "the episode does not end");
            check(!queue.offer(cookie), "it is not full");
            check(told.poll(RECORD, LONG), "an episode is not told");
        }
    }

    private static void whatTheDriverCannotHandOverIsTold() throws Exception {
        int before = 4000;
        int more = 200;
        KeventQueue queue = KeventQueue.open(before + more);
        if (!queue.capabilities().engine().equals("io_uring")) {
            // a helper thread would wait for each
            return;
        }
        ByteBuffer word = ByteBuffer.allocateDirect(8);
        KeventEvent[] waits = new KeventEvent[before + more];
        for (int i = 0; i < waits.length; i++) {
            waits[i] = KeventEvent.futex(word, 0, -1, false, SigVal.of(i));
        }
        for (int i = 0; i < before; i++) {
            queue.submit(waits[i]);
        }
        until("they wait", () -> queue.stats().inFlight >= before);
        FullHeap.fill(64);
        // enough for requests, and too little for a longer table
        for (int free = 0; free < 55_000; ) {
            free += FullHeap.giveLastBack();
        }
        int accepted = before;
        try {
            while (accepted < waits.length) {
                queue.submit(waits[accepted]);
                accepted++;
            }
        } catch (OutOfMemoryError full) {
            moment();
        }
        FullHeap.empty();
        for (int i = 0; i < accepted; i++) {
            queue.cancel(waits[i]);
        }
        for (int i = 0; i < accepted; i++) {
            check(queue.poll(RECORD, LONG), "no more than " + i + " of " + accepted + " requests end");
        }
    }
}
