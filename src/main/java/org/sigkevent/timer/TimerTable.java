package org.sigkevent.timer;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;

/**
 * The live timers by id, in pages, so that a look-up is two array reads without a lock. Ids count up and are used again only
 * after all others were: a stale id finds nobody.
 */
final class TimerTable {
    private static final int PAGE = 1 << 12;

    private static final class Page {
        final AtomicReferenceArray<TimerSource> timers = new AtomicReferenceArray<>(PAGE);
        int live;
    }

    private static volatile AtomicReferenceArray<Page> pages = new AtomicReferenceArray<>(16);
    private static int last = -1;

    private TimerTable() {}

    static @Nullable TimerSource get(int id) {
        AtomicReferenceArray<Page> all = pages;
        int page = id / PAGE;
        if (id < 0 || page >= all.length()) {
            return null;
        }
        Page one = all.get(page);
        return one == null ? null : one.timers.get(id % PAGE);
    }

    /** An id that no live timer has, and a place for its timer: to be given to {@link #enter} or {@link #giveBack}. */
    static synchronized int claim() {
        int id = last;
        do {
            id = id == Integer.MAX_VALUE ? 0 : id + 1;
        } while (get(id) != null);
        Page page = pageFor(id / PAGE);
        int former = last / PAGE;
        last = id;
        page.live++;
        if (id / PAGE != former) {
            dropIfEmpty(former);
        }
        return id;
    }

    private static Page pageFor(int number) {
        AtomicReferenceArray<Page> all = pages;
        if (number >= all.length()) {
            AtomicReferenceArray<Page> more = new AtomicReferenceArray<>(Math.max(number + 1, 2 * all.length()));
            for (int i = 0; i < all.length(); i++) {
                more.set(i, all.get(i));
            }
            pages = more;
            all = more;
        }
        Page page = all.get(number);
        if (page == null) {
            page = new Page();
            all.set(number, page);
        }
        return page;
    }

    /** Enters a new timer under the id that was claimed. */
    static synchronized void enter(TimerSource timer) {
        pages.get(timer.id / PAGE).timers.set(timer.id % PAGE, timer);
    }

    /** The id is free, and nobody stands under it. */
    static synchronized void giveBack(int id) {
        int page = id / PAGE;
        Page one = pages.get(page);
        one.timers.set(id % PAGE, null);
        one.live--;
        if (page != last / PAGE) {
            dropIfEmpty(page);
        }
    }

    private static void dropIfEmpty(int page) {
        Page one = pages.get(page);
        if (one != null && one.live == 0) {
            pages.set(page, null);
        }
    }

    /** Silences the timers of a queue, whose ids lie between these. */
    static void mute(Queue queue, int least, int most) {
        AtomicReferenceArray<Page> all = pages;
        for (int page = least / PAGE; page <= most / PAGE && page < all.length(); page++) {
            Page one = all.get(page);
            for (int i = 0; one != null && i < PAGE; i++) {
                TimerSource timer = one.timers.get(i);
                if (timer != null && timer.queue() == queue) {
                    timer.mute();
                }
            }
        }
    }
}
