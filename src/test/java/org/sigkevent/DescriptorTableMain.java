package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/**
 * Takes what the table in README.md names, row by row, and counts the process's descriptors: a program of its own, because some rows are
 * about what is opened once for a process. The table's rows are the arguments: how many, and for what.
 */
final class DescriptorTableMain {
    private static final int LOCK_EX_NB = 6;
    private static final int FLOCK = Native.X86_64 ? 73 : 32;

    /** What begins, what it stands for, and what ends it; null where it stays. */
    private record Step(Runnable begin, Runnable end) {}

    /** So many looks in a row must find the same. */
    private static final int STEADY = 50;

    private final List<String> wrong = new ArrayList<>();
    private final Map<String, Step> steps = new LinkedHashMap<>();
    private final Path folder;
    private final KeventQueue queue;
    private final int[] pipe = EventSource.pipe();
    private final KeventQueue second = KeventQueue.open(8);
    private final int file;
    private final int other;

    private DescriptorTableMain(Path folder, KeventQueue queue) {
        this.folder = folder;
        this.queue = queue;
        String name = folder.resolve("file").toString();
        file = (int) ok(Fcntl.open(name, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600));
        other = (int) ok(Fcntl.open(name, Fcntl.O_RDWR));
        makeSteps();
    }

    /** The number and target of every descriptor that is not the JVM's own: it opens jars, libraries and files of /proc when it likes. */
    private static Map<Integer, String> descriptors() {
        Map<Integer, String> open = new TreeMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Iterator<Path> each = all.iterator(); each.hasNext(); ) {
                Path one = each.next();
                String target;
                try {
                    target = Files.readSymbolicLink(one).toString();
                } catch (IOException closedMeanwhile) {
                    continue;
                }
                if (!target.matches("/proc/.*|/sys/.*|.*\\.jar|.*\\.so|.*/modules|.*\\.class|/dev/u?random|/")) {
                    open.put(Integer.valueOf(one.getFileName().toString()), target);
                }
            }
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
        return open;
    }

    /** Waits until there are as many more as stated, and stay so. */
    private void more(Map<Integer, String> before, int stated, String what) {
        int[] steady = new int[1];
        try {
            Support.until(what, () -> {
                steady[0] = descriptors().size() == before.size() + stated ? steady[0] + 1 : 0;
                return steady[0] == STEADY;
            });
        } catch (AssertionError never) {
            Map<Integer, String> now = descriptors();
            now.keySet().removeAll(before.keySet());
            wrong.add("for " + what + " the table says " + stated + ", these were opened: " + now.values());
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Map<Integer, String> first = descriptors();
        Support.destroy(Support.queue(8));
        Map<Integer, String> library = descriptors();
        KeventQueue queue = KeventQueue.open(64);
        Map<Integer, String> both = descriptors();
        DescriptorTableMain table = new DescriptorTableMain(folder, queue);
        table.same(arguments[1], library.size() - first.size(), arguments[2]);
        table.same(arguments[3], both.size() - library.size(), arguments[4]);
        List<String> rows = new ArrayList<>();
        for (int i = 5; i < arguments.length; i += 2) {
            rows.add(arguments[i + 1]);
            table.row(Integer.parseInt(arguments[i]), arguments[i + 1]);
        }
        assertEquals(List.of(), table.wrong);
        assertEquals(new ArrayList<>(table.steps.keySet()), rows);
        System.out.println("as the table says, on " + queue.capabilities().engine());
        System.exit(0);
    }

    private void same(String stated, int counted, String what) {
        if (Integer.parseInt(stated) != counted) {
            wrong.add("for " + what + " the table says " + stated + ", and not " + counted);
        }
    }

    private void row(int stated, String what) {
        Step step = steps.get(what);
        assertTrue(step != null, () -> "nothing counts the descriptors for: " + what);
        Map<Integer, String> before = descriptors();
        step.begin.run();
        more(before, stated, what);
        if (step.end != null) {
            step.end.run();
            more(before, 0, "what is left after " + what);
        }
    }

    private void makeSteps() {
        stays("a queue with KEVENT_CTL_POLLFD", () -> ok(Kevent.kevent_ctl(queue.fd(), Kevent.KEVENT_CTL_POLLFD, 0)));
        stays("timers on CLOCK_REALTIME or CLOCK_TAI in a queue", () -> {
            timer(Time.CLOCK_REALTIME);
            timer(Time.CLOCK_TAI);
        });
        stays("timers on CLOCK_BOOTTIME in a queue", () -> timer(Time.CLOCK_BOOTTIME));
        stays("a queue for the first asynchronous I/O with SIGEV_NONE", () -> {
            Aiocb silent = cb(file);
            ok(Aio.aio_read(silent));
            ok(Aio.aio_suspend(new Aiocb[] {silent}, 1, null));
        });
        stays("the first signal that is caught", () -> {
            SigSet set = new SigSet();
            ok(Signal.sigaddset(set, Signal.SIGRTMIN + 3));
            queue.submit(KeventEvent.signals(set, false, SigVal.of(1)));
        });
        stays("a queue for the first SIGEV_SIGNAL", () -> {
            SigEvent signal = new SigEvent();
            signal.sigev_notify = Signal.SIGEV_SIGNAL;
            signal.sigev_signo = Signal.SIGRTMIN + 3;
            ok(Time.timer_create(Time.CLOCK_MONOTONIC, signal, new int[1]));
        });
        stays("a queue for the first SIGEV_THREAD", () -> {
            SigEvent call = new SigEvent();
            call.sigev_notify = Signal.SIGEV_THREAD;
            call.sigev_notify_function = value -> {};
            ok(Time.timer_create(Time.CLOCK_MONOTONIC, call, new int[1]));
        });
        stays(
                "a queue with timers on such a clock, for the first sleep on one (but CLOCK_REALTIME and CLOCK_TAI only until a time)",
                () -> {
                    assertEquals(0, Time.clock_nanosleep(Time.CLOCK_REALTIME, 0, new TimeSpec(0, 1), null));
                    // a time that is over before it is armed needs no descriptor
                    assertEquals(0, Time.clock_nanosleep(Time.CLOCK_BOOTTIME, 0, new TimeSpec(1, 0), null));
                });
        stays("every 128 registrations of mq_notify in a queue", () -> {
            String name = "/sigkevent-table-" + ProcessHandle.current().pid();
            int mqd = (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
            ok(Mqueue.mq_unlink(name));
            ok(Mqueue.mq_notify(mqd, queue.sigevent(SigVal.of(1))));
            ok(Mqueue.mq_notify(mqd, null));
            ok(Mqueue.mq_close(mqd));
        });
        KeventEvent readable = KeventEvent.fd(pipe[0], Poll.POLLIN, SigVal.of(1));
        waits("KEVENT_FD", readable);
        Aiocb[] reads = {cb(pipe[0]), cb(pipe[0])};
        steps.put(
                "a read or write of a pipe or socket",
                new Step(() -> ok(Aio.aio_read(reads[0])), () -> ok(Aio.aio_cancel(pipe[0], null))));
        steps.put(
                "the same, with any number of others queued behind it",
                new Step(
                        () -> {
                            ok(Aio.aio_read(reads[0]));
                            ok(Aio.aio_read(reads[1]));
                        },
                        () -> ok(Aio.aio_cancel(pipe[0], null))));
        int eventfd = Linux.eventfd();
        waits(
                "KEVENT_FD of an eventfd, timerfd, inotify or a character device (a terminal)",
                KeventEvent.fd(eventfd, Poll.POLLIN, SigVal.of(1)));
        Aiocb ofEventfd = cb(eventfd);
        ofEventfd.aio_buf = new byte[Long.BYTES];
        ofEventfd.aio_nbytes = Long.BYTES;
        steps.put(
                "a read or write of one of those",
                new Step(() -> ok(Aio.aio_read(ofEventfd)), () -> ok(Aio.aio_cancel(eventfd, null))));
        waits("accept, and connect where it has to wait", KeventEvent.accept(listening(), 0, SigVal.of(1)));
        waits("a bind whose address is in use", KeventEvent.bind(socket(), address(), SigVal.of(1)));
        int pid = (int) sleeping().pid();
        waits("`processEnd`", KeventEvent.processEnd(pid, SigVal.of(1)));
        waits(
                "`waitid` for the exit of one child, or by a pidfd",
                KeventEvent.waitid(Wait.P_PID, pid, Wait.WEXITED | Wait.WNOWAIT, SigVal.of(1)));
        ok(Linux.call(FLOCK, other, LOCK_EX_NB));
        waits("a file lock", KeventEvent.flock(file, Fcntl.LOCK_EX, SigVal.of(1)));
        steps.put("a wait with a signal mask, while another thread leads", waitWithMask());
        steps.put("aio_suspend over requests of several queues", suspendOverTwo());
    }

    private void stays(String what, Runnable begin) {
        steps.put(what, new Step(begin, null));
    }

    private void waits(String what, KeventEvent event) {
        steps.put(what, new Step(() -> queue.submit(event), () -> {
            queue.cancel(event);
            Support.take(queue.fd());
        }));
    }

    private void timer(int clock) {
        TimeSpec late = new TimeSpec();
        ok(Time.clock_gettime(clock, late));
        late.tv_sec += 3600;
        queue.timer(clock, SigVal.of(1)).at(late, new TimeSpec());
    }

    private Aiocb cb(int fd) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = new byte[1];
        cb.aio_nbytes = 1;
        return cb;
    }

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(folder.resolve("socket"));
    }

    private static int socket() {
        return (int) ok(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
    }

    private int listening() {
        int fd = socket();
        queue.submit(KeventEvent.bind(fd, address(), SigVal.of(1)));
        assertEquals(0, Support.take(queue.fd()).error);
        queue.submit(KeventEvent.listen(fd, 1, SigVal.of(1)));
        assertEquals(0, Support.take(queue.fd()).error);
        return fd;
    }

    private Process sleeping() {
        try {
            Process process = new ProcessBuilder("sleep", "300")
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(Path.of("/dev/null").toFile())
                    .redirectError(Path.of("/dev/null").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return process;
        } catch (IOException notStarted) {
            throw new AssertionError(notStarted);
        }
    }

    private static void asleep(FutureTask<?> task, Thread[] thread) {
        Support.until("runs", () -> thread[0] != null);
        Support.until("sleeps", () -> task.isDone() || Support.asleep(thread[0]));
    }

    private Step waitWithMask() {
        SigSet mask = new SigSet();
        List<FutureTask<Integer>> waiters = new ArrayList<>();
        int[] state = new int[1];
        return new Step(
                () -> {
                    state[0] = Support.ring(queue.fd()).state();
                    for (SigSet one : new SigSet[] {null, mask}) {
                        Thread[] thread = new Thread[1];
                        FutureTask<Integer> waiter = Support.start(() -> {
                            thread[0] = Thread.currentThread();
                            return Kevent.kevent_wait(queue.fd(), state[0], null, one);
                        });
                        asleep(waiter, thread);
                        waiters.add(waiter);
                    }
                },
                () -> {
                    queue.wake(2);
                    waiters.forEach(DescriptorTableMain::returned);
                });
    }

    private static void returned(FutureTask<Integer> waiter) {
        try {
            assertEquals(0, Support.get(waiter));
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private Step suspendOverTwo() {
        Aiocb[] both = {cb(EventSource.pipe()[0]), cb(EventSource.pipe()[0])};
        both[0].aio_sigevent = queue.sigevent(SigVal.of(1));
        both[1].aio_sigevent = second.sigevent(SigVal.of(1));
        for (Aiocb one : both) {
            ok(Aio.aio_read(one));
        }
        Thread[] thread = new Thread[1];
        List<FutureTask<Integer>> waiter = new ArrayList<>();
        return new Step(
                () -> {
                    waiter.add(Support.start(() -> {
                        thread[0] = Thread.currentThread();
                        return Aio.aio_suspend(both, 2, null) < 0 && Errno.errno() == Errno.EINTR ? 0 : -1;
                    }));
                    asleep(waiter.get(0), thread);
                },
                () -> {
                    thread[0].interrupt();
                    returned(waiter.get(0));
                });
    }
}
