/*
 * Writes a few lines into a file with one lio_listio, reads them back with another, and compares.
 *
 *     java -cp sigkevent.jar:LIBRARIES Ledger.java FILE
 */

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Unistd.*;

import java.util.Arrays;
import org.sigkevent.Aiocb;

public class Ledger {
    static final int LINES = 5;
    static final int WIDTH = 32;

    static byte[][] written = new byte[LINES][WIDTH];
    static byte[][] back = new byte[LINES][WIDTH];

    static void prepare(Aiocb[] list, int fd, int opcode) {
        for (int i = 0; i < LINES; i++) {
            list[i] = new Aiocb();
            list[i].aio_fildes = fd;
            list[i].aio_offset = i * WIDTH;
            list[i].aio_buf = opcode == LIO_WRITE ? written[i] : back[i];
            list[i].aio_nbytes = WIDTH;
            list[i].aio_lio_opcode = opcode;
        }
    }

    static int run(Aiocb[] list, String what) {
        int failed = 0;
        if (lio_listio(LIO_WAIT, list, LINES, null) < 0 && errno() != EIO) {
            perror("lio_listio");
            return LINES;
        }
        for (int i = 0; i < LINES; i++) {
            int error = aio_error(list[i]);
            long count = aio_return(list[i]);
            if (error != 0 || count != WIDTH) {
                System.err.printf("%s %d: %s\n", what, i, error != 0 ? strerror(error) : "short");
                failed++;
            }
        }
        return failed;
    }

    public static void main(String[] args) {
        Aiocb[] list = new Aiocb[LINES];
        int different = 0;

        if (args.length < 1) {
            System.err.println("usage: ledger FILE");
            System.exit(2);
        }
        int fd = open(args[0], O_RDWR | O_CREAT | O_TRUNC, 0600);
        if (fd < 0) {
            perror(args[0]);
            System.exit(1);
        }

        for (int i = 0; i < LINES; i++) {
            Arrays.fill(written[i], 0, WIDTH, (byte) ' ');
            snprintf(written[i], WIDTH, "line %d of the ledger", i + 1);
            written[i][WIDTH - 1] = '\n';
        }
        prepare(list, fd, LIO_WRITE);
        if (run(list, "write") != 0)
            System.exit(1);
        prepare(list, fd, LIO_READ);
        if (run(list, "read") != 0)
            System.exit(1);

        for (int i = 0; i < LINES; i++)
            if (Arrays.compare(written[i], 0, WIDTH, back[i], 0, WIDTH) != 0)
                different++;
        System.out.printf("%d lines, %d different\n", LINES, different);
        System.out.printf("the last one: %s\n", string(back[LINES - 1]));
        close(fd);
        System.exit(different != 0 ? 1 : 0);
    }

    static int snprintf(byte[] to, int size, String format, Object... arguments) {
        byte[] bytes = String.format(format, arguments).getBytes();
        int length = Math.min(bytes.length, size - 1);
        System.arraycopy(bytes, 0, to, 0, length);
        to[length] = 0;
        return bytes.length;
    }

    /** The text in a char array of C: up to its 0 byte. */
    static String string(byte[] text) {
        return new String(text, 0, strlen(text));
    }

    static int strlen(byte[] text) {
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return length;
    }
}
