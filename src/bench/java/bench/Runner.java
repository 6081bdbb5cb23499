package bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The parent's end of a {@link Child}. */
final class Runner implements AutoCloseable {
    private final Table table;
    private final String group;
    private final String subject;
    private final Process process;
    private final LastWords lastWords;
    private final BufferedReader from;
    private final Writer to;
    private boolean running;

    /** Starts a subject's JVM, behind a prefix (a program that starts another one, or nothing), and waits until it is warm. */
    Runner(
            Table table,
            String group,
            String subject,
            List<String> prefix,
            String classPath,
            List<String> options,
            String... arguments)
            throws IOException, InterruptedException {
        this.table = table;
        this.group = group;
        this.subject = subject;
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, Child.class.getName()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).start();
        lastWords = new LastWords(process);
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        to = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        String line = from.readLine();
        while (line != null && !line.equals("ready") && !line.startsWith(Child.FAILED)) {
            // a word of the JVM's
            line = from.readLine();
        }
        running = "ready".equals(line);
        if (!running) {
            gone(line);
        }
    }

    void round() throws IOException, InterruptedException {
        if (!running) {
            return;
        }
        to.write("round\n");
        to.flush();
        for (String line = from.readLine(); ; line = from.readLine()) {
            if (line == null || line.startsWith(Child.FAILED)) {
                gone(line);
                return;
            }
            if (line.isEmpty()) {
                return;
            }
            int tab = line.indexOf('\t');
            if (tab < 0) {
                // a word of the JVM's, which ends if it is a last one
                continue;
            }
            table.add(group, subject, line.substring(tab + 1), Double.parseDouble(line.substring(0, tab)));
        }
    }

    /** The process has ended, or ends, and may have said why. */
    private void gone(String line) throws InterruptedException {
        running = false;
        boolean said = line != null && line.startsWith(Child.FAILED);
        table.missing(group, subject, lastWords.why(said ? line.substring(Child.FAILED.length()) : ""));
    }

    @Override
    public void close() throws IOException {
        from.close();
        process.destroy();
    }
}
