package bench;

import static bench.Check.ok;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/**
 * From main to the first completion in a JVM of its own without options, and its resident memory then. What a JVM has that does nothing
 * is the third subject: the memory beyond it is the difference.
 */
final class StartCase {
    private static final int BLOCK = 4096;

    private StartCase() {}

    static List<Group> groups(Path file) {
        return List.of(new Group("start, main to the first completion", Unit.NANOS)
                .ours("aio_read, taken", () -> started("ours", file))
                .other("AsynchronousFileChannel, future", () -> started("channel", file))
                .other("nothing", () -> started("nothing", file)));
    }

    private static Figures started(String subject, Path file) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        String engine = System.getProperty("sigkevent.engine");
        if (engine != null) {
            command.add("-Dsigkevent.engine=" + engine);
        }
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), StartCase.class.getName(), subject, file.toString()));
        return sink -> {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("status " + process.exitValue());
            }
            String[] figures = said.split(" ");
            sink.add(Double.parseDouble(figures[0]), "ns");
            sink.add(Double.parseDouble(figures[1]), "KiB resident");
        };
    }

    /** A JVM that is measured: prints nanoseconds and KiB. */
    public static void main(String[] arguments) throws Exception {
        long begin = System.nanoTime();
        switch (arguments[0]) {
            case "ours" -> ours(arguments[1]);
            case "channel" -> channel(Path.of(arguments[1]));
            default -> {}
        }
        System.out.println((System.nanoTime() - begin) + " " + residentKib());
    }

    private static void ours(String file) {
        int kfd = ok(Kevent.kevent_init(64));
        Aiocb block = new Aiocb();
        block.aio_fildes = ok(Fcntl.open(file, Fcntl.O_RDONLY));
        block.aio_buf = ByteBuffer.allocateDirect(BLOCK);
        block.aio_nbytes = BLOCK;
        block.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        ok(Aio.aio_read(block));
        KeventRecord record = new KeventRecord();
        ok(Kevent.kevent_take(kfd, record, null));
        if (record.result != BLOCK) {
            throw new IllegalStateException("result " + record.result);
        }
    }

    private static void channel(Path file) throws Exception {
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(file)) {
            if (channel.read(ByteBuffer.allocateDirect(BLOCK), 0).get() != BLOCK) {
                throw new IllegalStateException("too few bytes");
            }
        }
    }

    private static long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IllegalStateException("no VmRSS in /proc/self/status");
    }
}
