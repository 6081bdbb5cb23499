package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.in;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;
import static org.sigkevent.failure.Scene.until;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.Aio;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.KeventStats;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** What {@link NoThreadTest} runs in a JVM in which {@link FailingPoints} refuses the library's threads for a time. */
public final class NoThreadMain {
    private NoThreadMain() {}

    /** A call in a scene: as the C library's, below 0 with errno when it is refused. */
    private interface Call {
        int make(Scene scene) throws Exception;
    }

    /** Brings what is in force to its end, and takes its record. */
    private interface End {
        void of(Scene scene) throws Exception;
    }

    private static final Map<String, Call> CALLS = new LinkedHashMap<>();
    private static final Map<String, End> ENDS = new LinkedHashMap<>();

    private static void on(String name, Call call, End end) {
        CALLS.put(name, call);
        ENDS.put(name, end);
    }

    public static void main(String[] args) throws Exception {
        on("futex", s -> submit(s, KeventEvent.futex(s.buffer, 0, -1, true, s.next())), s -> {
            until("the request waits, and one wake ends it", () -> Linux.futexWake(Memory.address(s.buffer), 1) == 1);
            s.take();
        });
        on("fsync", s -> submit(s, KeventEvent.fsync(s.fd, s.next())), Scene::take);
        on("flock", s -> submit(s, KeventEvent.flock(s.fd, Fcntl.LOCK_EX, s.next())), s -> {
            ok(Linux.call(Syscalls.FLOCK, s.kfd, 8));
            s.take();
        });
        on("write", s -> Aio.aio_write(s.block(s.fd, 200_000, s.sigevent(Signal.SIGEV_KEVENT))), s -> {
            s.take();
            s.ended(s.block);
        });
        on("pipe", s -> Aio.aio_read(s.block(s.pipe[0], 8, s.sigevent(Signal.SIGEV_KEVENT))), s -> {
            s.writeByte();
            s.take();
            s.ended(s.block);
        });
        on("signal", s -> submit(s, KeventEvent.signal(Scene.set(Scene.SIGNO), s.next())), s -> {
            ok(Signal.sigqueue(Native.C.getpid(), Scene.SIGNO, SigVal.of(1)));
            s.take();
        });
        on(
                "CPU timer",
                s -> Time.timer_create(Time.CLOCK_PROCESS_CPUTIME_ID, s.sigevent(Signal.SIGEV_KEVENT), s.timer),
                NoThreadMain::timerEnds);
        on(
                "SIGEV_THREAD",
                s -> Time.timer_create(Time.CLOCK_MONOTONIC, s.sigevent(Signal.SIGEV_THREAD), s.timer),
                s -> {
                    ok(Time.timer_settime(s.timer[0], 0, in(1), null));
                    until("the callback", () -> s.callbacks.get() == 1);
                    ok(Time.timer_delete(s.timer[0]));
                });
        on("driver", s -> Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_DRIVER, 1), s -> s.queue.driver(false));
        if (args[0].equals("waiter")) {
            waiterThatCannotBeServed();
        } else {
            refusedWhole(args[0]);
        }
        System.out.println("all in order");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static int submit(Scene s, KeventEvent event) {
        return Kevent.kevent_submit(s.queue.fd(), event, Kevent.KEVENT_NOWAIT, null);
    }

    private static void timerEnds(Scene s) {
        ok(Time.timer_settime(s.timer[0], 0, in(1), null));
        long end = System.nanoTime() + 20_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        s.take();
        ok(Time.timer_delete(s.timer[0]));
    }

