package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.SIGNO;
import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;

import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.Poll;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.Wait;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/** kevent_submit of events that were filled in by hand, of records that are put back, and of what waits for room. */
final class HandFilledCalls {
    private static final int LOCK_UN = 8;

    private HandFilledCalls() {}

    static void list(List<PublicCall> all) {
        kinds(all);
        room(all);
        all.add(new PublicCall(
                        "Kevent.kevent_submit requeue",
                        s -> Kevent.kevent_submit(s.queue.fd(), KeventEvent.requeue(s.into), 0, null))
                .before(s -> {
                    s.queue.offer(s.next());
                    check(s.queue.poll(s.into), "a post does not arrive");
                })
                .ends(Scene::take));
    }

    /** What the fields are, of one that is submitted. */
    private interface Fields {
        void fill(Scene scene, KeventEvent event);
    }

    private static void kinds(List<PublicCall> all) {
        all.add(filled("FD", (s, event) -> {
                    event.id = Kevent.KEVENT_FD;
                    event.descriptor = s.pipe[0];
                    event.data0 = Poll.POLLIN;
                })
                .in(Scene::openPipe)
                .before(s -> {
                    s.next();
                    s.drainPipe();
                })
                .ends(s -> {
                    s.writeByte();
                    s.take();
                }));
        all.add(filled("SIGNAL", (s, event) -> {
                    event.id = Kevent.KEVENT_SIGNAL;
                    event.descriptor = SIGNO;
                })
                .ends(s -> {
                    ok(Signal.sigqueue((int) ProcessHandle.current().pid(), SIGNO, SigVal.of(77)));
                    KeventRecord record = takeAny(s.queue);
                    check(record.cookie == s.cookie, "another record");
                    check(s.failed || record.data0 == 77, "not the signal: " + record);
                }));
        all.add(filled("DELAY", (s, event) -> {
            event.id = Kevent.KEVENT_DELAY;
            event.descriptor = Time.CLOCK_MONOTONIC;
            event.data0 = 500_000;
        }));
        all.add(filled("PROCESS", (s, event) -> {
                    event.id = Kevent.KEVENT_PROCESS;
                    event.descriptor = (int) ((Process) s.made).pid();
                    event.data0 = Wait.WEXITED | Wait.WNOWAIT;
                    event.data1 = Wait.P_PID;
                })
                .in(s -> {
                    Process child = new ProcessBuilder("sleep", "1000").start();
                    s.made = child;
                    s.later(() -> child.destroyForcibly().waitFor());
                })
                .ends(s -> {
                    ((Process) s.made).destroyForcibly();
                    s.take();
                    ((Process) s.made).waitFor();
                })
                .once());
        all.add(filled("FLOCK", (s, event) -> {
                    event.id = Kevent.KEVENT_FLOCK;
                    event.descriptor = s.fd;
                    event.data0 = Fcntl.LOCK_EX;
                })
                .in(Scene::openFile)
                .refused(s -> ok(Linux.call(Syscalls.FLOCK, s.fd, LOCK_UN)))
                .ends(s -> {
                    s.take();
                    ok(Linux.call(Syscalls.FLOCK, s.fd, LOCK_UN));
                }));
        all.add(filled("SYNC", (s, event) -> {
                    event.id = Kevent.KEVENT_SYNC;
                    event.descriptor = s.fd;
                    event.data0 = Fcntl.O_DSYNC;
                })
                .in(Scene::openFile));
    }

    private static PublicCall filled(String kind, Fields fields) {
        return new PublicCall("Kevent.kevent_submit " + kind + " by hand", s -> {
                    KeventEvent event = new KeventEvent();
                    event.value = SigVal.of(s.cookie);
                    fields.fill(s, event);
                    return Kevent.kevent_submit(s.queue.fd(), event, Kevent.KEVENT_NOWAIT, null);
                })
                .before(Scene::next)
                .ends(Scene::take);
    }

    /** Submissions to a queue that is full. */
    private static void room(List<PublicCall> all) {
        all.add(new PublicCall("Kevent.kevent_submit to a full queue until the time is up", s -> {
                    int rc = submit(s, TimeSpec.ofNanos(500_000));
                    return rc == -1 && Errno.errno() == Errno.ETIMEDOUT ? 0 : rc;
                })
                .before(HandFilledCalls::full)
                .isInForce(s -> false)
                .refused(s -> holds(s, 1))
                .ends(s -> holds(s, 1)));
        all.add(new PublicCall("Kevent.kevent_submit that waits for room", s -> submit(s, null))
                .before(s -> {
                    full(s);
                    Thread taker = new Thread(() -> {
                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                        Kevent.kevent_map_ringbuf(s.kfd, 1).take(s.into);
                    });
                    s.made = taker;
                    taker.setDaemon(true);
                    taker.start();
                })
                .isInForce(s -> {
                    ((Thread) s.made).join();
                    return Kevent.kevent_map_ringbuf(s.kfd, 1).unread() == 1;
                })
                .refused(s -> holds(s, 0))
                .ends(s -> {
                    ((Thread) s.made).join();
                    holds(s, 1);
                }));
    }

    private static int submit(Scene s, TimeSpec limit) {
        return Kevent.kevent_submit(s.kfd, KeventEvent.user(SigVal.of(2)), 0, limit);
    }

    private static void full(Scene s) {
        s.kfd = (int) ok(Kevent.kevent_init(1));
        ok(Kevent.kevent_submit(s.kfd, KeventEvent.user(SigVal.of(1)), Kevent.KEVENT_NOWAIT, null));
    }

    /** So many records are in the queue that was full, and no slot is lost; it ends. */
    private static void holds(Scene s, int records) {
        int unread = Kevent.kevent_map_ringbuf(s.kfd, 1).unread();
        check(unread == records, unread + " records instead of " + records);
        if (records == 0) {
            ok(Kevent.kevent_submit(s.kfd, KeventEvent.user(SigVal.of(3)), Kevent.KEVENT_NOWAIT, null));
        }
        ok(Kevent.kevent_destroy(s.kfd, null, 0));
    }
}
