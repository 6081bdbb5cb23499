package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The pending deadlines of a clock against a model, few and many of them. */
@Tag("any-engine")
class PendingDeadlinesTest {
    private static final long TICK = 1 << 20;
    private static final int MANY = 1024;

    private static final class Node extends Deadline {
        int place;

        @Override
        protected void due(long nanos) {}
    }

    private final PendingDeadlines pending = new PendingDeadlines();
    private final List<Node> nodes = new ArrayList<>();
    private final TreeMap<Long, Integer> model = new TreeMap<>();
    private long now;

    private void add(long nanos) {
        if (pending.tight()) {
            pending.grow(pending.moreRoom(now));
        }
        Node node = new Node();
        node.nanos = nanos;
        pending.add(node);
        node.place = nodes.size();
        nodes.add(node);
        count(nanos, 1);
    }

    private void count(long nanos, int by) {
        model.merge(nanos, by, (a, b) -> a + b == 0 ? null : a + b);
    }

    private void remove(Node node) {
        pending.remove(node);
        count(node.nanos, -1);
        Node last = nodes.remove(nodes.size() - 1);
        if (last != node) {
            nodes.set(node.place, last);
            last.place = node.place;
        }
    }

    private void move(Node node, long nanos) {
        long before = node.nanos;
        if (!pending.retime(node, nanos)) {
            pending.remove(node);
            node.nanos = nanos;
            pending.add(node);
        }
        assertEquals(nanos, node.nanos);
        count(before, -1);
        count(nanos, 1);
    }

    private long earliest() {
        return model.isEmpty() ? Long.MAX_VALUE : model.firstKey();
    }

    /** From nanoseconds to centuries, so that each level of the wheel is used. */
    private static long length(SplittableRandom random) {
        return random.nextLong(1L << random.nextInt(1, 62));
    }

    @Test
    void allAreDueInTheirOrderAndNoneTooEarly() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("PendingDeadlinesTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        now = random.nextLong(1L << 50);
        for (int i = 0; i < 400_000; i++) {
            // in phases: many, and few again
            boolean grow = random.nextInt(100) < (i % 40_000 < 20_000 ? 70 : 30);
            int what = random.nextInt(10);
            if (grow && what < 7 || nodes.isEmpty()) {
                add(Deadlines.sum(now, length(random)));
            } else if (what < 7) {
                remove(nodes.get(random.nextInt(nodes.size())));
            } else if (what < 9) {
                move(nodes.get(random.nextInt(nodes.size())), Deadlines.sum(now, length(random)));
            } else {
                // a clock that is set back now and then
                now = random.nextInt(100) == 0
                        ? Math.max(0, now - length(random) / 4)
                        : Math.min(1L << 61, now + (length(random) >> 24));
                allThatAreDue(now);
            }
            assertEquals(nodes.size(), pending.size());
            assertTrue(pending.noneBefore() <= earliest());
            if (i % 16 == 0) {
                assertTrue(pending.earliest() <= earliest());
                assertTrue(pending.earliest() > now || pending.noneBefore() <= now);
            }
        }
        allThatAreDue(Long.MAX_VALUE);
        assertEquals(0, pending.size());
        assertEquals(Long.MAX_VALUE, pending.earliest());
    }

    private void allThatAreDue(long time) {
        now = time;
        for (; ; ) {
            for (Deadline due = pending.due(now); due != null; due = pending.due(now)) {
                assertTrue(due.nanos <= now);
                assertEquals(earliest(), due.nanos);
                remove((Node) due);
            }
            if (!pending.stuck()) {
                break;
            }
            pending.grow(pending.moreRoom(now));
        }
        assertTrue(model.isEmpty() || earliest() > now, "one was not due at its time");
    }

