package org.sigkevent.aio;

import java.util.concurrent.atomic.AtomicLong;

/** Numbers for what is submitted together, so that one look at each file is enough: see {@link OpenFile#verified(int, boolean, long)}. */
final class BatchNumbers {
    private static final AtomicLong LAST = new AtomicLong();

    private BatchNumbers() {}

    static long next() {
        return LAST.incrementAndGet();
    }
}
