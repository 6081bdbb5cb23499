package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What {@link HostileCallbacksTest} runs: executors, factories and handlers that break the rules, each followed by an ordinary
 * notification of SIGEV_THREAD and one of SIGEV_SIGNAL, which must come.
 */
public final class HostileCallbacksMain {
    private HostileCallbacksMain() {}

    public static void main(String[] args) throws Exception {
        Executor rejecting = run -> {
            throw new RejectedExecutionException("full");
        };
        after("an executor that throws a checked exception", (Executor) run -> sneakyThrow(new IOException("checked")));
        after("an executor that throws an Error", (Executor) run -> sneakyThrow(new AssertionError("error")));
        after("an executor that throws an InterruptedException", (Executor)
                run -> sneakyThrow(new InterruptedException("sneaky")));
        after("an executor that overflows the stack", (Executor) HostileCallbacksMain::endless);
        after("an executor that interrupts its thread", (Executor)
                run -> Thread.currentThread().interrupt());
        after("a factory that makes no thread", (ThreadFactory) run -> null);
        after("a factory that gives a thread that runs already", (ThreadFactory) run -> {
            Thread thread = new Thread(run);
            thread.start();
            return thread;
        });
        fails("a callback that overflows the stack", () -> endless(() -> {}));
        CountDownLatch never = new CountDownLatch(1);
        notification((Executor) Runnable::run, value -> uninterruptibly(never));
        works("an executor that runs a callback in place that blocks");
        anExecutorGetsCallbacksInOrder();

        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            throw new IllegalStateException("the handler throws too");
        });
        after("a handler that throws", rejecting);
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> sneakyThrow(new IOException("checked")));
        after("a handler that throws a checked exception", rejecting);
        fails("a callback that throws, and a handler that throws too", () -> {
            throw new IllegalStateException("callback");
        });
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("sigkevent")) {
                thread.setUncaughtExceptionHandler((of, thrown) -> {
                    throw new IllegalStateException("the handler of a library's thread throws");
                });
            }
        }
        after("a handler of the dispatcher that throws", rejecting);
        System.out.println("all came");
        System.exit(0);
    }

    /** A callback of the library's own thread. */
    private static void fails(String what, Runnable callback) throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        notification(null, value -> {
            called.countDown();
            callback.run();
        });
        assertTrue(called.await(20, TimeUnit.SECONDS), what + " was not called");
        works(what);
    }

    private static void after(String what, Object attributes) throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        Object telling = attributes instanceof Executor
                ? (Executor) run -> {
                    called.countDown();
                    ((Executor) attributes).execute(run);
                }
                : (ThreadFactory) run -> {
                    called.countDown();
                    return ((ThreadFactory) attributes).newThread(run);
                };
        notification(telling, value -> {});
        assertTrue(called.await(20, TimeUnit.SECONDS), what + " was not asked");
        works(what);
    }

    /** That SIGEV_THREAD and SIGEV_SIGNAL are served. */
    private static void works(String after) throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        notification(null, value -> ran.countDown());
        assertTrue(ran.await(20, TimeUnit.SECONDS), "no callback after " + after);
        int kfd = Support.queue(2);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, Signal.SIGRTMIN));
        ok(Kevent.kevent_submit(kfd, KeventEvent.signal(set, SigVal.of(1)), 0, null));
        SigEvent signal = new SigEvent();
        signal.sigev_notify = Signal.SIGEV_SIGNAL;
        signal.sigev_signo = Signal.SIGRTMIN;
        expire(signal);
        assertTrue(Support.take(kfd).descriptor == Signal.SIGRTMIN, "no signal after " + after);
        Support.destroy(kfd);
    }

    private static void anExecutorGetsCallbacksInOrder() throws Exception {
        List<Integer> got = Collections.synchronizedList(new ArrayList<>());
        List<Integer> sent = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(50);
        Executor executor = Runnable::run;
        int kfd = Support.queue(1);
        for (int i = 0; i < 50; i++) {
            sent.add(i);
            int number = i;
            SigEvent event = calling(executor, value -> {
                got.add(number);
                all.countDown();
            });
            expire(event);
        }
        assertTrue(all.await(20, TimeUnit.SECONDS), "only " + got);
        assertTrue(got.equals(sent), "out of order: " + got);
        Support.destroy(kfd);
    }

    private static SigEvent calling(Object attributes, Consumer<SigVal> function) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_attributes = attributes;
        event.sigev_notify_function = function;
        return event;
    }

    private static void notification(Object attributes, Consumer<SigVal> function) {
        expire(calling(attributes, function));
    }

    /** A timer that expires once, at a time that is past and later than that of the timer before. */
    private static void expire(SigEvent event) {
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        ItimerSpec spec = new ItimerSpec();
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(Time.CLOCK_MONOTONIC, now));
        spec.it_value = now;
        ok(Time.timer_settime(timer[0], Time.TIMER_ABSTIME, spec, null));
    }

    private static void uninterruptibly(CountDownLatch latch) {
        for (; ; ) {
            try {
                latch.await();
                return;
            } catch (InterruptedException goOn) {
                // it blocks whatever happens
            }
        }
    }

    private static void endless(Runnable run) {
        endless(run);
        run.run();
    }

    private static void sneakyThrow(Throwable thrown) {
        HostileCallbacksMain.<RuntimeException>unchecked(thrown);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
