package org.sigkevent.sys;

import org.sigkevent.Support;

/** Prints how many bytes a system call of five arguments allocates, and one of six. */
public final class SixArgumentsMain {
    private static final int TIMES = 1000;

    private SixArgumentsMain() {}

    public static void main(String[] args) {
        long five = bytesOf(() -> Linux.call(Syscalls.GETTID, 1, 2, 3, 4, 5));
        long six = bytesOf(() -> Linux.call(Syscalls.GETTID, 1, 2, 3, 4, 5, 6));
        System.out.println("five " + five + ", six " + six);
    }

    private static long bytesOf(Runnable call) {
        for (int i = 0; i < TIMES; i++) {
            call.run();
        }
        long before = Support.allocatedBytes();
        for (int i = 0; i < TIMES; i++) {
            call.run();
        }
        return (Support.allocatedBytes() - before) / TIMES;
    }
}
