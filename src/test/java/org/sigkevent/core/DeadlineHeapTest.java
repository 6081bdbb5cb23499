package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The heap of deadlines against a model. */
@Tag("any-engine")
class DeadlineHeapTest {
    private static final class Node extends Deadline {
        @Override
        protected void due(long nanos) {}
    }

    @Test
    void itsFirstIsAlwaysTheEarliest() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("DeadlineHeapTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        DeadlineHeap heap = new DeadlineHeap();
        List<Node> nodes = new ArrayList<>();
        TreeMap<Long, Integer> model = new TreeMap<>();
        for (int i = 0; i < 200_000; i++) {
            boolean grow = random.nextInt(100) < (i % 20_000 < 10_000 ? 70 : 30);
            if (grow || nodes.isEmpty()) {
                Node node = new Node();
                node.nanos = random.nextInt(1000);
                heap.add(node);
                nodes.add(node);
                model.merge(node.nanos, 1, Integer::sum);
            } else {
                int at = random.nextInt(nodes.size());
                Node node = random.nextInt(4) == 0 ? (Node) heap.first() : nodes.get(at);
                heap.remove(node);
                nodes.remove(node == nodes.get(at) ? at : nodes.indexOf(node));
                model.merge(node.nanos, -1, (a, b) -> a + b == 0 ? null : a + b);
            }
            assertEquals(nodes.size(), heap.size());
            if (nodes.isEmpty()) {
                assertNull(heap.first());
            } else {
                assertEquals(model.firstKey(), heap.first().nanos);
            }
        }
    }

    /** As timers do whose record is unread: they go without a look whether there is room, and come back without one. */
    @Test
    void thoseThatAreAwayComeBackWithoutALongerArray() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("DeadlineHeapTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        DeadlineHeap heap = new DeadlineHeap();
        List<Node> here = new ArrayList<>();
        List<Node> away = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            // in phases: new ones come and most go away, then they come back and no new ones
            boolean going = i % 10_000 < 6_000;
            int what = random.nextInt(10);
            if (going && what < 4) {
                while (heap.tight()) {
                    heap.moveTo(new Deadline[2 * heap.capacity()]);
                }
                here.add(add(heap, new Node(), random));
            } else if (!here.isEmpty() && (going || what == 9)) {
                Node node = here.remove(here.size() - 1);
                heap.remove(node);
                if (what < 9) {
                    heap.away++;
                    away.add(node);
                }
            } else if (!away.isEmpty()) {
                int room = heap.capacity();
                heap.away--;
                here.add(add(heap, away.remove(away.size() - 1), random));
                assertEquals(room, heap.capacity(), "with " + heap.size() + " here and " + heap.away + " away");
            }
        }
    }

    private static Node add(DeadlineHeap heap, long nanos) {
        Node node = new Node();
        node.nanos = nanos;
        heap.add(node);
        return node;
    }

    @Test
    void noDeadlineIsBeforeTheTimeThatSaysSo() {
        DeadlineHeap heap = new DeadlineHeap();
        assertEquals(Long.MAX_VALUE, heap.noneBefore());
        Node late = add(heap, 50);
        assertEquals(50, heap.noneBefore());
        Node early = add(heap, 30);
        add(heap, 40);
        assertEquals(30, heap.noneBefore());
        // as many as go into the heap together, and the next one
        for (int i = 0; i < 40; i++) {
            add(heap, 100 + i);
        }
        assertEquals(30, heap.noneBefore());
        add(heap, 20);
        assertEquals(20, heap.noneBefore());
        heap.remove(early);
        heap.remove(late);
        assertEquals(20, heap.noneBefore());
        assertEquals(20, heap.first().nanos);
        heap.remove(heap.first());
        assertEquals(40, heap.first().nanos);
        assertEquals(40, heap.noneBefore(), "a look makes it exact");
    }

    @Test
    void noneIsLeftBehindWhenAllAreRemoved() {
        DeadlineHeap heap = new DeadlineHeap();
        heap.remove(add(heap, 5));
        assertEquals(Long.MAX_VALUE, heap.noneBefore());
        assertNull(heap.first());
        assertEquals(0, heap.size());
    }

    /** Two buffers of 32 fit into what is free of the array, beside those that are away. */
    @Test
    void itIsTightWhenTwoBuffersWouldNotFit() {
        DeadlineHeap heap = new DeadlineHeap();
        assertEquals(64, heap.capacity());
        assertFalse(heap.tight());
        heap.away = 1;
        assertTrue(heap.tight());
        heap.moveTo(new Deadline[65]);
        assertEquals(65, heap.capacity());
        assertFalse(heap.tight());
        heap.away = 2;
        assertTrue(heap.tight());
        heap.moveTo(new Deadline[65]);
        heap.moveTo(new Deadline[10]);
        assertEquals(65, heap.capacity(), "it never becomes shorter");
        heap.away = 0;
        for (int i = 0; i < 34; i++) {
            add(heap, i);
        }
        assertTrue(heap.tight());
        heap.moveTo(new Deadline[96]);
        assertFalse(heap.tight());
        assertEquals(0, heap.first().nanos);
    }

    @Test
    void whatWasNotAskedWhetherItIsTightGrowsWhenItIsFull() {
        DeadlineHeap heap = new DeadlineHeap();
        for (int i = 0; i < 96; i++) {
            add(heap, i);
        }
        assertEquals(64, heap.capacity(), "64 in the array, and 32 that are unsorted");
        add(heap, 96);
        assertEquals(128, heap.capacity());
        assertEquals(97, heap.size());
    }

    private static Node add(DeadlineHeap heap, Node node, SplittableRandom random) {
        node.nanos = random.nextInt(1000);
        heap.add(node);
        return node;
    }
}
