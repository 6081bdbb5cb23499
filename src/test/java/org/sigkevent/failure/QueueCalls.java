package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.in;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;
import static org.sigkevent.failure.Scene.until;

import java.time.Duration;
import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventCapabilities;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventStats;
import org.sigkevent.Poll;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Linux;

/** The calls that make, read, drive and end a queue. */
final class QueueCalls {
    private QueueCalls() {}

    static void list(List<PublicCall> all) {
        life(all);
        control(all);
        posting(all);
        taking(all);
        waiting(all);
    }

    private static void life(List<PublicCall> all) {
        all.add(new PublicCall("Kevent.kevent_init", s -> s.kfd = Kevent.kevent_init(8))
                .before(s -> s.kfd = -1)
                .isInForce(s -> s.kfd >= 0)
                .ends(s -> ok(Kevent.kevent_destroy(s.kfd, null, 0))));
        all.add(new PublicCall("KeventQueue.open", s -> {
                    s.made = KeventQueue.open(8);
                    return 0;
                })
                .before(s -> s.made = null)
                .isInForce(s -> s.made != null)
                .ends(s -> ((KeventQueue) s.made).close()));
        all.add(new PublicCall("Kevent.kevent_destroy", s -> Kevent.kevent_destroy(s.kfd, null, 0))
                .before(QueueCalls::busyQueue)
                .isInForce(s -> false)
                .refused(QueueCalls::destroyAgain)
                .ends(QueueCalls::destroyAgain));
        all.add(new PublicCall("KeventQueue.close", s -> {
                    ((KeventQueue) s.made).close();
                    return 0;
                })
                .in(Scene::openPipe)
                .before(s -> {
                    s.made = KeventQueue.open(8);
                    ((KeventQueue) s.made).offer(SigVal.of(1));
                    ((KeventQueue) s.made).submit(KeventEvent.fd(s.pipe[0], Poll.POLLIN, SigVal.of(2)));
                })
                .isInForce(s -> false)
                .refused(s -> ((KeventQueue) s.made).close())
                .ends(s -> ((KeventQueue) s.made).close()));
        all.add(new PublicCall(
                        "Kevent.kevent_map_ringbuf", s -> Kevent.kevent_map_ringbuf(s.queue.fd(), 1) == null ? -1 : 0)
                .isInForce(s -> false));
        all.add(new PublicCall("KeventCapabilities.here", s -> {
                    KeventCapabilities.here().servedBy();
                    return 0;
                })
                .isInForce(s -> false));
        all.add(new PublicCall("KeventQueue.capabilities", s -> {
                    s.queue.capabilities().toString();
                    return 0;
                })
                .isInForce(s -> false));
        all.add(new PublicCall(
                        "KeventQueue.stats", s -> s.queue.stats().toString().length())
                .isInForce(s -> false));
        all.add(new PublicCall("KeventQueue.dump", s -> s.queue.dump().length())
                .in(QueueCalls::somethingArmed)
                .isInForce(s -> false));
    }

    private static void busyQueue(Scene s) throws Exception {
        if (s.pipe == null) {
            s.openPipe();
        }
        s.kfd = (int) ok(Kevent.kevent_init(8));
        ok(Kevent.kevent_submit(s.kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        ok(Kevent.kevent_submit(s.kfd, KeventEvent.fd(s.pipe[0], Poll.POLLIN, SigVal.of(2)), 0, null));
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(s.kfd, SigVal.of(3)), timer));
        ok(Time.timer_settime(timer[0], 0, in(3_600_000_000_000L), null));
    }

    private static void destroyAgain(Scene s) {
        if (Kevent.kevent_destroy(s.kfd, null, 0) < 0) {
            check(Errno.errno() == Errno.EBADF, Errno.message());
        }
        until("the queue's descriptor is closed", () -> !Linux.nameOf(s.kfd).contains("kevent"));
    }

    private static void somethingArmed(Scene s) {
        s.openPipe();
        s.queue.submit(KeventEvent.fd(s.pipe[0], Poll.POLLIN, SigVal.of("armed")));
        s.queue.timer(Time.CLOCK_MONOTONIC, SigVal.of("timer")).once(Duration.ofHours(1));
        s.queue.offer(SigVal.of("posted"));
    }

