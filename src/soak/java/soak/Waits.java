package soak;

import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.Poll;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.Unistd;

/** Descriptors, signals, futexes and delays, made to happen by this process or the one in C. */
final class Waits extends Scene {
    private static final int PAGE = 4096;
    private static final int[] CLOCKS = {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI
    };

    private final int pid = (int) ProcessHandle.current().pid();
    private final int signal;
    private final SigSet signals = new SigSet();
    private final Path path;
    private final MappedByteBuffer memory;

    /** {@code number}: of this object, from 0 up; each has a signal of its own. */
    Waits(Stage stage, int number) throws Exception {
        super(stage, 2_000_000);
        signal = Signal.SIGRTMIN + 4 + number;
        Signal.sigaddset(signals, signal);
        path = java.nio.file.Files.createTempFile(Setting.directory(), "word", ".bin");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = file.map(FileChannel.MapMode.READ_WRITE, 0, PAGE);
        }
        memory.order(ByteOrder.nativeOrder());
    }

    @Override
    void round(Desk desk) throws Exception {
        switch (random.nextInt(6)) {
            case 0 -> ready(desk);
            case 1 -> level(desk);
            case 2 -> signal(desk);
            case 3 -> futex(desk);
            case 4 -> delay(desk);
            default -> cancelled(desk);
        }
    }

    private int[] pipe() {
        int[] two = new int[2];
        Libc.ok(Libc.C.pipe2(two, Libc.O_CLOEXEC), "pipe2");
        return two;
    }

    private void write(int fd) throws Exception {
        if (oneIn(4)) {
            peer.tell("write", "/proc/" + pid + "/fd/" + fd, "x");
        } else {
            Libc.ok(Libc.C.write(fd, new byte[1], 1), "write");
        }
    }

    private void close(int[] two) {
        Unistd.close(two[0]);
        Unistd.close(two[1]);
    }

    private void ready(Desk desk) throws Exception {
        int[] two = pipe();
        Ticket ticket = desk.submit(Kind.FD, cookie -> KeventEvent.fd(two[0], Poll.POLLIN, cookie));
        write(two[1]);
        KeventRecord record = desk.await(ticket);
        if (happened(record, ticket)) {
            boolean right = record.descriptor == two[0] && record.result == Poll.POLLIN;
            ledger.check(right, "descriptor " + two[0] + " became readable: " + ticket);
        }
        close(two);
    }

    private void level(Desk desk) throws Exception {
        int[] two = pipe();
        Ticket ticket = desk.submit(
                Kind.FD, Ticket.Records.MANY_AND_A_LAST, cookie -> KeventEvent.fdLevel(two[0], Poll.POLLIN, cookie));
        write(two[1]);
        desk.await(ticket, 1 + random.nextInt(3));
        if (oneIn(2)) {
            Libc.ok(Libc.C.read(two[0], new byte[1], 1), "read");
        }
        desk.cancel(ticket);
        for (int count = ticket.count(); !ticket.isOver(); count++) {
            desk.await(ticket, count + 1);
        }
        close(two);
    }

    private void signal(Desk desk) throws Exception {
        Ticket ticket = desk.submit(Kind.SIGNAL, cookie -> KeventEvent.signal(signals, cookie));
        long value = random.nextLong() >>> 1;
        if (oneIn(4)) {
            peer.tell("signal", pid, signal, value);
        } else {
            Calls.ok(Signal.sigqueue(pid, signal, SigVal.of(value)));
        }
        KeventRecord record = desk.await(ticket);
        if (happened(record, ticket)) {
            boolean right = record.descriptor == signal && record.data0 == value;
            ledger.check(right, "signal " + signal + " with " + value + ": " + ticket);
        }
    }

    private void futex(Desk desk) throws Exception {
        int offset = random.nextInt(PAGE / 4) * 4;
        MappedByteBuffer word = (MappedByteBuffer) memory.duplicate().position(offset);
        int now = memory.getInt(offset);
        Ticket ticket = desk.submit(Kind.FUTEX, cookie -> KeventEvent.futex(word, now, -1, true, cookie));
        if (oneIn(4)) {
            peer.tell("futex", path, offset);
        } else {
            memory.putInt(offset, now + 1);
            Libc.ok(Libc.C.syscall(Libc.FUTEX, word, Libc.FUTEX_WAKE, 1), "futex");
        }
        KeventRecord record = desk.await(ticket);
        // the wait may begin behind the change
        boolean right = record == null || record.error == 0 || record.error == Errno.EAGAIN;
        ledger.check(right, "a futex was woken: " + ticket);
    }

    private void delay(Desk desk) throws Exception {
        int clock = CLOCKS[random.nextInt(CLOCKS.length)];
        TimeSpec now = new TimeSpec();
        Calls.ok(Time.clock_gettime(clock, now));
        long nanos = random.nextInt(3_000_000);
        boolean absolute = random.nextBoolean();
        TimeSpec time = TimeSpec.ofNanos(absolute ? now.toNanos() + nanos : nanos);
        Ticket ticket = desk.submit(
                Kind.DELAY, cookie -> KeventEvent.delay(clock, absolute ? Time.TIMER_ABSTIME : 0, time, cookie));
        happened(desk.await(ticket), ticket);
        TimeSpec after = new TimeSpec();
        Calls.ok(Time.clock_gettime(clock, after));
        ledger.check(after.toNanos() - now.toNanos() >= nanos, "a delay of " + nanos + " ns was over early: " + ticket);
    }

    /** Requests that cannot come about. */
    private void cancelled(Desk desk) throws Exception {
        int[] two = pipe();
        int offset = random.nextInt(PAGE / 4) * 4;
        MappedByteBuffer word = (MappedByteBuffer) memory.duplicate().position(offset);
        int now = memory.getInt(offset);
        Ticket[] all = {
            desk.submit(Kind.FD, cookie -> KeventEvent.fd(two[0], Poll.POLLIN, cookie)),
            desk.submit(Kind.SIGNAL, cookie -> KeventEvent.signal(signals, cookie)),
            desk.submit(Kind.FUTEX, cookie -> KeventEvent.futex(word, now, -1, true, cookie)),
            desk.submit(Kind.DELAY, cookie -> KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), cookie))
        };
        for (Ticket one : all) {
            ledger.check(desk.cancel(one), "nothing to cancel: " + one);
        }
        for (Ticket one : all) {
            KeventRecord record = desk.await(one);
            ledger.check(record == null || record.error == Errno.ECANCELED, "cancelled: " + one);
        }
        close(two);
    }

    @Override
    public void close() throws Exception {
        java.nio.file.Files.delete(path);
    }
}
