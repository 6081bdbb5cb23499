package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EMFILE;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** What {@link FaultsTest} runs in a JVM that may open few descriptors: takes them all, and gives some back one by one. */
public final class ExhaustedMain {
    private static final int MOST_FREE = 12;
    private static final Deque<Integer> hoard = new ArrayDeque<>();

    private ExhaustedMain() {}

    public static void main(String[] args) {
        // loads what is needed while there are descriptors for it
        useEverything(Support.queue(8));
        refused(Errno.EINVAL, Kevent.kevent_init(0));
        assertThrows(KeventException.class, () -> KeventQueue.open(0));
        assertTrue(Errno.strerror(EMFILE).length() > 0);
        assertThrows(AssertionError.class, () -> refused(EMFILE, Kevent.kevent_init(0)));
        int kfd = Support.queue(8);
        int polled = Support.queue(1);
        ok(Kevent.kevent_ctl(polled, Kevent.KEVENT_CTL_POLLFD, 0));
        Support.destroy(polled);
        int mqd = (int) ok(Mqueue.mq_open(name(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
        ok(Mqueue.mq_unlink(name()));
        int[] pipe = EventSource.pipe();
        whatThereIsGoesOn(kfd, mqd, pipe);

        int needed = 0;
        for (int free = 0; free <= MOST_FREE; free++) {
            // also what the JVM had open for a moment
            takeAll();
            for (int i = 0; i < free; i++) {
                ok(Unistd.close(hoard.pop()));
            }
            if (noQueueCanBeHad()) {
                needed = free + 1;
            }
            areFree(free);
            if (free == 0) {
                noMessageQueueCanBeHad();
                takeAll();
                refused(EMFILE, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_POLLFD, 0));
                whatThereIsGoesOn(kfd, mqd, pipe);
                areFree(0);
            }
        }
        assertTrue(needed > 0 && needed < MOST_FREE, "a queue needed " + needed + " descriptors");
        while (!hoard.isEmpty()) {
            ok(Unistd.close(hoard.pop()));
        }
        useEverything(kfd);
        System.out.println("a queue needs " + needed + " descriptors; nothing leaked");
    }

    /** Both faces say so, one after the other: for a moment the JVM may have a descriptor open itself. */
    private static boolean noQueueCanBeHad() {
        for (; ; ) {
            int made = Kevent.kevent_init(4);
            if (made >= 0) {
                Support.destroy(made);
                return false;
            }
            assertEquals(EMFILE, Errno.errno(), Errno::message);
            assertTrue(Errno.message().contains("EMFILE"), Errno::message);
            try {
                KeventQueue.open(4).close();
            } catch (KeventException refused) {
                assertEquals(EMFILE, refused.errno());
                return true;
            }
        }
    }

    private static void noMessageQueueCanBeHad() {
        for (; ; ) {
            takeAll();
            int made = Mqueue.mq_open(name(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null);
            if (made < 0) {
                assertEquals(EMFILE, Errno.errno(), Errno::message);
                return;
            }
            // the JVM has let a descriptor go
            ok(Mqueue.mq_unlink(name()));
            ok(Unistd.close(made));
        }
    }

    private static String name() {
        return "/sigkevent-exhausted-" + ProcessHandle.current().pid();
    }

    private static String open() {
        StringBuilder all = new StringBuilder();
        for (int fd = 0; fd < 200; fd++) {
            try {
                all.append(' ').append(fd).append(' ').append(Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)));
            } catch (IOException none) {
                // not open
                continue;
            }
        }
        return all.toString();
    }

    private static void takeAll() {
        for (; ; ) {
            int fd = Fcntl.open("/dev/null", Fcntl.O_RDONLY);
            if (fd < 0) {
                assertEquals(EMFILE, Errno.errno(), Errno::message);
                assertTrue(Errno.message().contains("EMFILE"), Errno::message);
                return;
            }
            hoard.push(fd);
        }
    }

    /** That no fewer descriptors are free; for a moment the JVM may have one open itself. */
    private static void areFree(int free) {
        long end = System.nanoTime() + Support.SOON.toNanos();
        int found = countFree();
        while (found < free && System.nanoTime() < end) {
            Thread.onSpinWait();
            found = countFree();
        }
        if (found < free) {
            while (!hoard.isEmpty()) {
                ok(Unistd.close(hoard.pop()));
            }
            fail(found + " descriptors are free, not " + free + "; open are " + open());
        }
    }

    private static int countFree() {
        int before = hoard.size();
        takeAll();
        int found = hoard.size() - before;
        while (hoard.size() > before) {
            ok(Unistd.close(hoard.pop()));
        }
        return found;
    }

    /** What needs a descriptor that it cannot have says so, the rest is done. */
    private static void whatThereIsGoesOn(int kfd, int mqd, int[] pipe) {
        SigEvent event = SigEvent.kevent(kfd, SigVal.of(1));
        Aiocb cb = new Aiocb();
        cb.aio_fildes = pipe[0];
        cb.aio_buf = ByteBuffer.allocateDirect(1);
        cb.aio_nbytes = 1;
        cb.aio_sigevent = event;
        if (Aio.aio_read(cb) == 0) {
            assertEquals(1, Native.C.write(pipe[1], Memory.address(Memory.allocate(1)), 1));
            KeventRecord record = Support.take(kfd);
            assertEquals(Kevent.KEVENT_AIO, record.id);
            assertEquals(1, record.result, record::toString);
        } else {
            assertTrue(Errno.errno() == EAGAIN || Errno.errno() == EMFILE, Errno::message);
        }
        if (Mqueue.mq_notify(mqd, event) == 0) {
            ok(Mqueue.mq_send(mqd, new byte[1], 1, 0));
            assertEquals(Kevent.KEVENT_MQ, Support.take(kfd).id);
            ok(Mqueue.mq_receive(mqd, new byte[8192], 8192, null));
        } else {
            assertEquals(EMFILE, Errno.errno(), Errno::message);
        }
        for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME}) {
            TimeSpec now = new TimeSpec();
            ok(Time.clock_gettime(clock, now));
            int[] timer = new int[1];
            ok(Time.timer_create(clock, event, timer));
            ItimerSpec spec = new ItimerSpec();
            spec.it_value = TimeSpec.ofNanos(now.toNanos() + 5_000_000);
            ok(Time.timer_settime(timer[0], Time.TIMER_ABSTIME, spec, null));
            assertEquals(timer[0], Support.take(kfd).descriptor, "a timer of clock " + clock);
            ok(Time.timer_delete(timer[0]));
        }
    }

    private static void useEverything(int kfd) {
        for (EventSource.Kind kind : EventSource.Kind.values()) {
            try (EventSource source = kind.make()) {
                ok(source.register(SigEvent.kevent(kfd, SigVal.of(1))));
                source.fire();
                assertEquals(kind.id, Support.take(kfd).id);
            }
        }
        Support.destroy(kfd);
    }
}
