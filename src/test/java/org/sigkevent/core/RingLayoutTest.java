package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How large a ring is for a limit, and the other way round. */
@Tag("any-engine")
class RingLayoutTest {
    /** Around each limit where twice the limit, or a quarter and 16 more than it, passes a power of two. */
    @ParameterizedTest
    @CsvSource({
        "1, 32",
        "12, 32",
        "13, 32",
        "14, 64",
        "32, 64",
        "33, 128",
        "1024, 2048",
        "1025, 4096",
        "8388608, 16777216",
        "8388609, 16777216"
    })
    void aRingHasTwiceItsLimitInSlotsAndRoomForWhatIsWithdrawn(int limit, int slots) {
        assertEquals(slots, RingLayout.slots(limit));
        assertEquals(4096 + 64L * slots, RingLayout.size(limit));
    }

    @Test
    void theLargestRingFitsAMappingOfLessThan2GiB() {
        assertEquals(1 << 24, RingLayout.slots(RingLayout.MAX_LIMIT));
        assertEquals(4096 + (1L << 30), RingLayout.size(RingLayout.MAX_LIMIT));
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 1024, 1 << 20})
    void whatFitsInSoManyBytesIsTheLargestLimitOfThatSize(int limit) {
        long size = RingLayout.size(limit);
        assertEquals(limit, RingLayout.mostIn(size));
        assertEquals(limit, RingLayout.mostIn(size + 1));
        assertEquals(size / 2 + 2048, RingLayout.size(RingLayout.mostIn(size - 1)), "half the slots");
    }

    @Test
    void nothingFitsInLessThanTheSmallestRingAndNoMoreThanTheLargestLimitInAny() {
        assertEquals(13, RingLayout.mostIn(RingLayout.size(1)));
        assertEquals(0, RingLayout.mostIn(RingLayout.size(1) - 1));
        assertEquals(0, RingLayout.mostIn(0));
        assertEquals(RingLayout.MAX_LIMIT, RingLayout.mostIn(Long.MAX_VALUE));
    }
}
