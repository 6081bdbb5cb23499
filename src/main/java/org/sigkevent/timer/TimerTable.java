package org.sigkevent.timer;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.GrowingTable;

/**
 * The live timers by id, in pages, so that a look-up is three reads of arrays without a lock. Ids count up and are used again only
 * after all others were: a stale id finds nobody.
 */
final class TimerTable {
    private static final int PAGE_BITS = 12;
    private static final int PAGE = 1 << PAGE_BITS;

    private static final class Page {
        final AtomicReferenceArray<TimerSource> timers = new AtomicReferenceArray<>(PAGE);
        int live;
    }

    private static final GrowingTable<Page> PAGES = new GrowingTable<>();
    private static int last = -1;

    private TimerTable() {}

    static @Nullable TimerSource get(int id) {
        Page page = PAGES.get(id >> PAGE_BITS);
        return page == null ? null : page.timers.get(id % PAGE);
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
        Page page = PAGES.get(number);
        if (page == null) {
            page = new Page();
            PAGES.ensure(number);
            PAGES.set(number, page);
        }
        return page;
    }

    /** Enters a new timer under the id that was claimed. */
    static synchronized void enter(TimerSource timer) {
        pageFor(timer.id / PAGE).timers.set(timer.id % PAGE, timer);
    }

    /** The id is free, and nobody stands under it. */
    static synchronized void giveBack(int id) {
        int page = id / PAGE;
        Page one = pageFor(page);
        one.timers.set(id % PAGE, null);
        one.live--;
        if (page != last / PAGE) {
            dropIfEmpty(page);
        }
    }

    private static void dropIfEmpty(int page) {
        Page one = PAGES.get(page);
        if (one != null && one.live == 0) {
            PAGES.set(page, null);
        }
    }

    /** Silences the timers of a queue, whose ids lie between these. */
    static void mute(Queue queue, int least, int most) {
        for (int page = least / PAGE; page <= most / PAGE; page++) {
            Page one = PAGES.get(page);
            for (int i = 0; one != null && i < PAGE; i++) {
                TimerSource timer = one.timers.get(i);
                if (timer != null && timer.queue() == queue) {
                    timer.mute();
                }
            }
        }
    }
}
