package org.sigkevent.aio;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Request;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Errnos;

/**
 * lio_listio: several requests handed over together, in one system call for each engine that is involved.
 *
 * <p>First everything that can be refused is looked at and all slots are reserved, the list's own too; so it is all or nothing
 * up to there. Then the requests enter the lists of their files, with one lock for each run of requests on the same file
 * and one look at each descriptor; those whose turn it is are handed to the engines. There is no attempt in the caller: one
 * system call for all is cheaper than one for each. An engine that takes no batches ({@link Engine#asynchronous}) gets each
 * request by itself. Silent elements are done by the engine of the list's queue: whoever waits there for the list's record
 * drives it, while nobody may drive another one.
 *
 * <p>Each thread has one batch of its own and uses it again, so a list allocates nothing.
 */
final class ListIo {
    private static final ThreadLocal<ListIo> OWN = ThreadLocal.withInitial(ListIo::new);
    private static final AtomicLong NUMBERS = new AtomicLong();

    /** What is wrong with each element: 0 or an errno; {@link #SKIP} for those that are not there. */
    private int[] wrong = new int[64];

    private static final int SKIP = -1;

    /** Requests to be handed over, and which submission of theirs. */
    private AioRequest[] ready = new AioRequest[64];

    private long[] uses = new long[64];
    private int readyCount;

    /** Those of one engine. */
    private Request[] armed = new Request[64];

    private AioRequest[] armedOf = new AioRequest[64];
    private long[] armedUse = new long[64];

    private ListIo() {}

    /**
     * Submits a list. Null and NOP entries are skipped; an empty list ends at once.
     *
     * @param wait wait until all are done; then {@code listTarget} is not looked at
     * @param listTarget gets one record after those of all elements (descriptor -1, data[0] -1, result the number of elements,
     *     error 0 or EIO); null or silent for none
     * @return 0; -EAGAIN: there were not slots for all, nothing was done; -EBADF: a target's queue is dead, nothing was done;
     *     -EIO: with {@code wait}, an element failed; without, an element was invalid or in flight (an invalid one has its
     *     errno as status and its record, one in flight is left alone); the others run in both cases. A descriptor that is not
     *     open only shows as the element's status. -EINTR: the wait was interrupted, the requests go on
     */
    static int submit(AioRequest[] requests, int count, boolean wait, @Nullable Destination listTarget) {
        Destination told = wait || listTarget == null || listTarget.silent ? null : listTarget;
        return OWN.get().go(requests, count, wait, told);
    }

    private int go(AioRequest[] requests, int count, boolean wait, @Nullable Destination told) {
        makeRoom(count);
        int elements = claim(requests, count, told);
        boolean busy = elements < 0;
        elements = busy ? ~elements : elements;
        int rc = reserve(requests, count, told);
        if (rc < 0) {
            for (int i = 0; i < count; i++) {
                if (wrong[i] != SKIP) {
                    requests[i].unclaim();
                }
            }
            return rc;
        }
        boolean listed = wait ? elements > 0 : told != null;
        AioList list = listed ? AioList.take(elements, wait, told) : null;
        begin(requests, count, list);
        enter(requests, count);
        handOver();
        boolean refused = busy || refused(count);
        if (list == null) {
            return refused ? -Errnos.EIO : 0;
        }
        list.done(false);
        if (!wait) {
            return refused ? -Errnos.EIO : 0;
        }
        return await(list, requests, count, busy);
    }

    private int await(AioList list, AioRequest[] requests, int count, boolean busy) {
        if (Suspend.all(list, requests, count) < 0 && Suspend.giveUp(list)) {
            return -Errnos.EINTR;
        }
        boolean failed = list.failed();
        list.give();
        return failed || busy ? -Errnos.EIO : 0;
    }

    /** How many elements there are; complemented when one of them was in flight already, which is left out. */
    private int claim(AioRequest[] requests, int count, @Nullable Destination told) {
        int elements = 0;
        boolean busy = false;
        for (int i = 0; i < count; i++) {
            AioRequest r = requests[i];
            wrong[i] = SKIP;
            if (r == null || r.operation == AioRequest.NOP) {
                continue;
            }
            if (r.claim()) {
                if (told != null && r.target.silent) {
                    r.target = Destination.silent(told.queue);
                }
                wrong[i] = -r.check();
                elements++;
            } else {
                busy = true;
            }
        }
        return busy ? ~elements : elements;
    }

    /** Reserves a slot for every record that will come: all or none. */
    private int reserve(AioRequest[] requests, int count, @Nullable Destination told) {
        int rc = told == null ? 0 : AioRequest.reserve(told.queue, 1);
        if (rc < 0) {
            return rc;
        }
        int end;
        for (int i = 0; i < count; i = end) {
            end = run(requests, i, count);
            if (wrong[i] == SKIP) {
                continue;
            }
            rc = AioRequest.reserve(requests[i].target.queue, requests[i].target.silent ? 0 : end - i);
            if (rc < 0) {
                release(requests, i, told);
                return rc;
            }
        }
        return 0;
    }

    private void release(AioRequest[] requests, int upTo, @Nullable Destination told) {
        for (int i = 0; i < upTo; i++) {
            if (wrong[i] != SKIP && !requests[i].target.silent) {
                requests[i].target.queue.release(1);
            }
        }
        if (told != null) {
            told.queue.release(1);
        }
    }

