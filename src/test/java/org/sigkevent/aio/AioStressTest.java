package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * Random reads, writes and cancellations on pipes, sockets and files by several threads, some of which end at once. Every
 * byte is looked at, and every request has exactly one record that says what the request says.
 *
 * <p>Set the system property {@code sigkevent.seed} to the number that a failure prints to repeat its choices.
 */
class AioStressTest extends AioFixture {
    private static final int STEPS = 250;

    private final AtomicLong cookies = new AtomicLong();
    private final ConcurrentHashMap<Long, RingRecord> records = new ConcurrentHashMap<>();
    private final AtomicInteger submitted = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** A request and what it was about. */
    private static final class Asked {
        AioRequest request;
        ByteBuffer buffer;
        byte[] heap;
        byte[] data;
        long cookie;

        byte[] read(int n) {
            byte[] bytes = new byte[n];
            if (heap != null) {
                System.arraycopy(heap, 0, bytes, 0, n);
            } else {
                buffer.get(0, bytes);
            }
            return bytes;
        }
    }

    private interface Lane {
        void run(Random random) throws Exception;
    }

    @Test
    void everyByteAndEveryRecordOnce() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("AioStress: sigkevent.seed=" + seed);
        queue = newQueue(20_000);
        Queue second = newQueue(20_000);
        List<Thread> lanes = new ArrayList<>();
        int n = 0;
        for (int i = 0; i < 2; i++) {
            Queue mine = i == 0 ? queue : second;
            lanes.add(lane(seed + n++, r -> stream(r, mine, pipe())));
            lanes.add(lane(seed + n++, r -> stream(r, mine, sockets(1))));
            lanes.add(lane(seed + n++, r -> file(r, mine, file())));
        }
        AtomicReference<Boolean> end = new AtomicReference<>(false);
        Thread[] takers = {
            start(() -> taker(queue, end)), start(() -> taker(queue, end)), start(() -> taker(second, end))
        };
        lanes.forEach(AioFixture::join);
        eventually(() -> records.size() == submitted.get() || failure.get() != null, "records are missing");
        end.set(true);
        queue.wake(2);
        second.wake(1);
        for (Thread t : takers) {
            join(t);
        }
        if (failure.get() != null) {
            throw new AssertionError("sigkevent.seed=" + seed, failure.get());
        }
        assertEquals(submitted.get(), records.size());
        for (Queue one : List.of(queue, second)) {
            eventually(
                    () -> {
                        one.drive();
                        return one.figures().armed == 0 && one.figures().inFlight == 0;
                    },
                    "something stays in flight");
        }
    }

    private Thread lane(long seed, Lane lane) {
        return start(() -> {
            try {
                lane.run(new Random(seed));
            } catch (Throwable t) {
                failure.compareAndSet(null, t);
            }
        });
    }

    private void taker(Queue q, AtomicReference<Boolean> end) {
        try {
            RingRecord record = new RingRecord();
            for (; ; ) {
                int state = q.state();
                if (q.poll(record)) {
                    AioRequest r = (AioRequest) record.object;
                    int status = r.state.status;
                    assertTrue(status != EINPROGRESS, "a record before the end");
                    assertEquals(status, record.error);
                    if (records.put(record.cookie, record) != null) {
                        throw new AssertionError("two records of " + r);
                    }
                    record = new RingRecord();
                } else if (end.get()) {
                    return;
                } else {
                    q.await(state, Linux.CLOCK_MONOTONIC, System.nanoTime() + 50_000_000, false, 0);
                }
            }
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
        }
    }

    private Asked asked(Random random, Queue q, int operation, int fd, byte[] data, int length, long offset) {
        Asked a = new Asked();
        a.data = data;
        a.cookie = cookies.incrementAndGet();
        AioRequest r = new AioRequest();
        a.request = r;
        r.transfer.operation = (byte) operation;
        r.transfer.fildes = fd;
        r.transfer.position = offset;
        r.transfer.total = length;
        if (random.nextInt(3) == 0) {
            a.heap = data != null ? data.clone() : new byte[length];
            r.transfer.buffers().heap = a.heap;
        } else {
            a.buffer = data != null ? direct(data) : Memory.allocate(Math.max(1, length));
            r.transfer.memory = Memory.address(a.buffer);
            r.transfer.pinned = a.buffer;
        }
        r.target = Destination.records(q, a.cookie, r);
        return a;
    }

    private void submit(Random random, List<Asked> batch) {
        Runnable how = batch.size() == 1
                ? () -> AioFixture.submit(batch.get(0).request)
                : () -> {
                    AioRequest[] all = batch.stream().map(a -> a.request).toArray(AioRequest[]::new);
                    assertEquals(0, submitList(all, all.length, false, null));
                };
        submitted.addAndGet(batch.size());
        if (random.nextInt(8) == 0) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread t = start(() -> {
                try {
                    how.run();
                } catch (Throwable e) {
                    thrown.set(e);
                }
            });
            join(t);
            if (thrown.get() != null) {
                throw new AssertionError(thrown.get());
            }
        } else {
            how.run();
        }
    }

    private static int size(Random random) {
        return switch (random.nextInt(10)) {
            case 0 -> 100_000 + random.nextInt(200_000);
            case 1, 2 -> random.nextInt(70_000);
            default -> 1 + random.nextInt(300);
        };
    }

    /** What was written, in call order and as far as each write says, is what was read, in call order. */
    private void stream(Random random, Queue q, int[] ends) {
        List<Asked> writes = new ArrayList<>();
        List<Asked> reads = new ArrayList<>();
        for (int i = 0; i < STEPS && failure.get() == null; i++) {
            int choice = random.nextInt(10);
            if (choice < 8) {
                boolean write = choice < 4;
                List<Asked> batch = new ArrayList<>();
                for (int n = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1; n > 0; n--) {
                    int size = size(random);
                    byte[] data = write ? pattern(size, random.nextInt()) : null;
                    int operation = write ? AioTransfer.WRITE : AioTransfer.READ;
                    batch.add(asked(random, q, operation, ends[write ? 1 : 0], data, size, random.nextInt(100)));
                }
                (write ? writes : reads).addAll(batch);
                submit(random, batch);
            } else if (choice == 8) {
                List<Asked> from = random.nextBoolean() ? writes : reads;
                if (!from.isEmpty()) {
                    Asked a = from.get(Math.max(0, from.size() - 1 - random.nextInt(5)));
                    cancelled(AioCancel.cancel(a.request.transfer.fildes, a.request), a);
                }
            } else if (!reads.isEmpty()) {
                Asked a = reads.get(reads.size() - 1);
                Suspend.any(ByHandlers.GOES_ON, new AioRequest[] {a.request}, 1, System.nanoTime() + 1_000_000);
            }
        }
        AioCancel.cancel(ends[1], null);
        AioCancel.cancel(ends[0], null);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (Asked a : writes) {
            sent.write(a.data, 0, (int) Math.max(0, result(a)));
        }
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        for (Asked a : reads) {
            int n = (int) Math.max(0, result(a));
            got.write(a.read(n), 0, n);
        }
        int left = sent.size() - got.size();
        assertTrue(left >= 0, "more was read than written");
        got.writeBytes(read(ends[0], left));
        assertArrayEquals(sent.toByteArray(), got.toByteArray());
    }

    private static void cancelled(int rc, Asked a) {
        if (rc == AioCancel.CANCELED) {
            assertEquals(Errnos.ECANCELED, a.request.state.status);
        } else if (rc == AioCancel.ALLDONE) {
            assertTrue(a.request.state.status != EINPROGRESS);
        }
    }

    private long result(Asked a) {
        int status = done(a.request);
        assertTrue(status == 0 || status == Errnos.ECANCELED, () -> Errnos.name(status));
        eventually(() -> records.containsKey(a.cookie) || failure.get() != null, "no record of " + a.request);
        long n = a.request.takeResult();
        if (failure.get() == null) {
            assertEquals(n, records.get(a.cookie).result);
        }
        return n;
    }

    /** Each block of the file has the last write that was not cancelled. */
    private void file(Random random, Queue q, int fd) {
        int blocks = 8;
        int block = 1 << 17;
        byte[][] now = new byte[blocks][];
        for (int i = 0; i < blocks; i++) {
            now[i] = pattern(block, i);
            write(fd, now[i]);
        }
        for (int i = 0; i < STEPS / 5 && failure.get() == null; i++) {
            List<Asked> batch = new ArrayList<>();
            List<Integer> places = new ArrayList<>();
            for (int b = 0; b < blocks; b++) {
                if (random.nextInt(3) > 0) {
                    boolean write = random.nextInt(3) == 0;
                    int length = random.nextBoolean() ? block : 1 + random.nextInt(block);
                    byte[] data = write ? pattern(length, random.nextInt()) : null;
                    batch.add(asked(
                            random,
                            q,
                            write ? AioTransfer.WRITE : AioTransfer.READ,
                            fd,
                            data,
                            length,
                            (long) b * block));
                    places.add(b);
                }
            }
            if (random.nextInt(10) == 0) {
                cool(fd);
            }
            if (batch.isEmpty()) {
                continue;
            }
            if (random.nextBoolean()) {
                submit(random, batch);
            } else {
                for (Asked a : batch) {
                    submit(random, List.of(a));
                }
            }
            if (random.nextInt(3) == 0) {
                Asked a = batch.get(random.nextInt(batch.size()));
                cancelled(AioCancel.cancel(fd, a.request), a);
            }
            for (int k = 0; k < batch.size(); k++) {
                Asked a = batch.get(k);
                int n = (int) Math.max(0, result(a));
                byte[] there = now[places.get(k)];
                if (a.data != null) {
                    System.arraycopy(a.data, 0, there, 0, n);
                } else {
                    assertArrayEquals(java.util.Arrays.copyOf(there, n), a.read(n));
                }
            }
        }
        byte[] all = contents(fd);
        for (int i = 0; i < blocks; i++) {
            assertArrayEquals(now[i], java.util.Arrays.copyOfRange(all, i * block, (i + 1) * block));
        }
        assertEquals(0, Linux.statusFlags(fd) & Linux.O_APPEND);
    }
}
