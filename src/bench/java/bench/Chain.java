package bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Reads or writes of an AsynchronousFileChannel whose completion starts the next one in the same buffer. */
final class Chain implements CompletionHandler<Integer, Integer> {
    private final AsynchronousFileChannel channel;
    private final boolean write;
    private final ByteBuffer[] buffers;
    private final Blocks blocks;
    private final Stopwatch watch;
    private final long[] started;
    private final CountDownLatch flying;
    private final AtomicInteger left = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Chain(AsynchronousFileChannel channel, boolean write, ByteBuffer[] buffers, Blocks blocks, Stopwatch watch) {
        this.channel = channel;
        this.write = write;
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
        ByteBuffer buffer = buffers[i].clear();
        if (write) {
            channel.write(buffer, offset, i, this);
        } else {
            channel.read(buffer, offset, i, this);
        }
    }

    @Override
    public void completed(Integer result, Integer i) {
        watch.stop(started[i]);
        if (result == Blocks.SIZE) {
            begin(i);
        } else {
            failed(new IOException("a read or write gave " + result + " bytes"), i);
        }
    }

    @Override
    public void failed(Throwable cause, Integer i) {
        failure.set(cause);
        flying.countDown();
    }
}
