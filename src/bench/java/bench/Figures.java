package bench;

/** Work that takes its own figures: how late, how large. */
interface Figures extends Work {
    /** One round. */
    void figures(Rounds.Sink sink) throws Exception;

    @Override
    default void run(int operations, Stopwatch watch) {
        throw new IllegalStateException("takes its own figures");
    }
}
