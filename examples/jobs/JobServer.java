package jobs;

import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.SIGEV_KEVENT;
import static org.sigkevent.Time.*;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/**
 * A job server: takes shell commands from a POSIX message queue, the most urgent first, and runs a few at a time, each with a
 * time limit. Messages, ends of processes and time limits come out of one ring. job_server.c beside this file is the same
 * program in C, with signals.
 *
 * <p>Usage: {@code JobServer [-w WORKERS] [-t SECONDS] [-q /queue [-c COMMAND [-p PRIORITY]]]}. With -c it sends a command to the
 * server of that queue. The command {@code stop} ends the server once what it has begun is done. Without -q the server gets
 * jobs from a thread of its own: a checksum of each file in the JDK's {@code lib} directory.
 */
public final class JobServer {
    private static final int MESSAGE_SIZE = 1024;

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    /** A command that runs. It is the cookie of its process's end and of its time limit. */
    private static final class Job {
        int number;
        String command;
        Process process;
        final int[] timer = {-1};
        boolean late;
    }

    private int workers = 4;
    private int seconds = 10;
    private int priority = 1;
    private String queueName;
    private String command;

    private int kfd = -1;
    private int mqd = -1;
    private boolean registered;
    private boolean serves;
    private final byte[] message = new byte[MESSAGE_SIZE];

    private int started;
    private int running;
    private int failed;
    private boolean stopping;

    public static void main(String[] args) {
        JobServer server = new JobServer();
        try {
            if (!server.arguments(args)) {
                System.err.println("usage: JobServer [-w WORKERS] [-t SECONDS] [-q /queue [-c COMMAND [-p PRIORITY]]]");
                System.exit(2);
            }
            if (server.command != null) {
                send(server.queueName, List.of(server.command), server.priority);
                return;
            }
            server.serve();
            if (server.failed > 0) {
                System.exit(1);
            }
        } catch (Failure failure) {
            System.err.println("JobServer: " + failure.getMessage());
            System.exit(1);
        } catch (IOException refused) {
            System.err.println("JobServer: " + refused);
            System.exit(1);
        } catch (InterruptedException nobodyDoesThat) {
            System.err.println("JobServer: interrupted");
            System.exit(1);
        }
    }

    private boolean arguments(String[] args) {
        try {
            for (int i = 0; i < args.length; i += 2) {
                String value = i + 1 < args.length ? args[i + 1] : "";
                switch (args[i]) {
                    case "-w":
                        workers = Integer.parseInt(value);
                        break;
                    case "-t":
                        seconds = Integer.parseInt(value);
                        break;
                    case "-p":
                        priority = Integer.parseInt(value);
                        break;
                    case "-q":
                        queueName = value;
                        break;
                    case "-c":
                        command = value;
                        break;
                    default:
                        return false;
                }
            }
        } catch (NumberFormatException noNumber) {
            return false;
        }
        return workers > 0 && seconds > 0 && (command == null || queueName != null);
    }

    /** What a client does: it waits while the queue is full. */
    private static void send(String queueName, List<String> commands, int priority) throws Failure {
        int mqd = check(mq_open(queueName, O_WRONLY));
        try {
            for (String each : commands) {
                byte[] text = each.getBytes(StandardCharsets.UTF_8);
                check(mq_send(mqd, text, text.length, priority));
            }
        } finally {
            mq_close(mqd);
        }
    }

    private void serve() throws Failure, IOException, InterruptedException {
        boolean alone = queueName == null;
        if (alone) {
            queueName = "/jobs." + ProcessHandle.current().pid();
        }
        try {
            openAll();
            if (alone) {
                feed(Path.of(System.getProperty("java.home"), "lib"));
            }
            run();
        } finally {
            closeAll();
        }
        System.out.println(started + " jobs: " + (started - failed) + " done, " + failed + " failed");
    }

