package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINPROGRESS;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.TimerScene.MS;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Time;

/** Long runs of the shapes with which other systems test their completions; {@code sigkevent.seed} repeats one. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class PriorShapesIT extends AioScene {
    private static final int ROUNDS = 300;
    private static final int REQUESTS = 128;
    private static final int PIPES = 8;
    private static final int LISTS = 5;
    private static final int ELEMENTS = 16;
    private static final int PIECE = 64;

    private final long seed = Long.getLong("sigkevent.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);

    PriorShapesIT() {
        System.out.println("PriorShapesIT: sigkevent.seed=" + seed);
    }

    /** A pipe that is fed with counted bytes, so that a byte that was lost or swapped shows. */
    private final class Counted {
        final int[] ends = pipe();
        final List<Aiocb> reads = new ArrayList<>();
        int fed;
        int read;

        void feed(int count) {
            byte[] bytes = new byte[count];
            for (int i = 0; i < count; i++) {
                bytes[i] = (byte) fed++;
            }
            AioScene.feed(ends[1], bytes);
        }

        /** Feeds what the reads that were not cancelled still lack. */
        void feedTheRest() {
            int wanted = (int)
                    reads.stream().filter(cb -> Aio.aio_error(cb) != ECANCELED).count();
            feed(Math.max(0, wanted - (fed - read)));
        }

        /** That the reads have the bytes in the order of the calls. */
        void check() {
            for (Aiocb cb : reads) {
                if (Aio.aio_error(cb) == 0) {
                    assertEquals((byte) read++, ((byte[]) cb.aio_buf)[0]);
                }
            }
            reads.clear();
        }
    }

    @Test
    @Assertion(
            id = "prior/55",
            strength = KEVENT,
            says =
                    "Of 128 requests in each of 300 rounds, some cancelled, each has one record, with its bytes or ECANCELED.")
    void randomCancelsLoseAndDoubleNothing() {
        int file = tmp(new byte[REQUESTS * PIECE]);
        List<Counted> pipes = new ArrayList<>();
        for (int i = 0; i < PIPES; i++) {
            pipes.add(new Counted());
        }
        int cancelled = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Aiocb[] all = new Aiocb[REQUESTS];
            for (int i = 0; i < REQUESTS; i++) {
                long cookie = (long) round << 32 | i;
                if (random.nextBoolean()) {
                    all[i] = write(notified(cb(file, filled(PIECE, round + i), PIECE, (long) i * PIECE), cookie));
                } else {
                    Counted pipe = pipes.get(random.nextInt(PIPES));
                    all[i] = read(notified(cb(pipe.ends[0], new byte[1]), cookie));
                    pipe.reads.add(all[i]);
                }
            }
            pipes.forEach(pipe -> pipe.feed(random.nextInt(4)));
            boolean[] gone = new boolean[REQUESTS];
            for (int n = random.nextInt(REQUESTS / 2); n > 0; n--) {
                int i = random.nextInt(REQUESTS);
                int answer = Aio.aio_cancel(all[i].aio_fildes, all[i]);
                assertTrue(answer >= 0, Errno::message);
                gone[i] |= answer == Aio.AIO_CANCELED;
            }
            pipes.forEach(Counted::feedTheRest);
            cancelled += takeRound(round, all, gone);
            pipes.forEach(Counted::check);
            checkFile(file, round, all, gone);
        }
        silent();
        System.out.println("PriorShapesIT: " + cancelled + " of " + ROUNDS * REQUESTS + " requests were cancelled");
    }

    private int takeRound(int round, Aiocb[] all, boolean[] gone) {
        boolean[] seen = new boolean[REQUESTS];
        int cancelled = 0;
        for (int n = 0; n < REQUESTS; n++) {
            KeventRecord record = take();
            assertEquals(round, record.cookie >>> 32, record::toString);
            int i = (int) record.cookie;
            assertTrue(!seen[i], "twice: " + record);
            seen[i] = true;
            long length = gone[i] ? -1 : all[i].aio_nbytes;
            status(gone[i] ? ECANCELED : 0, all[i]);
            assertEquals(gone[i] ? ECANCELED : 0, record.error, record::toString);
            assertEquals(length, record.result, record::toString);
            cancelled += gone[i] ? 1 : 0;
        }
        return cancelled;
    }

    private static void checkFile(int file, int round, Aiocb[] all, boolean[] gone) {
        byte[] bytes = contents(file);
        for (int i = 0; i < REQUESTS; i++) {
            if (all[i].aio_fildes == file && !gone[i]) {
                assertEquals((byte) (round + i), bytes[i * PIECE]);
                assertEquals((byte) (round + i), bytes[i * PIECE + PIECE - 1]);
            }
            long expected = gone[i] ? -1 : all[i].aio_nbytes;
            assertEquals(expected, Aio.aio_return(all[i]));
        }
    }

    @Test
    @Assertion(
            id = "prior/61",
            strength = KEVENT,
            says =
                    "Of five lists of 16 at once, 300 times, each has one record, and by then all its elements are done.")
    void eachListHasOneRecordWhenItsElementsAreDone() {
        int file = tmp(new byte[LISTS * ELEMENTS * PIECE]);
        for (int round = 0; round < ROUNDS; round++) {
            Aiocb[][] lists = new Aiocb[LISTS][ELEMENTS];
            for (int l = 0; l < LISTS; l++) {
                for (int e = 0; e < ELEMENTS; e++) {
                    int opcode = random.nextBoolean() ? Aio.LIO_READ : Aio.LIO_WRITE;
                    long at = (long) (l * ELEMENTS + e) * PIECE;
                    lists[l][e] = opcode(opcode, cb(file, new byte[PIECE], PIECE, at));
                }
                done(list(Aio.LIO_NOWAIT, kev((long) round << 32 | l), lists[l]));
            }
            boolean[] seen = new boolean[LISTS];
            for (int n = 0; n < LISTS; n++) {
                KeventRecord record = take();
                assertEquals(round, record.cookie >>> 32, record::toString);
                int l = (int) record.cookie;
                assertTrue(!seen[l], "twice: " + record);
                seen[l] = true;
                for (Aiocb cb : lists[l]) {
                    status(0, cb);
                    assertEquals(PIECE, Aio.aio_return(cb));
                }
            }
        }
        silent();
    }

    @Test
    @Assertion(
            id = "prior/53",
            strength = KEVENT,
            says = "In a thousand rounds of registering, sending and receiving each record has the value of its round.")
    void aThousandNotificationsHaveTheirOwnValue() {
        String name = "/sigkevent-shape-" + ProcessHandle.current().pid();
        int mqd = Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, MqScene.attr(2, 8));
        assertTrue(mqd >= 0, Errno::message);
        try {
            for (int round = 0; round < 1000; round++) {
                long cookie = random.nextLong();
                done(Mqueue.mq_notify(mqd, kev(cookie)));
                done(Mqueue.mq_send(mqd, new byte[] {1}, 1, 0));
                KeventRecord record = take();
                assertEquals(Kevent.KEVENT_MQ, record.id, record::toString);
                assertEquals(mqd, record.descriptor);
                assertEquals(cookie, record.cookie);
                assertEquals(1, Mqueue.mq_receive(mqd, new byte[8], 8, null));
            }
            silent();
        } finally {
            done(Mqueue.mq_close(mqd));
            done(Mqueue.mq_unlink(name));
        }
    }

    @Test
    @Assertion(
            id = "prior/38",
            strength = KEVENT,
            says =
                    "A timer that is set anew, from 500 to 1,500 microseconds after it was set to 1,000, tells the new time only.")
    void aTimerSetAnewTellsOnlyItsNewTime() {
        int id = TimerScene.create(Time.CLOCK_MONOTONIC, kev(9));
        for (long micros = 500; micros <= 1500; micros += 20) {
            TimerScene.arm(id, MS, 0);
            TimerScene.passes(micros * 1000);
            setAnew(id, MS);
        }
        TimerScene.arm(id, 3600 * TimerScene.SECOND, 0);
        // shorter
        setAnew(id, MS);
        TimerScene.arm(id, 5 * MS, 0);
        // equal
        setAnew(id, 5 * MS);
        TimerScene.arm(id, MS, 0);
        KeventRecord record = take();
        assertEquals(9, record.cookie);
        // expired and taken
        setAnew(id, 2 * MS);
        TimerScene.arm(id, MS, MS);
        take();
        // periodic to once
        setAnew(id, 2 * MS);
        silent();
        done(Time.timer_delete(id));
    }

    private void setAnew(int id, long nanos) {
        long at = TimerScene.monotonic() + nanos;
        TimerScene.armAt(id, at, 0);
        KeventRecord record = take();
        assertEquals(Kevent.KEVENT_TIMER, record.id);
        assertEquals(id, record.descriptor);
        assertEquals(9, record.cookie);
        assertEquals(0, record.result, "overruns");
        assertEquals(at, record.time_ns);
        assertTrue(TimerScene.monotonic() >= at, "early");
    }

    @Test
    @Assertion(
            id = "prior/56",
            strength = KEVENT,
            says = "Whoever sees a record sees the final status: never EINPROGRESS, in 5,000 requests on a pipe.")
    void theStatusIsFinalWhenTheRecordIsThere() throws Exception {
        int[] pipe = pipe();
        int n = 5000;
        Running<Integer> taker = run(() -> {
            int early = 0;
            for (int i = 0; i < n; i++) {
                KeventRecord record = take();
                Aiocb cb = (Aiocb) record.object;
                early += Aio.aio_error(cb) == EINPROGRESS || ((byte[]) cb.aio_buf)[0] != 7 ? 1 : 0;
                assertEquals(1, Aio.aio_return(cb));
            }
            return early;
        });
        for (int i = 0; i < n; i++) {
            Aiocb cb = cb(pipe[0], new byte[1]);
            cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(cb));
            if (random.nextBoolean()) {
                feed(pipe[1], new byte[] {7});
                submitWithRoom(cb);
            } else {
                submitWithRoom(cb);
                feed(pipe[1], new byte[] {7});
            }
        }
        assertEquals(0, taker.get());
    }

    /** A taker that is behind has left no slot: it is waited for. */
    private static void submitWithRoom(Aiocb cb) {
        Support.until("a slot is free", () -> {
            int answer = Aio.aio_read(cb);
            assertTrue(answer == 0 || Errno.errno() == Errno.EAGAIN, Errno::message);
            return answer == 0;
        });
    }
}
