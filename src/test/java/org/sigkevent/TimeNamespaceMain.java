package org.sigkevent;

import java.time.Duration;

/** A timer and waits, relative and absolute, in a namespace whose monotonic and boot clocks are off: {@link TimeNamespaceTest}. */
public final class TimeNamespaceMain {
    private static final Duration SHORT = Duration.ofMillis(50);

    private TimeNamespaceMain() {}

    public static void main(String[] arguments) throws Exception {
        KeventRecord record = new KeventRecord();
        try (KeventQueue queue = KeventQueue.open(8)) {
            KeventRing ring = Kevent.kevent_map_ringbuf(queue.fd(), 1);
            long before = System.nanoTime();
            must(!queue.poll(record, SHORT), "a wait without events ends at its limit");
            must(System.nanoTime() - before >= SHORT.toNanos(), "not before it");
            for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_BOOTTIME, Time.CLOCK_REALTIME}) {
                try (KeventTimer timer = queue.timer(clock, SigVal.of(1))) {
                    before = System.nanoTime();
                    timer.once(SHORT);
                    must(queue.poll(record, Duration.ofSeconds(60)), "a timer of clock " + clock + " fires");
                    must(System.nanoTime() - before >= SHORT.toNanos(), "not before its time");
                }
                TimeSpec now = new TimeSpec();
                must(Time.clock_gettime(clock, now) == 0, "the clock is read");
                TimeSpec then = new TimeSpec(now.tv_sec + 1, now.tv_nsec);
                before = System.nanoTime();
                queue.submit(KeventEvent.delay(clock, Time.TIMER_ABSTIME, then, null));
                must(queue.poll(record, Duration.ofSeconds(60)), "a delay until a time of clock " + clock + " ends");
                must(System.nanoTime() - before >= 900_000_000, "not before its time");
                must(
                        Kevent.kevent_wait(queue.fd(), ring.state(), clock, Time.TIMER_ABSTIME, then, null) < 0
                                && Errno.errno() == Errno.ETIMEDOUT,
                        "a wait until a time that is past ends");
            }
            long enters = queue.stats().systemCalls;
            must(!queue.poll(record, Duration.ofMillis(300)), "nothing is left");
            // a limit that the kernel thinks is past would have the waiter spin
            must(queue.stats().systemCalls - enters < 30, "a wait without events sleeps");
        }
        System.out.println("all is well");
    }

    private static void must(boolean holds, String words) {
        if (!holds) {
            System.out.println("it does not hold that " + words);
            System.exit(1);
        }
    }
}
