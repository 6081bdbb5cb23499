package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sigkevent.signal.Instance;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** SIGEV_SIGNAL and SIGEV_THREAD_ID: the signals that arrive, and what stands in their siginfo. */
@Timeout(120)
class SignalDeliveryTest {
    private static final int SIGNO = Signal.SIGRTMIN + 12;
    private static final long VALUE = 0x8123_4567_89ab_cdefL;

    private static SigEvent signal(int signo, long value) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        event.sigev_value = SigVal.of(value);
        return event;
    }

    @ParameterizedTest
    @EnumSource
    void aSignalThatAHandlerTakesHasCodeAndValueOfItsSource(EventSource.Kind kind) {
        int kfd = Support.queue(4);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, SIGNO));
        try (EventSource source = kind.make()) {
            // nobody handles it yet
            refused(EINVAL, source.register(signal(SIGNO, VALUE)));
            KeventEvent taken = KeventEvent.signals(set, false, SigVal.of(1));
            ok(Kevent.kevent_submit(kfd, taken, 0, null));
            ok(source.register(signal(SIGNO, VALUE)));
            source.fire();
            KeventRecord record = Support.take(kfd);
            assertEquals(Kevent.KEVENT_SIGNAL, record.id);
            assertEquals(SIGNO, record.descriptor);
            assertEquals(kind.code, record.result);
            assertEquals(VALUE, record.data0);
            // the words that are si_pid and si_uid for others are si_timerid and si_overrun for a timer
            long own = Instance.pair(Native.C.getpid(), Native.C.getuid());
            assertEquals(
                    switch (kind) {
                        case TIMER -> Instance.pair(source.descriptor(), 0);
                        case MQ -> 0;
                        default -> own;
                    },
                    record.data1);
        }
        Support.destroy(kfd);
        Support.giveBack(SIGNO);
    }

    @Test
    void aTimersSignalHasItsOverruns() {
        int kfd = Support.queue(4);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, SIGNO + 1));
        ok(Kevent.kevent_submit(kfd, KeventEvent.signals(set, false, null), 0, null));
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, signal(SIGNO + 1, 5), timer));
        armWithOverruns(timer[0], 7);
        KeventRecord record = Support.take(kfd);
        assertEquals(Signal.SI_TIMER, record.result);
        assertEquals(timer[0], (int) (record.data1 >>> 32));
        assertEquals(7, (int) record.data1);
        assertEquals(7, Time.timer_getoverrun(timer[0]));
        ok(Time.timer_delete(timer[0]));
        Support.destroy(kfd);
    }

    /** Arms a timer at a time of the past, from which so many whole periods have gone by. */
    private static void armWithOverruns(int timer, int overruns) {
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(Time.CLOCK_MONOTONIC, now));
        long period = 20_000_000_000L / overruns;
        ItimerSpec spec = new ItimerSpec();
        spec.it_interval = TimeSpec.ofNanos(period);
        spec.it_value = TimeSpec.ofNanos(now.toNanos() - overruns * period - 1000);
        ok(Time.timer_settime(timer, Time.TIMER_ABSTIME, spec, null));
    }

    @ParameterizedTest
    @EnumSource
    void aSignalForOneThreadArrivesAtThatThread(EventSource.Kind kind) throws Exception {
        int signo = SIGNO + 2;
        AtomicInteger tid = new AtomicInteger();
        CountDownLatch registered = new CountDownLatch(1);
        FutureTask<SignalDeliveryMain.Info> taker = Support.start(() -> {
            SignalDeliveryMain.Waiting waiting = new SignalDeliveryMain.Waiting(signo);
            waiting.block();
            tid.set(Linux.gettid());
            registered.await();
            return waiting.next();
        });
        Support.until("the thread has the signal blocked", () -> tid.get() != 0);
        try (EventSource source = kind.make()) {
            SigEvent event = signal(signo, VALUE);
            // not every thread has it blocked
            refused(EINVAL, source.register(event));
            event.sigev_notify = Signal.SIGEV_THREAD_ID;
            event.sigev_notify_thread_id = tid.get();
            ok(source.register(event));
            registered.countDown();
            source.fire();
            arrived(kind, signo, Support.get(taker));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aThreadThatWaitsInSigtimedwaitCountsAsBlockingTheSignal(EventSource.Kind kind) throws Exception {
        int signo = SIGNO + 2;
        AtomicInteger tid = new AtomicInteger();
        FutureTask<SignalDeliveryMain.Info> taker = Support.start(() -> {
            SignalDeliveryMain.Waiting waiting = new SignalDeliveryMain.Waiting(signo);
            waiting.block();
            tid.set(Linux.gettid());
            return waiting.next();
        });
        Support.until("the thread waits", () -> tid.get() != 0 && SignalDeliveryMain.waits(tid.get()));
        try (EventSource source = kind.make()) {
            SigEvent event = signal(signo, VALUE);
            event.sigev_notify = Signal.SIGEV_THREAD_ID;
            event.sigev_notify_thread_id = tid.get();
            ok(source.register(event));
            source.fire();
            arrived(kind, signo, Support.get(taker));
        }
    }

    private static void arrived(EventSource.Kind kind, int signo, SignalDeliveryMain.Info info) {
        assertEquals(signo, info.signo());
        assertEquals(kind.code, info.code());
        assertEquals(VALUE, info.value());
    }

    @Test
    void aJvmThatWasStartedWithSignalsBlockedTakesThemWithSigtimedwait(@TempDir Path directory) throws Exception {
        Path launcher = launcher(directory);
        List<String> command = new ArrayList<>(List.of(launcher.toString(), "" + Signal.SIGALRM, "" + SIGNO, "--"));
        command.addAll(ChildJvm.command(SignalDeliveryMain.class.getName(), "" + SIGNO));
        ChildJvm.run(directory, command).succeeded("all signals came");
    }

    /** A program that blocks the signals it is given the numbers of and then becomes the command behind the "--". */
    private static Path launcher(Path directory) throws IOException, InterruptedException {
        Path source = directory.resolve("blocked.c");
        Path program = directory.resolve("blocked");
        Files.write(
                source,
                List.of(
                        "#include <signal.h>",
                        "#include <stdlib.h>",
                        "#include <string.h>",
                        "#include <unistd.h>",
                        "int main(int argc, char **argv)",
                        "{",
                        "    sigset_t set;",
                        "    int i = 1;",
                        "    sigemptyset(&set);",
                        "    while (i < argc && strcmp(argv[i], \"--\") != 0)",
                        "        sigaddset(&set, atoi(argv[i++]));",
                        "    sigprocmask(SIG_BLOCK, &set, 0);",
                        "    execv(argv[i + 1], argv + i + 1);",
                        "    return 126;",
                        "}"));
        Process compiler;
        try {
            compiler = new ProcessBuilder("cc", "-o", program.toString(), source.toString())
                    .inheritIO()
                    .start();
        } catch (IOException none) {
            assumeTrue(false, "there is no C compiler to build the launcher with: " + none.getMessage());
            throw none;
        }
        assertEquals(0, compiler.waitFor(), "cc");
        assertTrue(Files.isExecutable(program));
        return program;
    }
}