    /** Real work where nobody sends any. */
    private void feed(Path folder) throws IOException {
        List<String> commands;
        try (Stream<Path> all = Files.list(folder)) {
            commands = all.filter(Files::isRegularFile)
                    .sorted()
                    .map(path -> "cksum '" + path + "'")
                    .collect(Collectors.toList());
        }
        Thread client = new Thread(() -> {
            try {
                send(queueName, commands, 1);
                send(queueName, List.of("stop"), 0); // less urgent than any job, so it is the last
            } catch (Failure failure) {
                System.err.println("JobServer: sending jobs: " + failure.getMessage());
                System.exit(1);
            }
        });
        client.setDaemon(true);
        client.start();
    }

    private void openAll() throws Failure {
        kfd = check(kevent_init(2 * workers + 1)); // for each job its end and its limit, and the message queue
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 10;
        attr.mq_msgsize = MESSAGE_SIZE;
        mqd = check(mq_open(queueName, O_RDONLY | O_CREAT | O_NONBLOCK, 0600, attr));
        register(); // EBUSY when another server has the queue
        serves = true;
        System.out.println("serving " + queueName);
    }

    private void register() throws Failure {
        check(mq_notify(mqd, SigEvent.kevent(kfd, new SigVal())));
        registered = true;
    }

    private void run() throws Failure, IOException, InterruptedException {
        KeventRecord event = new KeventRecord();
        takeJobs();
        while (!stopping || running > 0) {
            if (kevent_take(kfd, event, null) < 0) {
                if (errno() == EINTR) {
                    continue;
                }
                throw new Failure("kevent_take: " + message());
            }
            switch (event.id) {
                case KEVENT_MQ:
                    registered = false;
                    break;
                case KEVENT_PROCESS:
                    onEnd((Job) event.object);
                    break;
                case KEVENT_TIMER:
                    onLimit((Job) event.object);
                    break;
                default:
                    throw new Failure("unexpected: " + event);
            }
            takeJobs();
        }
    }

    /**
     * Takes messages as long as a worker is free. Registers first: then either a message is found here, or its arrival in the
     * empty queue gives a record. What stays in the queue because all workers are busy is found when one is free again.
     */
    private void takeJobs() throws Failure, IOException, InterruptedException {
        if (!registered) {
            register();
        }
        while (!stopping && running < workers) {
            long length = mq_receive(mqd, message, message.length, null);
            if (length < 0 && errno() == EAGAIN) {
                return;
            }
            check(length);
            String text = new String(message, 0, (int) length, StandardCharsets.UTF_8).trim();
            if (text.equals("stop")) {
                stopping = true;
            } else {
                start(text);
            }
        }
    }

    private void start(String text) throws Failure, IOException, InterruptedException {
        Job job = new Job();
        job.number = ++started;
        job.command = text;
        check(timer_create(CLOCK_MONOTONIC, notification(job), job.timer));
        ItimerSpec limit = new ItimerSpec();
        limit.it_value = new TimeSpec(seconds, 0);
        check(timer_settime(job.timer[0], 0, limit, null));
        job.process = new ProcessBuilder("sh", "-c", text)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        running++;
        // not waitid: the JDK waits for its children itself, and only one of the two gets the status
        KeventEvent end = KeventEvent.processEnd((int) job.process.pid(), SigVal.of(job));
        if (kevent_submit(kfd, end, KEVENT_NOWAIT, null) < 0) {
            if (errno() != ESRCH) {
                throw new Failure(message());
            }
            onEnd(job); // so quick that the JDK has buried it already
        }
    }

    private SigEvent notification(Job job) {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value.sival_ptr = job;
        return event;
    }

    private void onEnd(Job job) throws Failure, InterruptedException {
        int status = job.process.waitFor(); // it has ended: this is for the JDK's thread to note it
        check(timer_delete(job.timer[0])); // takes back a record of it that is still unread
        running--;
        if (status != 0) {
            failed++;
            System.err.println("job " + job.number
                    + (job.late ? " took more than " + seconds + " s" : " ended with status " + status) + ": "
                    + job.command);
        }
    }

    private void onLimit(Job job) {
        job.late = true;
        job.process.destroyForcibly();
    }

    private void closeAll() {
        kevent_destroy(kfd, null, 0);
        mq_close(mqd);
        if (serves) {
            mq_unlink(queueName);
        }
    }

    private static int check(long result) throws Failure {
        if (result < 0) {
            throw new Failure(message());
        }
        return (int) result;
    }
}
