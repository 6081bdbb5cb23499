package org.sigkevent;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The cycles between the classes of one package: sets of top-level classes each of which reaches all others of its set (the
 * strongly connected components, found with Tarjan's algorithm). A nested class belongs to its top-level class.
 */
final class Cycles {
    /** What each class uses, with one place where it does. */
    private final Map<String, Map<String, String>> uses = new TreeMap<>();

    private final Map<String, Integer> order = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> open = new ArrayDeque<>();
    private final List<Set<String>> found = new ArrayList<>();

    private Cycles() {}

    /** The cycles of the classes given, which are those of one package. */
    static List<Set<String>> of(Stream<JavaClass> classes) {
        return read(classes).found;
    }

    /** The same as text: each cycle with the uses that make it one. */
    static String describe(Stream<JavaClass> classes) {
        Cycles cycles = read(classes);
        StringBuilder text = new StringBuilder();
        for (Set<String> cycle : cycles.found) {
            text.append(cycle.size()).append(" classes: ").append(cycle).append('\n');
            for (String from : cycle) {
                cycles.uses.get(from).forEach((to, where) -> {
                    if (cycle.contains(to)) {
                        text.append("    ").append(where).append('\n');
                    }
                });
            }
        }
        return text.toString();
    }

    private static Cycles read(Stream<JavaClass> classes) {
        Cycles cycles = new Cycles();
        classes.forEach(cycles::add);
        for (String name : cycles.uses.keySet()) {
            if (!cycles.order.containsKey(name)) {
                cycles.visit(name);
            }
        }
        return cycles;
    }

    private void add(JavaClass type) {
        String from = topLevel(type);
        Map<String, String> to = uses.computeIfAbsent(from, name -> new TreeMap<>());
        for (Dependency use : type.getDirectDependenciesFromSelf()) {
            JavaClass target = use.getTargetClass().getBaseComponentType();
            if (target.getPackageName().equals(type.getPackageName())
                    && !topLevel(target).equals(from)) {
                to.putIfAbsent(topLevel(target), from + " -> " + topLevel(target) + ": " + use.getDescription());
            }
        }
    }

    private static String topLevel(JavaClass type) {
        JavaClass at = type;
        while (at.getEnclosingClass().isPresent()) {
            at = at.getEnclosingClass().get();
        }
        return at.getSimpleName();
    }

    private void visit(String name) {
        order.put(name, order.size());
        lowest.put(name, order.get(name));
        open.push(name);
        for (String next : uses.get(name).keySet()) {
            if (!order.containsKey(next)) {
                visit(next);
                lowest.merge(name, lowest.get(next), Math::min);
            } else if (open.contains(next)) {
                lowest.merge(name, order.get(next), Math::min);
            }
        }
        if (lowest.get(name).equals(order.get(name))) {
            Set<String> cycle = new TreeSet<>();
            String last;
            do {
                last = open.pop();
                cycle.add(last);
            } while (!last.equals(name));
            if (cycle.size() > 1) {
                found.add(cycle);
            }
        }
    }
}
