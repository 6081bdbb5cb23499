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
        return """
                kevent queue %d%s
                  engine       %s: %s
                  capacity     %d
                  armed        %d
                  unread       %d, at most %d
                  posted       %d, refused %d, overruns %d
                  waiters      %s, woken %d
                  deadlines    %d
                  in flight    %d
                  members      %s
                  driver       %s
                  system calls %d""".formatted(
                        fd,
                        state,
                        engine,
                        why,
                        limit,
                        armed,
                        unread,
                        highWater,
                        posted,
                        refused,
                        overruns,
                        waiters,
                        wakeUps,
                        deadlines,
                        inFlight,
                        members,
                        driver,
                        systemCalls);
    }
}
