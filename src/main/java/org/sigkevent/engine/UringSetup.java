package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/**
 * Sets an io_uring up, maps its memory (one mapping has both rings, one the submission entries), finds out what it can do, and says
 * why there is none. Who works with the memory holds this.
 *
 * <p>Without COOP_TASKRUN, DEFER_TASKRUN and SINGLE_ISSUER: any thread may submit and reap, and a submitter that computes does not
 * hold its completions back until its next system call (measured: 1 ms instead of 84 µs). Completions that do not fit their ring are
 * kept by the kernel (NODROP) and fetched with an enter that asks for events; without that they would never move.
 */
final class UringSetup {
    private static final int COMPLETIONS = 4096;
    private static final int WORKERS = 64;

    /** The operations by the names that the system property {@code sigkevent.io_uring.without} takes. */
    private static final List<String> NAMES = List.of(
            "nop read write readv writev fsync poll send accept connect futex waitid sync_file_range".split(" "));

    /** Of each of these the number. */
    private static final int[] CODES = {
        Op.NOP,
        Op.READ,
        Op.WRITE,
        Op.READV,
        Op.WRITEV,
        Op.FSYNC,
        Op.POLL,
        Op.SEND,
        Op.ACCEPT,
        Op.CONNECT,
        Op.FUTEX_WAIT,
        Op.WAITID,
        Op.SYNC_RANGE
    };

    /** Without one of the first of them there is no engine; what else is missing is done by helpers. */
    private static final int ESSENTIAL = 8;

    final int fd;

    /** Both rings' control words, and the completion entries. */
    final ByteBuffer rings;

    final ByteBuffer entries;
    final int submissions;
    final int completions;
    final int sqHead;
    final int sqTail;
    final int sqFlags;
    final int cqHead;
    final int cqTail;
    final int cqes;

    /** The opcodes that the kernel knows and that are not to be avoided, a bit for each. */
    final long opcodes;

    /**
     * Sets an io_uring up with room for {@code wanted} submissions at once.
     *
     * @throws ErrnoException EPERM or ENOSYS (refused or too old), ENOMEM, EMFILE, ENFILE; the message says what to do about it
     */
    UringSetup(int wanted) {
        ByteBuffer params = Memory.allocate(PARAMS_SIZE);
        ByteBuffer probe = Memory.allocate(PROBE_SIZE);
        int made = setup(params, wanted, SETUP_NO_SQARRAY);
        // before Linux 6.6
        made = made == -Errnos.EINVAL ? setup(params, wanted, 0) : made;
        if (made < 0) {
            throw refused("io_uring_setup", -made);
        }
        try {
            if ((params.getInt(PARAMS_FEATURES) & FEATURES_NEEDED) != FEATURES_NEEDED) {
                throw new ErrnoException(Errnos.ENOSYS, "io_uring of this kernel is too old: Linux 5.11 is needed");
            }
            fd = made;
            submissions = params.getInt(PARAMS_SQ_ENTRIES);
            completions = params.getInt(PARAMS_CQ_ENTRIES);
            sqHead = params.getInt(SQ_OFF_HEAD);
            sqTail = params.getInt(SQ_OFF_TAIL);
            sqFlags = params.getInt(SQ_OFF_FLAGS);
            cqHead = params.getInt(CQ_OFF_HEAD);
            cqTail = params.getInt(CQ_OFF_TAIL);
            cqes = params.getInt(CQ_OFF_CQES);
            boolean indirect = (params.getInt(PARAMS_FLAGS) & SETUP_NO_SQARRAY) == 0;
            int array = params.getInt(SQ_OFF_ARRAY);
            rings = map(Math.max(cqes + completions * CQE_SIZE, indirect ? array + submissions * 4 : 0), OFF_SQ_RING);
            entries = map(submissions * SQE_SIZE, OFF_SQES);
            // entry i always stands at place i
            for (int i = 0; indirect && i < submissions; i++) {
                rings.putInt(array + 4 * i, i);
            }
            checkEnter();
            limitWorkers(probe);
            opcodes = probe(probe) & ~avoided();
            checkEssentials();
        } catch (Throwable thrown) {
            Linux.close(made);
            throw thrown;
        }
    }

    private static int setup(ByteBuffer params, int entries, int flags) {
        Memory.clear(params, 0, PARAMS_SIZE);
        params.putInt(PARAMS_FLAGS, SETUP_CQSIZE | SETUP_CLAMP | flags);
        params.putInt(PARAMS_CQ_ENTRIES, COMPLETIONS);
        return Linux.call(Syscalls.IO_URING_SETUP, entries, Memory.address(params));
    }

