package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** The calls of {@link FirstCallerMain}'s application: every part, a callback, and a wait in a helper that is cancelled. */
public final class FirstCallerCalls {
    private FirstCallerCalls() {}

    /** Makes them; throws what is wrong. */
    public static void call() {
        try {
            boolean platform = Thread.currentThread().getThreadGroup().getName().equals("application");
            if (platform) {
                FirstCallerMain.mask(true);
            }
            cancelledInAHelper();
            EveryPart.use(Signal.SIGRTMIN);
            callback();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static void cancelledInAHelper() throws InterruptedException {
        int semaphores = Linux.call(Native.X86_64 ? 64 : 190, 0, 1, 0600);
        try (KeventQueue queue = KeventQueue.open(4)) {
            KeventEvent wait = KeventEvent.semop(semaphores, new short[] {0, -1, 0}, SigVal.of(1));
            queue.submit(wait);
            Support.until("the helper waits", FirstCallerCalls::helperWaits);
            assertTrue(queue.cancel(wait));
            KeventRecord record = queue.poll(Duration.ofSeconds(10));
            assertTrue(record != null, "a signal that the first caller blocks is blocked in the helper");
            assertEquals(Errno.ECANCELED, record.error);
        } finally {
            Linux.call(Native.X86_64 ? 66 : 191, semaphores, 0, 0);
        }
    }

    private static boolean helperWaits() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(one -> one.getKey().getName().startsWith("sigkevent-helper"))
                .anyMatch(one -> one.getValue().length > 0 && one.getValue()[0].isNativeMethod());
    }

    private static void callback() throws Exception {
        CompletableFuture<Void> called = new CompletableFuture<>();
        SigEvent event = new SigEvent();
        event.sigev_notify = org.sigkevent.Signal.SIGEV_THREAD;
        event.sigev_notify_function = value -> {
            try {
                FirstCallerMain.callbackInheritsNothing();
                called.complete(null);
            } catch (Throwable wrong) {
                called.completeExceptionally(wrong);
            }
        };
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        ok(Time.timer_settime(id[0], 0, soon, null));
        called.get(30, TimeUnit.SECONDS);
        ok(Time.timer_delete(id[0]));
    }
}
