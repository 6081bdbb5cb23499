package bench;

/**
 * A number of operations, done one after the other. The subjects of a group take turns: one whose own threads work also while it waits
 * for its turn starts them in {@link #begin} and ends them in {@link #end}.
 */
interface Work {
    /** What has to be done before that many, and is not measured. */
    default void prepare(int operations) throws Exception {}

    /** Does them, and has the watch time each, where a single operation means something. */
    void run(int operations, Stopwatch watch) throws Exception;

    /** Called before a round, and before the warm-up. */
    default void begin() throws Exception {}

    /** Called after it. */
    default void end() throws Exception {}
}
