package bench;

import java.util.ArrayList;
import java.util.List;
import org.sigkevent.Fcntl;

/**
 * 4 KiB reads and writes at random places of a file with O_DIRECT, with 1, 8, 32 and 128 in flight; and how long 32 calls
 * that start them take, where it is not to be the disk's time.
 */
final class DirectCase {
    private DirectCase() {}

    static List<Group> groups() {
        IoFile reads = IoFile.large(IoFile.How.DIRECT_READ);
        IoFile writes = IoFile.large(IoFile.How.DIRECT_WRITE);
        List<Group> groups = new ArrayList<>();
        for (IoFile file : List.of(reads, writes)) {
            for (int depth : AioCase.DEPTHS) {
                String name = "direct " + (file.writes() ? "write" : "read") + " depth " + depth;
                groups.add(FileSubjects.add(new Group(name, Unit.PER_SECOND), file, depth));
            }
        }
        groups.add(calls("direct calls, read", reads, "", 0));
        groups.add(calls("direct calls, write", writes, "", 0));
        groups.add(calls("direct calls, write, O_DSYNC", writes, "dsync", Fcntl.O_DSYNC));
        groups.add(calls("direct calls, write, O_SYNC", writes, "sync", Fcntl.O_SYNC));
        return groups;
    }

    private static Group calls(String name, IoFile file, String sync, int flags) {
        String word = sync.isEmpty() ? "none" : sync;
        return new Group(name, Unit.NANOS)
                .ours(file.writes() ? "aio_write" : "aio_read", () -> new StartingCalls(file, flags))
                .program("aio_calls", "plain", word, file.how.word, file.path)
                .program("aio_calls", "expert", word, file.how.word, file.path)
                .program("aio_calls", "glibc", word, file.how.word, file.path);
    }
}
