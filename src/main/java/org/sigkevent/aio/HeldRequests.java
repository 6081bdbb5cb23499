package org.sigkevent.aio;

import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.sigkevent.core.Backlog;
import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Threads;

/**
 * The requests that a queue holds back (KEVENT_CTL_BATCH), so that one system call submits several: reads and writes of files that are
 * submitted one by one, as lio_listio would do with them.
 *
 * <p>A request that is held is in the lines of its file in the phase HELD: there cancellations, the end of its queue and syncs find it.
 * {@link #handOver} moves it on to the engine. That is called by whoever drives the queue, by the thread whose request makes the number full,
 * before the library closes a descriptor with held requests, and by the driver after {@link Backlog#MOST_NANOS}. While a thread waits for the
 * queue nothing is held: nobody would drive it.
 *
 * <p><b>What a request is for.</b> The file under a number is looked at when the first request of a batch comes, and once more before the batch is
 * handed over. If somebody else gave the number to another file in between, the requests of both end with ECANCELED, as close(2)
 * allows, and nothing was transferred.
 *
 * <p><b>Locks.</b> {@link #handing} is outside the locks of files, and held while a batch is handed over, so that who has waited for it knows that
 * the batch is with the kernel. {@link #lock} guards the list, and no other is taken under it.
 */
public final class HeldRequests implements Backlog, Member {
    private final Queue queue;
    private final ReentrantLock handing = new ReentrantLock();
    private final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    // under the lock
    private AioRequest[] held = {};
    private OpenFile[] files = {};
    private volatile int count;
    private volatile long since;

    /** 1: none is held. */
    private volatile int most = 1;

    /** For {@link OpenFile#verified(int, boolean, long)}: the batch that is being filled. */
    private volatile long batch = BatchNumbers.next();

    // under handing: what is being handed over
    private AioRequest[] handed = {};
    private OpenFile[] handedFiles = {};

    private HeldRequests(Queue queue) {
        this.queue = queue;
    }

    /**
     * Sets how many submissions are held at most, and hands over what is held now.
     *
     * @param most 1 for none
     * @return 0; -EINVAL: not in 1 to the queue's limit; -EBADF: the queue is dead
     */
    public static int most(Queue queue, long most) {
        if (most < 1 || most > queue.limit()) {
            return -Errnos.EINVAL;
        }
        HeldRequests own = queue.member(HeldRequests.class, HeldRequests::new);
        if (own == null) {
            return -Errnos.EBADF;
        }
        own.most((int) most);
        queue.holding.is(own);
        return 0;
    }

    private void most(int n) {
        AioRequest[] requests = new AioRequest[n];
        OpenFile[] open = new OpenFile[n];
        AioRequest[] otherRequests = new AioRequest[n];
        OpenFile[] otherOpen = new OpenFile[n];
        // what is taken out of the list is submitted
        Stack.reserve();
        handing.lock();
        try {
            most = 1;
            startAll();
            lock.lock();
            try {
                // who has found the former number may have added one
                System.arraycopy(held, 0, requests, 0, count);
                System.arraycopy(files, 0, open, 0, count);
                held = requests;
                files = open;
                most = n;
                lock.publish();
            } finally {
                lock.held = 0;
            }
            handed = otherRequests;
            handedFiles = otherOpen;
        } finally {
            handing.unlock();
        }
    }

    @Override
    public boolean any() {
        return count > 0;
    }

    @Override
    public long since() {
        return since;
    }

    @Override
    public void onClosing() {
        // what is held is cancelled with what else is in the lines of its file
        most = 1;
    }

    // ---- holding

    /** Holds a prepared request that has its slot; false, with nothing done, when it is none to hold. */
    boolean hold(AioRequest r) {
        AioTransfer t = r.transfer;
        if (most == 1 || t.total == 0 || t.syncs() || t.position < 0 || !queue.engine().asynchronous) {
            return false;
        }
        // nobody would drive the queue; a virtual thread's requests are the driver's
        if (queue.holding.awaited() || Threads.isVirtual(Thread.currentThread())) {
            return false;
        }
        long filled = batch;
        OpenFile known = OpenFile.known(t.fildes);
        // one look for a batch, as long as it holds a request of the file
        boolean looked = known != null && known.heldFor == filled;
        OpenFile open = OpenFile.verified(t.fildes, t.writes(), looked ? filled : 0);
        if (open == null || !open.mayBeHeldBack(t) || t.prepareForEngine() < 0) {
            return false;
        }
        int use = r.state.use();
        int n;
        open.lock.lock();
        try {
            n = open.left || !open.free(t) ? 0 : add(r, open);
            if (n > 0) {
                open.heldFor = filled;
                open.comparedFor = filled;
            }
        } finally {
            open.lock.unlock();
        }
        if (n == 0) {
            return false;
        }
        if (queue.dead()) {
            // the queue's members were told before this one was in the line
            r.cancel(use);
        } else if (n >= most) {
            handOver();
        } else if (n == 1) {
            since = System.nanoTime();
            queue.holding.begun();
        }
        return true;
    }

