package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.sigkevent.Errno;
import org.sigkevent.Support;

/**
 * Another process, written in C against the C library: it does what a line of its input says and answers with a line of the
 * result, errno and what there is to tell. So the library is tested against an implementation that is not its own.
 */
final class Puppet implements AutoCloseable {
    private static final String SOURCE = """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <mqueue.h>
            #include <signal.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/resource.h>
            #include <sys/syscall.h>
            #include <time.h>
            #include <unistd.h>

            static volatile sig_atomic_t seen[4096], values[4096], count;

            static void with_info(int signo, siginfo_t *info, void *context) {
                (void)context;
                values[count % 4096] = info->si_value.sival_int;
                seen[count++ % 4096] = signo;
            }

            static void plain(int signo) {
                seen[count++ % 4096] = signo;
            }

            static int is(const char *verb, const char *what) {
                return strcmp(verb, what) == 0;
            }

            static int mask(int how, int signo) {
                sigset_t set;
                sigemptyset(&set);
                sigaddset(&set, signo);
                return sigprocmask(how, &set, NULL);
            }

            static long act(const char *verb, const char *text, long a, long b, char *tell) {
                static mqd_t q = -1;
                static char buffer[65536];
                if (is(verb, "open"))
                    return q = mq_open(text, (int)a, 0600, NULL);
                if (is(verb, "send"))
                    return mq_send(q, text, strlen(text), (unsigned)a);
                if (is(verb, "sendz"))
                    return mq_send(q, text, strlen(text) + 1, (unsigned)a);
                if (is(verb, "receive")) {
                    unsigned prio = 0;
                    long n = mq_receive(q, buffer, sizeof buffer, &prio);
                    for (long i = 0; i < n && i < 100; i++)
                        sprintf(tell + 2 * i, "%02x", (unsigned char)buffer[i]);
                    return n;
                }
                if (is(verb, "notify")) {
                    struct sigevent event = {.sigev_notify = SIGEV_NONE};
                    return mq_notify(q, &event);
                }
                if (is(verb, "unnotify"))
                    return mq_notify(q, NULL);
                if (is(verb, "close"))
                    return mq_close(q);
                if (is(verb, "block"))
                    return mask(SIG_BLOCK, (int)a);
                if (is(verb, "unblock"))
                    return mask(SIG_UNBLOCK, (int)a);
                if (is(verb, "unblockall")) {
                    sigset_t none;
                    sigemptyset(&none);
                    return sigprocmask(SIG_SETMASK, &none, NULL);
                }
                if (is(verb, "handle")) {
                    struct sigaction action;
                    memset(&action, 0, sizeof action);
                    sigfillset(&action.sa_mask);
                    action.sa_flags = b ? SA_SIGINFO : 0;
                    if (b)
                        action.sa_sigaction = with_info;
                    else
                        action.sa_handler = plain;
                    return sigaction((int)a, &action, NULL);
                }
                if (is(verb, "seen")) {
                    for (int i = 0; i < count; i++)
                        tell += sprintf(tell, "%d:%d,", (int)seen[i], (int)values[i]);
                    return count;
                }
                if (is(verb, "take")) {
                    sigset_t set;
                    siginfo_t info;
                    struct timespec limit = {b, 0};
                    sigemptyset(&set);
                    sigaddset(&set, (int)a);
                    long signo = sigtimedwait(&set, &info, &limit);
                    if (signo > 0)
                        sprintf(tell, "%d:%ld:%d:%d", info.si_code, (long)info.si_value.sival_ptr, info.si_pid, info.si_uid);
                    return signo;
                }
                if (is(verb, "pending")) {
                    sigset_t set;
                    sigpending(&set);
                    return sigismember(&set, (int)a);
                }
                if (is(verb, "limit")) {
                    struct rlimit limit = {(rlim_t)a, (rlim_t)a};
                    return setrlimit(RLIMIT_SIGPENDING, &limit);
                }
                if (is(verb, "kill"))
                    return kill((pid_t)a, (int)b);
                if (is(verb, "tgkill"))
                    return syscall(SYS_tgkill, (long)getppid(), a, b);
                errno = ENOSYS;
                return -1;
            }

            int main(void) {
                char line[512];
                static char tell[65536];
                while (fgets(line, sizeof line, stdin)) {
                    char verb[32] = "", text[300] = "";
                    long a = 0, b = 0;
                    sscanf(line, "%31s %299s %ld %ld", verb, text, &a, &b);
                    tell[0] = 0;
                    errno = 0;
                    long result = act(verb, text, a, b, tell);
                    int error = result < 0 ? errno : 0;
                    printf("%ld %d %s\\n", result, error, tell);
                    fflush(stdout);
                }
                return 0;
            }
            """;

