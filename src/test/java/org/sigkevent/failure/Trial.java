package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;
import static org.sigkevent.failure.Scene.until;

import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventStats;
import org.sigkevent.KeventTimer;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;

/**
 * One call with one failing point, and the rules that hold afterwards whatever failed: no lock is held; slots, operations in flight,
 * descriptors and threads are what they were, or the request is in force and ends as usual; the call said so; the same call works on the
 * same queue and thread, unless an Error broke the queue; another queue and the library's threads have not noticed.
 */
final class Trial {
    /** What a call that works leaves in its queue: armed slots and operations in flight that serve the queue itself. */
    private static final Map<PublicCall, int[]> RESIDUE = new HashMap<>();

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofSeconds(4);
    private static final Set<String> DAEMONS = new TreeSet<>();
    private static KeventQueue healthy;
    private static KeventQueue driven;
    private static KeventTimer drivenTimer;
    private static int file;
    private static int descriptors;

    final PublicCall call;
    final long n;
    final int way;
    final List<String> problems = new ArrayList<>();
    FailingPoints.Failure fired;
    boolean brokenQueue;
    /** The process can no longer be trusted. */
    boolean poisoned;

    private Caller caller;
    private String outcome = "";
    private long passed;

    Trial(PublicCall call, long n, int way) {
        this.call = call;
        this.n = n;
        this.way = way;
    }

    String outcome() {
        return outcome;
    }

    // ---- before the first

    /** Makes what the other queue is checked with, and has every class loaded. */
    static void warmUp() throws Exception {
        healthy = KeventQueue.open(8);
        driven = KeventQueue.open(8);
        driven.driver(true);
        drivenTimer = driven.timer(Time.CLOCK_MONOTONIC, SigVal.of(3));
        file = (int) ok(Fcntl.open(Scene.path().toString(), Fcntl.O_RDONLY));
        for (int i = 0; i < 3; i++) {
            others();
        }
        FailingPoints.markLocks();
        descriptors = openDescriptors();
    }

    /** Runs a call that works a few times: how many points it has. */
    static long learn(PublicCall call) throws Exception {
        long points = 0;
        RESIDUE.remove(call);
        for (int i = 0; i < 3; i++) {
            Trial trial = new Trial(call, Long.MAX_VALUE, 0);
            trial.run();
            if (!trial.problems.isEmpty()) {
                System.out.println("FAIL\t" + call.name + "\t0\t0\tnothing\t" + trial.outcome + "\t" + trial.problems);
            }
            points = trial.passed;
        }
        descriptors = openDescriptors();
        return points;
    }

    // ---- the trial

    void run() throws Exception {
        step("surroundings");
        Scene scene = new Scene();
        caller = new Caller();
        try {
            call.open(scene);
            tryIn(scene);
        } catch (AssertionError | RuntimeException failure) {
            problems.add("surroundings: " + failure);
            poisoned = true;
        }
        step("closing the scene");
        close(scene);
        step("the other queue");
        Scene.patience = LONG;
        if (!poisoned) {
            try {
                others();
            } catch (AssertionError | RuntimeException failure) {
                problems.add("another queue noticed: " + failure);
                poisoned = true;
            }
            threads();
            descriptors();
        }
        caller.end();
        FailingPoints.forgetLocks();
        Watchdog.rest();
    }

    private void step(String what) {
        String failed = fired == null ? "nothing" : fired.what;
        Watchdog.step(what, call.name + "\t" + n + "\t" + way + "\t" + failed + "\t" + outcome);
    }

