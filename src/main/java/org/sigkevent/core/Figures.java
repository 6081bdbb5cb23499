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
}
