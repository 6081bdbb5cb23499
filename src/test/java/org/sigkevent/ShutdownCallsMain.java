package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/**
 * What threads are in the middle of when the library is ended, by a callback: waits of all kinds, a callback that runs, a call that
 * only asks the kernel. Then, what can still be called.
 */
final class ShutdownCallsMain {
    private static final int SIGNO = 41;

    private ShutdownCallsMain() {}

    public static void main(String[] arguments) throws Exception {
        int[] pipe = EventSource.pipe();
        Path path = Files.write(Files.createTempFile("locked", ""), new byte[1]);
        FileChannel locked = FileChannel.open(path, StandardOpenOption.WRITE);
        FileLock lock = locked.lock();
        int mqd = (int) ok(Mqueue.mq_open(name(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
        ok(Mqueue.mq_unlink(name()));
        KeventQueue queue = KeventQueue.open(8);
        KeventQueue full = KeventQueue.open(1);
        full.offer(SigVal.of(1));
        syncLocked(path);
        Aiocb pending = reading(pipe[0]);
        ok(Aio.aio_read(pending));
        List<FutureTask<Integer>> ended = new ArrayList<>();
        ended.add(waiting(() -> assertThrows(KeventException.class, queue::take).errno() - Errno.EBADF));
        ended.add(waiting(() -> assertThrows(KeventException.class, () -> full.post(SigVal.of(2)))
                        .errno()
                - Errno.EBADF));
        ended.add(waiting(() -> {
            ok(Aio.aio_suspend(new Aiocb[] {pending}, 1, null));
            return Aio.aio_error(pending) - Errno.ECANCELED;
        }));
        ended.add(waiting(() -> {
            SigSet set = new SigSet();
            ok(Signal.sigaddset(set, SIGNO));
            refused(Errno.ESHUTDOWN, Signal.sigwaitinfo(set, null));
            return 0;
        }));
        ended.add(waiting(() -> {
            TimeSpec late = new TimeSpec();
            ok(Time.clock_gettime(Time.CLOCK_REALTIME, late));
            late.tv_sec += 1000;
            return Time.clock_nanosleep(Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, late, null) - Errno.ESHUTDOWN;
        }));
        FutureTask<Boolean> receiver = waiting(() -> receivedOrInterrupted(mqd));
        FutureTask<Boolean> interrupted = waiting(() -> receivedOrInterrupted(mqd));
        byACallback(path);
        for (int i = 0; i < ended.size(); i++) {
            assertEquals(0, Support.get(ended.get(i)), "errno of wait " + i);
        }
        // those ask the kernel only: one gets its message, one is interrupted
        ok(Mqueue.mq_send(mqd, new byte[1], 1, 0));
        Support.until("one has received", () -> receiver.isDone() || interrupted.isDone());
        interruptWaiting();
        assertTrue(ends(receiver) + ends(interrupted) >= 1);
        refusals(queue, mqd);
        assertTrue(lockedByThisProcess(path), "the process's lock on a file is gone");
        lock.release();
        assertTrue(!lockedByThisProcess(path), "somebody else has a lock on the file");
        locked.close();
        Files.delete(path);
        for (int fd : new int[] {pipe[0], pipe[1], mqd}) {
            ok(Unistd.close(fd));
        }
        Sigkevent.shutdown();
        assertEquals(List.of(), libraryDescriptors());
        System.out.println("all has ended");
        System.exit(0);
    }

    private static final List<Thread> WAITING = new ArrayList<>();

    /** What is expected of either receiver, whichever got the message. */
    private static boolean receivedOrInterrupted(int mqd) {
        long length = Mqueue.mq_receive(mqd, new byte[8192], 8192, null);
        return length == 1 || length < 0 && Errno.errno() == Errno.EINTR;
    }

    private static int ends(FutureTask<Boolean> one) throws Exception {
        try {
            return Support.get(one) ? 1 : 0;
        } catch (java.util.concurrent.ExecutionException other) {
            return 0;
        }
    }

    private static void interruptWaiting() {
        for (Thread thread : WAITING) {
            thread.interrupt();
        }
    }

    private static String name() {
        return "/sigkevent-shutdown-" + ProcessHandle.current().pid();
    }

    /** On epoll a duplicate stays: closing it would give up the program's lock. */
    private static void syncLocked(Path path) {
        int fd = (int) ok(Fcntl.open(path.toString(), Fcntl.O_RDWR));
        Aiocb cb = reading(fd);
        ok(Aio.aio_fsync(Fcntl.O_SYNC, cb));
        ok(Aio.aio_suspend(new Aiocb[] {cb}, 1, null));
        ok(Aio.aio_return(cb));
    }

    /** As the kernel's list has it. */
    private static boolean lockedByThisProcess(Path path) throws IOException {
        String end = " " + ProcessHandle.current().pid() + " ";
        String inode = ":" + Files.getAttribute(path, "unix:ino") + " ";
        return Files.readAllLines(Path.of("/proc/locks")).stream()
                .anyMatch(line -> line.contains("POSIX") && line.contains(end) && line.contains(inode));
    }

    private static Aiocb reading(int fd) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = new byte[1];
        cb.aio_nbytes = 1;
        return cb;
    }

    private static <T> FutureTask<T> waiting(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread thread = new Thread(task, "waiting");
        thread.setDaemon(true);
        thread.start();
        WAITING.add(thread);
        Support.until("the thread waits", () -> Support.asleep(thread) || inACall(thread));
        return task;
    }

    private static List<String> libraryDescriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(fd -> {
                        try {
                            return Files.readSymbolicLink(fd).toString();
                        } catch (IOException closed) {
                            return "";
                        }
                    })
                    .filter(what -> what.startsWith("anon_inode:") || what.startsWith("/memfd:"))
                    .toList();
        }
    }

