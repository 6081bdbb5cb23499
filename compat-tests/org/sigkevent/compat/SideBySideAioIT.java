package org.sigkevent.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;
import org.sigkevent.Unistd;

/** aio_* and lio_listio: compared with the C library. */
class SideBySideAioIT extends SideBySide {
    private static final int ROOM = 4096;

    private final Aiocb[] blocks = new Aiocb[SLOTS];
    private final byte[][] rooms = new byte[SLOTS][ROOM];
    private Path work;

    @Override
    Deviation.Family family() {
        return Deviation.Family.AIO;
    }

    @Override
    long tolerance(String operation) {
        return 0;
    }

    // ---- scenarios: file slot k is a file k, so that no two descriptors mean one file; slot 4 is a directory

    @Override
    List<String> prologue() {
        List<String> all = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            all.add("remove f" + k);
            all.add("open " + k + " f" + k + " " + (any(1, 2, 2) | any(0, 0, Fcntl.O_APPEND) | Fcntl.O_CREAT));
        }
        return all;
    }

    @Override
    String operation() {
        int b = slot();
        int f = oneIn(10) ? (int) any(4, 5) : slot();
        switch (random.nextInt(18)) {
            case 0:
                return oneIn(2) ? "close " + f : oneIn(4) ? "open 4 dir 0" : open(slot());
            case 1:
                return open(slot());
            case 2:
            case 3:
            case 4:
                return "write " + b + " " + f + " " + fields(false, true);
            case 5:
            case 6:
                return "read " + b + " " + f + " "
                        + (f == 4 ? "0 10 0 " + any(0, 1) + " " + serial() + " buffer" : fields(false, false));
            case 7:
                return "fsync " + b + " " + any(Fcntl.O_SYNC, Fcntl.O_DSYNC, Fcntl.O_DSYNC, 0, 77) + " " + f + " "
                        + any(0, 1) + " " + serial();
            case 8:
            case 9:
                // also of blocks of lists, 4 to 7
                return "error " + slot();
            case 10:
                return "return " + slot();
            case 11:
                return oneIn(2) ? "contents f" + slot() : "take";
            case 12:
                return suspend();
            case 13:
                return "cancel " + f + " " + (oneIn(2) ? "-" : b);
            case 14:
                return "blocked " + (4 + slot()) + " " + random.nextInt(3) + " " + any(0, 0, 0, 7, -1);
            case 15:
            case 16:
                return list();
            default:
                return "take";
        }
    }

    private String open(int k) {
        return "open " + k + " f" + k + " "
                + (any(0, 1, 2, 2, 2)
                        | any(0, 0, Fcntl.O_APPEND, Fcntl.O_TRUNC, Fcntl.O_SYNC)
                        | any(0, Fcntl.O_CREAT, Fcntl.O_CREAT | Fcntl.O_EXCL));
    }

    /**
     * Offset to buffer. A write has no offset that O_APPEND makes good here and not there, and no null buffer: the kernel lets a
     * file grow before it finds out.
     */
    private String fields(boolean inList, boolean writing) {
        long offset = oneIn(12)
                ? writing ? 1L << 62 : any(-1, Long.MIN_VALUE, 1L << 62, Long.MAX_VALUE)
                : any(0, 1, 100, 3000, 5000) + random.nextInt(50);
        long length = oneIn(12) ? any(-1, 0, 0) : any(0, 1, 10, 500, 2000);
        long notify = any(0, 1);
        // nothing is transferred, so that the sides stay alike
        if (!inList && oneIn(15)) {
            length = 0;
            notify = 99;
        }
        return offset + " " + length + " " + (!inList && oneIn(10) ? any(-1, 21, 20, 1000) : any(0, 0, 0, 1, 20)) + " "
                + notify + " " + serial() + " " + (!writing && !inList && oneIn(20) ? "null" : "buffer");
    }

    private String suspend() {
        StringBuilder text = new StringBuilder();
        int n = random.nextInt(4);
        for (int i = 0; i < n; i++) {
            text.append(oneIn(2) ? "-" : "" + slot()).append(' ');
        }
        return "suspend " + n + " " + text + anyOf("0 0", "0 100000", "-1 0", "0 -1", "0 1000000000");
    }

    private String list() {
        int n = random.nextInt(4);
        StringBuilder text = new StringBuilder("list " + any(0, 0, 1, 1, 2) + " "
                + (n == 0 ? any(0, 1, 99) : any(0, 1, -1)) + " " + serial() + " " + n);
        for (int i = 0; i < n; i++) {
            int b = 4 + i;
            int kind = random.nextInt(6);
            if (kind == 0) {
                text.append(" null");
            } else if (kind == 1) {
                text.append(" nop ").append(b);
            } else {
                long opcode = any(Aio.LIO_READ, Aio.LIO_WRITE, Aio.LIO_WRITE, 99);
                text.append(' ')
                        .append(opcode)
                        .append(' ')
                        .append(b)
                        .append(' ')
                        .append(oneIn(8) ? 5 : i)
                        .append(' ')
                        .append(fields(true, opcode == Aio.LIO_WRITE));
            }
        }
        return text.toString();
    }

    @Override
    List<String> subjects(String operation) {
        String[] words = operation.split(" ");
        List<String> all = new ArrayList<>();
        switch (words[0]) {
            case "read":
            case "write":
            case "fsync":
            case "error":
            case "return":
            case "blocked":
                all.add(words[1]);
                break;
            case "cancel":
                all.add(words[2]);
                break;
            case "suspend":
                for (int i = 0; i < Integer.parseInt(words[1]); i++) {
                    all.add(words[2 + i]);
                }
                break;
            default:
        }
        return all;
    }

    @Override
    boolean renews(String operation) {
        return operation.matches("(read|write|fsync) .*");
    }

    /** A block that both refuse keeps what it stood for here; there it has the error. */
    @Override
    Deviation markOf(String operation, String theirs) {
        return renews(operation) && theirs.startsWith("-1") ? Deviation.REFUSED_AT_THE_CALL : null;
    }

    // ---- this library

    @Override
    void forget() {
        work = directory.resolve("java");
        try {
            Files.createDirectories(work.resolve("dir"));
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
        for (int b = 0; b < SLOTS; b++) {
            blocks[b] = new Aiocb();
            rooms[b] = new byte[ROOM];
        }
    }

    @Override
    String perform(String operation, String theirs) throws IOException {
        switch (operation) {
            case "open":
                int slot = integer();
                return moved(Fcntl.open(work.resolve(word()).toString(), integer(), 0600), slot);
            case "close":
                return answer(Unistd.close(descriptor()));
            case "remove":
                return Files.deleteIfExists(work.resolve(word())) ? "0" : "-1 " + Errno.ENOENT;
            case "read":
            case "write":
                Aiocb cb = fields(integer(), operation.equals("write"));
                return submitted(cb, operation.equals("write") ? Aio.aio_write(cb) : Aio.aio_read(cb), theirs);
            case "fsync":
                return synchronise(theirs);
            case "error":
                return answer(Aio.aio_error(blocks[integer()]));
            case "return":
                return result(integer());
            case "suspend":
                return suspended();
            case "cancel":
                int fd = descriptor();
                int b = optional();
                return answer(Aio.aio_cancel(fd, b < 0 ? null : blocks[b]));
            case "list":
                return listed();
            case "blocked":
                return blocked();
            default:
                byte[] bytes;
                Path file = work.resolve(word());
                if (!Files.exists(file)) {
                    return "-1 " + Errno.ENOENT;
                }
                bytes = Files.readAllBytes(file);
                return "size " + bytes.length + " hash " + Integer.toUnsignedString(hash(bytes, bytes.length));
        }
    }

    /** A block's fields; its past stays, as that of a block in C does not. */
    private Aiocb fields(int b, boolean writing) {
        Aiocb cb = blocks[b];
        cb.aio_fildes = descriptor();
        cb.aio_offset = number();
        cb.aio_nbytes = number();
        cb.aio_reqprio = integer();
        int notify = integer();
        long cookie = number();
        cb.aio_sigevent = event(notify, cookie);
        cb.aio_buf = word().equals("null") ? null : rooms[b];
        for (int i = 0; writing && i < ROOM; i++) {
            rooms[b][i] = (byte) (cookie + i * 7);
        }
        return cb;
    }

    private static int finish(Aiocb cb) {
        while (Aio.aio_error(cb) == Errno.EINPROGRESS) {
            Aio.aio_suspend(new Aiocb[] {cb}, 1, null);
        }
        return Aio.aio_error(cb);
    }

    private String submitted(Aiocb cb, int rc, String theirs) {
        String text = answer(rc);
        if (rc == 0) {
            finish(cb);
            if (cb.aio_sigevent.sigev_notify == Signal.SIGEV_KEVENT) {
                keep(record());
            }
        } else if (theirs.equals("0") && cb.aio_sigevent.sigev_notify == Signal.SIGEV_KEVENT) {
            keep(cb.aio_sigevent
                    .sigev_value
                    // notified there, refused here: a deviation, and not one of the later takes
                    .sival_long);
        }
        return text;
    }

    private String synchronise(String theirs) {
        int b = integer();
        int op = integer();
        Aiocb cb = blocks[b];
        cb.aio_fildes = descriptor();
        int notify = integer();
        cb.aio_sigevent = event(notify, number());
        return submitted(cb, Aio.aio_fsync(op, cb), theirs);
    }

    private String result(int b) {
        long n = Aio.aio_return(blocks[b]);
        return n + " data " + Integer.toUnsignedString(hash(rooms[b], ROOM));
    }

    private String suspended() {
        Aiocb[] list = new Aiocb[integer()];
        for (int i = 0; i < list.length; i++) {
            int b = optional();
            list[i] = b < 0 ? null : blocks[b];
        }
        return answer(Aio.aio_suspend(list, list.length, new TimeSpec(number(), number())));
    }

    private String listed() {
        int mode = integer();
        int notify = integer();
        SigEvent sig = event(notify, number());
        Aiocb[] list = new Aiocb[integer()];
        int expected = mode == Aio.LIO_NOWAIT && notify == Signal.SIGEV_SIGNAL ? 1 : 0;
        List<Aiocb> used = new ArrayList<>();
        for (int i = 0; i < list.length; i++) {
            String word = word();
            if (word.equals("null")) {
                continue;
            }
            int b = integer();
            blocks[b] = new Aiocb();
            list[i] = blocks[b];
            if (!word.equals("nop")) {
                list[i] = fields(b, word.equals("" + Aio.LIO_WRITE));
                list[i].aio_lio_opcode = Integer.parseInt(word);
                used.add(list[i]);
                expected += list[i].aio_sigevent.sigev_notify == Signal.SIGEV_KEVENT ? 1 : 0;
            } else {
                list[i].aio_lio_opcode = Aio.LIO_NOP;
            }
        }
        int rc = Aio.lio_listio(mode, list, list.length, notify == -1 ? null : sig);
        int errno = Errno.errno();
        StringBuilder text = new StringBuilder(answer(rc));
        for (Aiocb cb : used) {
            text.append(rc < 0 && errno != Errno.EIO ? -1 : finish(cb)).append(' ');
        }
        int count = rc == 0 || errno == Errno.EIO ? expected : 0;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            KeventRecord record = record();
            sum += record.cookie;
        }
        return text + "notified " + count + " sum " + sum;
    }

    private String blocked() {
        int b = integer();
        int cancel = integer();
        int[] ends = new int[2];
        if (AioScene.LIBC.pipe2(ends, Fcntl.O_CLOEXEC) < 0) {
            throw new AssertionError("pipe2");
        }
        blocks[b] = new Aiocb();
        Arrays.fill(rooms[b], (byte) 0);
        Aiocb cb = blocks[b];
        cb.aio_fildes = ends[0];
        cb.aio_offset = number();
        cb.aio_buf = rooms[b];
        cb.aio_nbytes = 9;
        StringBuilder text = new StringBuilder(answer(Aio.aio_read(cb)));
        if (cb.aio_offset >= 0) {
            text.append(Aio.aio_error(cb))
                    .append(' ')
                    .append(answer(Aio.aio_suspend(new Aiocb[] {cb}, 1, new TimeSpec(0, 1_000_000))));
            text.append("early ")
                    .append(Aio.aio_return(cb))
                    .append(' ')
                    .append(Errno.errno())
                    .append(' ');
            if (cancel != 0) {
                text.append("cancel ")
                        .append(Aio.aio_cancel(ends[0], cancel == 1 ? cb : null))
                        .append(' ');
            }
        }
        AioScene.feed(ends[1], "hello");
        text.append("end ").append(finish(cb)).append(' ');
        text.append(Aio.aio_return(cb)).append(" data ").append(Integer.toUnsignedString(hash(rooms[b], 5)));
        Unistd.close(ends[0]);
        Unistd.close(ends[1]);
        return text.toString();
    }
}
