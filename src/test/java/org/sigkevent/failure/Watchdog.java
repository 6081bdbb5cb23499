package org.sigkevent.failure;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Ends the process, with the stacks of its threads, when a step of a trial takes too long. */
final class Watchdog {
    static final int HUNG = 3;
    private static final long LIMIT_SECONDS = 15;

    private static volatile String step = "start";
    private static volatile String trial = "";
    private static volatile long began = System.nanoTime() + 60_000_000_000L;

    private Watchdog() {}

    static void start() {
        start(LIMIT_SECONDS);
    }

    static void start(long limitSeconds) {
        long limit = TimeUnit.SECONDS.toNanos(limitSeconds);
        Thread thread = new Thread(() -> watch(limit), "watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    /** A trial's step begins; {@code line} is what is said of the trial when it never ends. */
    static void step(String what, String line) {
        trial = line;
        step = what;
        began = System.nanoTime();
    }

    /** Nothing is being tried. */
    static void rest() {
        began = System.nanoTime() + 60_000_000_000L;
    }

    private static void watch(long limit) {
        for (; ; ) {
            LockSupport.parkNanos(100_000_000);
            if (System.nanoTime() - began > limit) {
                System.out.println("FAIL\t" + trial + "\tHANGS in: " + step + ": " + culprits());
                stacks();
                System.out.flush();
                Runtime.getRuntime().halt(HUNG);
            }
        }
    }

    /** Where the threads of a trial are, in one line. */
    private static String culprits() {
        StringBuilder line = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> one :
                Thread.getAllStackTraces().entrySet()) {
            if (one.getKey().getName().equals("caller")
                    || one.getKey().getName().equals("main")) {
                line.append(one.getKey().getName()).append(" at");
                int frames = 0;
                for (StackTraceElement frame : one.getValue()) {
                    if (frame.getClassName().startsWith("org.sigkevent.") && frames++ < 5) {
                        line.append(' ').append(frame.getFileName()).append(':').append(frame.getLineNumber());
                    }
                }
                line.append("; ");
            }
        }
        return line.toString();
    }

    private static void stacks() {
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            boolean librarys =
                    thread.getName().startsWith("sigkevent") || thread.getName().equals("caller");
            System.out.println(librarys ? "STACK " + thread : "");
            for (StackTraceElement frame : stack) {
                if (librarys) {
                    System.out.println("    " + frame);
                }
            }
        });
    }
}
