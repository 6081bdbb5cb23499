package taillog;

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Signal.SIGEV_KEVENT;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.close;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.stream.Stream;
import org.sigkevent.Aiocb;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/**
 * Follows a log file while it grows and copies its lines into numbered files of a limited size. A file that is full is made
 * durable in the background while the next one is written, and then the oldest goes. tail_log.c beside this file is the same
 * program in C, with signals.
 *
 * <p>Usage: {@code TailLog [-s BYTES] [-k FILES] [-p PID] [LOG DIRECTORY]}. It ends when process PID has ended and the log is
 * copied; without PID, when the log has not grown for a second. Without LOG it starts a JVM, follows the log that this one
 * writes about its classes, and removes everything at the end.
 */
public final class TailLog {
    private static final int SLOTS = 4;
    private static final int BLOCK = 64 << 10;
    private static final int TICK_MILLIS = 20;
    private static final int IDLE_TICKS = 1000 / TICK_MILLIS;

    /** What a record's cookie is: the one who knows what to do with it. */
    private interface Handler {
        void handle(KeventRecord event) throws Failure;
    }

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    /** A block of the log: read, and then written as far as its last line ends. */
    private final class Slot implements Handler {
        final Aiocb cb = new Aiocb();
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);

        @Override
        public void handle(KeventRecord event) throws Failure {
            int error = aio_error(cb);
            long result = aio_return(cb);
            if (cb.aio_fildes == in) {
                check(error, "reading " + log);
                onRead(this, (int) result);
            } else {
                check(error, "writing into " + directory);
                onWrite(this, result);
            }
        }
    }

    /** One numbered file. Its request is the last one: the fsync. */
    private final class Segment implements Handler {
        final int number;
        final int fd;
        final Aiocb cb = new Aiocb();
        long size;

        Segment(int number) throws Failure {
            this.number = number;
            fd = check(open(path(number).toString(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
        }

        /** The fsync waits for all writes that were asked for before it, so nobody else has to. */
        void finish() throws Failure {
            cb.aio_fildes = fd;
            cb.aio_sigevent = notification(this);
            check(aio_fsync(O_SYNC, cb));
            syncing++;
        }

        @Override
        public void handle(KeventRecord event) throws Failure {
            check(aio_error(cb), "synchronising " + path(number));
            aio_return(cb);
            syncing--;
            check(close(fd));
            try {
                Files.deleteIfExists(path(number - keep));
            } catch (IOException refused) {
                throw new Failure("removing an old file: " + refused);
            }
        }
    }

    private Path log;
    private Path directory;
    private long limit = 64 << 10;
    private int keep = 100;
    private int pid;

    private int kfd = -1;
    private int in = -1;
    private final int[] timer = {-1};
    private final ArrayDeque<Slot> free = new ArrayDeque<>();
    private Segment segment;

    private long offset;
    private long lines;
    private long bytes;
    private boolean reading;
    private boolean lastLook;
    private int writing;
    private int syncing;
    private int idle;
    private boolean writerEnded;
    private boolean complete;

    public static void main(String[] args) {
        TailLog tail = new TailLog();
        try {
            if (!tail.arguments(args)) {
                System.err.println("usage: TailLog [-s BYTES] [-k FILES] [-p PID] [LOG DIRECTORY]");
                System.exit(2);
            }
            if (tail.log == null) {
                tail.followChild();
            } else {
                tail.follow();
            }
        } catch (Failure failure) {
            System.err.println("TailLog: " + failure.getMessage());
            System.exit(1);
        } catch (IOException refused) {
            System.err.println("TailLog: " + refused);
            System.exit(1);
        }
    }

    private boolean arguments(String[] args) {
        int next = 0;
        try {
            for (; next + 1 < args.length && args[next].startsWith("-"); next += 2) {
                int number = Integer.parseInt(args[next + 1]);
                if (number < 1) {
                    return false;
                }
                switch (args[next]) {
                    case "-s":
                        limit = number;
                        break;
                    case "-k":
                        keep = number;
                        break;
                    case "-p":
                        pid = number;
                        break;
                    default:
                        return false;
                }
            }
        } catch (NumberFormatException noNumber) {
            return false;
        }
        if (args.length - next == 2) {
            log = Path.of(args[next]);
            directory = Path.of(args[next + 1]);
        }
        return args.length == next || args.length == next + 2;
    }

    /** Real input where none was given: a JVM's log of the classes that it loads. */
    private void followChild() throws Failure, IOException {
        Path folder = Files.createTempDirectory("taillog");
        try {
            log = Files.createFile(folder.resolve("jvm.log"));
            directory = folder;
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            Process child = new ProcessBuilder(
                            java, "-Xlog:class+load*=debug:file=" + log + "::filecount=0", "-version")
                    .redirectErrorStream(true)
                    .redirectOutput(new File("/dev/null"))
                    .start();
            pid = (int) child.pid();
            follow();
            if (Files.size(log) != bytes) {
                throw new Failure("the log has " + Files.size(log) + " bytes, but " + bytes + " were copied");
            }
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(each);
                }
            }
        }
    }

    private void follow() throws Failure {
        try {
            openAll();
            startRead();
            run();
        } finally {
            closeAll();
        }
        System.out.printf("copied %d lines, %d bytes of %s into %d files%n", lines, bytes, log, segment.number);
    }

    private void openAll() throws Failure {
        in = check(open(log.toString(), O_RDONLY));
        kfd = check(kevent_init(64));
        for (int i = 0; i < SLOTS; i++) {
            Slot slot = new Slot();
            slot.cb.aio_buf = slot.buffer;
            slot.cb.aio_sigevent = notification(slot);
            free.add(slot);
        }
        segment = new Segment(1);

        check(timer_create(CLOCK_MONOTONIC, notification(this::onTick), timer));
        ItimerSpec period = new ItimerSpec();
        period.it_value = TimeSpec.ofNanos(TICK_MILLIS * 1_000_000L);
        period.it_interval = period.it_value;
        check(timer_settime(timer[0], 0, period, null));

        if (pid != 0
                && kevent_submit(kfd, KeventEvent.processEnd(pid, SigVal.of((Handler) this::onProcessEnd)), 0, null)
                        < 0) {
            if (errno() != ESRCH) {
                throw new Failure(message());
            }
            writerEnded = true;
        }
    }

    private SigEvent notification(Handler handler) {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value.sival_ptr = handler;
        return event;
    }

    /** The loop: every record brings its own handler. */
    private void run() throws Failure {
        KeventRecord event = new KeventRecord();
        while (!complete || writing > 0 || syncing > 0) {
            if (kevent_take(kfd, event, null) == 1) {
                ((Handler) event.object).handle(event);
            } else if (errno() != EINTR) {
                throw new Failure("kevent_take: " + message());
            }
        }
    }

    /** One read at a time: where the next one begins is known when the last line of this one is. */
    private void startRead() throws Failure {
        if (reading || complete || free.isEmpty()) {
            return;
        }
        Slot slot = free.remove();
        slot.cb.aio_fildes = in;
        slot.cb.aio_offset = offset;
        slot.cb.aio_nbytes = Math.min(BLOCK, limit);
        lastLook = ended(); // before the read: what was written until then, it sees
        check(aio_read(slot.cb));
        reading = true;
    }

    private void onRead(Slot slot, int got) throws Failure {
        reading = false;
        int length = wholeLines(slot.buffer, got);
        if (length == 0 && (got == slot.cb.aio_nbytes || lastLook)) {
            length = got; // a line longer than a block, or the last one without an end
        }
        if (length == 0) {
            free.add(slot);
            if (lastLook) {
                complete = true;
                segment.finish();
            }
            return;
        }
        idle = 0;
        if (segment.size + length > limit) {
            segment.finish();
            segment = new Segment(segment.number + 1);
        }
        slot.cb.aio_fildes = segment.fd;
        slot.cb.aio_offset = segment.size;
        slot.cb.aio_nbytes = length;
        check(aio_write(slot.cb));
        writing++;
        segment.size += length;
        offset += length;
        bytes += length;
        startRead();
    }

    private void onWrite(Slot slot, long result) throws Failure {
        if (result != slot.cb.aio_nbytes) {
            throw new Failure("writing into " + directory + ": only " + result + " bytes were taken");
        }
        writing--;
        free.add(slot);
        startRead();
    }

    /** Nothing tells that a file has grown, so that is looked for now and then. A log that shrank begins anew. */
    private void onTick(KeventRecord event) throws Failure {
        if (reading || complete) {
            return;
        }
        idle += 1 + (int) event.result;
        try {
            if (Files.size(log) < offset) {
                System.err.println("TailLog: " + log + " was truncated");
                offset = 0;
            }
        } catch (IOException gone) {
            throw new Failure("the log is gone: " + gone);
        }
        startRead();
    }

    private void onProcessEnd(KeventRecord event) throws Failure {
        check(event.error, "waiting for process " + pid);
        writerEnded = true;
    }

    private boolean ended() {
        return pid != 0 ? writerEnded : idle >= IDLE_TICKS;
    }

    /** Counts the lines, and says how many bytes they have. */
    private int wholeLines(ByteBuffer buffer, int got) {
        int end = 0;
        for (int i = 0; i < got; i++) {
            if (buffer.get(i) == '\n') {
                lines++;
                end = i + 1;
            }
        }
        return end;
    }

    private Path path(int number) {
        return directory.resolve(String.format("%s.%05d", log.getFileName(), number));
    }

    private void closeAll() {
        timer_delete(timer[0]);
        kevent_destroy(kfd, null, 0); // cancels what is in flight and waits for it
        close(in);
    }

    private static int check(int result) throws Failure {
        if (result < 0) {
            throw new Failure(message());
        }
        return result;
    }

    private static void check(int error, String what) throws Failure {
        if (error != 0) {
            throw new Failure(what + ": " + strerror(error));
        }
    }
}
