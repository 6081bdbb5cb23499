package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** When a leader looks around before it sleeps. */
class SpinningTest {
    private final Spinning spinning = new Spinning();

    @BeforeAll
    static void someoneElseCanRun() {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
    }

    private int begunOf(int waits, boolean spared) {
        int begun = 0;
        for (int i = 0; i < waits; i++) {
            if (spinning.begins()) {
                begun++;
                spinning.ends(spared);
            }
        }
        return begun;
    }

    @Test
    void itIsDoneWhileItPays() {
        assertTrue(begunOf(1000, true) == 1000);
    }

    @Test
    void itIsSeldomDoneWhereItDoesNotPay() {
        begunOf(1000, false);
        assertTrue(begunOf(6400, false) <= 100, "at most once in 64 waits");
    }

    @Test
    void someTwentyInVainEndIt() {
        int inVain = 0;
        while (inVain < 1000 && spinning.begins()) {
            spinning.ends(false);
            inVain++;
        }
        assertTrue(inVain > 10 && inVain < 40, inVain + " in vain");
    }

    @Test
    void everySixtyFourthIsATry() {
        begunOf(1000, false);
        for (int round = 0; round < 5; round++) {
            int waits = 1;
            while (waits < 1000 && !spinning.begins()) {
                waits++;
            }
            spinning.ends(false);
            assertTrue(round == 0 ? waits <= 64 : waits == 64, waits + " waits");
        }
    }

    @Test
    void itIsTriedNowAndThenAndDoneAgainWhenItPays() {
        begunOf(1000, false);
        int waits = 0;
        while (!spinning.begins()) {
            waits++;
        }
        assertTrue(waits <= 64);
        for (int i = 0; i < 4; i++) {
            spinning.ends(true);
        }
        assertTrue(begunOf(100, true) == 100);
    }

    @Test
    void oneLateRecordAmongManyDoesNotEndIt() {
        begunOf(100, true);
        assertTrue(spinning.begins());
        spinning.ends(false);
        assertTrue(spinning.begins());
        assertTrue(begunOf(10, true) == 10);
    }
}
