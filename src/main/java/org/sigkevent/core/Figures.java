package org.sigkevent.core;

import java.util.Map;
import java.util.TreeMap;

/** What a queue has and has done, at one moment. */
public final class Figures {
    public int fd;
    public int limit;
    public int armed;
    public int unread;
    public int highWater;
    public long posted;
    public long refused;
    public long overruns;
    public long wakeUps;
    public long systemCalls;
    public int inFlight;
    public String engine = "";

    String state = "";
    String why = "";
    String waiters = "";
    String driver = "";
    int deadlines;
    Map<String, Integer> members = Map.of();

    /** As text, several lines. */
    String text() {
        StringBuilder text = new StringBuilder(1000);
        text.append("kevent queue ").append(fd).append(state);
        line(text, "engine", engine + ": " + why);
        line(text, "capacity", limit);
        line(text, "armed", armed);
        line(text, "unread", unread + ", at most " + highWater);
        line(text, "posted", posted + ", refused " + refused + ", overruns " + overruns);
        line(text, "waiters", waiters + ", woken " + wakeUps);
        line(text, "deadlines", deadlines);
        line(text, "in flight", inFlight);
        line(text, "members", listOf(members));
        line(text, "driver", driver);
        line(text, "system calls", systemCalls);
        return text.toString();
    }

    private static void line(StringBuilder text, String name, Object value) {
        text.append(String.format("%n  %-12s %s", name, value));
    }

    private static String listOf(Map<String, Integer> counts) {
        if (counts.isEmpty()) {
            return "none";
        }
        StringBuilder all = new StringBuilder();
        new TreeMap<>(counts)
                .forEach((name, n) -> all.append(all.length() == 0 ? "" : ", ")
                        .append(n)
                        .append(' ')
                        .append(name));
        return all.toString();
    }
}
