package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.take;

import java.util.function.Consumer;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two members of a SigVal that are set to different things are refused in words; what the library fills in is not. */
@Timeout(60)
class SigValMembersTest {
    private int kfd;

    @BeforeEach
    void open() {
        kfd = Support.queue(8);
    }

    @AfterEach
    void close() {
        Support.destroy(kfd);
    }

    private static SigVal value(Consumer<SigVal> set) {
        SigVal value = new SigVal();
        set.accept(value);
        return value;
    }

    /** An object whose own words must not be asked for. */
    private static final class Wordless {
        @Override
        public String toString() {
            throw new IllegalStateException("the program's");
        }
    }

    private static SigVal[] contradictions() {
        Pointer pointer = Pointer.wrap(Runtime.getSystemRuntime(), 0x1234);
        return new SigVal[] {
            value(v -> {
                v.sival_ptr = new Wordless();
                v.sival_int = 3;
            }),
            value(v -> {
                v.sival_ptr = "text";
                v.sival_long = -1;
            }),
            value(v -> {
                v.sival_long = 5;
                v.sival_int = 4;
            }),
            value(v -> {
                v.sival_ptr = pointer;
                v.sival_int = 3;
            })
        };
    }

    @Test
    void anEventWithTwoMembersIsRefusedAndPostsNothing() {
        for (SigVal both : contradictions()) {
            refused(Errno.EINVAL, kevent_submit(kfd, KeventEvent.user(both), 0, null));
            assertTrue(Errno.message().contains("sival_int " + both.sival_int), Errno::message);
            refused(
                    Errno.EINVAL,
                    kevent_submit(kfd, KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(), both), 0, null));
            KeventEvent byHand = new KeventEvent();
            byHand.id = Kevent.KEVENT_DELAY;
            byHand.descriptor = Time.CLOCK_MONOTONIC;
            byHand.value = both;
            refused(Errno.EINVAL, kevent_submit(kfd, byHand, 0, null));
        }
        assertEquals(0, Support.ring(kfd).unread());
    }

    @Test
    void aSigeventWithTwoMembersIsRefusedWhereverItIsGiven() {
        int[] id = new int[1];
        int fd = (int) ok(Fcntl.open("/dev/null", Fcntl.O_RDWR));
        int other = Support.queue(2);
        for (SigVal both : contradictions()) {
            SigEvent event = SigEvent.kevent(other, both);
            refused(Errno.EINVAL, Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
            refused(Errno.EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, event));
            Aiocb cb = new Aiocb();
            cb.aio_fildes = fd;
            cb.aio_buf = new byte[1];
            cb.aio_nbytes = 1;
            cb.aio_sigevent = event;
            refused(Errno.EINVAL, Aio.aio_read(cb));
            assertTrue(Errno.message().contains("sival_long " + both.sival_long), Errno::message);
            cb.aio_sigevent = new SigEvent();
            refused(Errno.EINVAL, Aio.lio_listio(Aio.LIO_NOWAIT, new Aiocb[] {cb}, 1, event));
        }
        Support.destroy(other);
        ok(Unistd.close(fd));
    }

    @Test
    void theObjectFaceRefusesThemWithEinval() {
        try (KeventQueue queue = KeventQueue.open(8)) {
            for (SigVal both : contradictions()) {
                einval(() -> queue.offer(both));
                einval(() -> queue.offer(new SigVal[] {SigVal.of(1), both}, 2));
                einval(() -> queue.post(both));
                einval(() -> queue.timer(Time.CLOCK_MONOTONIC, both));
                einval(() -> queue.submit(KeventEvent.user(both)));
            }
            assertEquals(0, queue.stats().posted);
        }
    }

    private static void einval(org.junit.jupiter.api.function.Executable call) {
        KeventException refused = assertThrows(KeventException.class, call);
        assertEquals(Errno.EINVAL, refused.errno(), refused::toString);
        assertTrue(refused.getMessage().contains("sival_ptr"), refused::getMessage);
    }

    @Test
    void whatTheLibraryFillsInCanBeGivenBack() {
        Pointer pointer = Pointer.wrap(Runtime.getSystemRuntime(), 0x123456789aL);
        for (SigVal one : new SigVal[] {SigVal.of(-1), SigVal.of(1L << 40), SigVal.of(pointer), SigVal.of("text")}) {
            SigVal copy = one.copy();
            SigVal filled = new SigVal();
            filled.set(one.bits(), one.object());
            for (SigVal each : new SigVal[] {one, copy, filled}) {
                ok(kevent_submit(kfd, KeventEvent.user(each), 0, null));
                KeventRecord record = take(kfd);
                assertEquals(one.bits(), record.cookie);
                assertEquals(one.object(), record.object);
                ok(kevent_submit(kfd, KeventEvent.requeue(record), 0, null));
                assertEquals(one.bits(), take(kfd).cookie);
            }
        }
    }
}
