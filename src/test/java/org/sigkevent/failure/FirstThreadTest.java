package org.sigkevent.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigkevent.ChildJvm;

/** Where no thread can be started the first calls are refused in words, and work when threads can be started again. */
@Timeout(120)
class FirstThreadTest {
    @ParameterizedTest
    @CsvSource({
        "open,0",
        "open,1",
        "open,2",
        "open,3",
        "open,4",
        "kevent_init,0",
        "kevent_init,2",
        "here,0",
        "here,1",
        "mq_open,0",
        "timer_create,1",
        "clock_gettime,0"
    })
    void aFirstCallWithoutThreadsDoesNotDisableTheLibrary(String call, int spare, @TempDir Path dir) throws Exception {
        List<String> all = new ArrayList<>(ThreadLimit.command());
        all.addAll(ChildJvm.command(FirstThreadMain.class.getName(), call, Integer.toString(spare)));
        ChildJvm child = ChildJvm.run(dir, all);
        assertEquals(0, child.end(), child::output);
        String said = child.output();
        assumeFalse(said.contains("the limit does not bind"), "RLIMIT_NPROC does not bind here");
        assertTrue(said.contains("all in order"), said);
        assertFalse(said.contains("with threads: no thread"), said);
        if (spare == 0 && ThreadLimit.isAlone()) {
            assertTrue(said.contains("without threads: no thread"), said);
        }
    }
}
