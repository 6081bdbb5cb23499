package org.sigkevent.core;

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
    String members = "";

    /** As text, several lines. */
    String text() {
        return "kevent queue " + fd + state
                + "\n  engine       " + engine + ": " + why
                + "\n  capacity     " + limit
                + "\n  armed        " + armed
                + "\n  unread       " + unread + ", at most " + highWater
                + "\n  posted       " + posted + ", refused " + refused + ", overruns " + overruns
                + "\n  waiters      " + waiters + ", woken " + wakeUps
                + "\n  deadlines    " + deadlines
                + "\n  in flight    " + inFlight
                + "\n  members      " + members
                + "\n  driver       " + driver
                + "\n  system calls " + systemCalls;
    }
}
