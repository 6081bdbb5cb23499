package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a sigevent does, the same for timers, asynchronous I/O and message queues. */
@Timeout(60)
class SigEventTest {
    private static final int SIZE = 8;
    private static final Duration QUIET = Duration.ofMillis(20);

    /** A call of a callback: what it was given, and on which thread. */
    private record Call(SigVal value, Thread thread) {}

    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
    private int kfd;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(SIZE);
    }

    @AfterEach
    void destroyQueue() {
        Kevent.kevent_destroy(kfd, null, 0);
    }

    private SigEvent calling(SigVal value) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_value = value;
        event.sigev_notify_function = given -> calls.add(new Call(given, Thread.currentThread()));
        return event;
    }

    private Call nextCall() throws InterruptedException {
        Call call = calls.poll(Support.SOON.toMillis(), TimeUnit.MILLISECONDS);
        assertNotNull(call, "no callback ran");
        return call;
    }

    private Throwable nextUncaught() throws InterruptedException {
        Throwable thrown = uncaught.poll(Support.SOON.toMillis(), TimeUnit.MILLISECONDS);
        assertNotNull(thrown, "no handler was given an exception");
        return thrown;
    }

    private int heldSlots() {
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        return stats.armed + stats.unread;
    }

    // ---- SIGEV_THREAD

    @ParameterizedTest
    @EnumSource
    void aCallbackRunsOnADaemonThreadOfItsOwnWithTheCookie(EventSource.Kind kind) throws Exception {
        Pointer pointer = Memory.allocateDirect(Runtime.getSystemRuntime(), 8);
        Object object = new Object();
        try (EventSource source = kind.make()) {
            SigVal[] values = {SigVal.of(-5), SigVal.of(Long.MIN_VALUE + 7), SigVal.of(pointer), SigVal.of(object)};
            for (SigVal value : values) {
                ok(source.register(calling(value)));
                source.fire();
                Call call = nextCall();
                assertNotSame(Thread.currentThread(), call.thread);
                assertTrue(call.thread.isDaemon(), call.thread::toString);
                assertEquals(value.bits(), call.value.sival_long);
                assertEquals((int) value.bits(), call.value.sival_int);
                assertSame(value.sival_ptr, call.value.sival_ptr);
                if (kind == EventSource.Kind.TIMER) {
                    source.end();
                }
            }
        }
        assertTrue(calls.isEmpty(), "one callback for one event");
    }

    @ParameterizedTest
    @EnumSource
    void theEventIsReadDuringTheCall(EventSource.Kind kind) throws Exception {
        SigVal value = SigVal.of(7L);
        SigEvent event = calling(value);
        try (EventSource source = kind.make()) {
            ok(source.register(event));
            value.sival_long = 8;
            event.sigev_notify = 99;
            event.sigev_notify_function = null;
            source.fire();
            assertEquals(7, nextCall().value.sival_long);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aThreadFactoryMakesTheCallbacksThreads(EventSource.Kind kind) throws Exception {
        BlockingQueue<Thread> made = new LinkedBlockingQueue<>();
        SigEvent event = calling(SigVal.of(3));
        ThreadFactory factory = run -> {
            Thread thread = new Thread(run, "made-for-a-callback");
            thread.setDaemon(true);
            made.add(thread);
            return thread;
        };
        event.sigev_notify_attributes = factory;
        try (EventSource source = kind.make()) {
            ok(source.register(event));
            assertTrue(made.isEmpty(), "no thread before there is something to do");
            source.fire();
            Call call = nextCall();
            assertSame(made.remove(), call.thread);
            assertEquals(3, call.value.sival_int);
        }
        assertTrue(made.isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void anExecutorRunsTheCallbackWhenItLikes(EventSource.Kind kind) throws Exception {
        BlockingQueue<Runnable> handedOver = new ArrayBlockingQueue<>(4);
        SigEvent event = calling(SigVal.of(4));
        Executor executor = handedOver::add;
        event.sigev_notify_attributes = executor;
        try (EventSource source = kind.make()) {
            ok(source.register(event));
            source.fire();
            Runnable run = handedOver.poll(Support.SOON.toMillis(), TimeUnit.MILLISECONDS);
            assertNotNull(run);
            assertTrue(calls.isEmpty(), "the executor decides when");
            run.run();
            Call call = nextCall();
            assertSame(Thread.currentThread(), call.thread);
            assertEquals(4, call.value.sival_int);
        }
        assertTrue(handedOver.isEmpty());
    }

    @Test
    void aCallbackThatBlocksDelaysNoOther() throws Exception {
        CountDownLatch let = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(EventSource.Kind.values().length);
        List<EventSource> sources = new ArrayList<>();
        for (EventSource.Kind kind : EventSource.Kind.values()) {
            SigEvent blocking = calling(SigVal.of(1));
            Consumer<SigVal> then = blocking.sigev_notify_function;
            blocking.sigev_notify_function = value -> {
                blocked.countDown();
                waitFor(let);
                then.accept(value);
            };
            EventSource source = kind.make();
            sources.add(source);
            ok(source.register(blocking));
            source.fire();
        }
        waitFor(blocked);
        for (EventSource.Kind kind : EventSource.Kind.values()) {
            try (EventSource source = kind.make()) {
                ok(source.register(calling(SigVal.of(2))));
                source.fire();
                assertEquals(2, nextCall().value.sival_int);
            }
        }
        let.countDown();
        for (int i = 0; i < EventSource.Kind.values().length; i++) {
            assertEquals(1, nextCall().value.sival_int);
        }
        sources.forEach(EventSource::close);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertTrue(latch.await(Support.SOON.toSeconds() * 3, TimeUnit.SECONDS), "never counted down");
        } catch (InterruptedException strange) {
            throw new AssertionError(strange);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatACallbackThrowsGoesToItsThreadsHandlerAndStopsNothing(EventSource.Kind kind) throws Exception {
        Thread.UncaughtExceptionHandler former = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
        try (EventSource source = kind.make()) {
            RuntimeException first = new IllegalStateException("the callback's own");
            throwing(source, null, first);
            assertSame(first, nextUncaught());
            Error second = new AssertionError("on a thread of a factory");
            throwing(source, (ThreadFactory) Thread::new, second);
            assertSame(second, nextUncaught());
            throwing(source, (Executor) run -> run.run(), first);
            assertSame(first, nextUncaught(), "an executor that runs it in place");
            throwing(
                    source,
                    (Executor) run -> {
                        throw new RejectedExecutionException("full");
                    },
                    first);
            assertEquals("full", nextUncaught().getMessage());
            throwing(source, (ThreadFactory) run -> null, first);
            assertEquals(NullPointerException.class, nextUncaught().getClass());
            ok(source.register(calling(SigVal.of(6))));
            source.fire();
            assertEquals(6, nextCall().value.sival_int);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(former);
        }
        assertTrue(uncaught.isEmpty());
    }

    private void throwing(EventSource source, Object attributes, Throwable thrown) {
        SigEvent event = calling(SigVal.of(1));
        event.sigev_notify_attributes = attributes;
        event.sigev_notify_function = value -> {
            if (thrown instanceof Error) {
                throw (Error) thrown;
            }
            throw (RuntimeException) thrown;
        };
        ok(source.register(event));
        source.fire();
        Support.until("it happened", source::happened);
        if (source.getClass().getSimpleName().equals("OfTimer")) {
            // a deleted timer's callback does not run
            Support.until("the handler was told", () -> !uncaught.isEmpty());
            source.end();
        }
    }

    // ---- SIGEV_NONE

    @ParameterizedTest
    @EnumSource
    void noneIsSilentAndTheSourceStillTells(EventSource.Kind kind) {
        try (EventSource source = kind.make()) {
            SigEvent none = new SigEvent();
            none.sigev_notify_kqueue = kfd;
            none.sigev_value = SigVal.of(5L);
            none.sigev_notify_function = value -> calls.add(new Call(value, Thread.currentThread()));
            ok(source.register(none));
            assertTrue(source.registered());
            source.fire();
            Support.until("it happened", source::happened);
            Support.nothing(kfd, QUIET);
        }
        assertTrue(calls.isEmpty());
        assertEquals(0, heldSlots());
    }

    // ---- what is refused

    private void refusedWithNothingDone(SigEvent event, String words) {
        for (EventSource.Kind kind : EventSource.Kind.values()) {
            try (EventSource source = kind.make()) {
                refused(EINVAL, source.register(event));
                assertTrue(Errno.message().contains(words), kind + ": " + Errno.message());
                assertFalse(source.registered(), kind::toString);
                ok(source.register(SigEvent.kevent(kfd, SigVal.of(1))));
                source.fire();
                assertEquals(kind.id, Support.take(kfd).id);
            }
        }
        assertEquals(0, heldSlots());
        assertTrue(calls.isEmpty());
        refused(EINVAL, Aio.lio_listio(Aio.LIO_NOWAIT, new Aiocb[] {null}, 1, event));
        boolean caught = event.sigev_notify == Signal.SIGEV_SIGNAL
                && event.sigev_signo != Signal.SIGTERM
                && words.contains("default disposition");
        if (!caught) {
            refused(EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, event));
        }
    }

    @Test
    void anUnknownWayOfNotificationIsEinvalWithNothingDone() {
        for (int notify : new int[] {-1, 5, 6, 99, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            SigEvent event = calling(SigVal.of(1));
            event.sigev_notify = notify;
            event.sigev_notify_kqueue = kfd;
            event.sigev_signo = Signal.SIGRTMIN;
            refusedWithNothingDone(event, "sigev_notify " + notify);
        }
    }

    @Test
    void aDescriptorThatIsNoQueueIsEinvalInASigeventAndEbadfInACall() {
        int destroyed = Support.queue(4);
        Support.destroy(destroyed);
        int file = (int) ok(Fcntl.open("/dev/null", Fcntl.O_RDWR));
        int[] pipe = EventSource.pipe();
        for (int fd : new int[] {-1, Integer.MIN_VALUE, 99_999, destroyed == file ? -2 : destroyed, file, pipe[0]}) {
            refusedWithNothingDone(SigEvent.kevent(fd, SigVal.of(1)), "sigev_notify_kqueue " + fd);
            assertNull(Kevent.kevent_map_ringbuf(fd, 1));
            assertEquals(EBADF, Errno.errno());
            refused(EBADF, Kevent.kevent_submit(fd, new KeventEvent(), 0, null));
            refused(EBADF, Kevent.kevent_wait(fd, 0, new TimeSpec(), null));
            refused(EBADF, Kevent.kevent_ctl(fd, Kevent.KEVENT_CTL_OVERFLOW, calling(SigVal.of(1))));
            refused(EBADF, Kevent.kevent_destroy(fd, null, 0));
        }
        ok(Unistd.close(file));
        ok(Unistd.close(pipe[0]));
        ok(Unistd.close(pipe[1]));
    }

    @Test
    void aCallbackWithoutAFunctionOrWithStrangeAttributesIsEinval() {
        SigEvent without = calling(SigVal.of(1));
        without.sigev_notify_function = null;
        refusedWithNothingDone(without, "sigev_notify_function is null");
        SigEvent strange = calling(SigVal.of(1));
        strange.sigev_notify_attributes = "a string";
        refusedWithNothingDone(strange, "sigev_notify_attributes");
    }

    @Test
    void aSignalThatIsNoneOrWouldEndTheJvmIsEinval() {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        for (int signo : new int[] {0, -1, 65, Integer.MAX_VALUE}) {
            event.sigev_signo = signo;
            refusedWithNothingDone(event, "sigev_signo " + signo + " is not a signal");
        }
        for (int signo : new int[] {Signal.SIGALRM, Signal.SIGTERM, Signal.SIGRTMIN + 9}) {
            event.sigev_signo = signo;
            Support.giveBack(signo);
            refusedWithNothingDone(event, "sigev_signo " + signo + " has its default disposition");
        }
        for (int signo : new int[] {4, 5, 7, 8, 9, 11, 12, 19, 31, 32, 33, 62}) {
            event.sigev_signo = signo;
            refusedWithNothingDone(event, "sigev_signo " + signo + " belongs to");
        }
        event.sigev_notify = Signal.SIGEV_THREAD_ID;
        event.sigev_signo = Signal.SIGRTMIN + 9;
        for (int thread : new int[] {0, -1, 1 << 30}) {
            event.sigev_notify_thread_id = thread;
            refusedWithNothingDone(event, "sigev_notify_thread_id " + thread);
        }
    }

    @Test
    void aNullSigeventIsEachCallsOwn() {
        int[] timer = {-1};
        Support.giveBack(Signal.SIGALRM);
        refused(EINVAL, Time.timer_create(Time.CLOCK_MONOTONIC, null, timer));
        assertTrue(Errno.message().contains("sigev_signo " + Signal.SIGALRM), Errno.message());
        assertEquals(-1, timer[0]);
        try (EventSource read = EventSource.Kind.AIO.make()) {
            ok(read.register(null));
            read.fire();
            Support.until("it is done", read::happened);
        }
    }
}
