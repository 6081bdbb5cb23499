package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.LIO_NOWAIT;
import static org.sigkevent.Aio.lio_listio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Future;
import org.sigkevent.Aiocb;

/** The reads of {@link AioCase} in lists of 32, all of which are waited for before the next list. */
final class LioCase {
    private static final int BATCH = 32;

    private LioCase() {}

    static List<Group> groups(Path path) {
        IoFile file = IoFile.cached(path);
        return List.of(new Group("lio_listio of 32", Unit.PER_SECOND)
                .ours("lio_listio, 32 records taken", () -> lists(file))
                .other("AsynchronousFileChannel, 32 Futures", () -> futures(file, file.asynchronous(null)))
                .other(
                        "AsynchronousFileChannel, 32 Futures, a thread for each processor",
                        () -> futures(file, file.asynchronous(FileSubjects.processors())))
                .other("FileChannel, one after the other", () -> FileSubjects.blocking(file, 0, 1))
                .program("aio_uring", "plain", "batch", BATCH, file.how.word, path)
                .program("aio_uring", "expert", "batch", BATCH, file.how.word, path)
                .program("aio_glibc", "lio", file.how.word, path));
    }

    private static Work lists(IoFile file) throws IOException {
        Requests requests = new Requests(file, BATCH);
        return (operations, watch) -> {
            for (int i = 0; i < operations; i += BATCH) {
                for (Aiocb cb : requests.all) {
                    requests.place(cb);
                }
                long started = watch.start();
                ok(lio_listio(LIO_NOWAIT, requests.all, BATCH, null));
                for (int n = 0; n < BATCH; n++) {
                    requests.finish();
                    watch.stop(started);
                }
            }
        };
    }

    private static Work futures(IoFile file, AsynchronousFileChannel channel) throws IOException {
        Blocks blocks = file.blocks();
        ByteBuffer[] buffers = new ByteBuffer[BATCH];
        for (int i = 0; i < BATCH; i++) {
            buffers[i] = Blocks.buffer();
        }
        return (operations, watch) -> {
            @SuppressWarnings("unchecked")
            Future<Integer>[] flying = new Future[BATCH];
            for (int i = 0; i < operations; i += BATCH) {
                long started = watch.start();
                for (int n = 0; n < BATCH; n++) {
                    flying[n] = channel.read(buffers[n].clear(), blocks.next());
                }
                for (Future<Integer> one : flying) {
                    Blocks.check(one.get());
                    watch.stop(started);
                }
            }
        };
    }
}
