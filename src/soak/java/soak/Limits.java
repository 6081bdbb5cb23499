package soak;

import java.util.function.IntSupplier;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.Mqueue;
import org.sigkevent.SigVal;

/** What meets a limit says so, and works when there is room again: the slots of a queue, the descriptors of a process. */
final class Limits {
    private static final int CAPACITY = 16;

    private final Ledger ledger;

    Limits(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Called while nothing else is under way. */
    void check() throws Exception {
        full();
        withoutDescriptors(() -> Kevent.kevent_init(CAPACITY), "kevent_init");
        withoutDescriptors(() -> Fcntl.open("/", Fcntl.O_RDONLY), "open");
        withoutDescriptors(() -> Mqueue.mq_open("/soak-never", Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null), "mq_open");
        full();
        ledger.count(Ledger.Event.LIMITS, 2);
    }

    private void withoutDescriptors(IntSupplier call, String name) {
        long[] before = new long[2];
        int self = (int) ProcessHandle.current().pid();
        Libc.ok(Libc.C.prlimit(self, Libc.RLIMIT_NOFILE, null, before), "prlimit");
        int answer;
        int errno;
        Libc.ok(Libc.C.prlimit(self, Libc.RLIMIT_NOFILE, new long[] {0, before[1]}, null), "prlimit");
        try {
            answer = call.getAsInt();
            errno = Errno.errno();
        } finally {
            Libc.ok(Libc.C.prlimit(self, Libc.RLIMIT_NOFILE, before, null), "prlimit");
        }
        boolean said = answer < 0 && errno == Errno.EMFILE;
        ledger.check(said, name + " without a free descriptor: " + answer + ", " + Errno.strerror(errno));
    }

    /** A full queue refuses, tells it once, and takes again. */
    private void full() throws InterruptedException {
        try (KeventQueue told = KeventQueue.open(1);
                KeventQueue queue = KeventQueue.open(CAPACITY)) {
            queue.onOverflow(told.sigevent(SigVal.of(7)));
            for (int episode = 0; episode < 3; episode++) {
                int posted = 0;
                while (queue.offer(SigVal.of(1 + posted))) {
                    posted++;
                }
                ledger.check(posted == CAPACITY, posted + " records in a queue of " + CAPACITY);
                ledger.check(!queue.offer(SigVal.of(1)), "a full queue took a record");
                KeventRecord overflow = told.take();
                boolean right = overflow.id == Kevent.KEVENT_OVERFLOW && overflow.descriptor == queue.fd();
                ledger.check(
                        right && overflow.cookie == 7 && told.poll() == null,
                        "overflow of " + queue.fd() + ": " + overflow);
                for (int i = 0; i < CAPACITY; i++) {
                    KeventRecord record = queue.poll();
                    ledger.check(record != null && record.cookie == 1 + i, "record " + i + " is " + record);
                }
                ledger.check(queue.poll() == null, "one more record than were posted");
            }
        } catch (KeventException refused) {
            ledger.wrong("a queue of " + CAPACITY, refused);
        }
    }
}
