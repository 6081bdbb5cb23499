package soak;

import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;

/** {@code consumer.c} in Java. It does not know which record it is about to claim, so its log does not say. */
final class ConsumerMain {
    /** How it ends when the queue was destroyed before it came to be. */
    static final int NO_RING = 3;

    private static final int LINGER_ONE_IN = 256;

    private ConsumerMain() {}

    public static void main(String[] args) throws Exception {
        Log log = new Log(Path.of(args[1]));
        int kfd = Fcntl.open(args[0], Fcntl.O_RDWR | Fcntl.O_CLOEXEC);
        KeventRing ring = kfd < 0 ? null : Kevent.kevent_map_ringbuf(kfd, 1);
        if (ring == null) {
            boolean destroyed = Errno.errno() == Errno.ENOENT || Errno.errno() == Errno.EBADF;
            System.exit(destroyed ? NO_RING : fail());
        }
        ProcessHandle owner = ProcessHandle.current().parent().orElseThrow();
        KeventRecord record = new KeventRecord();
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                if (ThreadLocalRandom.current().nextInt(LINGER_ONE_IN) == 0) {
                    // so that it is killed here more often
                    LockSupport.parkNanos(500_000);
                }
                while (!log.add(record)) {
                    if (!owner.isAlive()) {
                        // nobody reads the log any more
                        return;
                    }
                    LockSupport.parkNanos(1_000_000);
                }
            } else if (Kevent.kevent_wait(kfd, state, null, null) < 0 && Errno.errno() == Errno.EBADF) {
                return;
            }
        }
    }

    private static int fail() {
        System.err.println("consumer: " + Errno.message());
        return 1;
    }
}