    private static void control(List<PublicCall> all) {
        all.add(number("REQUIRED", Kevent.KEVENT_CTL_REQUIRED, 1));
        all.add(number("WAKE", Kevent.KEVENT_CTL_WAKE, 1));
        all.add(number("DRIVER on", Kevent.KEVENT_CTL_DRIVER, 1)
                .ends(s -> ok(Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_DRIVER, 0))));
        all.add(number("DRIVER off", Kevent.KEVENT_CTL_DRIVER, 0)
                .before(s -> ok(Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_DRIVER, 1))));
        all.add(number("POLLFD", Kevent.KEVENT_CTL_POLLFD, 0));
        all.add(number("BATCH", Kevent.KEVENT_CTL_BATCH, 8)
                .ends(s -> ok(Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_BATCH, 1))));
        all.add(new PublicCall(
                        "Kevent.kevent_ctl STATS",
                        s -> Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_STATS, new KeventStats()))
                .isInForce(s -> false));
        for (int type : new int[] {Signal.SIGEV_KEVENT, Signal.SIGEV_THREAD}) {
            all.add(new PublicCall(
                            "Kevent.kevent_ctl OVERFLOW " + type,
                            s -> Kevent.kevent_ctl(s.kfd, Kevent.KEVENT_CTL_OVERFLOW, (SigEvent) s.made))
                    .before(s -> {
                        s.kfd = (int) ok(Kevent.kevent_init(1));
                        s.made = s.sigevent(type);
                    })
                    .ends(s -> {
                        int posts = 0;
                        while (Kevent.kevent_submit(s.kfd, KeventEvent.user(SigVal.of(1)), Kevent.KEVENT_NOWAIT, null)
                                == 0) {
                            posts++;
                        }
                        check(posts == 1, posts + " posts");
                        if (type == Signal.SIGEV_KEVENT) {
                            s.take();
                        } else {
                            until("the callback", () -> s.callbacks.getAndSet(0) == 1);
                        }
                        ok(Kevent.kevent_destroy(s.kfd, null, 0));
                    })
                    .refused(s -> ok(Kevent.kevent_destroy(s.kfd, null, 0))));
        }
        all.add(new PublicCall(
                        "Kevent.kevent_ctl CANCEL",
                        s -> Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_CANCEL, s.event))
                .in(Scene::openPipe)
                .before(s -> {
                    s.event = KeventEvent.fd(s.pipe[0], Poll.POLLIN, s.next());
                    s.queue.submit(s.event);
                })
                .isInForce(s -> s.stats().unread == 1)
                .ends(s -> check(takeAny(s.queue).error == Errno.ECANCELED || s.failed, "not cancelled"))
                .refused(s -> {
                    Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_CANCEL, s.event);
                    takeAny(s.queue);
                }));
    }

    private static PublicCall number(String name, int command, long argument) {
        return new PublicCall("Kevent.kevent_ctl " + name, s -> Kevent.kevent_ctl(s.queue.fd(), command, argument))
                .isInForce(s -> false);
    }

    private static void posting(List<PublicCall> all) {
        all.add(new PublicCall(
                        "Kevent.kevent_submit USER",
                        s -> Kevent.kevent_submit(
                                s.queue.fd(), KeventEvent.user(SigVal.of(s.cookie)), Kevent.KEVENT_NOWAIT, null))
                .before(Scene::next)
                .ends(Scene::take));
        all.add(new PublicCall("Kevent.kevent_submit null", s -> Kevent.kevent_submit(s.queue.fd(), null, 0, null)));
        all.add(new PublicCall("KeventQueue.offer", s -> s.queue.offer(SigVal.of(s.cookie)) ? 0 : -1)
                .before(Scene::next)
                .ends(Scene::take));
        all.add(new PublicCall("KeventQueue.offer object", s -> s.queue.offer(SigVal.of((Object) s)) ? 0 : -1)
                .ends(s -> check(takeAny(s.queue).object == s, "another object")));
        all.add(new PublicCall("KeventQueue.offer several", s -> s.queue.offer((SigVal[]) s.made, 4) == 4 ? 0 : -1)
                .before(s -> s.made = new SigVal[] {SigVal.of(1), SigVal.of(2), SigVal.of(3), SigVal.of(4)})
                .ends(s -> {
                    int unread = s.queue.stats().unread;
                    check(unread == 4, unread + " of 4 records");
                    for (int i = 0; i < 4; i++) {
                        takeAny(s.queue);
                    }
                }));
        all.add(new PublicCall("KeventQueue.post", s -> {
                    s.queue.post(SigVal.of(s.cookie));
                    return 0;
                })
                .before(Scene::next)
                .ends(Scene::take));
        all.add(new PublicCall("KeventQueue.post to a waiter", s -> {
                    s.queue.post(SigVal.of(s.cookie));
                    return 0;
                })
                .before(s -> {
                    s.next();
                    Thread waiter = new Thread(() -> s.made = takeAny(s.queue));
                    s.made = waiter;
                    waiter.setDaemon(true);
                    waiter.start();
                    until("the waiter waits", () -> asleep(waiter));
                })
                .isInForce(s -> s.made instanceof KeventRecord || s.stats().unread > 0)
                .ends(s -> until(
                        "the waiter has it",
                        () -> s.made instanceof KeventRecord && ((KeventRecord) s.made).cookie == s.cookie))
                .refused(s -> {
                    s.queue.offer(SigVal.of(1));
                    until("the waiter is woken", () -> s.made instanceof KeventRecord);
                }));
        all.add(new PublicCall("KeventQueue.requeue", s -> s.queue.requeue(s.into) ? 0 : -1)
                .before(s -> {
                    s.queue.offer(s.next());
                    s.queue.poll(s.into);
                })
                .ends(Scene::take));
        all.add(new PublicCall("KeventQueue.wake", s -> {
            s.queue.wake(1);
            return 0;
        }));
        all.add(new PublicCall("KeventQueue.required", s -> {
            s.queue.required(1);
            return 0;
        }));
        all.add(new PublicCall("KeventQueue.driver", s -> {
                    s.queue.driver(true);
                    return 0;
                })
                .isInForce(s -> false)
                .ends(s -> s.queue.driver(false)));
    }

    private static boolean asleep(Thread thread) {
        Thread.State state = thread.getState();
        if (state == Thread.State.RUNNABLE) {
            for (StackTraceElement frame : thread.getStackTrace()) {
                if (frame.getMethodName().equals("sleep")
                        && frame.getClassName().startsWith("org.sigkevent.engine")) {
                    return true;
                }
            }
        }
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    /** What was posted is still there, or has been handed out. */
    static void notLost(Scene s) {
        if (s.queue.stats().unread > 0) {
            s.take();
        } else {
            check(s.into.cookie == s.cookie, "the record is lost");
        }
    }

    private static PublicCall taking(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .before(s -> {
                    s.into.cookie = 0;
                    s.queue.offer(s.next());
                })
                .isInForce(s -> false)
                .refused(QueueCalls::notLost)
                .ends(QueueCalls::notLost);
    }

    private static void taking(List<PublicCall> all) {
        all.add(taking("KeventQueue.poll", s -> s.queue.poll(s.into) ? 0 : -1));
        all.add(taking("KeventQueue.poll with a limit", s -> s.queue.poll(s.into, Duration.ofSeconds(3)) ? 0 : -1));
        all.add(taking("KeventQueue.take", s -> {
            s.queue.take(s.into);
            return 0;
        }));
        all.add(taking(
                "KeventRing.take",
                s -> Kevent.kevent_map_ringbuf(s.queue.fd(), 1).take(s.into) ? 0 : -1));
        all.add(taking("KeventQueue.poll several", s -> s.queue.poll(new KeventRecord[] {s.into}) - 1));
        all.add(taking("KeventQueue.drain", s -> s.queue.drain(r -> s.into.cookie = r.cookie, 4) - 1));
        all.add(new PublicCall("KeventQueue.poll with nothing there", s -> s.queue.poll(s.into) ? -1 : 0));
        all.add(sleeping("KeventQueue.take that sleeps", s -> {
            s.queue.take(s.into);
            return 0;
        }));
        all.add(sleeping("KeventQueue.poll that sleeps", s -> s.queue.poll(s.into, Duration.ofSeconds(3)) ? 0 : -1));
    }

    private static PublicCall sleeping(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .in(s -> s.keventTimer = s.queue.timer(Time.CLOCK_MONOTONIC, s.next()))
                .before(s -> {
                    s.into.cookie = 0;
                    s.keventTimer.once(Duration.ofMillis(1));
                })
                .isInForce(s -> false)
                .refused(QueueCalls::timerNotLost)
                .ends(QueueCalls::timerNotLost);
    }

    private static void timerNotLost(Scene s) {
        if (s.into.cookie != s.cookie) {
            s.take();
        }
    }

    private static void waiting(List<PublicCall> all) {
        all.add(new PublicCall("Kevent.kevent_wait with a record there", s -> waited(s, null, null))
                .before(s -> {
                    s.when = state(s);
                    s.queue.offer(s.next());
                })
                .isInForce(s -> true)
                .ends(Scene::take));
        all.add(new PublicCall("Kevent.kevent_wait until the time is up", s -> {
                    long rc = waited(s, TimeSpec.ofNanos(1_000_000), null);
                    return rc == -1 && Errno.errno() == Errno.ETIMEDOUT ? 0 : rc;
                })
                .before(s -> s.when = state(s))
                .isInForce(s -> false));
        for (boolean masked : new boolean[] {false, true}) {
            all.add(new PublicCall(
                            "Kevent.kevent_wait for a timer" + (masked ? " with a mask" : ""),
                            s -> waited(s, null, masked ? Scene.set(Scene.SIGNO + 1) : null))
                    .in(s -> s.keventTimer = s.queue.timer(Time.CLOCK_MONOTONIC, s.next()))
                    .before(s -> {
                        s.when = state(s);
                        s.keventTimer.once(Duration.ofMillis(1));
                    })
                    .isInForce(s -> true)
                    .ends(Scene::take));
        }
    }

    private static int state(Scene s) {
        return Kevent.kevent_map_ringbuf(s.queue.fd(), 1).state();
    }

    private static long waited(Scene s, TimeSpec limit, SigSet mask) {
        int rc = Kevent.kevent_wait(s.queue.fd(), (int) s.when, limit, mask);
        return rc == -1 && Errno.errno() == Errno.EWOULDBLOCK ? 0 : rc;
    }
}
