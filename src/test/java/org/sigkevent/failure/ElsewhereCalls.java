package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;

import java.time.Duration;
import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRing;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.sys.Linux;

/** What a process can do with a queue that another one owns: map it, take, wait, put back, wake, and let go of it. */
final class ElsewhereCalls {
    private ElsewhereCalls() {}

    static void list(List<PublicCall> all) {
        all.add(new PublicCall(
                        "Kevent.kevent_map_ringbuf elsewhere",
                        s -> Kevent.kevent_map_ringbuf(s.kfd, 1) == null ? -1 : 0)
                .in(s -> Elsewhere.hideDuplicates(s.queue.fd()))
                .before(s -> s.kfd = (int) ok(Linux.duplicate(s.queue.fd(), 0)))
                .isInForce(s -> false)
                .refused(ElsewhereCalls::letGo)
                .ends(ElsewhereCalls::letGo));
        all.add(new PublicCall("Kevent.kevent_destroy elsewhere", s -> Kevent.kevent_destroy(s.kfd, null, 0))
                .in(s -> Elsewhere.hideDuplicates(s.queue.fd()))
                .before(s -> {
                    s.kfd = (int) ok(Linux.duplicate(s.queue.fd(), 0));
                    ring(s);
                })
                .isInForce(s -> false)
                .refused(s -> {
                    if (Kevent.kevent_destroy(s.kfd, null, 0) < 0) {
                        check(Errno.errno() == Errno.EBADF, Errno.message());
                    }
                }));
        all.add(elsewhere("Kevent.kevent_submit null elsewhere", s -> Kevent.kevent_submit(s.kfd, null, 0, null))
                .isInForce(s -> false));
        all.add(elsewhere(
                        "Kevent.kevent_submit requeue elsewhere",
                        s -> Kevent.kevent_submit(s.kfd, KeventEvent.requeue(s.into), Kevent.KEVENT_NOWAIT, null))
                .before(s -> {
                    s.queue.offer(s.next());
                    check(s.queue.poll(s.into), "a post does not arrive");
                })
                .isInForce(s -> {
                    s.drive();
                    return s.stats().unread > 0;
                })
                .ends(Scene::take));
        all.add(elsewhere("KeventRing.take elsewhere", s -> ring(s).take(s.into) ? 0 : -1)
                .before(s -> {
                    s.into.cookie = 0;
                    s.queue.offer(s.next());
                })
                .isInForce(s -> false)
                .refused(QueueCalls::notLost)
                .ends(QueueCalls::notLost));
        waiting(all);
    }

    private static void waiting(List<PublicCall> all) {
        all.add(elsewhere("Kevent.kevent_wait elsewhere with a record there", s -> waited(s, null))
                .before(s -> {
                    s.when = ring(s).state();
                    s.queue.offer(s.next());
                })
                .isInForce(s -> true)
                .ends(Scene::take));
        all.add(elsewhere("Kevent.kevent_wait elsewhere until the time is up", s -> {
                    long rc = waited(s, TimeSpec.ofNanos(500_000));
                    return rc == -1 && Errno.errno() == Errno.ETIMEDOUT ? 0 : rc;
                })
                .before(s -> s.when = ring(s).state())
                .isInForce(s -> false));
        all.add(elsewhere("Kevent.kevent_wait elsewhere for a timer", s -> waited(s, null))
                .in(s -> {
                    share(s);
                    s.queue.driver(true);
                    s.keventTimer = s.queue.timer(Time.CLOCK_MONOTONIC, s.next());
                })
                .before(s -> {
                    s.when = ring(s).state();
                    s.keventTimer.once(Duration.ofMillis(1));
                })
                .isInForce(s -> true)
                .ends(Scene::take));
    }

    private static PublicCall elsewhere(String name, PublicCall.Body body) {
        return new PublicCall(name, body).in(ElsewhereCalls::share);
    }

    /** The queue under a number that this process does not know as its own. */
    private static void share(Scene s) {
        Elsewhere.hideDuplicates(s.queue.fd());
        int number = (int) ok(Linux.duplicate(s.queue.fd(), 0));
        s.kfd = number;
        ring(s);
        s.later(() -> ok(Kevent.kevent_destroy(number, null, 0)));
    }

    private static KeventRing ring(Scene s) {
        KeventRing ring = Kevent.kevent_map_ringbuf(s.kfd, 1);
        check(ring != null, Errno.message());
        return ring;
    }

    private static void letGo(Scene s) {
        ok(Kevent.kevent_destroy(s.kfd, null, 0));
    }

    private static long waited(Scene s, TimeSpec limit) {
        int rc = Kevent.kevent_wait(s.kfd, (int) s.when, limit, null);
        return rc == -1 && Errno.errno() == Errno.EWOULDBLOCK ? 0 : rc;
    }
}
