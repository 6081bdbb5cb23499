package onering;

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.SIGEV_KEVENT;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.close;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.sigkevent.Aiocb;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;

/**
 * Copies a file with many asynchronous reads and writes in flight, draws a progress line ten times a second, and takes the
 * commands {@code pause}, {@code resume}, {@code status} and {@code cancel} from a POSIX message queue: all out of one ring,
 * in one thread, without a signal. one_ring.c beside this file is the same program in C, with signals.
 *
 * <p>Usage: {@code OneRing [-q /queue] [source [destination]]}. Without a source it copies the JDK's own {@code lib/modules};
 * without a destination the copy is made in the directory for temporary files and removed at the end.
 */
public final class OneRing {
    private static final int REQUESTS = 16;
    private static final int BLOCK = 256 << 10;

    /** Cookies: a request's is its number, 0 to REQUESTS-1. */
    private static final int TICK = 1000;

    private static final int COMMAND = 1001;

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    private final Path source;
    private final Path destination;
    private final String queueName;

    private int kfd = -1;
    private int in = -1;
    private int out = -1;
    private int mqd = -1;
    private boolean ownsQueue;
    private final int[] timer = {-1};
    private final Aiocb[] requests = new Aiocb[REQUESTS];
    private final boolean[] busy = new boolean[REQUESTS];
    private final byte[] message = new byte[8192];

    private long size;
    private long nextOffset;
    private long written;
    private int inFlight;
    private boolean paused;
    private boolean cancelled;
    private boolean madeDestination;
    private long started;

    private OneRing(Path source, Path destination, String queueName) {
        this.source = source;
        this.destination = destination;
        this.queueName = queueName;
    }

    public static void main(String[] args) {
        String queueName = "/onering." + ProcessHandle.current().pid();
        int next = 0;
        if (args.length >= 2 && args[0].equals("-q")) {
            queueName = args[1];
            next = 2;
        }
        if (args.length - next > 2) {
            System.err.println("usage: OneRing [-q /queue] [source [destination]]");
            System.exit(2);
        }
        try {
            Path source = args.length > next
                    ? Path.of(args[next])
                    : Path.of(System.getProperty("java.home"), "lib", "modules");
            boolean temporary = args.length < next + 2;
            Path destination = temporary ? Files.createTempFile("onering", ".copy") : Path.of(args[next + 1]);
            OneRing copier = new OneRing(source, destination, queueName);
            try {
                copier.copy();
            } catch (Failure failure) {
                System.err.println("\nOneRing: " + failure.getMessage());
                copier.removeDestination();
                System.exit(1);
            } finally {
                if (temporary) {
                    Files.deleteIfExists(destination);
                }
            }
        } catch (IOException refused) {
            System.err.println("OneRing: " + refused);
            System.exit(1);
        }
    }

    private void copy() throws Failure, IOException {
        try {
            openAll();
            started = System.nanoTime();
            for (int i = 0; i < REQUESTS; i++) {
                startRead(i);
            }
            run();
        } finally {
            closeAll();
        }
        finish();
    }

    /** Files, ring, timer and message queue. */
    private void openAll() throws Failure, IOException {
        in = check(open(source.toString(), O_RDONLY));
        size = Files.size(source);
        if (Files.exists(destination) && Files.isSameFile(source, destination)) {
            throw new Failure("source and destination are the same file, " + source);
        }
        out = check(open(destination.toString(), O_WRONLY | O_CREAT | O_TRUNC, 0666));
        madeDestination = true;

        kfd = check(kevent_init(REQUESTS + 2)); // a slot for each request, the timer and the message queue

        for (int i = 0; i < REQUESTS; i++) {
            Aiocb cb = new Aiocb();
            cb.aio_buf = ByteBuffer.allocateDirect(BLOCK);
            cb.aio_sigevent = notification(i);
            requests[i] = cb;
        }

        check(timer_create(CLOCK_MONOTONIC, notification(TICK), timer));
        ItimerSpec tenth = new ItimerSpec();
        tenth.it_value.tv_nsec = 100_000_000;
        tenth.it_interval.tv_nsec = 100_000_000;
        check(timer_settime(timer[0], 0, tenth, null));

        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 8;
        attr.mq_msgsize = 64;
        mqd = check(mq_open(queueName, O_RDONLY | O_CREAT | O_NONBLOCK, 0600, attr));
        onCommand(); // registers (EBUSY when somebody else takes commands from it), and takes what is there already
        ownsQueue = true;
    }

    private SigEvent notification(int cookie) {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value.sival_int = cookie;
        return event;
    }

    /** The loop: everything that happens comes out of the ring. */
    private void run() throws Failure {
        KeventRecord event = new KeventRecord();
        while (inFlight > 0 || (written < size && !cancelled)) {
            if (kevent_take(kfd, event, null) < 0) {
                if (errno() == EINTR) {
                    continue;
                }
                throw failed("kevent_take");
            }
            switch ((int) event.cookie) {
                case TICK:
                    onTick();
                    break;
                case COMMAND:
                    onCommand();
                    break;
                default:
                    onRequest((int) event.cookie);
            }
        }
        if (cancelled) {
            throw new Failure("cancelled after " + written + " of " + size + " bytes");
        }
    }

