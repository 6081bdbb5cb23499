package reload;

import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stat.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.*;

import java.nio.charset.StandardCharsets;
import org.sigkevent.ItimerSpec;
import org.sigkevent.SigAction;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.Stat;
import org.sigkevent.TimeSpec;

/**
 * A small server that signals drive: a timer has it look how large a file is, a real-time signal reloads its settings, SIGTERM ends
 * it in order. Handlers only take notes; main sleeps in sigsuspend and does the work. reload.c beside this file is the same in C.
 *
 * <p>Usage: {@code Reload SETTINGS}, then {@code kill -s RTMIN+1 PID} and {@code kill PID}. SETTINGS has lines of a name and a value:
 * "file NAME", "interval MILLISECONDS", "limit BYTES". Without an argument the server makes one, changes it, and ends itself.
 */
public final class Reload {
    private static final int MILLI = 1_000_000;
    private static final int LOOK = SIGRTMIN;
    private static final int RELOAD = SIGRTMIN + 1;

    private static final class Settings {
        String file = "";
        long interval;
        long limit;
    }

    private static volatile boolean look;
    private static volatile boolean reload;
    private static volatile boolean end;

    private static Settings settings = new Settings();
    private static final int[] timer = new int[1];
    private static long looks;
    private static long over;

    private Reload() {}

    private static void die(String what) {
        perror(what);
        System.exit(1);
    }

    private static void onSignal(int signo) {
        switch (signo) {
            case SIGTERM:
                end = true;
                break;
            case LOOK:
                look = true;
                break;
            default:
                reload = true;
        }
    }

    private static void handle(int signo) {
        SigAction action = new SigAction();
        action.sa_handler = Reload::onSignal;
        sigemptyset(action.sa_mask);
        if (sigaction(signo, action, null) < 0) {
            die("sigaction");
        }
    }

    private static long number(String digits) {
        return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : 0;
    }

    /** Reads the settings into a new object; what is in use stays as it is when the file is wrong. */
    private static int load(String path, Settings into) {
        byte[] text = new byte[4096];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return -1;
        }
        int length = (int) read(fd, text, text.length);
        close(fd);
        if (length < 0) {
            return -1;
        }
        for (String line : new String(text, 0, length, StandardCharsets.UTF_8).split("\n")) {
            if (line.startsWith("file ")) {
                into.file = line.substring(5);
            } else if (line.startsWith("interval ")) {
                into.interval = number(line.substring(9));
            } else if (line.startsWith("limit ")) {
                into.limit = number(line.substring(6));
            }
        }
        if (into.file.isEmpty() || into.interval < 1 || into.limit < 1) {
            errno(EINVAL);
            return -1;
        }
        return 0;
    }

    private static void use(Settings loaded) {
        ItimerSpec spec = new ItimerSpec();
        settings = loaded;
        spec.it_value.tv_sec = settings.interval / 1000;
        spec.it_value.tv_nsec = settings.interval % 1000 * MILLI;
        spec.it_interval = new TimeSpec(spec.it_value.tv_sec, spec.it_value.tv_nsec);
        if (timer_settime(timer[0], 0, spec, null) < 0) {
            die("timer_settime");
        }
        System.out.printf("watching %s every %d ms, limit %d%n", settings.file, settings.interval, settings.limit);
    }

    private static void onReload(String path) {
        Settings loaded = new Settings();
        if (load(path, loaded) < 0) {
            System.out.printf("settings kept: %s%n", strerror(errno()));
        } else {
            use(loaded);
        }
    }

    private static void onLook() {
        Stat status = new Stat();
        looks++;
        if (stat(settings.file, status) < 0) {
            perror(settings.file);
        } else if (status.st_size > settings.limit) {
            over++;
            System.out.printf("%d bytes are over the limit of %d%n", status.st_size, settings.limit);
        }
    }

    private static void writeSettings(String path, long interval, long limit) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0) {
            die(path);
        }
        byte[] text = String.format("file %s%ninterval %d%nlimit %d%n", path, interval, limit)
                .getBytes(StandardCharsets.UTF_8);
        if (write(fd, text, text.length) < 0) {
            die(path);
        }
        close(fd);
    }

    /** What an administrator would do, when there is none: after 3 looks other settings, after 6 the end. */
    private static void administer(String path) {
        if (looks == 3) {
            writeSettings(path, 20, 1);
            kill(getpid(), RELOAD);
        } else if (looks == 6) {
            kill(getpid(), SIGTERM);
        }
    }

    public static void main(String[] args) {
        if (args.length > 1) {
            System.err.println("usage: Reload [SETTINGS]");
            System.exit(2);
        }
        String path = args.length < 1 ? "/tmp/reload-" + getpid() + ".settings" : args[0];
        if (args.length < 1) {
            writeSettings(path, 10, 1000000);
        }

        SigSet blocked = new SigSet();
        SigSet before = new SigSet();
        sigemptyset(blocked);
        sigaddset(blocked, LOOK);
        sigaddset(blocked, RELOAD);
        sigaddset(blocked, SIGTERM);
        if (sigprocmask(SIG_BLOCK, blocked, before) < 0) {
            die("sigprocmask");
        }
        handle(LOOK);
        handle(RELOAD);
        handle(SIGTERM);

        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = LOOK;
        if (timer_create(CLOCK_MONOTONIC, event, timer) < 0) {
            die("timer_create");
        }
        Settings first = new Settings();
        if (load(path, first) < 0) {
            die(path);
        }
        use(first);

        while (!end) {
            sigsuspend(before); // the only time in which a handler runs
            if (reload) {
                reload = false;
                onReload(path);
            }
            if (look) {
                look = false;
                onLook();
                if (args.length < 1) {
                    administer(path);
                }
            }
        }

        timer_delete(timer[0]);
        if (args.length < 1) {
            unlink(path);
        }
        System.out.printf("ended after %d looks, %d over the limit%n", looks, over);
    }
}
