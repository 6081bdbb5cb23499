package bench;

/** A number of operations, done one after the other. */
interface Work {
    /** Does them, and has the watch time each, where a single operation means something. */
    void run(int operations, Stopwatch watch) throws Exception;
}
