package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

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

    @Test
    void itsArrayNeverBecomesShorter() {
        DeadlineHeap heap = new DeadlineHeap();
        heap.moveTo(new Deadline[65]);
        heap.moveTo(new Deadline[10]);
        assertEquals(65, heap.capacity());
    }
}