    private void tryIn(Scene scene) throws Exception {
        KeventStats first = scene.stats();
        call.prepare(scene);
        KeventStats before = scene.stats();
        step("the call");
        caller.call(call, scene, n, way);
        fired = caller.fired;
        passed = caller.passed;
        outcome = caller.thrown != null
                ? "throws " + caller.thrown
                : caller.result < 0 ? "-1 " + SystemCalls.errnoName(caller.errno) : "returns " + caller.result;
        if (caller.thrown != null && fired == null) {
            caller.thrown.printStackTrace(System.out);
        }
        step("after the call");
        if (!caller.held.isEmpty()) {
            problems.add("locks held: " + caller.held.get(0).getClass().getSimpleName());
            return;
        }
        boolean worked = caller.thrown == null && caller.result >= 0;
        scene.failed = fired != null;
        Scene.patience = fired == null ? LONG : SHORT;
        if (!worked) {
            saidSo();
        }
        if (broken(scene)) {
            brokenQueue = true;
            if (!(caller.thrown instanceof Error)) {
                problems.add("the queue is broken without an Error");
            }
            return;
        }
        boolean force;
        try {
            force = worked || call.inForce(scene, before);
            if (force && !worked && caller.thrown == null && fired != null && call.refused(caller.errno)) {
                problems.add("refused, and in force all the same");
            }
            step(force ? "the end of what is in force" : "after a refusal");
            call.end(scene, force);
            figures(scene, first);
        } catch (AssertionError | RuntimeException failure) {
            problems.add("afterwards: " + words(failure));
            return;
        }
        if (call.repeatable) {
            again(scene, first);
        }
    }

    /** Errno or exception must be one that a caller can expect. */
    private void saidSo() {
        if (caller.thrown == null) {
            if (caller.errno <= 0) {
                problems.add("refused without errno");
            }
        } else if (fired == null) {
            problems.add("fails without a failing point: " + words(caller.thrown));
        } else if (!(caller.thrown instanceof KeventException)
                && !(caller.thrown instanceof OutOfMemoryError)
                && !(caller.thrown instanceof StackOverflowError)) {
            problems.add("throws " + words(caller.thrown));
        }
    }

    private static String words(Throwable failure) {
        StringBuilder words = new StringBuilder(String.valueOf(failure));
        int frames = 0;
        for (StackTraceElement frame : failure.getStackTrace()) {
            if (frame.getClassName().startsWith("org.sigkevent.") && frames++ < 4) {
                words.append(" < ").append(frame.getFileName()).append(':').append(frame.getLineNumber());
            }
        }
        return words.toString();
    }

    private static boolean broken(Scene scene) {
        return Kevent.kevent_ctl(scene.queue.fd(), Kevent.KEVENT_CTL_REQUIRED, 1) < 0 && Errno.errno() == Errno.EBADF;
    }

    /** Slots and operations in flight are what they were, but for what a call that works leaves as well. */
    private void figures(Scene scene, KeventStats before) {
        int[] residue = RESIDUE.get(call);
        if (fired == null && n == Long.MAX_VALUE) {
            KeventStats after = scene.stats();
            residue = new int[] {
                Math.max(residue == null ? 0 : residue[0], after.armed - before.armed),
                Math.max(residue == null ? 0 : residue[1], after.inFlight - before.inFlight)
            };
            RESIDUE.put(call, residue);
        }
        int[] allowed = residue == null ? new int[2] : residue;
        until("slots as before: " + before.armed + " armed, now " + scene.stats(), () -> {
            KeventStats now = scene.stats();
            return now.unread == before.unread && now.armed <= before.armed + allowed[0] && now.armed >= before.armed;
        });
        until("operations in flight as before: " + before.inFlight + ", now " + scene.stats(), () -> {
            scene.drive();
            return scene.stats().inFlight <= before.inFlight + Math.max(allowed[1], call.kept);
        });
    }

    /** The same call, on the same queue and thread, with nothing failing. */
    private void again(Scene scene, KeventStats before) throws Exception {
        try {
            step("the same call again");
            call.prepare(scene);
            caller.call(call, scene, Long.MAX_VALUE, 0);
            scene.failed = false;
            Scene.patience = LONG;
            if (caller.thrown != null) {
                problems.add("again: throws " + words(caller.thrown));
            } else if (caller.result < 0) {
                problems.add("again: -1 " + SystemCalls.errnoName(caller.errno));
            } else {
                step("the end of the same call");
                call.end(scene, true);
                figures(scene, before);
            }
        } catch (AssertionError | RuntimeException failure) {
            problems.add("again: " + words(failure));
        }
    }

