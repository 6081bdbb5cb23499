package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * Uses every part of the library that has a thread, a descriptor or something else which the process has one of: both kinds of helpers,
 * timers of all clocks, signals, message queues, callbacks, sleeps. Then leaves everything under way: requests that wait, timers
 * that are armed, registrations, a queue that nobody closes.
 */
public final class EveryPart {
    private static final SigVal COOKIE = SigVal.of(7);
    private static final int CAPACITY = 64;

    /** System V semaphores outlive the process: only this many ever. */
    private final int semaphores = Linux.call(Native.X86_64 ? 64 : 190, 0, 1, 0600);

    private final int[] pipe = EventSource.pipe();
    private final KeventQueue queue = KeventQueue.open(CAPACITY);
    private final int file;
    private final int mqd;
    private final int silentMqd;
    private final int signo;

    private EveryPart(int signo) throws Exception {
        this.signo = signo;
        Path path = Files.createTempFile("every-part", "");
        Files.write(path, new byte[CAPACITY]);
        file = (int) ok(Fcntl.open(path.toString(), Fcntl.O_RDWR));
        Files.delete(path);
        mqd = mq("a");
        silentMqd = mq("b");
    }

    /**
     * Uses all and leaves it.
     *
     * @param signo the signal to catch
     */
    public static void use(int signo) throws Exception {
        EveryPart part = new EveryPart(signo);
        try {
            part.run();
        } finally {
            Linux.call(Native.X86_64 ? 66 : 191, part.semaphores, 0, 0);
        }
    }

    /** As {@link #use}, and what is the program's own is closed: what is left is the library's. */
    public static void useAndCloseFiles(int signo) throws Exception {
        EveryPart part = new EveryPart(signo);
        try {
            part.run();
        } finally {
            Linux.call(Native.X86_64 ? 66 : 191, part.semaphores, 0, 0);
            for (int fd : new int[] {part.pipe[0], part.pipe[1], part.file, part.mqd, part.silentMqd}) {
                ok(Unistd.close(fd));
            }
        }
    }

    private static int mq(String name) {
        String unique = "/sigkevent-every-" + ProcessHandle.current().pid() + name;
        MqAttr attributes = new MqAttr();
        attributes.mq_maxmsg = 2;
        attributes.mq_msgsize = 16;
        int made = (int) ok(Mqueue.mq_open(unique, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, attributes));
        ok(Mqueue.mq_unlink(unique));
        return made;
    }

    private void run() throws Exception {
        requests();
        messages();
        timers();
        callbacks();
        signals();
        sleeps();
        others();
    }

    private Aiocb reading(int fd) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = new byte[1];
        cb.aio_nbytes = 1;
        return cb;
    }

    private void requests() throws Exception {
        Aiocb notified = reading(file);
        notified.aio_sigevent = queue.sigevent(COOKIE);
        ok(Aio.aio_read(notified));
        come(1);
        Aiocb silent = reading(file);
        ok(Aio.aio_read(silent));
        ok(Aio.aio_suspend(new Aiocb[] {silent}, 1, null));
        Aiocb listed = reading(file);
        listed.aio_lio_opcode = Aio.LIO_READ;
        ok(Aio.lio_listio(Aio.LIO_WAIT, new Aiocb[] {listed}, 1, null));
        queue.submit(KeventEvent.fsync(file, COOKIE));
        come(1);
        Aiocb ofPipe = reading(pipe[0]);
        ofPipe.aio_sigevent = queue.sigevent(COOKIE);
        ok(Aio.aio_read(ofPipe));
        ok(Linux.result(Native.C.write(pipe[1], Memory.address(Memory.allocate(1)), 1)));
        come(1);
        // these stay
        Aiocb pending = reading(pipe[0]);
        pending.aio_sigevent = queue.sigevent(COOKIE);
        ok(Aio.aio_read(pending));
        Aiocb silentPending = reading(pipe[0]);
        ok(Aio.aio_read(silentPending));
    }

    private void messages() throws Exception {
        ok(Mqueue.mq_notify(mqd, queue.sigevent(COOKIE)));
        ok(Mqueue.mq_send(mqd, new byte[1], 1, 0));
        come(1);
        ok(Mqueue.mq_receive(mqd, new byte[16], 16, null));
        ok(Mqueue.mq_notify(mqd, queue.sigevent(COOKIE)));
        ok(Mqueue.mq_notify(silentMqd, new SigEvent()));
    }

    private void timers() throws Exception {
        int[] clocks = {
            Time.CLOCK_MONOTONIC,
            Time.CLOCK_REALTIME,
            Time.CLOCK_BOOTTIME,
            Time.CLOCK_TAI,
            Time.CLOCK_PROCESS_CPUTIME_ID
        };
        for (int clock : clocks) {
            KeventTimer timer = queue.timer(clock, COOKIE);
            timer.once(Duration.ofMillis(1));
            KeventRecord record = new KeventRecord();
            Support.until("a timer of clock " + clock, () -> queue.poll(record));
            timer.every(Duration.ofHours(1));
        }
    }

    private void callbacks() throws Exception {
        notified(null);
        Executor direct = Runnable::run;
        notified(direct);
    }

    private static void notified(Executor executor) throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_function = value -> called.countDown();
        event.sigev_notify_attributes = executor;
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        soon.it_interval.tv_sec = 1000;
        ok(Time.timer_settime(id[0], 0, soon, null));
        assertTrue(called.await(30, TimeUnit.SECONDS), "no callback");
    }

    private void signals() throws Exception {
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        queue.submit(KeventEvent.signals(set, false, COOKIE));
        ok(Signal.sigqueue((int) ProcessHandle.current().pid(), signo, COOKIE));
        come(1);
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        ok(Time.timer_settime(id[0], 0, soon, null));
        come(1);
    }

    private void sleeps() {
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(Time.CLOCK_REALTIME, now));
        now.tv_sec++;
        now.tv_nsec = 0;
        assertEquals(0, Time.clock_nanosleep(Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, now, null));
    }

    private void others() throws Exception {
        assertTrue(semaphores >= 0);
        queue.submit(KeventEvent.semop(semaphores, new short[] {0, -1, 0}, COOKIE));
        queue.submit(KeventEvent.futex(word(), 0, -1, false, COOKIE));
        queue.submit(KeventEvent.fd(pipe[0], Poll.POLLIN, COOKIE));
        ok(Kevent.kevent_ctl(queue.fd(), Kevent.KEVENT_CTL_POLLFD, 0));
        queue.driver(true);
        for (int i = 0; i < 3; i++) {
            assertTrue(queue.offer(COOKIE));
        }
        come(1);
    }

    private static ByteBuffer word() {
        return Memory.allocate(4);
    }

    /** Takes so many records, which must come. */
    private void come(int records) throws InterruptedException {
        for (int i = 0; i < records; i++) {
            KeventRecord record = queue.poll(Duration.ofSeconds(30));
            assertTrue(record != null, "no record came");
        }
    }
}
