package bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** 4 KiB reads at random places of a cached file, with 1, 8, 32 and 128 in flight. */
final class AioCase {
    static final int[] DEPTHS = {1, 8, 32, 128};

    private AioCase() {}

    static List<Group> groups(Path path) {
        IoFile file = IoFile.cached(path);
        List<Group> groups = new ArrayList<>();
        for (int depth : DEPTHS) {
            Group group = FileSubjects.add(new Group("aio depth " + depth, Unit.PER_SECOND), file, depth)
                    .other("AsynchronousFileChannel, Future", () -> FileSubjects.futures(file, depth));
            if (depth == 1) {
                group.program("aio_glibc", "thread", file.how.word, path)
                        .program("aio_glibc", "signal", file.how.word, path)
                        .program("pread", path);
            }
            groups.add(group);
        }
        return groups;
    }
}
