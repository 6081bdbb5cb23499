package org.sigkevent;

/** Runs in a JVM without the module jdk.jfr: requests, waits and an overflow go on as ever. */
final class WithoutRecorderMain {
    private WithoutRecorderMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
            throw new AssertionError("this JVM has Flight Recorder");
        }
        try (KeventQueue queue = KeventQueue.open(1)) {
            queue.submit(KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, TimeSpec.ofNanos(1), SigVal.of(1)));
            if (queue.offer(SigVal.of(2))) {
                throw new AssertionError("a full queue took a record");
            }
            if (queue.take().id != Kevent.KEVENT_DELAY) {
                throw new AssertionError("not the delay's record");
            }
        }
        System.out.println("works without Flight Recorder");
    }
}
