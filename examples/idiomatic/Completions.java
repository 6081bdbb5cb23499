package idiomatic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.sigkevent.AioFile;
import org.sigkevent.AioOperation;
import org.sigkevent.Errno;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;

/**
 * Reads whose ends are {@link CompletableFuture}s: the future is the record's cookie, and one thread takes records and completes
 * them. What depends on a future without "Async" runs on that thread and should be short.
 *
 * <p>A read waits while the queue has no slot left. Cancelling a future cancels its read.
 */
final class Completions implements AutoCloseable {
    /** The cookie. It holds the buffer, so that nobody else has to. */
    private static final class Reading extends CompletableFuture<Integer> {
        final ByteBuffer into;

        Reading(ByteBuffer into) {
            this.into = into;
        }
    }

    private final KeventQueue queue;
    private final Semaphore slots;
    private final Thread thread = new Thread(this::complete, "completions");

    Completions(int capacity) {
        queue = KeventQueue.open(capacity);
        slots = new Semaphore(capacity);
        thread.setDaemon(true);
        thread.start();
    }

    /** The queue that files must be opened on. */
    KeventQueue queue() {
        return queue;
    }

    /** Reads into the buffer's remaining bytes; the future has how many there were, 0 at the end of the file. */
    CompletableFuture<Integer> read(AioFile file, ByteBuffer into, long offset) throws InterruptedException {
        slots.acquire();
        Reading reading = new Reading(into);
        AioOperation operation;
        try {
            operation = file.read(into, offset, SigVal.of(reading));
        } catch (KeventException refused) {
            slots.release();
            throw refused;
        }
        reading.whenComplete((result, failure) -> {
            if (reading.isCancelled()) {
                operation.cancel();
            }
        });
        return reading;
    }

    private void complete() {
        KeventRecord record = new KeventRecord();
        try {
            for (; ; ) {
                queue.take(record);
                slots.release();
                Reading reading = (Reading) record.object;
                if (record.error == 0) {
                    reading.complete((int) record.result);
                } else {
                    reading.completeExceptionally(new IOException(Errno.strerror(record.error)));
                }
            }
        } catch (KeventException closed) {
            if (closed.errno() != Errno.EBADF) {
                throw closed;
            }
        } catch (InterruptedException askedToEnd) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the queue. Whoever waits for a future must have left before. */
    @Override
    public void close() {
        queue.close();
        boolean interrupted = false;
        for (; ; ) {
            try {
                thread.join();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
