package soak;

import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;
import org.sigkevent.Unistd;

/** File locks that wait for another holder, and syncs. A cancelled wait leaves no lock behind. */
final class Locks extends Scene {
    private static final int LENGTH = 65_536;

    private final Path path;
    private final MappedByteBuffer memory;

    Locks(Stage stage) throws Exception {
        super(stage, 6_000_000);
        path = java.nio.file.Files.createTempFile(Setting.directory(), "lock", ".bin");
        java.nio.file.Files.write(path, new byte[LENGTH]);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = file.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH);
        }
    }

    @Override
    void round(Desk desk) throws Exception {
        switch (random.nextInt(8)) {
            case 0 -> posix(desk);
            case 1 -> openFile(desk);
            case 2 -> sync(desk);
            default -> flock(desk);
        }
    }

    private int open() {
        return (int) Calls.ok(Fcntl.open(path.toString(), Fcntl.O_RDWR | Fcntl.O_CLOEXEC));
    }

    private void flock(Desk desk) throws Exception {
        int holder = open();
        int waiter = open();
        Libc.ok(Libc.C.flock(holder, Libc.LOCK_EX), "flock");
        Ticket ticket = desk.submit(Kind.FLOCK, cookie -> KeventEvent.flock(waiter, Fcntl.LOCK_EX, cookie));
        boolean cancelled = oneIn(4);
        if (cancelled) {
            desk.cancel(ticket);
            KeventRecord record = desk.await(ticket);
            ledger.check(record == null || record.error == Errno.ECANCELED, "cancelled: " + ticket);
        }
        Libc.ok(Libc.C.flock(holder, Libc.LOCK_UN), "flock");
        if (!cancelled) {
            happened(desk.await(ticket), ticket);
        }
        boolean held = Libc.C.flock(holder, Libc.LOCK_EX | Libc.LOCK_NB) < 0;
        ledger.check(held != cancelled, (held ? "held" : "not held") + " behind " + ticket);
        Unistd.close(holder);
        Unistd.close(waiter);
    }

    private void openFile(Desk desk) throws Exception {
        int holder = open();
        int waiter = open();
        Ticket first = desk.submit(
                Kind.FLOCK, cookie -> KeventEvent.ofdLock(holder, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 10, cookie));
        happened(desk.await(first), first);
        Ticket second = desk.submit(
                Kind.FLOCK, cookie -> KeventEvent.ofdLock(waiter, Fcntl.F_RDLCK, Fcntl.SEEK_SET, 5, 10, cookie));
        Unistd.close(holder);
        happened(desk.await(second), second);
        Unistd.close(waiter);
    }

    /** The process in C holds the lock. */
    private void posix(Desk desk) throws Exception {
        synchronized (peer) {
            peer.tell("lock", path);
            int fd = open();
            Ticket ticket = desk.submit(
                    Kind.FLOCK, cookie -> KeventEvent.lock(fd, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 0, cookie));
            ledger.check(ticket.count() == 0, "got what another process holds: " + ticket);
            peer.tell("unlock");
            happened(desk.await(ticket), ticket);
            Unistd.close(fd);
        }
    }

    private void sync(Desk desk) throws Exception {
        int fd = open();
        memory.put(random.nextInt(LENGTH), (byte) random.nextInt());
        Function<SigVal, KeventEvent> request = switch (random.nextInt(4)) {
            case 0 -> cookie -> KeventEvent.fsync(fd, cookie);
            case 1 -> cookie -> KeventEvent.fdatasync(fd, cookie);
            case 2 -> cookie -> KeventEvent.syncFileRange(fd, 0, LENGTH, Fcntl.SYNC_FILE_RANGE_WRITE, cookie);
            default -> cookie -> KeventEvent.msync(memory.duplicate(), cookie);
        };
        Ticket ticket = desk.submit(Kind.SYNC, request);
        happened(desk.await(ticket), ticket);
        Unistd.close(fd);
    }

    @Override
    public void close() throws Exception {
        java.nio.file.Files.delete(path);
    }
}
