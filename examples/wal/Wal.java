package wal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;

/**
 * The program around {@link WriteAheadLog}.
 *
 * <p>Usage: {@code Wal [-c CLIENTS] [-k COMMITS] [-v] [LOG [INPUT]]} recovers the log and writes the lines of INPUT to it, if that
 * is given; -k ends the program as a crash would, after so many commits, and -v tells every commit. {@code Wal -d LOG} prints what
 * the log holds. Without arguments it logs a text of the JDK's into a temporary file, tears its end off, and recovers.
 */
public final class Wal {
    private int clients = 8;
    private long crashAfter;
    private boolean tell;
    private boolean dump;
    private Path log;
    private Path input;

    private Wal() {}

    public static void main(String[] args) {
        Wal program = new Wal();
        try {
            if (!program.arguments(args)) {
                System.err.println("usage: Wal [-c CLIENTS] [-k COMMITS] [-v] [LOG [INPUT]]   or   Wal -d LOG");
                System.exit(2);
            }
            if (program.log == null) {
                program.demonstrate();
            } else if (program.dump) {
                Recovery.read(program.log, System.out::println);
            } else {
                program.recoverAndAppend();
            }
        } catch (WriteAheadLog.Failure failure) {
            System.err.println("Wal: " + failure.getMessage());
            System.exit(1);
        } catch (IOException refused) {
            System.err.println("Wal: " + refused);
            System.exit(1);
        }
    }

    private boolean arguments(String[] args) {
        int next = 0;
        try {
            for (; next < args.length && args[next].startsWith("-"); next++) {
                switch (args[next]) {
                    case "-v":
                        tell = true;
                        break;
                    case "-d":
                        dump = true;
                        break;
                    case "-c":
                        clients = Integer.parseInt(args[++next]);
                        break;
                    case "-k":
                        crashAfter = Long.parseLong(args[++next]);
                        break;
                    default:
                        return false;
                }
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException noNumber) {
            return false;
        }
        log = next < args.length ? Path.of(args[next++]) : null;
        input = next < args.length ? Path.of(args[next++]) : null;
        return next == args.length && clients > 0 && !(dump && (log == null || input != null));
    }

    private Recovery recoverAndAppend() throws IOException, WriteAheadLog.Failure {
        Recovery found = Recovery.repair(log);
        System.out.println("recovered " + found.records + " records, cut off " + found.torn + " bytes of a torn end");
        if (input != null) {
            Iterator<String> lines = Files.readAllLines(input).iterator();
            WriteAheadLog writer = new WriteAheadLog(log, found);
            writer.crashAfter = crashAfter;
            long begin = System.nanoTime();
            writer.append(lines, clients, tell);
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf(
                    "committed %d records in %d groups, %.0f commits and %.0f syncs a second%n",
                    writer.committed, writer.groups, writer.committed / seconds, writer.groups / seconds);
        }
        return found;
    }

    private void demonstrate() throws IOException, WriteAheadLog.Failure {
        Path home = Path.of(System.getProperty("java.home"));
        Path text = home.resolve("lib").resolve("classlist");
        input = Files.exists(text) ? text : home.resolve("release");
        log = Files.createTempFile("wal", ".log");
        try {
            List<String> lines = Files.readAllLines(input);
            recoverAndAppend();
            int last = (int) Recovery.read(log, line -> {}).length;
            try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
                file.truncate(last - 7); // as if the last record had got to the disk in part
            }
            System.out.println("cut the last 7 bytes off");
            input = null;
            Recovery found = recoverAndAppend();
            if (found.records != lines.size() - 1 || found.torn == 0) {
                throw new WriteAheadLog.Failure(
                        lines.size() + " lines were logged, but " + found.records + " were recovered");
            }
        } finally {
            Files.delete(log);
        }
    }
}