    /** The end of the run of elements from {@code i} whose records go to the same queue. */
    private int run(AioRequest[] requests, int i, int count) {
        int end = i + 1;
        if (wrong[i] == SKIP) {
            return end;
        }
        Destination first = requests[i].target;
        while (end < count
                && wrong[end] != SKIP
                && requests[end].target.queue == first.queue
                && requests[end].target.silent == first.silent) {
            end++;
        }
        return end;
    }

    /** From here on every element ends in its own way. */
    private void begin(AioRequest[] requests, int count, @Nullable AioList list) {
        for (int i = 0; i < count; i++) {
            if (wrong[i] != SKIP) {
                requests[i].begin(requests[i].target.queue, list);
            }
        }
    }

    private boolean refused(int count) {
        for (int i = 0; i < count; i++) {
            if (wrong[i] > 0 && wrong[i] != Errnos.EBADF) {
                return true;
            }
        }
        return false;
    }

    /** Puts the elements into the lists of their files and collects those whose turn it is. */
    private void enter(AioRequest[] requests, int count) {
        long batch = NUMBERS.incrementAndGet();
        OpenFile locked = null;
        for (int i = 0; i < count; i++) {
            if (wrong[i] == SKIP) {
                continue;
            }
            AioRequest r = requests[i];
            if (wrong[i] == 0 && !r.queue().asynchronous()) {
                if (locked != null) {
                    locked.lock.unlock();
                    locked = null;
                }
                startAlone(r, i);
                continue;
            }
            boolean same = locked != null && locked.fd == r.fd && !looksAtAppend(locked, r, batch);
            OpenFile file = wrong[i] == 0 && same ? locked : null;
            if (file == null && locked != null) {
                locked.lock.unlock();
                locked = null;
            }
            if (wrong[i] == 0 && file == null) {
                file = look(r, batch);
                wrong[i] = -r.fits(file);
            } else if (wrong[i] == 0) {
                wrong[i] = -r.fits(file);
            }
            if (file == null || wrong[i] != 0) {
                if (locked != null) {
                    locked.lock.unlock();
                    locked = null;
                }
                r.conclude(-1, wrong[i]);
                continue;
            }
            if (locked == null) {
                file.lock.lock();
                locked = file;
            }
            int rc = r.enter(file);
            boolean now = !r.queued;
            if (rc < 0 || r.steps()) {
                long use = r.use();
                locked.lock.unlock();
                locked = null;
                settle(r, rc, use, now);
            } else {
                keep(r, r.use());
            }
        }
        if (locked != null) {
            locked.lock.unlock();
        }
    }

    private void startAlone(AioRequest r, int i) {
        int rc = InlineAttempt.start(r);
        if (rc < 0) {
            wrong[i] = -rc;
            r.conclude(-1, -rc);
        }
    }

    private void settle(AioRequest r, int rc, long use, boolean now) {
        if (rc < 0) {
            r.fail(-rc);
            return;
        }
        Queue queue = r.queue();
        queue.stepWanted();
        if (now) {
            keep(r, use);
        } else if (queue.dead()) {
            AioCancel.abandon(queue);
        }
    }

    private void keep(AioRequest r, long use) {
        ready[readyCount] = r;
        uses[readyCount] = use;
        readyCount++;
    }

    /** The file of a request, compared with the number once in each batch. */
    private static @Nullable OpenFile look(AioRequest r, long batch) {
        OpenFile known = OpenFiles.get(r.fd);
        if (known != null && known.comparedFor == batch && !looksAtAppend(known, r, batch)) {
            return known;
        }
        OpenFile file = r.writes() ? OpenFiles.verifiedForWriting(r.fd) : OpenFiles.verified(r.fd);
        if (file != null) {
            file.comparedFor = batch;
            file.appendFor = r.writes() ? batch : 0;
        }
        return file;
    }

    private static boolean looksAtAppend(OpenFile file, AioRequest r, long batch) {
        return r.writes() && file.positional() && file.appendFor != batch;
    }

    /** One hand-over for each engine. */
    private void handOver() {
        for (int from = 0; from < readyCount; from++) {
            if (ready[from] != null) {
                hand(ready[from].queue(), from);
            }
        }
        readyCount = 0;
    }

    private void hand(Queue queue, int from) {
        int n = 0;
        for (int i = from; i < readyCount; i++) {
            if (ready[i] != null && ready[i].queue() == queue) {
                armedOf[n] = ready[i];
                armedUse[n] = uses[i];
                armed[n++] = ready[i].prepared();
                ready[i] = null;
            }
        }
        int taken = queue.arm(armed, n);
        queue.reap();
        for (int i = 0; i < n; i++) {
            AioRequest r = armedOf[i];
            armed[i] = null;
            armedOf[i] = null;
            if (i < taken) {
                r.handedOver(armedUse[i]);
            } else {
                late(r, armedUse[i]);
            }
        }
    }

    /** There was no room for this one: it is tried alone, and ends with EAGAIN if that does not help. */
    private static void late(AioRequest r, long use) {
        int rc = r.hand();
        if (rc == 0) {
            r.handedOver(use);
        } else {
            r.fail(rc == -Errnos.EBADF ? Errnos.ECANCELED : -rc);
        }
    }

    private void makeRoom(int count) {
        if (count > wrong.length) {
            int size = Math.max(count, 2 * wrong.length);
            wrong = new int[size];
            ready = new AioRequest[size];
            uses = new long[size];
            armed = new Request[size];
            armedOf = new AioRequest[size];
            armedUse = new long[size];
        }
        Arrays.fill(wrong, 0, count, SKIP);
    }
}