    /** The compiled program, one for all tests of the JVM; or why there is none. */
    private static final class Program {
        static final Path PATH;
        static final String WHY_NOT;

        static {
            Path made = null;
            String why = null;
            try {
                Path directory = Files.createTempDirectory("sigkevent-puppet");
                directory.toFile().deleteOnExit();
                Path source = directory.resolve("puppet.c");
                Path program = directory.resolve("puppet");
                source.toFile().deleteOnExit();
                program.toFile().deleteOnExit();
                Files.writeString(source, SOURCE);
                Path log = directory.resolve("log");
                log.toFile().deleteOnExit();
                int status = new ProcessBuilder("cc", "-O1", "-o", program.toString(), source.toString(), "-lrt")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start()
                        .waitFor();
                if (status != 0) {
                    throw new AssertionError("cc: " + Files.readString(log));
                }
                made = program;
            } catch (IOException noCompiler) {
                why = "no C compiler to make another process with: " + noCompiler.getMessage();
            } catch (InterruptedException stopped) {
                throw new AssertionError(stopped);
            }
            PATH = made;
            WHY_NOT = why;
        }
    }

    /** What a command answered. */
    static final class Reply {
        final long result;
        final int errno;
        final String told;

        Reply(String line) {
            String[] words = line.split(" ", 3);
            result = Long.parseLong(words[0]);
            errno = Integer.parseInt(words[1]);
            told = words.length > 2 ? words[2] : "";
        }

        Reply answers(long expected) {
            assertEquals(expected, result, () -> Errno.strerror(errno) + " " + told);
            return this;
        }

        Reply succeeds() {
            assertEquals(0, errno, () -> Errno.strerror(errno));
            return this;
        }

        void refused(int expected) {
            assertEquals(-1, result);
            assertEquals(Errno.strerror(expected), Errno.strerror(errno));
        }

        /** A message's bytes. */
        String text() {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < told.length(); i += 2) {
                text.append((char) Integer.parseInt(told.substring(i, i + 2), 16));
            }
            return text.toString();
        }
    }

    private final Process process;
    private final BufferedWriter to;
    private final BufferedReader from;

    private Puppet(Process process) {
        this.process = process;
        to = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII));
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    static Puppet start() {
        assumeTrue(Program.PATH != null, Program.WHY_NOT);
        try {
            return new Puppet(new ProcessBuilder(Program.PATH.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    int pid() {
        return (int) process.pid();
    }

    /** Has it do something; the reply must come soon. */
    Reply ask(String verb, Object... words) {
        tell(verb, words);
        return reply();
    }

    /** Has it begin something that may block. */
    void tell(String verb, Object... words) {
        StringBuilder line = new StringBuilder(verb);
        if (words.length == 0 || words[0] instanceof Number) {
            // the place of the text
            line.append(" -");
        }
        for (Object word : words) {
            line.append(' ').append(word);
        }
        try {
            to.write(line.append('\n').toString());
            to.flush();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    Reply reply() {
        FutureTask<String> line = Support.start(from::readLine);
        try {
            String text = Support.get(line);
            if (text == null) {
                throw new AssertionError("the child has ended, status " + process.waitFor());
            }
            return new Reply(text);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /** Waits until it is asleep in a call on a message queue. */
    Puppet untilBlocked() {
        Support.until("the child blocks", () -> Call.asleepInQueue(Path.of("/proc/" + pid())));
        return this;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = Thread.interrupted();
        while (true) {
            try {
                process.waitFor();
                break;
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
