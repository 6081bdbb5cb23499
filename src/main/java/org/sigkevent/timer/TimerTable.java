package org.sigkevent.timer;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;

/**
 * The live timers by id, in pages, so that a look-up is two reads of arrays without a lock. Ids count up and are used again only
 * after all others were: a stale id finds nobody. A timer whose queue was destroyed leaves {@link #MUTE} in its place until
 * timer_delete: so the timer, and with it the queue and its ring, is let go of.
 */
final class TimerTable {
    private static final int PAGE_BITS = 12;
    private static final int PAGE = 1 << PAGE_BITS;

    /** Stands for a timer that can only be deleted. */
    private static final Object MUTE = new Object();

    private static final class Page {
        /** A {@link TimerSource}, {@link #MUTE} or null. */
        final AtomicReferenceArray<@Nullable Object> timers = new AtomicReferenceArray<>(PAGE);

        int live;
    }

    /** A new page comes with a longer copy, for which there may be no memory; one that goes is a store. */
    private static volatile @Nullable Page[] pages = {};

    private static int last = -1;

    private TimerTable() {}

    /** The live timer with this id, or null. */
    static @Nullable TimerSource get(int id) {
        return look(id) instanceof TimerSource timer ? timer : null;
    }

    private static @Nullable Object look(int id) {
        @Nullable Page[] all = pages;
        int number = id >> PAGE_BITS;
        Page page = number < 0 || number >= all.length ? null : all[number];
        return page == null ? null : page.timers.get(id % PAGE);
    }

    /** An id that no live timer has, and a place for its timer: to be given to {@link #enter} or {@link #giveBack}. */
    static synchronized int claim() {
        int id = last;
        do {
            id = id == Integer.MAX_VALUE ? 0 : id + 1;
        } while (look(id) != null);
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
        Page page = number < pages.length ? pages[number] : null;
        if (page == null) {
            page = new Page();
            @Nullable Page[] more = Arrays.copyOf(pages, Math.max(number + 1, pages.length));
            more[number] = page;
            pages = more;
        }
        return page;
    }

    /** A live timer, or null. */
    static @Nullable TimerSource any() {
        for (Page page : pages) {
            for (int i = 0; page != null && i < PAGE; i++) {
                if (page.timers.get(i) instanceof TimerSource timer) {
                    return timer;
                }
            }
        }
        return null;
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

    /** Deletes a timer that was muted: false when there is none with this id. */
    static synchronized boolean deleteMute(int id) {
        boolean there = look(id) == MUTE;
        if (there) {
            giveBack(id);
        }
        return there;
    }

    /** The timer, which is entered and which nobody deletes, is let go of. A store: it may be made under a lock. */
    static void leaveMute(TimerSource timer) {
        Page page = pages[timer.id / PAGE];
        if (page != null) {
            page.timers.set(timer.id % PAGE, MUTE);
        }
    }

    private static void dropIfEmpty(int page) {
        Page one = pages[page];
        if (one != null && one.live == 0) {
            pages[page] = null;
        }
    }

    /** Silences the timers of a queue, whose ids lie between these. */
    static void mute(Queue queue, int least, int most) {
        @Nullable Page[] all = pages;
        for (int page = least / PAGE; page <= most / PAGE && page < all.length; page++) {
            Page one = all[page];
            for (int i = 0; one != null && i < PAGE; i++) {
                if (one.timers.get(i) instanceof TimerSource timer && timer.queue() == queue) {
                    timer.mute();
                }
            }
        }
    }
}
