package bench;

import java.io.IOException;
import java.util.Arrays;
import org.sigkevent.Aiocb;

/**
 * How long the calls take that start 32 requests, and what share they have of the time until all are done: a call that waits
 * for the disk has nearly all.
 */
final class StartingCalls implements Figures {
    private static final int COUNT = 32;
    private static final int MOST_TURNS = 10_000;
    private static final long ROUND_NANOS = 300_000_000;
    private static final int WARM_UPS = 8;

    private final Requests requests;
    private final long[] calls = new long[MOST_TURNS * COUNT];
    private final long[] turns = new long[MOST_TURNS];

    StartingCalls(IoFile file, int flags) throws IOException {
        requests = new Requests(file, COUNT, flags);
        for (int i = 0; i < WARM_UPS; i++) {
            figures((value, unit) -> {});
        }
    }

    @Override
    public void figures(Rounds.Sink sink) {
        int turn = 0;
        long inCalls = 0;
        long begin = System.nanoTime();
        long end = begin;
        for (; turn < MOST_TURNS && end - begin < ROUND_NANOS; turn++) {
            long first = System.nanoTime();
            long before = first;
            for (int i = 0; i < COUNT; i++) {
                Aiocb cb = requests.all[i];
                requests.begin(cb);
                long after = System.nanoTime();
                calls[turn * COUNT + i] = after - before;
                before = after;
            }
            inCalls += before - first;
            for (int i = 0; i < COUNT; i++) {
                requests.finish();
            }
            end = System.nanoTime();
            turns[turn] = end - first;
        }
        Arrays.sort(calls, 0, turn * COUNT);
        Arrays.sort(turns, 0, turn);
        sink.add(calls[turn * COUNT / 2], Unit.NANOS.text);
        sink.add(100.0 * inCalls / (end - begin), "% of the time in the calls");
        sink.add(turns[turn / 2], "ns until all 32 are done");
    }
}
