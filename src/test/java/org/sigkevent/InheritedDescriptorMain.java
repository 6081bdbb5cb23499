package org.sigkevent;

import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Gives a child the reading end of a pipe as its standard input, and says what the child reads there. */
final class InheritedDescriptorMain {
    private InheritedDescriptorMain() {}

    public static void main(String[] args) throws IOException {
        int[] pipe = new int[2];
        ok(Unistd.pipe(pipe));
        ok(Unistd.dup2(pipe[0], Unistd.STDIN_FILENO));
        Process cat = new ProcessBuilder("cat")
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] text = "through the pipe".getBytes(StandardCharsets.US_ASCII);
        ok(Unistd.write(pipe[1], text, text.length));
        ok(Unistd.close(pipe[1]));
        System.out.println(new String(cat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }
}