    /** Adds a request and enters it in the lines of its file, under the lock of that: the how manieth it is; 0 when there is no room. */
    private int add(AioRequest r, OpenFile open) {
        int n = 0;
        lock.lock();
        try {
            if (count < most && count < held.length) {
                r.enter(open, AioState.HELD);
                held[count] = r;
                files[count] = open;
                n = count + 1;
                count = n;
            }
            lock.publish();
        } finally {
            lock.held = 0;
        }
        return n;
    }

    // ---- handing over

    @Override
    public void handOver() {
        // what is taken out of the list is submitted
        Stack.reserve();
        handing.lock();
        try {
            // not while this thread hands a batch over
            if (handing.getHoldCount() == 1) {
                startAll();
            }
        } finally {
            handing.unlock();
        }
    }

    private void startAll() {
        int n = take();
        if (n > 0) {
            start(n);
        }
    }

    /** What is held is this thread's now: how many. */
    private int take() {
        lock.lock();
        try {
            int n = count;
            AioRequest[] requests = held;
            OpenFile[] open = files;
            held = handed;
            files = handedFiles;
            handed = requests;
            handedFiles = open;
            count = 0;
            lock.publish();
            return n;
        } finally {
            lock.held = 0;
        }
    }

    private void start(int n) {
        long now = BatchNumbers.next();
        batch = BatchNumbers.next();
        boolean holds = true;
        try {
            // for Holding.release, which must not find that there is no memory
            Scratch.get();
            queue.engine().hold(n);
        } catch (VirtualMachineError noMemory) {
            // they are submitted one by one
            holds = false;
        }
        try {
            for (int i = 0; i < n; i++) {
                try {
                    start(handed[i], handedFiles[i], now);
                } catch (RuntimeException | Error failed) {
                    // the others still count
                    Threads.uncaught(failed);
                    end(handed[i], handedFiles[i]);
                }
            }
        } finally {
            Arrays.fill(handed, 0, n, null);
            Arrays.fill(handedFiles, 0, n, null);
            if (holds) {
                queue.holding.release();
            }
        }
    }

    /** Ends one that could not be submitted, and is held still. */
    private static void end(AioRequest r, OpenFile open) {
        open.lock.lock();
        try {
            if (r.file != open || !r.state.leaves(AioState.HELD, AioState.ENDING)) {
                return;
            }
        } finally {
            open.lock.unlock();
        }
        AioTransfer.startAll(r.endWithError(Errnos.EAGAIN));
    }

    /** Submits one, unless it has ended meanwhile. */
    private static void start(AioRequest r, OpenFile open, long batch) {
        AioTransfer t = r.transfer;
        boolean same = OpenFile.verified(open.fd, false, batch) == open;
        int use;
        open.lock.lock();
        try {
            if (r.file != open || r.state.phase() != AioState.HELD) {
                return;
            }
            use = r.state.use();
            r.state.move(AioState.HELD, same ? AioState.IN_KERNEL : AioState.ENDING);
        } finally {
            open.lock.unlock();
        }
        if (!same) {
            AioTransfer.startAll(r.endWithError(Errnos.ECANCELED));
            return;
        }
        t.next(false);
        int rc = r.arm();
        if (rc < 0) {
            AioTransfer.startAll(r.endWithError(-rc));
        } else if (t.cancelWanted) {
            r.cancel(use);
        }
    }

    /** Before a descriptor is closed or given to another file: what is held of its file goes to the kernel. */
    public static void handOver(int fd) {
        OpenFile open = OpenFile.known(fd);
        if (open == null) {
            return;
        }
        Queue last = null;
        for (Queue of = open.holdsBackFor(); of != null && of != last; of = open.holdsBackFor()) {
            last = of;
            Backlog backlog = of.holding.backlog();
            if (backlog != null) {
                backlog.handOver();
            }
        }
    }
}
