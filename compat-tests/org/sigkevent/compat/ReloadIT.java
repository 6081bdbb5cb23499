package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Signal;

/** The example reload and its C original, side by side: signals from outside reload the settings and end it in order. */
@Timeout(120)
class ReloadIT {
    private static final int RELOAD = Signal.SIGRTMIN + 1;
    private static final Pattern END = Pattern.compile("ended after \\d+ looks, \\d+ over the limit\n$");

    @TempDir
    Path folder;

    private Path settings(String text) throws Exception {
        return Files.writeString(folder.resolve("settings"), text);
    }

    private static void send(Examples.Run run, int signo) {
        assertEquals(0, Signal.sigqueue((int) run.process.pid(), signo, null));
    }

    private void check(Examples.Run run, Path watched) throws Exception {
        run.awaitOutput("watching " + watched + " every 5 ms, limit 1000\n");
        settings("file " + watched + "\ninterval 3\nlimit 10\n");
        send(run, RELOAD);
        run.awaitOutput("watching " + watched + " every 3 ms, limit 10\n");
        run.awaitOutput("100 bytes are over the limit of 10\n");
        settings("file " + watched + "\ninterval never\n");
        send(run, RELOAD);
        run.awaitOutput("settings kept: Invalid argument\n");
        // what was in use still is
        Files.write(watched, new byte[200]);
        run.awaitOutput("200 bytes are over the limit of 10\n");
        Files.delete(folder.resolve("settings"));
        send(run, RELOAD);
        run.awaitOutput("settings kept: No such file or directory\n");
        send(run, Signal.SIGTERM);
        String said = run.succeeded();
        assertTrue(END.matcher(said).find(), said);
    }

    private Path watched() throws Exception {
        Path watched = Files.write(folder.resolve("watched"), new byte[100]);
        settings("file " + watched + "\ninterval 5\nlimit 1000\n");
        return watched;
    }

    @Test
    void signalsReloadTheSettingsAndEndIt() throws Exception {
        Path watched = watched();
        check(Examples.java(folder, "reload.Reload", "settings"), watched);
    }

    @Test
    @Tag("any-engine")
    void signalsReloadTheSettingsOfTheOriginalAndEndIt() throws Exception {
        Path watched = watched();
        check(Examples.run(folder, Examples.compile(folder, "reload/reload.c"), "settings"), watched);
    }

    @Test
    void withoutSettingsItReloadsItsOwnAndEndsItself() throws Exception {
        checkOwn(Examples.java(folder, "reload.Reload").succeeded());
    }

    @Test
    @Tag("any-engine")
    void withoutSettingsTheOriginalReloadsItsOwnAndEndsItself() throws Exception {
        checkOwn(Examples.run(folder, Examples.compile(folder, "reload/reload.c"))
                .succeeded());
    }

    private static void checkOwn(String said) {
        assertTrue(said.contains(" every 10 ms, limit 1000000\n"), said);
        assertTrue(said.contains(" every 20 ms, limit 1\n"), said);
        assertTrue(END.matcher(said).find(), said);
    }
}
