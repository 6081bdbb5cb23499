package org.sigkevent.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;

/**
 * Waiting for something that several queues may bring: poll(2) on the descriptors of their engines and on an eventfd of the
 * waiter's own, reaping whatever becomes complete meanwhile. It takes the lead of none of them, so it is in no leader's way.
 *
 * <p>The caller renews its waiter, calls {@link #open}, makes the waiter known, looks once more, calls {@link #await}, makes
 * it unknown again and calls {@link #close}: nobody can write to the eventfd any more when it is closed.
 */
public final class MultiQueueWait {
    private static final int POLLFD_SIZE = 8;

    private MultiQueueWait() {}

    /** Gives the waiter its eventfd: 0, or the errno negated (EMFILE, ENFILE). */
    public static int open(Waiter waiter) {
        int fd = Linux.eventfd();
        if (fd < 0) {
            return fd;
        }
        waiter.eventfd = fd;
        return 0;
    }

    public static void close(Waiter waiter) {
        int fd = waiter.eventfd;
        waiter.eventfd = -1;
        Linux.close(fd);
    }

    /**
     * Sleeps until the waiter is woken. Queues that are destroyed meanwhile are left out.
     *
     * @param deadline of CLOCK_MONOTONIC in nanoseconds; Long.MAX_VALUE for none
     * @return 0, -ETIMEDOUT or -EINTR
     */
    public static int await(Queue[] queues, int count, Waiter waiter, long deadline) {
        ByteBuffer large =
                (count + 1) * POLLFD_SIZE + 16 > Scratch.SIZE ? Memory.allocate((count + 1) * POLLFD_SIZE + 16) : null;
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
            // both kinds of end wake through the eventfd: told() by nudge, an interrupt through the selector's begin
            waiter.enterPoll();
            if (!waiter.woken()) {
                poll(large, queues, count, waiter.eventfd, Waiter.within(deadline));
            }
            waiter.leavePoll();
            Linux.readCount(waiter.eventfd);
        }
    }

    private static void poll(@Nullable ByteBuffer large, Queue[] queues, int count, int eventfd, long until) {
        Scratch s = Scratch.get();
        ByteBuffer b = large == null ? s.buffer : large;
        long address = large == null ? s.address : Memory.address(large);
        int n = 0;
        for (int i = 0; i <= count; i++) {
            if (i == count || !queues[i].dead()) {
                b.putInt(16 + n * POLLFD_SIZE, i == count ? eventfd : queues[i].enginePollFd());
                b.putInt(20 + n * POLLFD_SIZE, Linux.POLLIN);
                n++;
            }
        }
        long timeout = 0;
        if (until != Long.MAX_VALUE) {
            long left = Math.max(0, until - System.nanoTime());
            Memory.putTime(b, 0, left);
            timeout = address;
        }
        Native.C.ppoll(address + 16, n, timeout, 0);
    }
}
