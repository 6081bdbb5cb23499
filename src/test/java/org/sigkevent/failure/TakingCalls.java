package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;

import java.time.Duration;
import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigVal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** Takes that make the record, takes of several records, and waits until a time of a clock. */
final class TakingCalls {
    private static final int SEVERAL = 3;

    private TakingCalls() {}

    static void list(List<PublicCall> all) {
        all.add(making("KeventQueue.take of a new record", s -> s.made = s.queue.take()));
        all.add(making("KeventQueue.poll of a new record", s -> s.made = s.queue.poll()));
        all.add(making(
                "KeventQueue.poll of a new record with a limit", s -> s.made = s.queue.poll(Duration.ofSeconds(3))));
        all.add(making("Kevent.kevent_take", s -> {
            KeventRecord into = new KeventRecord();
            s.made = Kevent.kevent_take(s.queue.fd(), into, null) == 1 ? into : null;
        }));
        all.add(several("KeventQueue.poll of three", s -> s.queue.poll((KeventRecord[]) s.made) - SEVERAL));
        all.add(several("KeventQueue.drain of three", s -> {
            KeventRecord[] into = (KeventRecord[]) s.made;
            int[] n = new int[1];
            return s.queue.drain(record -> into[n[0]++].cookie = record.cookie, SEVERAL) - SEVERAL;
        }));
        all.add(new PublicCall("KeventRing.state", s -> {
                    ring(s).state();
                    return 0;
                })
                .isInForce(s -> false));
        all.add(new PublicCall("KeventRing.unread", s -> ring(s).unread()).isInForce(s -> false));
        for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME}) {
            all.add(new PublicCall("Kevent.kevent_wait until a time of clock " + clock, s -> {
                        TimeSpec end = new TimeSpec();
                        ok(Time.clock_gettime(clock, end));
                        end.tv_nsec = Math.min(999_999_999, end.tv_nsec + 500_000);
                        int rc = Kevent.kevent_wait(s.queue.fd(), (int) s.when, clock, Time.TIMER_ABSTIME, end, null);
                        return rc == -1 && Errno.errno() == Errno.ETIMEDOUT ? 0 : rc;
                    })
                    .before(s -> s.when = ring(s).state())
                    .isInForce(s -> false)
                    .watchesItsClock(clock));
        }
    }

    private static KeventRing ring(Scene s) {
        return Kevent.kevent_map_ringbuf(s.queue.fd(), 1);
    }

    private static PublicCall making(String name, PublicCall.Step call) {
        PublicCall.Step notLost = s -> {
            KeventRecord record = s.made == null ? takeAny(s.queue) : (KeventRecord) s.made;
            check(record.cookie == s.cookie, "another record: " + record);
        };
        return new PublicCall(name, s -> {
                    call.run(s);
                    return s.made == null ? -1 : 0;
                })
                .before(s -> {
                    s.made = null;
                    s.queue.offer(s.next());
                })
                .isInForce(s -> false)
                .refused(notLost)
                .ends(notLost);
    }

    private static PublicCall several(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .before(s -> {
                    KeventRecord[] into = new KeventRecord[SEVERAL];
                    for (int i = 0; i < SEVERAL; i++) {
                        into[i] = new KeventRecord();
                        s.queue.offer(SigVal.of(i + 1));
                    }
                    s.made = into;
                })
                .isInForce(s -> false)
                .refused(TakingCalls::inOrder)
                .ends(TakingCalls::inOrder);
    }

    /** Each record has been handed out, or is still there. */
    private static void inOrder(Scene s) {
        int next = 1;
        for (KeventRecord one : (KeventRecord[]) s.made) {
            if (one.cookie != 0) {
                check(one.cookie == next++, "another record: " + one);
            }
        }
        while (next <= SEVERAL) {
            KeventRecord record = takeAny(s.queue);
            check(record.cookie == next++, "another record: " + record);
        }
    }
}
