package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.LIO_NOWAIT;
import static org.sigkevent.Aio.lio_listio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.sigkevent.Aiocb;

/** Who reads or writes blocks of a file, with a number of them in flight. */
final class FileSubjects {
    private final IoFile file;
    private final int depth;

    private FileSubjects(IoFile file, int depth) {
        this.file = file;
        this.depth = depth;
    }

    /** Adds to a group what competes at every depth and on every file. */
    static Group add(Group group, IoFile file, int depth) {
        FileSubjects subjects = new FileSubjects(file, depth);
        String call = file.writes() ? "aio_write" : "aio_read";
        group.ours(call + ", record taken", () -> file.before(subjects.ours(new Requests(file, depth))));
        if (depth > 1) {
            group.ours("lio_listio of as many as came", () -> file.before(subjects.refills(new Requests(file, depth))));
        }
        return group.other(
                        "AsynchronousFileChannel, CompletionHandler",
                        () -> file.before(subjects.handlers(file.asynchronous(null))))
                .other(
                        "AsynchronousFileChannel, CompletionHandler, a thread for each processor",
                        () -> file.before(subjects.handlers(file.asynchronous(processors()))))
                .other("FileChannel, a thread for each", () -> file.before(subjects.threads()))
                .program("aio_uring", "plain", "depth", depth, file.how.word, file.path)
                .program("aio_uring", "expert", "depth", depth, file.how.word, file.path)
                .program("aio_glibc", "depth=" + depth, file.how.word, file.path)
                .fio("fio io_uring", Fio.uring(file, depth))
                .fio("fio io_uring, expert", Fio.expert(file, depth))
                .fio("fio psync, a thread for each", Fio.psync(file, depth));
    }

    /** Futures, the oldest of which is waited for. */
    static Work futures(IoFile file, int depth) throws IOException {
        return file.before(new FileSubjects(file, depth).futures());
    }

    /** A pool of as many threads as there are processors. */
    static ExecutorService processors() {
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    }

    private Work ours(Requests requests) {
        long[] started = new long[depth];
        return (operations, watch) -> {
            int begun = 0;
            for (; begun < depth && begun < operations; begun++) {
                started[begun] = watch.start();
                requests.begin(requests.all[begun]);
            }
            for (int done = 0; done < operations; done++) {
                int i = requests.finish();
                watch.stop(started[i]);
                if (begun < operations) {
                    begun++;
                    started[i] = watch.start();
                    requests.begin(requests.all[i]);
                }
            }
        };
    }

    /** All records that are there are taken, then as many requests started with one call. */
    private Work refills(Requests requests) {
        Aiocb[] list = new Aiocb[depth];
        long[] started = new long[depth];
        return (operations, watch) -> {
            int ready = Math.min(depth, operations);
            System.arraycopy(requests.all, 0, list, 0, ready);
            for (int i = 0; i < ready; i++) {
                started[i] = watch.start();
            }
            int begun = 0;
            for (int done = 0; done < operations; ) {
                for (int i = 0; i < ready; i++) {
                    requests.place(list[i]);
                }
                if (ready > 0) {
                    ok(lio_listio(LIO_NOWAIT, list, ready, null));
                    begun += ready;
                }
                ready = 0;
                for (int i = requests.finish(); i >= 0; i = requests.poll()) {
                    watch.stop(started[i]);
                    done++;
                    if (begun + ready < operations) {
                        list[ready++] = requests.all[i];
                        started[i] = watch.start();
                    }
                }
            }
        };
    }

    private Work futures() throws IOException {
        AsynchronousFileChannel channel = file.asynchronous(null);
        Blocks blocks = file.blocks();
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
                    ByteBuffer buffer = buffers[i].clear();
                    flying.set(
                            i,
                            file.writes() ? channel.write(buffer, blocks.next()) : channel.read(buffer, blocks.next()));
                }
            }
        };
    }

    private Work handlers(AsynchronousFileChannel channel) throws IOException {
        Blocks blocks = file.blocks();
        ByteBuffer[] buffers = buffers();
        return (operations, watch) -> new Chain(channel, file.writes(), buffers, blocks, watch).run(operations);
    }

    /** One after the other. */
    static Work blocking(IoFile file, int part, int parts) throws IOException {
        FileChannel channel = file.channel();
        Blocks blocks = file.blocks(part, parts);
        ByteBuffer buffer = Blocks.buffer();
        boolean write = file.writes();
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                buffer.clear();
                Blocks.check(write ? channel.write(buffer, blocks.next()) : channel.read(buffer, blocks.next()));
                watch.stop(started);
            }
        };
    }

    private Work threads() throws IOException {
        if (depth == 1) {
            return blocking(file, 0, 1);
        }
        List<Work> each = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            each.add(blocking(file, i, depth));
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
            buffers[i] = Blocks.buffer();
        }
        return buffers;
    }
}
