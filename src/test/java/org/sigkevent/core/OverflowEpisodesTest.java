package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;

/** An episode is told once, however many are refused at the same time. */
@Timeout(60)
@Tag("any-engine")
class OverflowEpisodesTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 3_000;

    private static OverflowEpisodes counted(Ring ring, AtomicInteger told) {
        OverflowEpisodes episodes = new OverflowEpisodes(ring);
        episodes.tell(new OverflowEpisodes.Listener() {
            @Override
            public void refused() {
                told.incrementAndGet();
            }

            @Override
            public void replaced() {}
        });
        return episodes;
    }

    @Test
    void manyThatAreRefusedAtATimeTellOnce() throws Exception {
        Ring ring = Ring.create(1);
        AtomicInteger told = new AtomicInteger();
        OverflowEpisodes episodes = counted(ring, told);
        CyclicBarrier together = new CyclicBarrier(THREADS, episodes::accepted);
        List<FutureTask<Void>> refused = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            refused.add(Support.start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    together.await();
                    episodes.refused();
                }
                return null;
            }));
        }
        for (FutureTask<Void> each : refused) {
            Support.get(each);
        }
        assertEquals(ROUNDS, told.get());
        ring.close(true);
    }

    @Test
    void theNextOneBeginsWhenSomethingWasAccepted() {
        Ring ring = Ring.create(1);
        AtomicInteger told = new AtomicInteger();
        OverflowEpisodes episodes = counted(ring, told);
        episodes.refused();
        episodes.refused();
        assertEquals(1, told.get());
        episodes.accepted();
        episodes.refused();
        assertEquals(2, told.get());
        ring.close(true);
    }

    @Test
    void whatIsDroppedIsAnEpisodeOfItsOwn() {
        Ring ring = Ring.create(1);
        AtomicInteger told = new AtomicInteger();
        OverflowEpisodes episodes = counted(ring, told);
        episodes.dropped();
        episodes.dropped();
        assertEquals(2, told.get());
        ring.close(true);
    }

    @Test
    void aQueueThatIsDestroyedTellsNothing() {
        Ring ring = Ring.create(1);
        AtomicInteger told = new AtomicInteger();
        OverflowEpisodes episodes = counted(ring, told);
        ring.closing = true;
        episodes.refused();
        assertEquals(0, told.get());
        ring.close(true);
    }

    @Test
    void whoIsReplacedHearsOfThatAndOfNothingElse() {
        Ring ring = Ring.create(1);
        AtomicInteger replaced = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        OverflowEpisodes episodes = new OverflowEpisodes(ring);
        episodes.tell(new OverflowEpisodes.Listener() {
            @Override
            public void refused() {
                refused.incrementAndGet();
            }

            @Override
            public void replaced() {
                replaced.incrementAndGet();
            }
        });
        assertEquals(0, replaced.get());
        episodes.tell(null);
        assertEquals(1, replaced.get());
        episodes.refused();
        episodes.tell(null);
        assertEquals(1, replaced.get());
        assertEquals(0, refused.get());
        ring.close(true);
    }
}
