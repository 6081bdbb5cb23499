package org.sigkevent.compat;

import java.util.Arrays;
import java.util.regex.Pattern;

/** Where this library and the C library answer differently, and why. */
enum Deviation {
    A_BLOCK_THAT_STANDS_FOR_NO_REQUEST(
            Family.AIO,
            "A block that was never submitted, or whose result was taken, has no status and no result; the C library reads the struct.",
            "error \\d => (0|\\d+) => -1 22",
            "return \\d => -?\\d+ (data \\d+) => -1 data \\d+"),
    A_WAITING_READ_IS_CANCELLED(
            Family.AIO,
            "A request that waits for data can be cancelled; a thread of the C library that is blocked in read cannot be stopped.",
            "blocked \\d [12] \\d+ => (.*)cancel 1 end 0 5 .* => .*cancel 0 end 125 -1 .*"),
    A_RESULT_TAKEN_EARLY(
            Family.AIO,
            "aio_return of a request that is not done is EINPROGRESS; the C library gives what the struct holds.",
            "blocked \\d \\d \\d+ => .*early (-1|0) 0 .* => .*early -1 115 .*"),
    REFUSED_AT_THE_CALL(
            Family.AIO,
            "What can be known at the call (a closed descriptor, offset, length, buffer) is refused by it; the C library makes it the status.",
            "(read|write) .* => 0 => -1 (9|14|22)",
            "fsync .* => 0 => -1 (9|22)",
            "(error|return|suspend|cancel|take).* after REFUSED_AT_THE_CALL => .* => .*"),
    AN_UNUSABLE_LIST_SIGEVENT(
            Family.AIO,
            "A sigevent that is none is refused; the C library accepts it and never notifies.",
            "list 1 99 .* => 0 .* => -1 22 .*"),
    A_BAD_ELEMENT_SHOWS_IN_THE_ANSWER(
            Family.AIO,
            "An element that is refused makes lio_listio with LIO_NOWAIT say EIO; the C library finds out later.",
            "list 1 .* => (0|-1 22) .* => -1 5 .*"),
    SUSPEND_CHECKS_ITS_TIME_LIMIT(
            Family.AIO,
            "A time limit out of range is EINVAL at once; the C library looks at it when it waits.",
            "suspend .* => (0|-1 11) => -1 22"),
    TWO_FAULTS(
            Family.AIO,
            "A request with several faults (descriptor, offset, length, buffer, priority) tells one of them, not always the same.",
            "(read|write) .* null => -1 22 => -1 14",
            "list .* => (0|-1 5) .*(9|14|22|27) .*notified.* => (0|-1 5) .*(9|14|22) .*notified.*"),
    CANCEL_OF_A_BLOCK_OF_ANOTHER_DESCRIPTOR(
            Family.AIO,
            "Is EINVAL, also when the descriptor given is not open; the C library looks at the descriptor first.",
            "cancel .* => -1 9 => -1 22"),
    NEGATIVE_OFFSET_OF_A_PIPE(
            Family.AIO,
            "The offset does not matter where a descriptor cannot seek; the C library tries pread first, which says EINVAL.",
            "blocked \\d \\d -1 => 0 end 22 -1 .* => 0 end 0 5 .*"),
    TIME_LIMIT_IS_NOT_LOOKED_AT_WITHOUT_WAITING(
            Family.MQ,
            "A time limit out of range is EINVAL where the call would wait only; Linux looks at it first.",
            "mq_(send|receive) 6 .* 1 (-1 0|1000 -1|1000 1000000000) => -1 22 => 0.*|5 .*",
            "mq_.* after TIME_LIMIT_IS_NOT_LOOKED_AT_WITHOUT_WAITING => 0|5 .*|-1 22|-1 110 => 0|5 .*|-1 22|-1 110"),
    NO_ACCESS_MODE(
            Family.MQ,
            "O_RDWR with O_WRONLY is EINVAL here; Linux makes the queue, or says what else is wrong.",
            "mq_open 7 .* => (0|-1 \\d+) => -1 22"),
    A_SIGNAL_THAT_WOULD_END_THE_JVM(
            Family.TIMER,
            "A signal that nothing handles is refused, the SIGALRM of a null sigevent too; the C library cannot know.",
            "create 5 .* => 0 => -1 22"),
    A_DISARMED_TIMER_OF_SIGEV_NONE(
            Family.TIMER,
            "Linux goes on to tell the time until the expiry that was disarmed, where nothing notifies; POSIX and this library say 0.",
            "[gs]ettime .* of a SIGEV_NONE timer that is disarmed => 0 value ~\\d+ interval 0 => 0 value ~0 interval 0");

    enum Family {
        AIO,
        TIMER,
        MQ
    }

    final Family family;
    /** The reason. */
    final String text;

    private final Pattern[][] cases;

    /** Each case: the operation, what the C library answers, what this library answers, joined by " => ". */
    Deviation(Family family, String text, String... cases) {
        this.family = family;
        this.text = text;
        this.cases = new Pattern[cases.length][3];
        for (int i = 0; i < cases.length; i++) {
            String[] parts = cases[i].split(" => ");
            for (int k = 0; k < 3; k++) {
                this.cases[i][k] = Pattern.compile(parts[k]);
            }
        }
    }

    /** Whether it leaves its mark on what the operation worked on. */
    boolean lasts() {
        return Arrays.stream(cases).anyMatch(one -> one[0].pattern().endsWith("after " + name()));
    }

    /** The deviation that explains these answers, or null. */
    static Deviation of(Family family, String operation, String theirs, String ours) {
        for (Deviation deviation : values()) {
            for (Pattern[] one : deviation.cases) {
                if (deviation.family == family
                        && one[0].matcher(operation).matches()
                        && one[1].matcher(theirs).matches()
                        && one[2].matcher(ours).matches()) {
                    return deviation;
                }
            }
        }
        return null;
    }
}