    private void startRead(int i) throws Failure {
        if (paused || cancelled || nextOffset >= size) {
            return;
        }
        Aiocb cb = requests[i];
        cb.aio_fildes = in;
        cb.aio_offset = nextOffset;
        cb.aio_nbytes = Math.min(BLOCK, size - nextOffset);
        nextOffset += cb.aio_nbytes;
        check(aio_read(cb));
        busy[i] = true;
        inFlight++;
    }

    private void onRequest(int i) throws Failure {
        Aiocb cb = requests[i];
        busy[i] = false;
        inFlight--;
        int error = aio_error(cb);
        long result = aio_return(cb);
        if (cancelled) {
            return;
        }
        boolean wasRead = cb.aio_fildes == in;
        if (error != 0) {
            throw new Failure((wasRead ? "reading " + source : "writing " + destination) + ": " + strerror(error));
        }
        if (wasRead) {
            onRead(i, result);
        } else {
            onWrite(i, result);
        }
    }

    private void onRead(int i, long result) throws Failure {
        Aiocb cb = requests[i];
        if (result < cb.aio_nbytes) {
            throw new Failure(source + " shrank while it was copied: nothing at byte " + (cb.aio_offset + result));
        }
        cb.aio_fildes = out;
        check(aio_write(cb));
        busy[i] = true;
        inFlight++;
    }

    private void onWrite(int i, long result) throws Failure {
        if (result < requests[i].aio_nbytes) {
            throw new Failure("writing " + destination + ": only " + result + " bytes were taken");
        }
        written += result;
        startRead(i);
    }

    private void onTick() {
        double seconds = (System.nanoTime() - started) / 1e9;
        System.err.printf(
                "\r%3d %% of %.1f MB, %.0f MB/s, %d in flight%s  ",
                size == 0 ? 100 : written * 100 / size,
                size / 1e6,
                written / 1e6 / seconds,
                inFlight,
                paused ? ", paused" : "");
    }

    /** Registers first, then drains: a message that comes in between is not left lying. */
    private void onCommand() throws Failure {
        check(mq_notify(mqd, notification(COMMAND)));
        for (; ; ) {
            long length = mq_receive(mqd, message, message.length, null);
            if (length < 0 && errno() == EAGAIN) {
                return;
            }
            check(length);
            command(new String(message, 0, (int) length, StandardCharsets.UTF_8).trim());
        }
    }

    private void command(String word) throws Failure {
        switch (word) {
            case "pause":
                paused = true;
                break;
            case "resume":
                paused = false;
                for (int i = 0; i < REQUESTS; i++) {
                    if (!busy[i] && requests[i] != null) {
                        startRead(i);
                    }
                }
                break;
            case "status":
                onTick();
                System.err.println();
                break;
            case "cancel":
                cancelled = true;
                aio_cancel(in, null);
                aio_cancel(out, null);
                break;
            default:
                System.err.println("\nOneRing: \"" + word + "\" is not pause, resume, status or cancel");
        }
    }

    private void closeAll() {
        if (kfd >= 0) {
            timer_delete(timer[0]);
            kevent_destroy(kfd, null, 0); // cancels what is in flight and waits for it
        }
        if (mqd >= 0) {
            mq_close(mqd);
        }
        if (ownsQueue) {
            mq_unlink(queueName);
        }
        if (in >= 0) {
            close(in);
        }
        if (out >= 0) {
            close(out);
        }
    }

    /** No half of a copy is left behind; but what was no file before, a device or a pipe, stays. */
    private void removeDestination() throws IOException {
        if (madeDestination && Files.isRegularFile(destination)) {
            Files.delete(destination);
        }
    }

    /** Compares the checksums and says how fast it was. */
    private void finish() throws Failure, IOException {
        double seconds = (System.nanoTime() - started) / 1e9;
        long expected = checksum(source);
        long got = checksum(destination);
        if (expected != got) {
            throw new Failure(String.format("checksums differ: source %08x, copy %08x", expected, got));
        }
        System.err.print("\r");
        System.out.printf(
                "copied %d bytes of %s in %.3f s: %.0f MB/s, CRC-32 %08x of source and copy%n",
                size, source, seconds, size / 1e6 / seconds, got);
    }

    private static long checksum(Path file) throws IOException {
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[BLOCK];
        try (FileInputStream stream = new FileInputStream(file.toFile())) {
            for (int n = stream.read(buffer); n > 0; n = stream.read(buffer)) {
                crc.update(buffer, 0, n);
            }
        }
        return crc.getValue();
    }

    private static int check(long result) throws Failure {
        if (result < 0) {
            throw new Failure(message());
        }
        return (int) result;
    }

    private static Failure failed(String call) {
        return new Failure(call + ": " + message());
    }
}
