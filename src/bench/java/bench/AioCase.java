package bench;

import static bench.Check.ok;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;

/** 4 KiB reads at random places of a cached file, with 1, 8, 32 and 128 in flight. */
final class AioCase {
    private static final int[] DEPTHS = {1, 8, 32, 128};

    private final int depth;
    private final Blocks blocks;

    private AioCase(int depth, Blocks blocks) {
        this.depth = depth;
        this.blocks = blocks;
    }

    static List<Group> groups(Path file) {
        List<Group> groups = new ArrayList<>();
        for (int depth : DEPTHS) {
            Group group = new Group("aio depth " + depth, Unit.PER_SECOND)
                    .ours("aio_read, record taken", () -> with(depth, file).ours(new Reads(file, depth)))
                    .other(
                            "AsynchronousFileChannel, CompletionHandler",
                            () -> with(depth, file).handlers(file))
                    .other(
                            "AsynchronousFileChannel, Future",
                            () -> with(depth, file).futures(file))
                    .program("aio_uring", "depth", depth, file);
            if (depth == 1) {
                group.other("FileChannel", () -> with(depth, file).blocking(file))
                        .program("aio_glibc", "suspend", file)
                        .program("aio_glibc", "thread", file)
                        .program("aio_glibc", "signal", file)
                        .program("pread", file);
            } else {
                group.other(
                                "FileChannel, a thread for each",
                                () -> with(depth, file).threads(file))
                        .program("aio_glibc", "depth=" + depth, file);
            }
            groups.add(group);
        }
        return groups;
    }

    private static AioCase with(int depth, Path file) throws IOException {
        return new AioCase(depth, new Blocks(file));
    }

    private Work ours(Reads reads) {
        long[] started = new long[depth];
        return (operations, watch) -> {
            int begun = 0;
            for (; begun < depth && begun < operations; begun++) {
                started[begun] = watch.start();
                begin(reads.requests[begun]);
            }
            for (int done = 0; done < operations; done++) {
                int i = reads.finish();
                watch.stop(started[i]);
                if (begun < operations) {
                    begun++;
                    started[i] = watch.start();
                    begin(reads.requests[i]);
                }
            }
        };
    }

    private void begin(Aiocb cb) {
        cb.aio_offset = blocks.next();
        ok(Aio.aio_read(cb));
    }

    private Work futures(Path file) throws IOException {
        AsynchronousFileChannel channel = AsynchronousFileChannel.open(file, StandardOpenOption.READ);
        ByteBuffer[] buffers = buffers();
        List<Future<Integer>> flying = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            flying.add(null);
        }
        long[] started = new long[depth];
        return (operations, watch) -> {
            for (int n = 0; n < operations + depth; n++) {
                // the oldest
                int i = n % depth;
                if (n >= depth && n - depth < operations) {
                    Blocks.check(flying.get(i).get());
                    watch.stop(started[i]);
                }
                if (n < operations) {
                    started[i] = watch.start();
                    flying.set(i, channel.read(buffers[i].clear(), blocks.next()));
                }
            }
        };
    }

    private Work handlers(Path file) throws IOException {
        AsynchronousFileChannel channel = AsynchronousFileChannel.open(file, StandardOpenOption.READ);
        ByteBuffer[] buffers = buffers();
        return (operations, watch) -> new Chain(channel, buffers, blocks, watch).run(operations);
    }

    /** Reads whose completion starts the next one in the same place. */
    private static final class Chain implements CompletionHandler<Integer, Integer> {
        private final AsynchronousFileChannel channel;
        private final ByteBuffer[] buffers;
        private final Blocks blocks;
        private final Stopwatch watch;
        private final long[] started;
        private final CountDownLatch flying;
        private final AtomicInteger left = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Chain(AsynchronousFileChannel channel, ByteBuffer[] buffers, Blocks blocks, Stopwatch watch) {
            this.channel = channel;
            this.buffers = buffers;
            this.blocks = blocks;
            this.watch = watch;
            started = new long[buffers.length];
            flying = new CountDownLatch(buffers.length);
        }

        void run(int operations) throws IOException, InterruptedException {
            left.set(operations);
            for (int i = 0; i < buffers.length; i++) {
                begin(i);
            }
            flying.await();
            if (failure.get() != null) {
                throw new IOException(failure.get());
            }
        }

        private void begin(int i) {
            if (left.getAndDecrement() <= 0) {
                flying.countDown();
                return;
            }
            long offset;
            synchronized (blocks) {
                offset = blocks.next();
            }
            started[i] = watch.start();
            channel.read(buffers[i].clear(), offset, i, this);
        }

        @Override
        public void completed(Integer result, Integer i) {
            watch.stop(started[i]);
            if (result == Blocks.SIZE) {
                begin(i);
            } else {
                failed(new IOException("a read gave " + result + " bytes"), i);
            }
        }

        @Override
        public void failed(Throwable cause, Integer i) {
            failure.set(cause);
            flying.countDown();
        }
    }

    private Work blocking(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        ByteBuffer buffer = ByteBuffer.allocateDirect(Blocks.SIZE);
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                Blocks.check(channel.read(buffer.clear(), blocks.next()));
                watch.stop(started);
            }
        };
    }

    private Work threads(Path file) throws IOException {
        List<Work> each = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            each.add(new AioCase(1, new Blocks(file)).blocking(file));
        }
        ExecutorService pool = Executors.newFixedThreadPool(depth);
        return (operations, watch) -> {
            List<Future<Void>> parts = new ArrayList<>();
            for (int i = 0; i < depth; i++) {
                Work part = each.get(i);
                int share = operations / depth + (i < operations % depth ? 1 : 0);
                parts.add(pool.submit(() -> {
                    part.run(share, watch);
                    return null;
                }));
            }
            for (Future<Void> part : parts) {
                part.get();
            }
        };
    }

    private ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[depth];
        for (int i = 0; i < depth; i++) {
            buffers[i] = ByteBuffer.allocateDirect(Blocks.SIZE);
        }
        return buffers;
    }
}
