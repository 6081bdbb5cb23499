package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.sigkevent.KeventCapabilities;

/** The run of all tests without io_uring is one. */
class RefusedIoUringTest {
    @Test
    void whereTheTestsAreRefusedIoUringTheLibraryHasChosenEpollByItself() {
        assumeTrue(Integer.getInteger("sigkevent.tests.refused", 0) == 1, "io_uring is not refused to this run");
        assertTrue(
                KeventCapabilities.here().toString().contains("engine epoll: io_uring_setup: EPERM"),
                () -> KeventCapabilities.here().toString());
    }
}
