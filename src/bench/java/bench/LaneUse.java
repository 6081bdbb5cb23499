package bench;

/** A lane that one thread uses from both ends: a state of JMH's. */
public abstract class LaneUse {
    private final Lane lane;
    private final Lane.Taker taker;

    LaneUse(Lane lane) {
        this.lane = lane;
        taker = lane.taker();
    }

    /** Offers so many and takes them; how many. */
    int both(int count) {
        int offered = lane.offer(count);
        int taken = taker.take(count);
        if (offered != count || taken != count) {
            throw new IllegalStateException(offered + " offered, " + taken + " taken");
        }
        return taken;
    }
}
