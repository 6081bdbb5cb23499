package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Support.ok;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.ItimerSpec;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** sigevent and the ring. */
@Timeout(120)
@DisplayNameGeneration(AssertionNames.class)
class SigeventIT extends AioScene {
    private static final long[] COOKIES = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE};
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final List<Integer> timers = new ArrayList<>();
    private final List<Integer> mqds = new ArrayList<>();

    @AfterEach
    void deleteAll() {
        timers.forEach(Time::timer_delete);
        mqds.forEach(Mqueue::mq_close);
    }

    // ---- sources

    private int timer(SigEvent event) {
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
        timers.add(id[0]);
        return id[0];
    }

    private static void arm(int timer, long nanos, long interval) {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = TimeSpec.ofNanos(nanos);
        spec.it_interval = TimeSpec.ofNanos(interval);
        ok(Time.timer_settime(timer, 0, spec, null));
    }

    private int mq() {
        String name = "/sigkevent-sigevent-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 2;
        attr.mq_msgsize = 16;
        int mqd = Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, attr);
        Assumptions.assumeFalse(mqd < 0 && Errno.errno() == Errno.ENOSYS, "this kernel has no message queues");
        ok(mqd);
        mqds.add(mqd);
        ok(Mqueue.mq_unlink(name));
        return mqd;
    }

    private static void send(int mqd) {
        ok(Mqueue.mq_send(mqd, new byte[] {'m'}, 1, 0));
    }

    private static void receive(int mqd) {
        assertEquals(1, Mqueue.mq_receive(mqd, new byte[16], 16, null), Errno::message);
    }

    private void post(long cookie) {
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), 0, null));
    }

    // ---- the value

    @Test
    @Assertion(
            id = "sigevent/x-cookie-width",
            says = "The 64 bits of the value come back unchanged, from every kind of source.",
            strength = KEVENT)
    void allBitsOfTheValueComeBack() {
        int mqd = mq();
        for (long cookie : COOKIES) {
            arm(timer(kev(cookie)), 1, 0);
            assertEquals(cookie, take().cookie);
            write(notified(cb(tmp(), "a"), cookie));
            assertEquals(cookie, take().cookie);
            ok(Mqueue.mq_notify(mqd, kev(cookie)));
            send(mqd);
            assertEquals(cookie, take().cookie);
            receive(mqd);
            post(cookie);
            assertEquals(cookie, take().cookie);
        }
    }

    @Test
    @Assertion(
            id = "sigevent/p-value-kinds",
            says = "An int, a pointer and any object come back as they were given.",
            strength = KEVENT)
    void everyKindOfValueComesBack() {
        int fd = tmp();
        Aiocb cb = cb(fd, "a");
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(-7));
        write(cb);
        assertEquals(-7, take().cookie);
        jnr.ffi.Pointer pointer = jnr.ffi.Pointer.wrap(jnr.ffi.Runtime.getSystemRuntime(), 0xdeadbeefL);
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(pointer));
        write(cb);
        assertEquals(0xdeadbeefL, take().cookie);
        Object object = new Object();
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(object));
        write(cb);
        KeventRecord record = take();
        assertSame(object, record.object);
        assertEquals(0, record.cookie);
    }

    @Test
    @Assertion(
            id = "sigevent/p-copied",
            says = "The sigevent is read during the call: what becomes of it later does not matter.")
    void theSigeventIsReadDuringTheCall() {
        int[] pipe = pipe();
        SigEvent event = kev(1);
        Aiocb cb = cb(pipe[0], new byte[1]);
        cb.aio_sigevent = event;
        read(cb);
        event.sigev_value.sival_long = 2;
        event.sigev_notify = Signal.SIGEV_NONE;
        event.sigev_notify_kqueue = -1;
        feed(pipe[1], "a");
        take(1);
    }

    @Test
    @Assertion(id = "sigevent/p-source", says = "A record tells what kind of source it is of.", strength = KEVENT)
    void recordsTellTheirSource() {
        int timer = timer(kev(1));
        arm(timer, 1, 0);
        KeventRecord record = take();
        assertEquals(Kevent.KEVENT_TIMER, record.id);
        assertEquals(timer, record.descriptor);
        Aiocb cb = write(notified(cb(tmp(), "a"), 1));
        record = take();
        assertEquals(Kevent.KEVENT_AIO, record.id);
        assertEquals(cb.aio_fildes, record.descriptor);
        int mqd = mq();
        ok(Mqueue.mq_notify(mqd, kev(1)));
        send(mqd);
        record = take();
        assertEquals(Kevent.KEVENT_MQ, record.id);
        assertEquals(mqd, record.descriptor);
    }

    // ---- the ways of notification

    @Test
    @Assertion(id = "sigevent/p-constants", says = "The ways of notification have different numbers.")
    void theWaysAreDifferent() {
        assertEquals(
                4,
                Set.of(Signal.SIGEV_NONE, Signal.SIGEV_SIGNAL, Signal.SIGEV_THREAD, Signal.SIGEV_KEVENT)
                        .size());
        assertEquals(Signal.SIGEV_NONE, new SigEvent().sigev_notify);
    }

    @Test
    @Assertion(id = "sigevent/x-none-silent", says = "SIGEV_NONE never gives a record.", strength = KEVENT)
    void noneIsSilent() {
        int timer = timer(event(Signal.SIGEV_NONE, 1));
        arm(timer, 1, 0);
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        cb.aio_sigevent = event(Signal.SIGEV_NONE, 2);
        ends(4, read(cb));
        done(list(Aio.LIO_NOWAIT, event(Signal.SIGEV_NONE, 3), opcode(Aio.LIO_READ, cb)));
        ends(4, cb);
        int mqd = mq();
        ok(Mqueue.mq_notify(mqd, event(Signal.SIGEV_NONE, 4)));
        send(mqd);
        silent();
    }

    @Test
    @Assertion(
            id = "sigevent/p-thread",
            says = "SIGEV_THREAD calls the function with the value, on another thread, once.")
    void aFunctionIsCalledOnAnotherThread() throws InterruptedException {
        BlockingQueue<Object> calls = new LinkedBlockingQueue<>();
        SigEvent event = event(Signal.SIGEV_THREAD, 77);
        event.sigev_notify_function = value -> {
            calls.add(value.sival_long);
            calls.add(Thread.currentThread());
        };
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        cb.aio_sigevent = event;
        read(cb);
        assertEquals(77L, calls.poll(10, TimeUnit.SECONDS));
        assertNotEquals(Thread.currentThread(), calls.poll(10, TimeUnit.SECONDS));
        ends(4, cb);
        silent();
        assertTrue(calls.isEmpty());
    }

    @Test
    @Assertion(
            id = "sigevent/p-signal-default",
            says = "A signal that would end the JVM.",
            strength = CHOICE,
            choice = "-1 and EINVAL when it is asked for; nothing is started.")
    void aSignalThatWouldEndTheJvmIsRefused() {
        int fd = tmp();
        SigEvent event = event(Signal.SIGEV_SIGNAL, 1);
        for (int signo : new int[] {Signal.SIGRTMAX, 0, -1, 65}) {
            event.sigev_signo = signo;
            Aiocb cb = cb(fd, "a");
            cb.aio_sigevent = event;
            refused(EINVAL, Aio.aio_write(cb));
        }
        assertEquals(0, size(fd));
    }

    // ---- records and waiting

    @Test
    @Assertion(
            id = "sigevent/x-no-torn",
            says = "A record is seen whole or not at all, and each once.",
            strength = KEVENT)
    void recordsAreNeverTorn() throws Exception {
        int threads = 4;
        int each = 100_000;
        List<Running<Void>> producers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            long high = (long) (t + 1) << 32;
            producers.add(run(() -> {
                KeventEvent event = KeventEvent.user(SigVal.of(1L));
                for (int i = 0; i < each; i++) {
                    long cookie = high | i;
                    event.value.sival_long = cookie;
                    event.descriptor = (int) (cookie * 31);
                    event.result = cookie * 37;
                    event.error = (int) (cookie * 41);
                    event.data0 = ~cookie;
                    event.data1 = cookie * 43;
                    ok(Kevent.kevent_submit(kfd, event, 0, null));
                }
                return null;
            }));
        }
        long[] next = new long[threads];
        for (int i = 0; i < threads * each; i++) {
            KeventRecord r = take();
            long c = r.cookie;
            assertTrue(
                    r.descriptor == (int) (c * 31)
                            && r.result == c * 37
                            && r.error == (int) (c * 41)
                            && r.data0 == ~c
                            && r.data1 == c * 43,
                    r::toString);
            int producer = (int) (c >> 32) - 1;
            assertEquals(next[producer]++, c & 0xffffffffL);
        }
        for (Running<Void> producer : producers) {
            producer.get();
        }
        silent();
    }

    @Test
    @Assertion(
            id = "sigevent/x-wait-timeout",
            says = "A wait is limited as sigtimedwait is: zero asks, and no wait is too short.",
            strength = KEVENT)
    void aWaitIsLimited() {
        int state = Support.ring(kfd).state();
        refused(ETIMEDOUT, Kevent.kevent_wait(kfd, state, new TimeSpec(), null));
        long before = System.nanoTime();
        assertNull(Support.take(kfd, Duration.ofMillis(50)));
        long elapsed = System.nanoTime() - before;
        assertTrue(elapsed >= 50_000_000, () -> elapsed + " ns");
        post(1);
        assertEquals(1, Support.take(kfd, Duration.ZERO).cookie);
        assertNull(Support.take(kfd, Duration.ZERO));
    }

    @Test
    @Assertion(id = "sigevent/x-wait-wakes-one", says = "One record wakes one waiter.", strength = KEVENT)
    void oneRecordWakesOne() throws Exception {
        int state = Support.ring(kfd).state();
        List<Running<KeventRecord>> waiters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiters.add(run(() -> {
                        assertEquals(0, Kevent.kevent_wait(kfd, state, null, null), Errno::message);
                        KeventRecord record = new KeventRecord();
                        assertTrue(Support.ring(kfd).take(record), "woken for nothing");
                        return record;
                    })
                    .asleep());
        }
        Set<Long> seen = new HashSet<>();
        for (int left = 3; left > 0; left--) {
            post(left);
            Support.until("one wakes", () -> waiters.stream().anyMatch(Running::ended));
            Support.nothing(kfd, QUIET);
            List<Running<KeventRecord>> awake = new ArrayList<>(waiters);
            awake.removeIf(waiter -> !waiter.ended());
            assertEquals(1, awake.size());
            assertTrue(seen.add(awake.get(0).get().cookie));
            waiters.remove(awake.get(0));
        }
        assertEquals(Set.of(1L, 2L, 3L), seen);
    }

    @Test
    @Assertion(
            id = "sigevent/x-no-signal",
            says = "Records interrupt no call that blocks, and no thread of the user's appears.",
            strength = KEVENT)
    void recordsInterruptNobody() throws Exception {
        int mqd = mq();
        int[] aio = pipe();
        int[] plain = pipe();
        Aiocb cb = blocked(aio[0]);
        int timer = timer(kev(1));
        Running<Answer> receiver = run(() -> new Answer(Mqueue.mq_receive(mqd, new byte[16], 16, null)));
        Running<Answer> suspender = run(() -> new Answer(Aio.aio_suspend(new Aiocb[] {cb}, 1, null)))
                .asleep();
        Running<Answer> sleeper = run(() -> new Answer(LIBC.read(plain[0], new byte[1], 1)));
        Running<Boolean> parked = run(() -> {
                    java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(60));
                    return Thread.interrupted();
                })
                .asleep();
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        for (int i = 0; i < 1000; i++) {
            arm(timer, 1, 0);
            assertEquals(1, take().cookie);
        }
        assertFalse(receiver.ended() || suspender.ended() || sleeper.ended() || parked.ended());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            assertTrue(before.contains(thread) || thread.isDaemon(), () -> "appeared: " + thread);
        }
        send(mqd);
        receiver.get().is(1);
        feed(aio[1], "a");
        suspender.get().is(0);
        feed(plain[1], "a");
        sleeper.get().is(1);
        java.util.concurrent.locks.LockSupport.unpark(parked.thread);
        assertFalse(parked.get());
    }

    @Test
    @Assertion(
            id = "sigevent/x-order-source",
            says = "Records of one source come in the order of what they stand for.",
            strength = KEVENT)
    void recordsOfASourceAreInOrder() {
        arm(timer(kev(1)), 1_000_000, 1_000_000);
        inOrder(500, () -> {});
        ok(Time.timer_delete(timers.remove(0)));
        int mqd = mq();
        inOrder(500, () -> {
            ok(Mqueue.mq_notify(mqd, kev(2)));
            send(mqd);
            receive(mqd);
        });
    }

    private void inOrder(int count, Runnable cause) {
        long time = Long.MIN_VALUE;
        long sequence = -1;
        for (int i = 0; i < count; i++) {
            cause.run();
            KeventRecord record = take();
            assertTrue(record.time_ns >= time && record.sequence > sequence, record::toString);
            time = record.time_ns;
            sequence = record.sequence;
        }
    }

    @Test
    @Assertion(
            id = "sigevent/p-closed-queue",
            says = "SIGEV_KEVENT with a queue that is gone, or none, is refused by every source.",
            strength = KEVENT)
    void aQueueThatIsGoneIsRefused() {
        int gone = queue(1);
        Support.destroy(gone);
        for (int kqueue : new int[] {gone, -1, 0}) {
            SigEvent event = SigEvent.kevent(kqueue, SigVal.of(1));
            refused(EINVAL, Time.timer_create(Time.CLOCK_MONOTONIC, event, new int[1]));
            refused(EINVAL, Mqueue.mq_notify(mq(), event));
            Aiocb cb = cb(tmp(), "a");
            cb.aio_sigevent = event;
            refused(EINVAL, Aio.aio_write(cb));
            refused(EINVAL, list(Aio.LIO_NOWAIT, event));
        }
    }

    @Test
    @Assertion(
            id = "sigevent/p-buffer-visible",
            says = "What a record stands for can be seen by the thread that takes it.",
            strength = KEVENT)
    void theTakerSeesWhatItStandsFor() throws Exception {
        byte[] data = filled(4096, 5);
        int fd = tmp(data);
        for (int i = 0; i < 200; i++) {
            byte[] into = new byte[4096];
            read(notified(cb(fd, into), i));
            run(() -> {
                        take();
                        assertArrayEquals(data, into);
                        return null;
                    })
                    .get();
        }
    }
}
