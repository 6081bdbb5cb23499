package bench;

/**
 * A number of operations, done one after the other. The subjects of a group take turns: one whose own threads work also while it waits
 * for its turn starts them in {@link #begin} and ends them in {@link #end}.
 */
interface Work {
    /** Does them, and has the watch time each, where a single operation means something. */
    void run(int operations, Stopwatch watch) throws Exception;

    /** Called before a round, and before the warm-up. */
    default void begin() throws Exception {}

    /** Called after it. */
    default void end() throws Exception {}
}