    private static boolean inACall(Thread thread) {
        StackTraceElement[] stack = thread.getStackTrace();
        return stack.length > 1
                && stack[0].isNativeMethod()
                && stack[1].getClassName().contains("jffi");
    }

    /** A callback ends the library, and another one is running until that has begun. */
    private static void byACallback(Path file) throws Exception {
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        CountDownLatch running = new CountDownLatch(1);
        FutureTask<Integer> refusal = new FutureTask<>(() -> readUntilRefused(fd, running));
        notified(refusal);
        running.await();
        FutureTask<Void> shutdown = new FutureTask<>(() -> {
            Sigkevent.shutdown();
            return null;
        });
        notified(shutdown);
        Support.get(shutdown);
        assertEquals(Errno.ESHUTDOWN, Support.get(refusal), "of a read while the library ends");
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("sigkevent") && !thread.getName().startsWith("sigkevent-callback")) {
                throw new AssertionError(thread + " is alive");
            }
        }
        Support.until(
                "the callback's thread ends",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("sigkevent")));
    }

    /** The end waits for this, when the queues have ended. */
    private static int readUntilRefused(int fd, CountDownLatch running) {
        Aiocb cb = reading(fd);
        while (Aio.aio_read(cb) == 0) {
            ok(Aio.aio_suspend(new Aiocb[] {cb}, 1, null));
            Aio.aio_return(cb);
            running.countDown();
        }
        int errno = Errno.errno();
        cb.aio_lio_opcode = Aio.LIO_READ;
        refused(errno, Aio.lio_listio(Aio.LIO_WAIT, new Aiocb[] {cb}, 1, null));
        return errno;
    }

    private static void notified(Runnable callback) {
        SigEvent event = new SigEvent();
        event.sigev_notify = org.sigkevent.Signal.SIGEV_THREAD;
        event.sigev_notify_function = value -> callback.run();
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        ok(Time.timer_settime(id[0], 0, soon, null));
    }

    /** What needs the library is refused in words, what asks the kernel goes on. */
    private static void refusals(KeventQueue queue, int mqd) {
        refused(Errno.ESHUTDOWN, Kevent.kevent_init(1));
        assertTrue(Errno.message().contains("Sigkevent.shutdown"), Errno::message);
        assertEquals(
                Errno.ESHUTDOWN,
                assertThrows(KeventException.class, () -> KeventQueue.open(1)).errno());
        refused(Errno.ESHUTDOWN, Aio.aio_read(reading(0)));
        refused(Errno.ESHUTDOWN, Time.timer_create(Time.CLOCK_MONOTONIC, new SigEvent(), new int[1]));
        refused(Errno.ESHUTDOWN, Mqueue.mq_notify(mqd, new SigEvent()));
        refused(Errno.ESHUTDOWN, Signal.sigwaitinfo(new SigSet(), null));
        assertEquals(
                Errno.EBADF, assertThrows(KeventException.class, queue::poll).errno());
        queue.close();
        ok(Time.clock_gettime(Time.CLOCK_REALTIME, new TimeSpec()));
        assertTrue(Linux.gettid() > 0 && Native.C.getpid() > 0);
    }
}
