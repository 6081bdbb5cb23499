package org.sigkevent.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigkevent.Support;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.Linux;

/** Timers of CPU-time clocks against the thread that takes the kernel's signals. */
@Timeout(60)
class CpuTimerTest {
    private static final long MS = 1_000_000;

    private final RingRecord record = new RingRecord();
    private Queue queue;

    @BeforeEach
    void open() {
        queue = Queue.create(4);
    }

    @AfterEach
    void close() {
        queue.destroy();
    }

    private ClockTimer timer(int clock) {
        return ClockTimer.create(clock, id -> Destination.records(queue, 1, null));
    }

    private static Thread receiver() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sigkevent-cputime"))
                .findFirst()
                .orElseThrow();
    }

    private static boolean waitsForTheLock() {
        return Arrays.stream(receiver().getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(AdaptiveSpinLock.class.getName()));
    }

    /** Has the timer expire, and the receiver take the signal and stop at the lock that this thread has. */
    private void expireBehindTheLock(ClockTimer timer) {
        timer.setLocked(false, 1, MS, null);
        Support.until("the receiver waits for the lock", CpuTimerTest::waitsForTheLock);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "3600000000000, 0", "3600000000000, 1000000", "60000000000, 3600000000000"})
    void aSignalOfTheFormerSettingIsNotTakenForOneOfTheNew(long value, long period) {
        ClockTimer timer = timer(Linux.CLOCK_PROCESS_CPUTIME_ID);
        queue.deadlines().lock.lock();
        try {
            expireBehindTheLock(timer);
            timer.setLocked(false, value, period, null);
        } finally {
            queue.deadlines().lock.held = 0;
        }
        Support.until("the receiver has looked at it", () -> !waitsForTheLock());
        // once more through the lock, should it have been between two states
        for (int i = 0; i < 3; i++) {
            queue.deadlines().lock.lock();
            queue.deadlines().lock.held = 0;
            assertEquals(0, queue.unread());
        }
        TimerSetting left = new TimerSetting();
        timer.get(left);
        assertTrue(left.valueNanos <= value && left.valueNanos >= value / 2);
        timer.delete();
    }

    @Test
    void aSignalOfTheFormerSettingDoesNotMakeAOneShotExpireTwice() {
        ClockTimer timer = timer(Linux.CLOCK_PROCESS_CPUTIME_ID);
        for (int i = 0; i < 20; i++) {
            queue.deadlines().lock.lock();
            try {
                expireBehindTheLock(timer);
                timer.setLocked(false, 1, 0, null);
            } finally {
                queue.deadlines().lock.held = 0;
            }
            Support.until("it expires", () -> queue.take(record));
            assertEquals(0, record.result);
            long until = Clocks.SYSTEM.now(Linux.CLOCK_PROCESS_CPUTIME_ID) + 10 * MS;
            while (Clocks.SYSTEM.now(Linux.CLOCK_PROCESS_CPUTIME_ID) < until) {
                Thread.onSpinWait();
            }
            assertFalse(queue.take(record), "a second record");
        }
        timer.delete();
    }

    @Test
    void aRecordSaysWhenOnTheClockOfTheThreadThatMadeTheTimer() {
        ClockTimer timer = timer(Linux.CLOCK_THREAD_CPUTIME_ID);
        long at = Clocks.SYSTEM.now(Linux.CLOCK_THREAD_CPUTIME_ID) + 20 * MS;
        timer.set(true, at, 0, null);
        Support.until("it expires", () -> {
            long until = Clocks.SYSTEM.now(Linux.CLOCK_THREAD_CPUTIME_ID) + MS;
            while (Clocks.SYSTEM.now(Linux.CLOCK_THREAD_CPUTIME_ID) < until) {
                Thread.onSpinWait();
            }
            return queue.take(record);
        });
        assertTrue(record.timeNanos >= at, record.timeNanos + " is before " + at);
        assertTrue(record.timeNanos <= Clocks.SYSTEM.now(Linux.CLOCK_THREAD_CPUTIME_ID));
        timer.delete();
    }
}
