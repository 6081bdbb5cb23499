package bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What a process writes to its standard error: it is passed on, and the last line is kept, which may say why the process ended. */
final class LastWords {
    private static final int SIGNALLED = 128;

    private final Process process;
    private final Thread reader;
    private volatile String last = "";

    LastWords(Process process) {
        this.process = process;
        reader = new Thread(this::read, "standard error of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.err.println(line);
                if (!line.isBlank()) {
                    last = line.strip();
                }
            }
        } catch (IOException closed) {
            throw new UncheckedIOException(closed);
        }
    }

    /** Waits until the process has ended: with what status, and its last line, or what it said elsewhere when that is not empty. */
    String why(String said) throws InterruptedException {
        int status = process.waitFor();
        reader.join(1000);
        String words = said.isEmpty() ? last : said;
        String end = status > SIGNALLED ? "killed by signal " + (status - SIGNALLED) : "status " + status;
        return "failed, " + end + (words.isEmpty() ? "" : ": " + words);
    }
}
