package soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/** The program {@code producer.c}: another process, in C, that makes happen what is waited for. */
final class Peer implements AutoCloseable {
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    Peer() throws IOException {
        process = new ProcessBuilder(Setting.binary("producer"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = process.outputWriter(StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Has it do something and waits until that is done. */
    synchronized void tell(Object... words) throws IOException {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(word).append(' ');
        }
        commands.write(line.append('\n').toString());
        commands.flush();
        String answer = answers.readLine();
        if (!"ok".equals(answer)) {
            throw new IllegalStateException("producer, " + line + ": " + answer);
        }
    }

    @Override
    public void close() throws IOException {
        commands.close();
    }
}
