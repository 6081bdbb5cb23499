package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.LIO_NOWAIT;
import static org.sigkevent.Aio.lio_listio;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sigkevent.Aiocb;

/** The reads of {@link AioCase} in lists of 32. */
final class LioCase {
    private static final int BATCH = 32;

    private LioCase() {}

    static List<Group> groups(Path file) {
        return List.of(new Group("lio_listio of 32", Unit.PER_SECOND)
                .ours("lio_listio, 32 records taken", () -> lists(file))
                .program("aio_uring", "batch", BATCH, file)
                .program("aio_glibc", "lio", file));
    }

    private static Work lists(Path file) throws IOException {
        Blocks blocks = new Blocks(file);
        Reads reads = new Reads(file, BATCH);
        return (operations, watch) -> {
            for (int i = 0; i < operations; i += BATCH) {
                for (Aiocb cb : reads.requests) {
                    cb.aio_offset = blocks.next();
                }
                long started = watch.start();
                ok(lio_listio(LIO_NOWAIT, reads.requests, BATCH, null));
                for (int n = 0; n < BATCH; n++) {
                    reads.finish();
                    watch.stop(started);
                }
            }
        };
    }
}
