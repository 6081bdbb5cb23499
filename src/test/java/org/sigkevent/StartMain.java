package org.sigkevent;

import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** A first completion in a fresh JVM; and then, when asked for, a recording of a second one. */
final class StartMain {
    static final String FIRST = "first completion";

    private StartMain() {}

    public static void main(String[] arguments) throws Exception {
        Path path = Path.of(arguments[0]);
        int kfd = (int) ok(Kevent.kevent_init(64));
        int fd = (int) ok(Fcntl.open(path.toString(), Fcntl.O_RDONLY));
        Aiocb block = new Aiocb();
        block.aio_fildes = fd;
        block.aio_buf = ByteBuffer.allocateDirect(10);
        block.aio_nbytes = 10;
        block.aio_sigevent.sigev_notify = Signal.SIGEV_KEVENT;
        block.aio_sigevent.sigev_notify_kqueue = kfd;
        ok(Aio.aio_read(block));
        KeventRecord record = new KeventRecord();
        if (ok(Kevent.kevent_take(kfd, record, null)) != 1 || record.result != 10) {
            throw new AssertionError("result " + record.result);
        }
        System.out.println(FIRST);
        if (arguments.length > 1) {
            recordOneMore(path.resolveSibling("late.jfr"));
        }
    }

    private static void recordOneMore(Path file) throws Exception {
        try (Recording recording = new Recording();
                KeventQueue queue = KeventQueue.open(1)) {
            recording.enable("org.sigkevent.RequestCompleted");
            recording.start();
            queue.submit(KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, TimeSpec.ofNanos(1), SigVal.of(1)));
            if (queue.poll(Duration.ofMinutes(1)) == null) {
                throw new AssertionError("no record of the delay");
            }
            recording.stop();
            recording.dump(file);
        }
        System.out.println(RecordingFile.readAllEvents(file).size() + " recorded");
    }
}
