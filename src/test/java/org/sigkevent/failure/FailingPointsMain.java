package org.sigkevent.failure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Lets the points of the public calls fail one after the other, in a JVM with {@link FailingPointsAgent}. It writes one line for each
 * point that it tries, for each rule that a failure broke, and for each call; it ends with status 4 when the process can no longer be
 * trusted, and is then started again behind that point by {@link FailingPointsRun}.
 *
 * <p>Arguments: {@code all} a call, a point and a way to begin at, and a step; {@code one} a call and a point (0: all of the call); or
 * {@code sample} a seed and seconds.
 */
public final class FailingPointsMain {
    static final int POISONED = 4;

    private FailingPointsMain() {}

    /** All public calls, in a fixed order. */
    static List<PublicCall> calls() throws Exception {
        List<PublicCall> all = new ArrayList<>();
        QueueCalls.list(all);
        KindCalls.list(all);
        AioCalls.list(all);
        TimerCalls.list(all);
        MqCalls.list(all);
        SignalCalls.list(all);
        HandFilledCalls.list(all);
        PieceCalls.list(all);
        HeaderCalls.list(all);
        ElsewhereCalls.list(all);
        TakingCalls.list(all);
        return all;
    }

    public static void main(String[] args) throws Exception {
        Watchdog.start();
        Trial.warmUp();
        if (!FailingPoints.seesSystemCalls()) {
            throw new IllegalStateException("the agent is not there");
        }
        List<PublicCall> all = calls();
        if (args[0].equals("all")) {
            int first = Integer.parseInt(args[1]);
            long step = Long.parseLong(args[4]);
            for (int i = first; i < all.size(); i++) {
                boolean here = i == first;
                points(all.get(i), i, here ? Long.parseLong(args[2]) : 1, here ? Integer.parseInt(args[3]) : 0, step);
            }
        } else if (args[0].equals("sample")) {
            sample(all, Long.parseLong(args[1]), Long.parseLong(args[2]));
        } else {
            one(all, args);
        }
        System.out.println("DONE");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void one(List<PublicCall> all, String[] args) throws Exception {
        long point = Long.parseLong(args[2]);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name.startsWith(args[1])) {
                if (point == 0) {
                    points(all.get(i), i, 1, 0, 1);
                } else {
                    System.out.println(Trial.learn(all.get(i)) + " points in " + all.get(i).name);
                    ways(all.get(i), i, point, 0);
                }
            }
        }
    }

    /** Every point of a call, or every so many-th, from one on. */
    private static void points(PublicCall call, int index, long first, int way, long step) throws Exception {
        Trial.learn(call);
        System.out.println("LEARNT\t" + index + "\t" + call.name);
        long n = first;
        int from = way;
        while (ways(call, index, n, from)) {
            n += step;
            from = 0;
        }
        System.out.println("CALL\t" + index + "\t" + call.name + "\t" + (n - 1));
    }

    /** Every way in which one point can fail; false when the call got through. */
    private static boolean ways(PublicCall call, int index, long n, int first) throws Exception {
        int ways = 1;
        for (int way = first; way < Math.max(ways, first + 1); way++) {
            System.out.println("AT\t" + index + "\t" + n + "\t" + way);
            Trial trial = new Trial(call, n, way);
            trial.run();
            report(trial);
            if (trial.fired == null) {
                return false;
            }
            ways = trial.fired.variants;
        }
        return true;
    }

    private static void report(Trial trial) {
        for (String problem : trial.problems) {
            System.out.println("FAIL\t" + trial.call.name + "\t" + trial.n + "\t" + trial.way + "\t"
                    + (trial.fired == null ? "nothing" : trial.fired.what) + "\t" + trial.outcome() + "\t"
                    + problem.replaceAll("[\\t\\n]", " "));
        }
        if (trial.brokenQueue) {
            System.out.println("BROKEN\t" + trial.call.name + "\t" + trial.n + "\t" + trial.fired.what);
        }
        System.out.flush();
        if (trial.poisoned) {
            Runtime.getRuntime().halt(POISONED);
        }
    }

    private static void sample(List<PublicCall> all, long seed, long seconds) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        PublicCall[] order = all.toArray(new PublicCall[0]);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long tried = 0;
        long[] points = new long[order.length];
        while (System.nanoTime() < end) {
            int i = random.nextInt(order.length);
            PublicCall call = order[i];
            if (points[i] == 0) {
                points[i] = Trial.learn(call);
            }
            long n = 1 + random.nextLong(Math.max(1, points[i]));
            int way = -1 - random.nextInt(60);
            System.out.println("AT\t" + i + "\t" + n + "\t" + way);
            Trial trial = new Trial(call, n, way);
            trial.run();
            report(trial);
            tried += trial.fired == null ? 0 : 1;
        }
        System.out.println("CALL\t-1\tsample of "
                + Arrays.stream(points).filter(p -> p > 0).count() + " calls\t" + tried);
    }
}
