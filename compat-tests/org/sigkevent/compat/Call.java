package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;
import org.sigkevent.Errno;
import org.sigkevent.Support;

/** A call of the C face on a thread of its own, with the errno that it left there. */
final class Call {
    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");

    /** mq_timedsend and mq_timedreceive: all that blocks in a message queue ends up in one of them. */
    private static final String[] BLOCKING = X86_64 ? new String[] {"242 ", "243 "} : new String[] {"182 ", "183 "};

    private volatile Thread thread;
    private volatile Path task;
    private volatile int errno;
    private final FutureTask<Long> answer;

    private Call(LongSupplier body) {
        answer = Support.start(() -> {
            task = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
            thread = Thread.currentThread();
            long result = body.getAsLong();
            errno = Errno.errno();
            return result;
        });
    }

    static Call begin(LongSupplier body) {
        return new Call(body);
    }

    /** The kernel's number of the calling thread. */
    static int ownTid() {
        try {
            return Integer.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self"))
                    .getFileName()
                    .toString());
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    /** Waits until the kernel shows the thread asleep in a call on a message queue. */
    Call untilBlocked() {
        Support.until("the call blocks", this::blocked);
        return this;
    }

    /** Waits until the thread sleeps in a wait for a queue of events, or for a signal. */
    Call untilWaiting() {
        Support.until("the call waits", () -> {
            Thread own = thread;
            if (own == null) {
                return false;
            }
            for (StackTraceElement frame : own.getStackTrace()) {
                if (frame.getMethodName().equals("kevent_wait")
                        || frame.getMethodName().equals("sigtimedwait")) {
                    return true;
                }
            }
            return false;
        });
        Support.untilAsleep(thread);
        return this;
    }

    boolean blocked() {
        return task != null && asleepInQueue(task);
    }

    /** Whether a thread is asleep in a call on a message queue; {@code task} is its directory in /proc. */
    static boolean asleepInQueue(Path task) {
        try {
            String call = Files.readString(task.resolve("syscall"));
            return call.startsWith(BLOCKING[0]) || call.startsWith(BLOCKING[1]);
        } catch (IOException gone) {
            // the thread has ended, so it is not asleep
            return false;
        }
    }

    void interrupt() {
        Support.until("the call begins", () -> thread != null);
        thread.interrupt();
    }

    boolean done() {
        return answer.isDone();
    }

    /** The answer, which must come soon. */
    long answer() {
        try {
            return Support.get(answer);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    void answers(long expected) {
        assertEquals(expected, answer(), () -> Errno.strerror(errno));
    }

    void refused(int expected) {
        assertEquals(-1, answer(), "answer");
        assertEquals(Errno.strerror(expected), Errno.strerror(errno));
    }

    /** That it is still blocked. */
    void stillBlocked() {
        assertFalse(done(), "the call came back");
        Support.until("the call is blocked", () -> blocked() || done());
        assertFalse(done(), "the call came back");
    }
}
