package org.sigkevent;

import static org.sigkevent.sys.Limits.UNLIMITED;
import static org.sigkevent.sys.Limits.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sigkevent.core.RingLayout;
import org.sigkevent.engine.Engine;
import org.sigkevent.mq.MqCalls;
import org.sigkevent.mq.MqRefusals;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.ProcessLimits;
import org.sigkevent.sys.Settings;
import org.sigkevent.sys.SignalCatchers;

/** The limits that a queue can meet, as they are now, and which of them will be met. */
final class LimitReport {
    /** A program with a few queues and requests needs more. */
    private static final int FEW_DESCRIPTORS = 32;

    private static final int FEW_THREADS = 16;
    private static final int FEW_SIGNALS = 16;

    private final Map<String, String> limits = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    LimitReport(Engine engine) {
        descriptors();
        threads();
        queuedSignals();
        messageQueues();
        files();
        if (engine.asynchronous) {
            limits.put("RLIMIT_MEMLOCK", bytes(Limits.RLIMIT_MEMLOCK) + "; counts for io_uring before Linux 5.12 only");
        }
        netlink();
        signals();
    }

    Map<String, String> limits() {
        return limits;
    }

    List<String> warnings() {
        return warnings;
    }

    private static String bytes(int resource) {
        long limit = Limits.resource(resource);
        return text(limit) + (limit < UNLIMITED && limit >= 0 ? " bytes" : "");
    }

    private void descriptors() {
        long most = Limits.resource(Limits.RLIMIT_NOFILE);
        long open = ProcessLimits.openDescriptors();
        limits.put("RLIMIT_NOFILE", text(most) + " descriptors, " + text(open) + " open");
        // who cannot look has none left to look with
        long left = open < 0 ? 0 : Math.max(0, most - open);
        if (left < FEW_DESCRIPTORS) {
            warnings.add("RLIMIT_NOFILE: " + left
                    + " descriptors are left, and a queue needs two to four, the first one three more: where there are fewer kevent_init fails with"
                    + " EMFILE (ulimit -n, systemd's LimitNOFILE=)");
        }
    }

    private void threads() {
        userThreads();
        long left = ProcessLimits.tasksLeft();
        limits.put("pids.max", (left == UNLIMITED ? "unlimited" : left + " more threads") + " in this cgroup");
        if (left < FEW_THREADS) {
            warnings.add("pids.max: the cgroup allows " + left
                    + " more threads: requests that need a helper will fail with EAGAIN (systemd's TasksMax=, --pids-limit"
                    + " of containers)");
        }
    }

    private void userThreads() {
        long most = Limits.resource(Limits.RLIMIT_NPROC);
        boolean binds = ProcessLimits.threadLimitBinds();
        long now = binds && most >= 0 && most < UNLIMITED ? ProcessLimits.threadsOfUser() : -1;
        limits.put(
                "RLIMIT_NPROC",
                text(most) + " threads of this user"
                        + (now >= 0 ? ", " + now + " there" : binds ? "" : ", which does not bind this process"));
        long left = Math.max(0, most - now);
        if (now >= 0 && left < FEW_THREADS) {
            warnings.add("RLIMIT_NPROC: this user may have " + left
                    + " more threads, in all processes together: without one kevent_init, and requests that need a helper, will"
                    + " fail with EAGAIN (ulimit -u, systemd's LimitNPROC=)");
        }
    }

    private void queuedSignals() {
        long most = Limits.resource(Limits.RLIMIT_SIGPENDING);
        long queued = ProcessLimits.queuedSignals();
        limits.put("RLIMIT_SIGPENDING", text(most) + " queued signals of this user, " + text(queued) + " queued");
        long left = Math.max(0, most - Math.max(0, queued));
        if (most >= 0 && left < FEW_SIGNALS) {
            warnings.add("RLIMIT_SIGPENDING: " + left
                    + " more signals can be queued: without one a call that waits in a thread (a helper's, mq_send, mq_receive, a"
                    + " wait for the ring of another process) is not ended by an interrupt, a cancellation or the end of its queue,"
                    + " and sigqueue fails with EAGAIN (ulimit -i, systemd's LimitSIGPENDING=)");
        }
    }

    private void messageQueues() {
        long most = Limits.resource(Limits.RLIMIT_MSGQUEUE);
        long messages = Limits.messageQueues("msg_default");
        long size = Limits.messageQueues("msgsize_default");
        long one = MqRefusals.bytes(messages, size);
        limits.put("RLIMIT_MSGQUEUE", bytes(Limits.RLIMIT_MSGQUEUE) + " for the message queues of this user");
        for (String name : new String[] {"queues_max", "msg_max", "msgsize_max"}) {
            limits.put("fs.mqueue." + name, text(Limits.messageQueues(name)));
        }
        if (messages < 0) {
            warnings.add(
                    "/proc/sys/fs/mqueue is not there: this kernel, or what stands between it and this process, may have no"
                            + " message queues: mq_open will fail with ENOSYS");
        } else if (most >= 0 && most < one) {
            warnings.add("RLIMIT_MSGQUEUE: " + most + " bytes are fewer than the " + one
                    + " of a message queue of default size: mq_open will fail with EMFILE (ulimit -q, systemd's"
                    + " LimitMSGQUEUE=)");
        }
    }

    private void files() {
        long most = Limits.resource(Limits.RLIMIT_FSIZE);
        limits.put("RLIMIT_FSIZE", bytes(Limits.RLIMIT_FSIZE));
        int capacity = Settings.get().notifyCapacity;
        if (most >= 0 && most < RingLayout.size(capacity)) {
            warnings.add("RLIMIT_FSIZE: " + most + " bytes are enough for queues of " + RingLayout.mostIn(most)
                    + " events: kevent_init of more will fail with EFBIG, and so will SIGEV_SIGNAL and SIGEV_THREAD, which need "
                    + capacity + " (sigkevent.notify.capacity; ulimit -f, systemd's LimitFSIZE=)");
        }
    }

    private void netlink() {
        ErrnoException refused = MqCalls.notifyRefused();
        boolean allowed = refused == null || refused.errno() == Errno.EMFILE || refused.errno() == Errno.ENFILE;
        limits.put("AF_NETLINK", allowed ? "allowed" : "refused");
        if (refused != null && !allowed) {
            warnings.add("AF_NETLINK: " + refused.getMessage());
        }
    }

    private void signals() {
        String by;
        try {
            by = SignalCatchers.instance().refusal();
        } catch (ErrnoException refused) {
            by = refused.getMessage();
        }
        limits.put("executable memory", by == null ? "allowed" : "refused, or not asked for");
        if (by != null) {
            warnings.add(
                    "executable memory: KEVENT_SIGNAL tells neither value nor sender, and takes no real-time signals: "
                            + by);
        }
    }
}
