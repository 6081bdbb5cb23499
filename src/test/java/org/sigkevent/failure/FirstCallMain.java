package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;

import java.time.Duration;
import org.sigkevent.Kevent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;

/** What {@link StackOverflowTest} runs: a call is made for the first time in the process near the end of a stack. */
public final class FirstCallMain {
    private static final long STACK = 512 << 10;

    // made here, as the JDK's classes can be interrupted in their initialisers, too
    private static final Duration SHORT = Duration.ofMillis(1);

    private static KeventQueue queue;
    private static boolean done;
    private static Throwable strange;

    private FirstCallMain() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("open-after-a-call")) {
            // so that it comes deeper before its stack ends
            Kevent.kevent_destroy(999, null, 0);
            Class.forName(KeventQueue.class.getName());
        }
        KeventRecord record = new KeventRecord();
        if (args[0].equals("sleep")) {
            queue = KeventQueue.open(4);
        } else if (args[0].equals("command")) {
            Class.forName(Kevent.class.getName());
        }
        Thread deep = new Deep(args[0], record);
        deep.start();
        deep.join();
        check(strange == null, "near the end of the stack it throws " + strange);
        try (KeventQueue other = KeventQueue.open(4)) {
            check(!other.poll(record, Duration.ofMillis(20)), "a record that nobody posted");
            check(other.offer(SigVal.of(1)) && other.poll(record), "a post does not arrive");
        }
        System.out.println("all in order");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** A class of its own: the JDK's classes for lambdas could be interrupted in their initialisers, too, if this were one. */
    private static final class Deep extends Thread {
        private final String call;
        private final KeventRecord record;

        Deep(String call, KeventRecord record) {
            super(null, null, "deep", STACK);
            this.call = call;
            this.record = record;
        }

        @Override
        public void run() {
            descend(call, record);
        }
    }

    /** To the end of the stack, and then the call again and again on the way back until it gets through. */
    private static void descend(String call, KeventRecord record) {
        try {
            descend(call, record);
        } catch (StackOverflowError theEnd) {
            if (done) {
                return;
            }
        }
        if (done) {
            return;
        }
        try {
            if (call.startsWith("open")) {
                queue = KeventQueue.open(4);
            } else if (call.equals("sleep")) {
                queue.poll(record, SHORT);
            } else {
                Kevent.kevent_ctl(999, Kevent.KEVENT_CTL_WAKE, 1);
            }
            done = true;
        } catch (StackOverflowError expected) {
            done = false;
        } catch (Throwable other) {
            strange = other;
            done = true;
        }
    }
}
