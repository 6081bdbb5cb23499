package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A line is in call order, whichever of its transfers leaves. */
@Tag("any-engine")
class LineTest {
    private final Line line = new Line();

    private List<AioTransfer> all() {
        List<AioTransfer> all = new ArrayList<>();
        AioTransfer before = null;
        for (AioTransfer t = line.first(); t != null; t = t.behind) {
            assertEquals(before, t.ahead);
            before = t;
            all.add(t);
        }
        return all;
    }

    @Test
    void theOthersStayInOrderWhicheverLeaves() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("LineTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<AioTransfer> in = new ArrayList<>();
        List<AioTransfer> out = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            out.add(new AioRequest().transfer);
        }
        for (int step = 0; step < 10_000; step++) {
            boolean adds = in.isEmpty() || !out.isEmpty() && random.nextBoolean();
            List<AioTransfer> from = adds ? out : in;
            AioTransfer t = from.remove(random.nextInt(from.size()));
            if (adds) {
                line.addLast(t);
                in.add(t);
            } else {
                line.remove(t);
                assertNull(t.ahead);
                assertNull(t.behind);
                out.add(t);
            }
            assertEquals(in, all());
            assertEquals(in.isEmpty(), line.isEmpty());
        }
    }
}
