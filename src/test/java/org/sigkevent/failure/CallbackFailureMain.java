package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.in;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.until;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;

/** What {@link CallbackFailureTest} runs: one notification whose user's code fails, and afterwards those of others. */
public final class CallbackFailureMain {
    private static final Consumer<SigVal> NOTHING = value -> {};
    private static final AtomicInteger CALLED = new AtomicInteger();
    private static final List<Integer> TIMERS = new ArrayList<>();

    private CallbackFailureMain() {}

    public static void main(String[] args) throws Exception {
        others("before");
        switch (args[0]) {
            case "rejecting":
                fails(executor(() -> new RejectedExecutionException("no")), NOTHING);
                break;
            case "error":
                fails(executor(() -> new AssertionError("no")), NOTHING);
                break;
            case "checked":
                fails(executor(() -> new IOException("sneaky")), NOTHING);
                break;
            case "interrupted":
                fails(executor(() -> new InterruptedException("sneaky")), NOTHING);
                break;
            case "handler":
                Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
                    throw new IllegalStateException("the handler fails as well");
                });
                fails(executor(() -> new RejectedExecutionException("no")), NOTHING);
                fails(null, value -> {
                    CALLED.incrementAndGet();
                    throw new IllegalStateException("the callback fails");
                });
                break;
            case "handler of the dispatcher":
                throwingHandlers();
                fails(executor(() -> new RejectedExecutionException("no")), NOTHING);
                break;
            case "no thread":
                fails(
                        (ThreadFactory) run -> {
                            CALLED.incrementAndGet();
                            return null;
                        },
                        NOTHING);
                break;
            case "started thread":
                fails(
                        (ThreadFactory) run -> {
                            Thread thread = new Thread(run);
                            thread.start();
                            CALLED.incrementAndGet();
                            return thread;
                        },
                        NOTHING);
                break;
            case "overflow":
                fails(null, value -> {
                    CALLED.incrementAndGet();
                    endless(0);
                });
                break;
            case "blocking":
                fails((Executor) Runnable::run, value -> {
                    CALLED.incrementAndGet();
                    await(new CountDownLatch(1));
                });
                break;
            default:
                fails((Executor) Runnable::run, value -> {
                    Thread.currentThread().interrupt();
                    CALLED.incrementAndGet();
                });
        }
        others("after " + args[0]);
        System.out.println("all in order");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Makes what an executor throws. */
    private interface Thrown {
        Throwable make();
    }

    private static Executor executor(Thrown thrown) {
        return run -> {
            CALLED.incrementAndGet();
            CallbackFailureMain.<RuntimeException>sneak(thrown.make());
        };
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private static int endless(int depth) {
        return endless(depth + 1) + 1;
    }

    private static void await(CountDownLatch never) {
        try {
            never.await();
        } catch (InterruptedException strange) {
            throw new AssertionError(strange);
        }
    }

    private static void throwingHandlers() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("sigkevent")) {
                thread.setUncaughtExceptionHandler((of, failure) -> {
                    throw new IllegalStateException("the handler fails as well");
                });
            }
        }
    }

    private static int timer(SigEvent event) {
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, id));
        ok(Time.timer_settime(id[0], 0, in(1000), null));
        TIMERS.add(id[0]);
        return id[0];
    }

    private static SigEvent callback(Object attributes, Consumer<SigVal> function) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_attributes = attributes;
        event.sigev_notify_function = function;
        return event;
    }

    /** A notification that goes wrong in the user's code. */
    private static void fails(Object attributes, Consumer<SigVal> function) {
        int before = CALLED.get();
        timer(callback(attributes, function));
        until("the failing code is called", () -> CALLED.get() > before);
    }

    /** Callbacks and signals of others come. */
    private static void others(String when) throws Exception {
        for (int i = 0; i < 3; i++) {
            AtomicInteger calls = new AtomicInteger();
            timer(callback(null, value -> calls.incrementAndGet()));
            until("a callback " + when, () -> calls.get() == 1);
        }
        try (KeventQueue queue = KeventQueue.open(4)) {
            queue.submit(KeventEvent.signals(Scene.set(Scene.SIGNO), false, SigVal.of(1)));
            SigEvent signal = new SigEvent();
            signal.sigev_notify = Signal.SIGEV_SIGNAL;
            signal.sigev_signo = Scene.SIGNO;
            timer(signal);
            check(Scene.takeAny(queue).descriptor == Scene.SIGNO, "another signal " + when);
        }
        for (int id : TIMERS) {
            ok(Time.timer_delete(id));
        }
        TIMERS.clear();
    }
}