    private void close(Scene scene) throws InterruptedException {
        Thread closer = new Thread(
                () -> {
                    try {
                        scene.close();
                    } catch (Throwable failure) {
                        problems.add("closing: " + failure);
                    }
                },
                "closer");
        closer.setDaemon(true);
        closer.start();
        closer.join(poisoned ? 100 : 6000);
        if (closer.isAlive() && !poisoned) {
            StringBuilder where = new StringBuilder();
            for (StackTraceElement frame : closer.getStackTrace()) {
                if (frame.getClassName().startsWith("org.sigkevent.")) {
                    where.append(" < ").append(frame.getFileName()).append(':').append(frame.getLineNumber());
                }
            }
            problems.add("closing hangs" + where);
            poisoned = true;
        }
    }

    // ---- what must not have noticed

    private static void others() throws Exception {
        KeventRecord record = new KeventRecord();
        check(healthy.offer(SigVal.of(1)) && healthy.poll(record) && record.cookie == 1, "a post does not arrive");
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, healthy.sigevent(SigVal.of(2)), timer));
        ok(Time.timer_settime(timer[0], 0, Scene.in(1000), null));
        check(takeAny(healthy).cookie == 2, "another record than the timer's");
        ok(Time.timer_delete(timer[0]));
        Aiocb block = new Aiocb();
        block.aio_fildes = file;
        block.aio_buf = new byte[100];
        block.aio_nbytes = 100;
        block.aio_sigevent = healthy.sigevent(SigVal.of(4));
        ok(Aio.aio_read(block));
        check(takeAny(healthy).cookie == 4, "another record than the read's");
        check(Aio.aio_return(block) == 100, "not 100 bytes");
        drivenTimer.once(Duration.ofNanos(1000));
        until(
                "the driver fills a queue",
                () -> Kevent.kevent_map_ringbuf(driven.fd(), 1).unread() > 0);
        check(driven.poll(record) && record.cookie == 3, "another record than the driven timer's");
        callback();
        KeventStats stats = healthy.stats();
        check(stats.armed == 0 && stats.unread == 0, "slots: " + stats);
    }

    private static void callback() {
        AtomicInteger calls = new AtomicInteger();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_function = v -> calls.incrementAndGet();
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        ok(Time.timer_settime(timer[0], 0, Scene.in(1000), null));
        until("a callback", () -> calls.get() == 1);
        ok(Time.timer_delete(timer[0]));
    }

    /** The library's threads live, each once. */
    private void threads() {
        Thread[] all = new Thread[Thread.activeCount() + 20];
        int count = Thread.enumerate(all);
        Map<String, Integer> now = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String name = all[i].getName();
            if (name.startsWith("sigkevent") && !name.matches(".*[0-9]+")) {
                now.merge(name, 1, Integer::sum);
            }
        }
        for (String daemon : DAEMONS) {
            if (!now.containsKey(daemon)) {
                problems.add("thread " + daemon + " has ended");
                poisoned = true;
            }
        }
        now.forEach((name, several) -> {
            if (several > 1) {
                problems.add(several + " threads " + name);
                poisoned = true;
            }
        });
        DAEMONS.addAll(now.keySet());
    }

    /** More descriptors than before are a leak when the same failure leaves more once again. */
    private void descriptors() throws Exception {
        int now = settled(descriptors);
        if (now > descriptors && !retrying) {
            retrying = true;
            new Trial(call, n, way).run();
            retrying = false;
            // the driver may have to finish what was left to it, beside whatever else this machine does
            int more = now + 1;
            for (long end = System.nanoTime() + LONG.toNanos(); more > now && System.nanoTime() < end; ) {
                more = settled(now);
            }
            if (more > now) {
                problems.add("descriptors leak: " + descriptors + " before, then " + now + ", " + more);
            }
            descriptors = openDescriptors();
        }
    }

    private static boolean retrying;

    private static int settled(int wanted) {
        int now = openDescriptors();
        for (int i = 0; now > wanted && i < 10; i++) {
            LockSupport.parkNanos(1_000_000);
            now = openDescriptors();
        }
        return now;
    }

    private static int openDescriptors() {
        return new File("/proc/self/fd").list().length;
    }
}