    private ByteBuffer map(int length, long offset) {
        IntFunction<ErrnoException> refusal = errno -> ErrnoException.of(errno, "mmap of an io_uring's rings");
        return Mappings.map(this, fd, length, offset, Linux.MAP_POPULATE, refusal);
    }

    private static ErrnoException refused(String call, int errno) {
        return new ErrnoException(errno, whyNot(call, errno));
    }

    private static String whyNot(String call, int errno) {
        String what = call + ": " + Errnos.name(errno) + " (" + Errnos.text(errno) + ")";
        if (errno == Errnos.EPERM || errno == Errnos.EACCES) {
            return what
                    + ": io_uring is refused here, by a seccomp profile (Docker's and Kubernetes' default ones do) or by"
                    + " /proc/sys/kernel/io_uring_disabled, which is " + disabled();
        }
        if (errno == Errnos.ENOSYS) {
            return what + ": this kernel, or what stands between it and this process, has no such call";
        }
        if (errno == Errnos.ENOMEM) {
            return what
                    + ": not enough memory, or, on kernels before 5.12, which count rings as locked memory, more than "
                    + Limits.text(Limits.resource(Limits.RLIMIT_MEMLOCK))
                    + " bytes of that (RLIMIT_MEMLOCK: ulimit -l, systemd's LimitMEMLOCK=)";
        }
        if (errno == Errnos.EMFILE) {
            return what + ": " + Limits.noDescriptor() + "; a queue needs two";
        }
        return errno == Errnos.ENFILE ? what + ": the machine's open files are used up (/proc/sys/fs/file-max)" : what;
    }

    private static String disabled() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/io_uring_disabled"))
                    .trim();
        } catch (IOException unknown) {
            return "not there";
        }
    }

    /** A seccomp profile may know the one call and not the other: an enter that submits nothing and waits for nothing. */
    private void checkEnter() {
        int rc = Linux.call(Syscalls.IO_URING_ENTER, fd, 0, 0, 0);
        if (rc < 0) {
            throw refused("io_uring_enter", -rc);
        }
    }

    /** Blocking file operations run on workers of the kernel: bounded, so that many slow ones do not become as many threads. */
    private void limitWorkers(ByteBuffer numbers) {
        numbers.putInt(0, WORKERS);
        numbers.putInt(4, WORKERS);
        // before Linux 5.15: EINVAL, unlimited
        Linux.call(Syscalls.IO_URING_REGISTER, fd, REGISTER_IOWQ_MAX_WORKERS, Memory.address(numbers), 2);
    }

    private long probe(ByteBuffer probe) {
        probe.putLong(0, 0);
        int rc = Linux.call(Syscalls.IO_URING_REGISTER, fd, REGISTER_PROBE, Memory.address(probe), PROBE_OPS);
        if (rc < 0) {
            throw refused("io_uring_register (IORING_REGISTER_PROBE)", -rc);
        }
        long known = 0;
        int n = Math.min(PROBE_OPS, probe.get(1) & 0xff);
        for (int i = 0; i < n; i++) {
            if ((probe.getShort(16 + 8 * i + 2) & PROBE_SUPPORTED) != 0) {
                known |= 1L << probe.get(16 + 8 * i);
            }
        }
        return known;
    }

    /**
     * The opcodes to avoid, a bit for each, as if the kernel did not have them.
     *
     * @throws ErrnoException EINVAL: the system property names an operation that does not exist
     */
    static long avoided() {
        long bits = 0;
        for (String name : System.getProperty("sigkevent.io_uring.without", "").split(",", -1)) {
            int known = NAMES.indexOf(name.trim());
            if (known >= 0) {
                bits |= 1L << CODES[known];
            } else if (!name.isBlank()) {
                throw new ErrnoException(
                        Errnos.EINVAL,
                        "the system property sigkevent.io_uring.without has \"" + name.trim() + "\", which is none of "
                                + NAMES);
            }
        }
        return bits;
    }

    private void checkEssentials() {
        for (int i = 0; i < ESSENTIAL; i++) {
            if ((opcodes >>> CODES[i] & 1) == 0) {
                throw new ErrnoException(
                        Errnos.ENOSYS, "io_uring has no operation " + NAMES.get(i) + " here, which every queue needs");
            }
        }
    }
}
