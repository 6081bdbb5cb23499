package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An intrusive list is a list; what is not in it is not taken out of it. */
@Tag("any-engine")
class IntrusiveListTest {
    private static final class Item {
        final Link<Item> link = new Link<>(this);
    }

    private static List<Item> all(IntrusiveList<Item> list) {
        List<Item> items = new ArrayList<>();
        for (Item i = list.first(); i != null; i = i.link.following()) {
            items.add(i);
        }
        return items;
    }

    @Test
    void itBehavesAsAQueue() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("IntrusiveListTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Item[] items = new Item[10];
        for (int i = 0; i < items.length; i++) {
            items[i] = new Item();
        }
        IntrusiveList<Item> list = new IntrusiveList<>();
        ArrayDeque<Item> model = new ArrayDeque<>();
        for (int step = 0; step < 10_000; step++) {
            Item item = items[random.nextInt(items.length)];
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    list.addLast(item.link);
                    if (!model.contains(item)) {
                        model.addLast(item);
                    }
                }
                case 2 -> assertEquals(model.remove(item), list.remove(item.link));
                default -> assertEquals(model.pollFirst(), list.pollFirst());
            }
            assertEquals(List.copyOf(model), all(list));
            assertEquals(model.isEmpty(), list.isEmpty());
            assertEquals(model.contains(item), item.link.isListed());
        }
    }

    @Test
    void whatIsInAnotherListStaysThere() {
        IntrusiveList<Item> one = new IntrusiveList<>();
        IntrusiveList<Item> two = new IntrusiveList<>();
        Item item = new Item();
        one.addLast(item.link);
        two.addLast(item.link);
        two.addLast(item.link);
        assertFalse(two.remove(item.link));
        assertTrue(two.isEmpty());
        assertEquals(List.of(item), all(one));
        assertTrue(one.remove(item.link));
        assertFalse(one.remove(item.link));
        assertNull(one.first());
    }
}
