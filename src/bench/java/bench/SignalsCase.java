package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_take;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;

/** Real-time signals that another process sends: as fast as they come, and one at a time. */
final class SignalsCase {
    /** Takes one signal. */
    private interface Taker {
        void take();
    }

    private final SigSet set = new SigSet();
    private final OutputStream toSender;
    private final ByteBuffer count = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());

    private SignalsCase() throws IOException, InterruptedException {
        Signal.sigaddset(set, Signal.SIGRTMIN);
        Path program = new Peers(Path.of("src", "bench", "c"), Path.of("target", "bench", "c")).compile("signals");
        if (program == null) {
            throw new IOException("the sender is in C, and cc is missing or failed");
        }
        toSender = new ProcessBuilder(
                        program.toString(),
                        "send",
                        Long.toString(ProcessHandle.current().pid()),
                        Integer.toString(Signal.SIGRTMIN))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .getOutputStream();
    }

    static List<Group> groups() {
        return List.of(
                new Group("signals of another process, a stream", Unit.PER_SECOND)
                        .ours("KEVENT_SIGNAL", () -> stream(SignalsCase::events))
                        .ours("sigwaitinfo", () -> stream(SignalsCase::waits))
                        .program("signals", "stream"),
                new Group("signals of another process, one at a time", Unit.PER_SECOND)
                        .ours("KEVENT_SIGNAL", () -> turns(SignalsCase::events))
                        .ours("sigwaitinfo", () -> turns(SignalsCase::waits))
                        .program("signals", "turns"));
    }

    private interface Kind {
        Taker of(SignalsCase signals);
    }

    private static Work stream(Kind kind) throws IOException, InterruptedException {
        SignalsCase signals = new SignalsCase();
        Taker taker = kind.of(signals);
        return (operations, watch) -> {
            signals.ask(operations);
            for (int i = 0; i < operations; i++) {
                taker.take();
            }
        };
    }

    private static Work turns(Kind kind) throws IOException, InterruptedException {
        SignalsCase signals = new SignalsCase();
        Taker taker = kind.of(signals);
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                signals.ask(1);
                taker.take();
                watch.stop(started);
            }
        };
    }

    private void ask(int signals) throws IOException {
        toSender.write(count.putInt(0, signals).array());
        toSender.flush();
    }

    private Taker events() {
        int kfd = ok(kevent_init(1024));
        ok(kevent_submit(kfd, KeventEvent.signals(set, false, SigVal.of(1)), 0, null));
        KeventRecord record = new KeventRecord();
        return () -> {
            ok(kevent_take(kfd, record, null));
            if (record.error != 0) {
                throw new IllegalStateException(record.toString());
            }
        };
    }

    private Taker waits() {
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set, null));
        SigInfo info = new SigInfo();
        return () -> ok(Signal.sigwaitinfo(set, info));
    }
}
