package org.sigkevent.core;

import java.nio.ByteBuffer;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Scratch;

/**
 * Waiting for something that several queues may bring: poll(2) on the descriptors of their engines and on an eventfd of the
 * waiter's own, reaping whatever becomes complete meanwhile. It takes the lead of none of them, so it is in no leader's way.
 *
 * <p>The caller renews its waiter, gives it an eventfd, makes the waiter known, looks once more, calls {@link #await}, makes it
 * unknown again and takes the eventfd away.
 */
public final class MultiQueueWait {
    private MultiQueueWait() {}

    /**
     * Sleeps until the waiter is woken. Queues that are destroyed meanwhile are left out.
     *
     * @param deadline of CLOCK_MONOTONIC in nanoseconds; Long.MAX_VALUE for none
     * @return 0, -ETIMEDOUT or -EINTR
     */
    public static int await(Queue[] queues, int count, Waiter waiter, long deadline) {
        int size = Waiter.POLLFDS_AT + (count + 1) * Waiter.POLLFD_SIZE;
        ByteBuffer b = size > Scratch.SIZE ? Memory.allocate(size) : Scratch.get().buffer;
        for (; ; ) {
            for (int i = 0; i < count; i++) {
                if (!queues[i].dead()) {
                    queues[i].drive();
                }
            }
            if (waiter.woken()) {
                return 0;
            }
            if (Thread.interrupted()) {
                return -Errnos.EINTR;
            }
            if (deadline != Long.MAX_VALUE && deadline - System.nanoTime() <= 0) {
                return -Errnos.ETIMEDOUT;
            }
            int n = 0;
            for (int i = 0; i < count; i++) {
                if (!queues[i].dead()) {
                    Waiter.pollFor(b, n++, queues[i].engine().pollFd);
                }
            }
            waiter.poll(b, Memory.address(b), n, deadline, 0);
        }
    }
}