    /** While no thread can be started a call is refused with nothing done, or works without one. */
    private static void refusedWhole(String name) throws Exception {
        Scene scene = new Scene();
        scene.openFile();
        scene.openPipe();
        scene.kfd = scene.opened(Fcntl.open(Scene.path().toString(), Fcntl.O_RDWR));
        if (name.equals("flock")) {
            ok(Linux.call(Syscalls.FLOCK, scene.kfd, Fcntl.LOCK_EX));
        }
        scene.buffer = Memory.allocate(8);
        KeventStats before = scene.stats();
        int descriptors = descriptors();
        int refusals = 0;
        FailingPoints.noThreads = true;
        for (int i = 0; i < 5; i++) {
            String said = tried(name, scene);
            System.out.println(name + ": " + said);
            if (said.equals("works")) {
                ENDS.get(name).of(scene);
                before = scene.stats();
                break;
            }
            refusals++;
            KeventStats after = scene.stats();
            check(after.armed == before.armed && after.inFlight == before.inFlight, "refused, yet " + after);
        }
        // what belongs to the process may have been opened once, but not each time
        check(
                descriptors() < descriptors + Math.max(5, refusals),
                "descriptors leak: " + descriptors + ", " + descriptors());
        FailingPoints.noThreads = false;
        KeventRecord record = new KeventRecord();
        check(!scene.queue.poll(record, Duration.ofMillis(50)), "a record of a call that was refused: " + record);
        scene.callbacks.set(0);
        check(tried(name, scene).equals("works"), "refused though threads can be started again: " + Errno.message());
        ENDS.get(name).of(scene);
        KeventStats after = scene.stats();
        check(after.armed == before.armed, "slots: " + after);
        Thread closer = new Thread(() -> {
            try {
                scene.close();
            } catch (Exception wrong) {
                wrong.printStackTrace(System.out);
            }
        });
        closer.setDaemon(true);
        closer.start();
        closer.join(10_000);
        check(!closer.isAlive(), "close hangs");
    }

    private static String tried(String name, Scene scene) throws Exception {
        int rc = CALLS.get(name).make(scene);
        if (rc < 0) {
            boolean says = Errno.errno() == Errno.EAGAIN || Errno.errno() == Errno.ENOMEM;
            check(says, name + " is refused with another errno: " + Errno.message());
            return "refused: " + Errno.message();
        }
        return "works";
    }

    private static int descriptors() {
        return new java.io.File("/proc/self/fd").list().length;
    }

    /**
     * A waiter on a virtual thread (where there are some; else the driver) needs a thread of the library to be served, and
     * there is none: it must not stay in the queue and swallow the wake-ups of those that come later.
     */
    private static void waiterThatCannotBeServed() throws Exception {
        KeventQueue queue = KeventQueue.open(16);
        KeventRing ring = Kevent.kevent_map_ringbuf(queue.fd(), 16);
        FailingPoints.noThreads = true;
        startVirtual(() -> {
            try {
                Kevent.kevent_wait(queue.fd(), ring.state(), TimeSpec.ofNanos(500_000_000), null);
            } catch (OutOfMemoryError refused) {
                System.out.println(refused);
            }
        });
        FailingPoints.noThreads = false;
        for (int i = 0; i < 3; i++) {
            AtomicInteger woken = new AtomicInteger();
            int state = ring.state();
            Thread waiter = new Thread(() -> {
                TimeSpec limit = new TimeSpec(5, 0);
                woken.set(Kevent.kevent_wait(queue.fd(), state, limit, null) == 0 ? 1 : -1);
            });
            waiter.setDaemon(true);
            waiter.start();
            until("the waiter waits", () -> asleep(waiter));
            ok(Kevent.kevent_submit(queue.fd(), KeventEvent.user(SigVal.of(i)), 0, null));
            until("the waiter is woken", () -> woken.get() != 0);
            check(woken.get() == 1, "a wake-up went to a waiter that is gone");
            check(takeAny(queue).cookie == i, "another record");
        }
        // EBUSY if somebody waited still
        ok(Kevent.kevent_ctl(queue.fd(), Kevent.KEVENT_CTL_REQUIRED, 1));
        queue.close();
    }

    private static boolean asleep(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals("sleep") && frame.getClassName().startsWith("org.sigkevent.engine")) {
                return true;
            }
        }
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }

    private static void startVirtual(Runnable body) throws Exception {
        Thread thread;
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            thread = (Thread) Class.forName("java.lang.Thread$Builder")
                    .getMethod("unstarted", Runnable.class)
                    .invoke(builder, body);
        } catch (NoSuchMethodException before21) {
            thread = new Thread(body);
        }
        thread.start();
        thread.join(10_000);
        check(!thread.isAlive(), "the waiter does not come back");
    }
}
