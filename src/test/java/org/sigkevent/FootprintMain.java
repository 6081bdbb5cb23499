package org.sigkevent;

import static org.sigkevent.Support.ok;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntFunction;

/** Prints how many bytes of the heap a queue for 64 events holds, and a request in flight with its block and its share of the queue's tables. */
final class FootprintMain {
    private static final int QUEUES = 100;
    private static final int ROUNDS = 5;
    private static final int REQUESTS = 10_000;

    private FootprintMain() {}

    public static void main(String[] arguments) {
        System.out.println("queue " + medianOf(QUEUES, FootprintMain::queues) + ", request "
                + medianOf(REQUESTS, FootprintMain::requests));
    }

    /** Of some rounds, because in one of them something else may be made or freed once for all. */
    private static long medianOf(int n, IntFunction<Object> made) {
        Object[] held = new Object[ROUNDS];
        long[] bytes = new long[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long before = used();
            held[round] = made.apply(n);
            bytes[round] = (used() - before) / n;
        }
        Reference.reachabilityFence(held);
        Arrays.sort(bytes);
        return bytes[ROUNDS / 2];
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static Object queues(int n) {
        int[] kfds = new int[n];
        for (int i = 0; i < n; i++) {
            kfds[i] = (int) ok(Kevent.kevent_init(64));
        }
        return kfds;
    }

    /** Reads of an empty pipe. */
    private static Object requests(int n) {
        int[] pipe = new int[2];
        ok(Unistd.pipe(pipe));
        Aiocb[] blocks = new Aiocb[n];
        int kfd = (int) ok(Kevent.kevent_init(n));
        ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        SigEvent event = SigEvent.kevent(kfd, SigVal.of(1));
        for (int i = 0; i < n; i++) {
            blocks[i] = new Aiocb();
            blocks[i].aio_fildes = pipe[0];
            blocks[i].aio_buf = buffer;
            blocks[i].aio_nbytes = 1;
            blocks[i].aio_sigevent = event;
            ok(Aio.aio_read(blocks[i]));
        }
        return blocks;
    }
}
