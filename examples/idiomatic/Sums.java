package idiomatic;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.sigkevent.AioFile;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventTimer;
import org.sigkevent.SigVal;
import org.sigkevent.Time;

/**
 * The checksums of all files in a directory, with the library's objects and the JDK's means: reads are CompletableFutures, the
 * ticks of a timer a Flow, each file has a thread of its own (a virtual one where the JDK has them), and everything is closed by
 * try. sums.c beside this file is the same in C, with aio_suspend and SIGEV_THREAD.
 *
 * <p>Usage: {@code Sums [DIRECTORY]}; by default the JDK's {@code lib}.
 */
public final class Sums {
    private static final int BLOCK = 256 << 10;
    /** Files that are read at the same time. */
    private static final int FILES = 8;

    private final Completions completions;
    private final BlockingQueue<ByteBuffer[]> buffers = new ArrayBlockingQueue<>(FILES);
    private final AtomicLong bytes = new AtomicLong();

    private Sums(Completions completions) {
        this.completions = completions;
        for (int i = 0; i < FILES; i++) {
            buffers.add(new ByteBuffer[] {ByteBuffer.allocateDirect(BLOCK), ByteBuffer.allocateDirect(BLOCK)});
        }
    }

    public static void main(String[] args) {
        if (args.length > 1) {
            System.err.println("usage: Sums [DIRECTORY]");
            System.exit(2);
        }
        Path folder = args.length > 0 ? Path.of(args[0]) : Path.of(System.getProperty("java.home"), "lib");
        try (Completions completions = new Completions(2 * FILES);
                KeventQueue ticks = KeventQueue.open(1);
                KeventTimer timer = ticks.timer(Time.CLOCK_MONOTONIC, new SigVal())) {
            Sums sums = new Sums(completions);
            timer.every(Duration.ofMillis(100));
            new RecordPublisher(ticks).subscribe(sums.new Progress());
            sums.run(folder);
        } catch (KeventException | IOException refused) {
            fail(refused);
        } catch (ExecutionException failed) {
            fail(failed.getCause());
        } catch (InterruptedException nobodyDoesThat) {
            fail(nobodyDoesThat);
        }
    }

    private static void fail(Throwable why) {
        System.err.println("Sums: " + why);
        System.exit(1);
    }

    private void run(Path folder) throws IOException, InterruptedException, ExecutionException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
        }
        ExecutorService threads = threadForEachTask();
        try {
            List<Future<String>> lines = new ArrayList<>();
            for (Path file : files) {
                lines.add(threads.submit(() -> sum(file)));
            }
            for (Future<String> line : lines) {
                System.out.println(line.get());
            }
        } finally {
            threads.shutdownNow();
        }
        System.err.println(files.size() + " files, " + bytes + " bytes");
    }

    /** Virtual threads where the JDK has them (21 and later), without which this source compiles as well. */
    private static ExecutorService threadForEachTask() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException older) {
            return Executors.newFixedThreadPool(FILES);
        } catch (InvocationTargetException preview) { // JDK 19 and 20 have the method, and refuse it
            return Executors.newFixedThreadPool(FILES);
        }
    }

    /** Reads a block while the one before goes into the sum. The wait for it costs no thread where threads are virtual. */
    private String sum(Path path) throws IOException, InterruptedException, ExecutionException {
        ByteBuffer[] own = buffers.take();
        try (AioFile file = AioFile.open(completions.queue(), path, Fcntl.O_RDONLY, 0)) {
            CRC32 crc = new CRC32();
            long offset = 0;
            CompletableFuture<Integer> next = completions.read(file, own[0].clear(), 0);
            for (int i = 0; ; i ^= 1) {
                int length = next.get();
                boolean last = length < BLOCK;
                offset += length;
                if (!last) {
                    next = completions.read(file, own[i ^ 1].clear(), offset);
                }
                crc.update(own[i].limit(length));
                bytes.addAndGet(length);
                if (last) {
                    return String.format("%08x %10d %s", crc.getValue(), offset, path);
                }
            }
        } catch (ExecutionException failed) {
            throw new IOException(path + ": " + failed.getCause().getMessage());
        } finally {
            buffers.add(own);
        }
    }

    /** Asks for one tick after the other. */
    private final class Progress implements Flow.Subscriber<KeventRecord> {
        private Flow.Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(KeventRecord tick) {
            System.err.printf("%d MB%n", bytes.get() / 1_000_000);
            subscription.request(1);
        }

        @Override
        public void onError(Throwable failure) {
            fail(failure);
        }

        @Override
        public void onComplete() {
            // the queue is closed: all is done
        }
    }
}
