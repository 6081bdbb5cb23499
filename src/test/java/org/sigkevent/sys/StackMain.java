package org.sigkevent.sys;

import java.util.function.IntSupplier;

/**
 * Prints how many bytes {@link Stack#reserve} asks for, at least: as many as so many frames of a small method need. Its methods must
 * not be put into each other by the compiler ({@link #SEPARATE}).
 */
public final class StackMain {
    private static final int STACK = 1 << 20;
    private static final int ROUNDS = 8;
    static final String QUIET = "-XX:CompileCommand=quiet";
    static final String SEPARATE = "-XX:CompileCommand=dontinline,org.sigkevent.sys.StackMain*::*";
    private static int sink;

    private StackMain() {}

    public static void main(String[] args) throws InterruptedException {
        // before the first call, whose thread ends: the C library gives a thread the larger stack of one that has ended
        Thread thread = new Thread(null, StackMain::measure, "measure", STACK);
        thread.start();
        thread.join();
    }

    private static void measure() {
        for (int i = 0; i < 100_000; i++) {
            Stack.reserve();
        }
        IntSupplier nothing = new Nothing();
        IntSupplier reserve = new Reserve();
        int reserved = 0;
        // the first rounds are for the compilers
        for (int round = 0; round < ROUNDS; round++) {
            int all = deepest(nothing);
            int less = deepest(reserve);
            // a part of the stack is kept by the JVM: a frame is less than this
            int frame = STACK / all;
            reserved = (all - less) * frame;
        }
        System.out.println(reserved);
    }

    /** The depth at which it can just be called. */
    private static int deepest(IntSupplier call) {
        int passes = 0;
        int fails = STACK;
        while (fails - passes > 1) {
            int depth = (passes + fails) / 2;
            try {
                sink += down(depth, call);
                passes = depth;
            } catch (StackOverflowError tooDeep) {
                fails = depth;
            }
        }
        return passes;
    }

    private static int down(int depth, IntSupplier call) {
        return depth == 0 ? call.getAsInt() : down(depth - 1, call) + 1;
    }

    private static final class Nothing implements IntSupplier {
        @Override
        public int getAsInt() {
            return 1;
        }
    }

    private static final class Reserve implements IntSupplier {
        @Override
        public int getAsInt() {
            Stack.reserve();
            return 1;
        }
    }
}
