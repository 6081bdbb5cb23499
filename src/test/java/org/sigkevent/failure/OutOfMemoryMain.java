package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;
import static org.sigkevent.failure.Scene.until;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventStats;
import org.sigkevent.KeventTimer;
import org.sigkevent.Mqueue;
import org.sigkevent.Poll;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** What {@link OutOfMemoryTest} runs in JVMs with little memory. */
public final class OutOfMemoryMain {
    private static final List<ByteBuffer> DIRECT = new ArrayList<>();
    private static int wrong;

    private OutOfMemoryMain() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "first-calls":
                firstCalls();
                break;
            case "post":
                postWithoutDirectMemory();
                break;
            case "read":
                readWithoutDirectMemory();
                break;
            default:
                requestsWithoutHeap();
        }
        System.out.println(wrong == 0 ? "all in order" : wrong + " faults");
        System.out.flush();
        Runtime.getRuntime().halt(wrong == 0 ? 0 : 1);
    }

    private static void fault(String what) {
        wrong++;
        System.out.println("FAULT " + what);
    }

    /** Takes all direct memory, to the last byte: what the JVM says is left, because a refusal takes it half a second. */
    private static void takeDirectMemory() {
        long most = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        for (long left = most; left > 0; left = most - direct.getTotalCapacity()) {
            try {
                DIRECT.add(ByteBuffer.allocateDirect((int) (most - direct.getTotalCapacity())));
            } catch (OutOfMemoryError anotherThreadWasQuicker) {
                continue;
            }
        }
    }

    private static void giveDirectMemoryBack() {
        DIRECT.clear();
        until("there is direct memory again", () -> {
            System.gc();
            try {
                ByteBuffer.allocateDirect(1 << 20);
                return true;
            } catch (OutOfMemoryError notYet) {
                LockSupport.parkNanos(5_000_000);
                return false;
            }
        });
    }

    /** A call on a queue of its own. */
    private interface Registration {
        int make(KeventQueue queue) throws Exception;
    }

    private static final class Outcome {
        int result;
        Throwable thrown;

        boolean worked() {
            return thrown == null && result >= 0;
        }

        @Override
        public String toString() {
            return thrown == null ? "" + result : "" + thrown;
        }
    }

    private static Outcome inNewThread(String name, KeventQueue queue, Registration registration) throws Exception {
        Outcome outcome = new Outcome();
        Thread thread = new Thread(() -> {
            try {
                outcome.result = registration.make(queue);
            } catch (Throwable failure) {
                outcome.thrown = failure;
            }
        });
        thread.setDaemon(true);
        thread.start();
        thread.join(10_000);
        if (thread.isAlive()) {
            fault(name + " hangs");
        }
        return outcome;
    }

    private static Map<String, Registration> registrations(Scene scene) throws Exception {
        scene.openFile();
        scene.openPipe();
        scene.openMq();
        ByteBuffer word = ByteBuffer.allocateDirect(8);
        int pid = (int) new ProcessBuilder("sleep", "100").start().pid();
        Map<String, Registration> all = new LinkedHashMap<>();
        all.put("aio_read of a file", q -> Aio.aio_read(block(scene.fd, q)));
        all.put("aio_read of a pipe", q -> Aio.aio_read(block(scene.pipe[0], q)));
        all.put("aio_write", q -> Aio.aio_write(block(scene.fd, q)));
        all.put("lio_listio", q -> listOfOne(block(scene.fd, q), q));
        all.put("mq_notify", q -> Mqueue.mq_notify(scene.mqd, q.sigevent(SigVal.of(7))));
        all.put("timer_create", q -> Time.timer_create(Time.CLOCK_MONOTONIC, q.sigevent(SigVal.of(7)), new int[1]));
        all.put(
                "timer_create of CPU time",
                q -> Time.timer_create(Time.CLOCK_PROCESS_CPUTIME_ID, q.sigevent(SigVal.of(7)), new int[1]));
        all.put("fd", q -> submit(q, KeventEvent.fd(scene.pipe[0], Poll.POLLIN, SigVal.of(7))));
        all.put("signal", q -> submit(q, KeventEvent.signal(Scene.set(Signal.SIGRTMIN + 3), SigVal.of(7))));
        all.put("futex", q -> submit(q, KeventEvent.futex(word, 0, -1, false, SigVal.of(7))));
        all.put("flock", q -> submit(q, KeventEvent.flock(scene.fd, Fcntl.LOCK_SH, SigVal.of(7))));
        all.put("fsync", q -> submit(q, KeventEvent.fsync(scene.fd, SigVal.of(7))));
        all.put("processEnd", q -> submit(q, KeventEvent.processEnd(pid, SigVal.of(7))));
        all.put(
                "delay",
                q -> submit(q, KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(7))));
        all.put(
                "realtime delay",
                q -> submit(q, KeventEvent.delay(Time.CLOCK_REALTIME, 0, new TimeSpec(3600, 0), SigVal.of(7))));
        return all;
    }

    /** A list that says EIO has an element that was refused: that has its status and its record. */
    private static int listOfOne(Aiocb block, KeventQueue queue) {
        int rc = Aio.lio_listio(Aio.LIO_NOWAIT, new Aiocb[] {block}, 1, null);
        if (rc < 0 && Errno.errno() == Errno.EIO) {
            check(Aio.aio_error(block) == Errno.EAGAIN, "not refused");
            takeAny(queue);
            Errno.errno(Errno.EAGAIN);
        }
        return rc;
    }

    private static Aiocb block(int fd, KeventQueue queue) {
        Aiocb block = new Aiocb();
        block.aio_fildes = fd;
        block.aio_buf = new byte[200];
        block.aio_nbytes = 200;
        block.aio_lio_opcode = Aio.LIO_READ;
        block.aio_sigevent = queue.sigevent(SigVal.of(7));
        return block;
    }

    private static int submit(KeventQueue queue, KeventEvent event) {
        queue.submit(event);
        return 0;
    }

    /** The first call of a thread finds no direct memory: it is refused and has left nothing, or it works. */
    private static void firstCalls() throws Exception {
        Scene scene = new Scene();
        Map<String, Registration> all = registrations(scene);
        Map<String, KeventQueue> queues = new LinkedHashMap<>();
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (String name : all.keySet()) {
            queues.put(name, KeventQueue.open(4));
        }
        Errno.strerror(Errno.EAGAIN);
        takeDirectMemory();
        for (String name : all.keySet()) {
            outcomes.put(name, inNewThread(name, queues.get(name), all.get(name)));
        }
        giveDirectMemoryBack();
        outcomes.forEach((name, outcome) -> {
            KeventStats stats = queues.get(name).stats();
            if (!outcome.worked() && (stats.armed > 0 || stats.unread > 0 || stats.inFlight > 0)) {
                fault(name + ": " + outcome + ", yet " + stats);
            }
            if (outcome.thrown != null && !(outcome.thrown instanceof OutOfMemoryError)) {
                fault(name + ": " + outcome);
            }
        });
        for (String name : all.keySet()) {
            if (!outcomes.get(name).worked()) {
                Outcome again = inNewThread(name, queues.get(name), all.get(name));
                if (!again.worked()) {
                    fault(name + " with memory again: " + again + " " + Errno.message());
                }
            }
            closes(name, queues.get(name));
        }
    }

    private static void closes(String name, KeventQueue queue) throws Exception {
        Thread closer = new Thread(queue::close);
        closer.setDaemon(true);
        closer.start();
        closer.join(10_000);
        if (closer.isAlive()) {
            fault(name + ": close hangs, " + queue);
        }
    }

    /** A thread that waits, and goes on to wait whatever happens to the others. */
    private static AtomicLong taker(KeventQueue queue) {
        AtomicLong taken = new AtomicLong();
        Thread taker = new Thread(() -> {
            KeventRecord record = new KeventRecord();
            for (; ; ) {
                try {
                    queue.take(record);
                    taken.incrementAndGet();
                } catch (Throwable failure) {
                    System.out.println("the taker: " + failure);
                }
            }
        });
        taker.setDaemon(true);
        taker.start();
        queue.offer(SigVal.of(0));
        until("the taker takes", () -> taken.get() == 1);
        return taken;
    }

    /** A thread that never called before posts to one that waits. */
    private static void postWithoutDirectMemory() throws Exception {
        KeventQueue queue = KeventQueue.open(64);
        AtomicLong taken = taker(queue);
        takeDirectMemory();
        Outcome outcome = inNewThread("post", queue, q -> q.offer(SigVal.of(1)) ? 0 : -1);
        System.out.println("post without direct memory: " + outcome);
        giveDirectMemoryBack();
        arrives(queue, taken);
        closes("post", queue);
    }

    private static void arrives(KeventQueue queue, AtomicLong taken) throws Exception {
        for (int i = 0; i < 3; i++) {
            long before = taken.get();
            Outcome outcome = inNewThread("post", queue, q -> q.offer(SigVal.of(2)) ? 0 : -1);
            if (!outcome.worked()) {
                fault("post with memory again: " + outcome);
                return;
            }
            until("what is posted is taken", () -> taken.get() > before);
        }
    }

    /** New helper threads, where the engine has them, read a file. */
    private static void readWithoutDirectMemory() throws Exception {
        Scene scene = new Scene();
        scene.openFile();
        KeventQueue queue = KeventQueue.open(64);
        AtomicLong taken = taker(queue);
        Aiocb[] blocks = new Aiocb[4];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = block(scene.fd, queue);
            blocks[i].aio_buf = ByteBuffer.allocateDirect(Scene.FILE_SIZE / 2);
            blocks[i].aio_nbytes = Scene.FILE_SIZE / 2;
        }
        takeDirectMemory();
        int[] accepted = {0};
        for (Aiocb one : blocks) {
            accepted[0] +=
                    inNewThread("aio_read", queue, q -> Aio.aio_read(one)).worked() ? 1 : 0;
        }
        // what is accepted may or may not end now
        LockSupport.parkNanos(200_000_000);
        giveDirectMemoryBack();
        until(accepted[0] + " accepted requests end, taken " + taken, () -> taken.get() >= 1 + accepted[0]);
        arrives(queue, taken);
        Outcome again = inNewThread("aio_read", queue, q -> Aio.aio_read(block(scene.fd, queue)));
        check(again.worked(), "aio_read with memory again: " + again);
        until("its record", () -> taken.get() >= 1 + accepted[0] + 3 + 1);
        closes("read", queue);
    }

    /** The heap is full while requests pile up and tables grow. */
    private static void requestsWithoutHeap() throws Exception {
        int most = 3000;
        Scene scene = new Scene();
        scene.openPipe();
        KeventQueue queue = KeventQueue.open(most + 10);
        KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(1));
        timer.once(Duration.ofHours(1));
        KeventEvent first = KeventEvent.fd(scene.pipe[0], Poll.POLLIN, SigVal.of(5));
        queue.submit(first);
        queue.cancel(first);
        takeAny(queue);
        KeventEvent[] events = new KeventEvent[most];
        for (int i = 0; i < most; i++) {
            events[i] = i % 3 == 0
                    ? KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(5))
                    : KeventEvent.fd(scene.pipe[0], Poll.POLLIN, SigVal.of(5));
        }
        boolean[] accepted = new boolean[most];
        int errors = 0;
        for (int i = 0; i < most && errors < 50; i++) {
            if (i % 300 == 0) {
                FullHeap.fill(64);
            }
            try {
                accepted[i] = Kevent.kevent_submit(queue.fd(), events[i], Kevent.KEVENT_NOWAIT, null) == 0;
            } catch (OutOfMemoryError expected) {
                errors++;
                // a little more room each time, so that another place fails
                FullHeap.giveLastBack();
            }
        }
        FullHeap.empty();
        int inForce = 0;
        for (boolean one : accepted) {
            inForce += one ? 1 : 0;
        }
        System.out.println(inForce + " accepted, " + errors + " errors");
        check(errors > 0, "the heap was never full");
        KeventStats stats = queue.stats();
        if (stats.armed + stats.unread != inForce + 1) {
            fault(inForce + " requests and a timer, but " + stats);
        }
        scene.writeByte();
        for (int i = 0; i < most; i++) {
            if (accepted[i] && i % 3 == 0) {
                ok(Kevent.kevent_ctl(queue.fd(), Kevent.KEVENT_CTL_CANCEL, events[i]));
            }
        }
        int records = 0;
        KeventRecord record = new KeventRecord();
        while (records < inForce && queue.poll(record, Scene.patience)) {
            records++;
        }
        if (records != inForce) {
            fault(records + " records of " + inForce + " requests");
        }
        timer.close();
        stats = queue.stats();
        if (stats.armed != 0 || stats.inFlight > 1) {
            fault("in the end " + stats);
        }
        closes("requests", queue);
    }
}
