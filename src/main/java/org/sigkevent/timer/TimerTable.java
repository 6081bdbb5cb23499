package org.sigkevent.timer;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;

/**
 * The live timers by id, in pages, so that a look-up is two array reads without a lock. Ids count up and are used again only
 * after all others were: a stale id finds nobody.
 */
final class TimerTable {
    private static final int PAGE = 1 << 12;

    private static final class Page {
        final AtomicReferenceArray<ClockTimer> timers = new AtomicReferenceArray<>(PAGE);
        int live;
    }

    private static volatile AtomicReferenceArray<Page> pages = new AtomicReferenceArray<>(16);
    private static int last = -1;

    private TimerTable() {}

    static @Nullable ClockTimer get(int id) {
        AtomicReferenceArray<Page> all = pages;
        int page = id / PAGE;
        if (id < 0 || page >= all.length()) {
            return null;
        }
        Page one = all.get(page);
        return one == null ? null : one.timers.get(id % PAGE);
    }

    /** An id that no live timer has. */
    static synchronized int nextId() {
        int former = last / PAGE;
        do {
            last = last == Integer.MAX_VALUE ? 0 : last + 1;
        } while (get(last) != null);
        if (last / PAGE != former) {
            dropIfEmpty(former);
        }
        return last;
    }

    /** Enters a new timer; false when its queue is dead. */
    static boolean add(ClockTimer timer) {
        Residence residence = timer.queue().member(Residence.class, Residence::new);
        if (residence == null) {
            return false;
        }
        synchronized (TimerTable.class) {
            residence.include(timer.id());
            enter(timer);
        }
        if (timer.queue().dead()) { // destroyed meanwhile, perhaps before it could find the timer
            remove(timer);
            return false;
        }
        return true;
    }

    private static void enter(ClockTimer timer) {
        int page = timer.id() / PAGE;
        AtomicReferenceArray<Page> all = pages;
        if (page >= all.length()) {
            AtomicReferenceArray<Page> more = new AtomicReferenceArray<>(Math.max(page + 1, 2 * all.length()));
            for (int i = 0; i < all.length(); i++) {
                more.set(i, all.get(i));
            }
            pages = more;
            all = more;
        }
        Page one = all.get(page);
        if (one == null) {
            one = new Page();
            all.set(page, one);
        }
        one.live++;
        one.timers.set(timer.id() % PAGE, timer);
    }

    static synchronized void remove(ClockTimer timer) {
        int page = timer.id() / PAGE;
        Page one = pages.get(page);
        if (one != null && one.timers.compareAndSet(timer.id() % PAGE, timer, null)) {
            one.live--;
            if (page != last / PAGE) {
                dropIfEmpty(page);
            }
        }
    }

    private static void dropIfEmpty(int page) {
        Page one = pages.get(page);
        if (one != null && one.live == 0) {
            pages.set(page, null);
        }
    }

    private static void muteThoseOf(Residence residence) {
        int from;
        int to;
        synchronized (TimerTable.class) {
            from = residence.least / PAGE;
            to = residence.most / PAGE;
        }
        AtomicReferenceArray<Page> all = pages;
        for (int page = from; page <= to && page < all.length(); page++) {
            Page one = all.get(page);
            for (int i = 0; one != null && i < PAGE; i++) {
                ClockTimer timer = one.timers.get(i);
                if (timer != null && timer.queue() == residence.queue) {
                    timer.mute();
                }
            }
        }
    }

    /**
     * The timers of one queue: when it is destroyed they fall silent. It only knows between which ids they are, so that a timer
     * costs nothing here; those of other queues among them are passed over.
     */
    private static final class Residence implements Member {
        private final Queue queue;

        // under the lock of the class
        private int least = Integer.MAX_VALUE;
        private int most = -1;

        Residence(Queue queue) {
            this.queue = queue;
        }

        void include(int id) {
            least = Math.min(least, id);
            most = Math.max(most, id);
        }

        @Override
        public void onClosing() {
            muteThoseOf(this);
        }
    }
}
