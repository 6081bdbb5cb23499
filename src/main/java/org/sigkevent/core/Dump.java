package org.sigkevent.core;

import java.util.Map;
import java.util.TreeMap;
import org.sigkevent.engine.Engine;
import org.sigkevent.engine.Engines;

/** A queue in words, for someone who wants to know why nothing happens. Drives nothing; its lines are read one after the other. */
final class Dump {
    private final StringBuilder text = new StringBuilder(1000);

    private Dump() {}

    static String of(Queue queue) {
        Dump dump = new Dump();
        dump.write(queue);
        return dump.text.toString();
    }

    private void write(Queue queue) {
        Ring ring = queue.ring();
        Engine engine = queue.engine();
        text.append("kevent queue ")
                .append(ring.fd())
                .append(ring.broken() ? " (its ring is broken)" : queue.dead() ? " (destroyed)" : "");
        line("engine", engine.name() + ": " + Engines.why(engine));
        line("capacity", ring.limit());
        line("armed", ring.held());
        line("unread", ring.unread() + ", at most " + ring.highWater());
        line("posted", ring.posted() + ", refused " + ring.refused() + ", overruns " + queue.overruns());
        line("waiters", queue.room().describe() + ", woken " + queue.wakeUps());
        line("deadlines", queue.deadlines().size());
        line("in flight", engine.inFlight());
        line("resident", residents(queue.residentKinds()));
        line("keeper", queue.needsKeeper() ? "needed" : "not needed");
        line("system calls", engine.systemCalls());
    }

    private void line(String name, Object value) {
        text.append(String.format("%n  %-12s %s", name, value));
    }

    private static String residents(Map<String, Integer> kinds) {
        if (kinds.isEmpty()) {
            return "none";
        }
        StringBuilder all = new StringBuilder();
        new TreeMap<>(kinds)
                .forEach((kind, n) -> all.append(all.length() == 0 ? "" : ", ")
                        .append(n)
                        .append(' ')
                        .append(kind));
        return all.toString();
    }
}
