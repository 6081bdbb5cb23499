package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.sigkevent.KeventQueueTest.collected;
import static org.sigkevent.Support.ok;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cookies of every kind from every source: they come back unchanged, and objects are let go in time. */
@Timeout(60)
class SigCookieTest {
    private static final int SIZE = 8;

    private final BlockingQueue<SigVal> calls = new LinkedBlockingQueue<>();
    private int kfd;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(SIZE);
    }

    @AfterEach
    void destroyQueue() {
        Kevent.kevent_destroy(kfd, null, 0);
    }

    @ParameterizedTest
    @EnumSource
    void cookiesOfEveryTypeComeBackFromEverySource(EventSource.Kind kind) {
        Pointer pointer = Memory.allocateDirect(Runtime.getSystemRuntime(), 8);
        try (EventSource source = kind.make()) {
            for (int bit = 0; bit < 64; bit++) {
                assertEquals(1L << bit, recordOf(kind, source, SigVal.of(1L << bit)).cookie);
                assertEquals(~(1L << bit), recordOf(kind, source, SigVal.of(~(1L << bit))).cookie);
            }
            for (int value : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x5a5a_a5a5}) {
                KeventRecord record = recordOf(kind, source, SigVal.of(value));
                assertEquals(value, (int) record.cookie);
                assertNull(record.object);
            }
            KeventRecord record = recordOf(kind, source, SigVal.of(pointer));
            assertEquals(pointer.address(), record.cookie);
            assertNull(record.object);
            assertEquals(0, recordOf(kind, source, null).cookie);
            Object object = new Object();
            record = recordOf(kind, source, SigVal.of(object));
            assertSame(object, record.object);
            assertEquals(0, record.cookie);
        }
    }

    private KeventRecord recordOf(EventSource.Kind kind, EventSource source, SigVal value) {
        ok(source.register(SigEvent.kevent(kfd, value)));
        source.fire();
        KeventRecord record = Support.take(kfd);
        assertEquals(kind.id, record.id);
        assertEquals(source.descriptor(), record.descriptor);
        if (kind == EventSource.Kind.TIMER) {
            source.end();
        }
        return record;
    }

    // ---- objects as cookies are let go

    /** Registers with a new object as cookie that nobody but the library holds afterwards. */
    private WeakReference<Object> register(EventSource source) {
        Object object = new Object();
        ok(source.register(SigEvent.kevent(kfd, SigVal.of(object))));
        return new WeakReference<>(object);
    }

    private static void held(WeakReference<Object> reference) {
        System.gc();
        assertFalse(reference.refersTo(null), "it is held while its record can arrive");
    }

    private void takeObject(WeakReference<Object> reference) {
        assertSame(reference.get(), Support.take(kfd).object);
    }

    @ParameterizedTest
    @EnumSource
    void anObjectIsLetGoWhenItsLastRecordWasTaken(EventSource.Kind kind) throws Exception {
        try (EventSource source = kind.make()) {
            WeakReference<Object> reference = register(source);
            held(reference);
            source.fire();
            if (kind == EventSource.Kind.TIMER) {
                takeObject(reference);
                // the timer can expire again
                held(reference);
                source.end();
            } else {
                takeObject(reference);
            }
            collected(reference);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anObjectIsLetGoWhenTheRegistrationIsTakenBack(EventSource.Kind kind) throws Exception {
        try (EventSource source = kind.make()) {
            WeakReference<Object> reference = register(source);
            held(reference);
            source.end();
            if (kind == EventSource.Kind.AIO) {
                // a cancelled request has its record too
                takeObject(reference);
            }
            collected(reference);
        }
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.armed + stats.unread);
    }

    @Test
    void anObjectIsLetGoWhenATimerIsDeletedWithItsRecordUnread() throws Exception {
        try (EventSource timer = EventSource.Kind.TIMER.make()) {
            WeakReference<Object> reference = register(timer);
            timer.fire();
            Support.until("the record is there", () -> {
                Kevent.kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(), null);
                return Support.ring(kfd).unread() == 1;
            });
            held(reference);
            timer.end();
            collected(reference);
        }
        Support.nothing(kfd, Duration.ZERO);
    }

    @Test
    void anObjectIsLetGoWhenTheRemovalOfARegistrationWasTaken() throws Exception {
        EventSource queue = EventSource.Kind.MQ.make();
        WeakReference<Object> reference = register(queue);
        queue.close();
        held(reference);
        takeObject(reference);
        collected(reference);
    }

    @ParameterizedTest
    @EnumSource
    void anObjectIsLetGoWhenTheQueueIsDestroyed(EventSource.Kind kind) throws Exception {
        for (boolean fired : new boolean[] {false, true}) {
            try (EventSource source = kind.make()) {
                WeakReference<Object> reference = register(source);
                if (fired) {
                    source.fire();
                    Support.until("the record is there", () -> {
                        Kevent.kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(), null);
                        return Support.ring(kfd).unread() == 1;
                    });
                }
                held(reference);
                Support.destroy(kfd);
                collected(reference);
            }
            kfd = Support.queue(SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theObjectOfACallbackIsLetGoWhenItCannotRunAgain(EventSource.Kind kind) throws Exception {
        for (boolean fired : new boolean[] {false, true}) {
            try (EventSource source = kind.make()) {
                WeakReference<Object> reference = registerCallback(source);
                held(reference);
                if (fired) {
                    source.fire();
                    takeCall(reference);
                }
                if (!fired || kind == EventSource.Kind.TIMER) {
                    source.end();
                }
                if (!fired && kind == EventSource.Kind.AIO) {
                    // a cancelled request notifies too
                    takeCall(reference);
                }
                collected(reference);
            }
        }
    }

    private WeakReference<Object> registerCallback(EventSource source) {
        Object object = new Object();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_value = SigVal.of(object);
        event.sigev_notify_function = calls::add;
        ok(source.register(event));
        return new WeakReference<>(object);
    }

    private void takeCall(WeakReference<Object> reference) throws InterruptedException {
        SigVal value = calls.poll(Support.SOON.toMillis(), TimeUnit.MILLISECONDS);
        assertNotNull(value, "no callback ran");
        assertSame(reference.get(), value.sival_ptr);
    }
}