    @Test
    void theBeginningOfABucketThatWasEmptiedIsNotWaitedForAgain() {
        now = 100_000_000_000L;
        add(now);
        for (int i = 0; i < MANY; i++) {
            add(now + 3_600_000_000_000L);
        }
        List<Node> together = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            add(now + 9_000_000_000L);
            together.add(nodes.get(nodes.size() - 1));
        }
        add(now + 1_000_000_000L);
        now += 2_000_000_000L;
        allThatAreDue(now);
        long begin = pending.earliest();
        assertTrue(begin > now && begin < earliest(), "not the beginning of a bucket");
        together.forEach(this::remove);
        now = begin;
        allThatAreDue(now);
        assertTrue(pending.earliest() > now, "who waits until then comes back at once, for ever");
    }

    @Test
    void whoWaitsForTheEarliestComesBackForEachAndSeldomForNothing() {
        now = 1_000_000_000;
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            add(now + random.nextLong(100_000_000_000L));
        }
        int waits = 0;
        int inVain = 0;
        while (pending.size() > 0) {
            long until = pending.earliest();
            assertTrue(until > now && until <= earliest());
            now = until;
            waits++;
            int before = pending.size();
            allThatAreDue(now);
            inVain += pending.size() == before ? 1 : 0;
        }
        // one for each bucket of 4.3 seconds
        assertTrue(inVain <= 25, inVain + " of " + waits + " waits were in vain");
    }

    @Test
    void aFewAreKnownToTheNanosecond() {
        long far = 10_000_000_000L;
        for (int i = 0; i < 2 * MANY; i++) {
            add(far + 100_000_000_000L * i);
        }
        assertEquals(far, pending.earliest());
        add(far - 3);
        assertEquals(far - 3, pending.earliest());
        remove(nodes.get(nodes.size() - 1));
        assertEquals(far, pending.earliest());
        move(nodes.get(0), far + 7);
        assertEquals(far + 7, pending.earliest());
        move(nodes.get(0), far + 1_000_000_000_000L);
        assertEquals(far + 100_000_000_000L, pending.earliest());
        assertNull(pending.due(far + 100_000_000_000L - 1));
        assertNotNull(pending.due(far + 100_000_000_000L));
    }

    @Test
    void oneThatIsPostponedAgainAndAgainKeepsItsPlace() {
        for (int i = 0; i < 2 * MANY; i++) {
            add(5_000_000_000L + TICK * i);
        }
        Node moved = nodes.get(100);
        for (int i = 0; i < 1000; i++) {
            assertTrue(pending.retime(moved, moved.nanos + TICK));
        }
        assertFalse(pending.retime(moved, 2_000_000_000L), "its place begins later");
    }

    @Test
    void whereAllAreRemovedNothingIsWaitedFor() {
        for (int i = 0; i < 2 * MANY; i++) {
            add(50_000_000_000L);
        }
        assertTrue(pending.earliest() <= 50_000_000_000L);
        while (!nodes.isEmpty()) {
            remove(nodes.get(nodes.size() - 1));
        }
        assertEquals(Long.MAX_VALUE, pending.earliest());
        assertEquals(Long.MAX_VALUE, pending.noneBefore());
    }

    @Test
    void oneThatIsFarIsMovedToAndFroAndKeepsItsPlace() {
        SplittableRandom random = new SplittableRandom(1);
        long hour = 3600_000_000_000L;
        for (int i = 0; i < 2 * MANY; i++) {
            add(hour + random.nextLong(hour));
        }
        for (int i = 0; i < 10_000; i++) {
            assertTrue(pending.retime(nodes.get(random.nextInt(nodes.size())), hour + random.nextLong(hour)));
        }
    }

    @Test
    void aMillionOfOneTimeAreDueTogether() {
        for (int i = 0; i < 1_000_000; i++) {
            add(50_000_000_000L);
        }
        allThatAreDue(49_999_999_999L);
        assertEquals(1_000_000, pending.size());
        allThatAreDue(50_000_000_000L);
        assertEquals(0, pending.size());
    }

    @Test
    void moreThanThereIsRoomForInOneMillisecondWaitForRoomAndComeInTheirOrder() {
        for (int i = 0; i <= MANY; i++) {
            add(1_000_000_000L);
        }
        for (int i = 0; i < 5 * MANY; i++) {
            add(50_000_000_000L - i);
        }
        allThatAreDue(1_000_000_000L);
        assertNull(pending.due(50_000_000_000L));
        assertTrue(pending.stuck());
        assertTrue(pending.tight());
        assertTrue(pending.earliest() <= 50_000_000_000L - 5 * MANY + 1);
        remove(nodes.get(17));
        allThatAreDue(50_000_000_000L);
        assertEquals(0, pending.size());
        assertFalse(pending.stuck());
    }

    @Test
    void noneIsLeftBehindWhenAllAreRemoved() {
        for (int i = 0; i < 3 * MANY; i++) {
            add(1L << i % 62);
        }
        while (!nodes.isEmpty()) {
            remove(nodes.get(nodes.size() / 2));
        }
        assertEquals(Long.MAX_VALUE, pending.earliest());
        assertEquals(Long.MAX_VALUE, pending.noneBefore());
        assertNull(pending.due(Long.MAX_VALUE));
    }

    /** As timers do whose record is unread: they go without a look whether there is room, and come back without one. */
    @Test
    void thoseThatAreAwayComeBackWithoutMoreRoom() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("PendingDeadlinesTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int away = 0;
        for (int i = 0; i < 100_000; i++) {
            // in phases: new ones come and most go away, then they come back and no new ones
            boolean going = i % 10_000 < 6_000;
            int what = random.nextInt(10);
            if (going && what < 4) {
                add(random.nextInt(1000));
            } else if (!nodes.isEmpty() && (going || what == 9)) {
                remove(nodes.get(nodes.size() - 1));
                if (what < 9) {
                    pending.away++;
                    away++;
                }
            } else if (away > 0) {
                int room = pending.capacity();
                pending.away--;
                away--;
                Node node = new Node();
                node.nanos = random.nextInt(1000);
                node.place = nodes.size();
                nodes.add(node);
                count(node.nanos, 1);
                pending.add(node);
                assertEquals(room, pending.capacity(), "with " + pending.size() + " here and " + away + " away");
            }
        }
    }

    @Test
    void whatWasNotAskedWhetherItIsTightGrowsWhenItIsFull() {
        assertFalse(pending.tight());
        for (int i = 0; i < 65; i++) {
            Node node = new Node();
            node.nanos = i;
            pending.add(node);
        }
        assertEquals(65, pending.size());
        assertTrue(pending.tight());
        assertEquals(0, pending.earliest());
    }
}
