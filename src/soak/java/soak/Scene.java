package soak;

import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Errno;
import org.sigkevent.KeventRecord;

/**
 * One group of kinds. A round asks for something, has it happen or cancels it, and looks at what came; what it opens it closes. Each
 * object belongs to one thread.
 */
abstract class Scene implements AutoCloseable {
    final Ledger ledger;
    final SplittableRandom random;
    final Peer peer;
    private final long pauseNanos;

    /** At most so long a pause behind each round. */
    Scene(Stage stage, long pauseNanos) {
        ledger = stage.ledger;
        peer = stage.peer;
        random = stage.random();
        this.pauseNanos = pauseNanos;
    }

    /** Whether records may go to other processes: not where taking one makes its taker responsible for something. */
    boolean mayBeShared() {
        return true;
    }

    abstract void round(Desk desk) throws Exception;

    void pause() {
        LockSupport.parkNanos(random.nextLong(pauseNanos));
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    /** Whether a record is there and its request was not cancelled; its error must be 0. */
    boolean happened(KeventRecord record, Ticket ticket) {
        if (record == null || record.error == Errno.ECANCELED) {
            return false;
        }
        ledger.check(record.error == 0, "error " + Errno.strerror(record.error) + " of " + ticket);
        return record.error == 0;
    }

    @Override
    public void close() throws Exception {}
}
