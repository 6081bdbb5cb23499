package bench;

import java.util.ArrayList;
import java.util.List;

/** 4 KiB reads at random places of a file that is not in the page cache, with 1, 8, 32 and 128 in flight. */
final class ColdCase {
    private ColdCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (int depth : AioCase.DEPTHS) {
            groups.add(FileSubjects.add(
                    new Group("cold depth " + depth, Unit.PER_SECOND), IoFile.large(IoFile.How.COLD_READ), depth));
        }
        return groups;
    }
}
