package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.sys.Linux;

/** A program that closes the descriptors that the driver sleeps in: the driver goes on and does not spin. */
final class ClosedDescriptorsMain {
    private static final long LOOK_NANOS = 500_000_000;

    private ClosedDescriptorsMain() {}

    public static void main(String[] arguments) throws IOException {
        int kfd = Support.queue(4);
        closeDriversSet();
        // it is asleep in there, and finds out when it wakes
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(3)), timer));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        ok(Time.timer_settime(timer[0], 0, soon, null));
        KeventRing ring = Support.ring(kfd);
        Support.until("the timer's record", () -> ring.unread() == 1);
        assertEquals(3, Support.take(kfd).cookie);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long driver = driver();
        long begun = System.nanoTime();
        long used = threads.getThreadCpuTime(driver);
        LockSupport.parkNanos(LOOK_NANOS);
        used = threads.getThreadCpuTime(driver) - used;
        long passed = System.nanoTime() - begun;
        assertTrue(used < passed / 4, used + " ns of " + passed);
        System.out.println("it does not spin");
        System.exit(0);
    }

    /** The epoll set with a timerfd in it. */
    private static void closeDriversSet() throws IOException {
        int closed = 0;
        for (String number : Objects.requireNonNull(new File("/proc/self/fd").list())) {
            if (isOpenAs(number, "[eventpoll]")) {
                for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo", number))) {
                    String[] words = line.trim().split(" +");
                    if (words[0].equals("tfd:") && isOpenAs(words[1], "[timerfd]")) {
                        assertEquals(0, Linux.close(Integer.parseInt(number)));
                        closed++;
                    }
                }
            }
        }
        assertEquals(1, closed);
    }

    private static boolean isOpenAs(String number, String what) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd", number))
                    .toString()
                    .endsWith(what);
        } catch (IOException closed) {
            return false;
        }
    }

    private static long driver() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("sigkevent-driver")) {
                return thread.getId();
            }
        }
        throw new AssertionError("there is no driver");
    }
}
