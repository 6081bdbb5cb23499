package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Aio;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Futex;
import org.sigkevent.Ipc;
import org.sigkevent.Mqueue;
import org.sigkevent.Msg;
import org.sigkevent.Poll;
import org.sigkevent.Sem;
import org.sigkevent.Signal;
import org.sigkevent.Stat;
import org.sigkevent.SysSocket;
import org.sigkevent.Time;
import org.sigkevent.Unistd;
import org.sigkevent.Wait;

/** Every constant of the C face has the number that the headers of this machine give its name. */
@Tag("any-engine")
class ConstantsIT {
    private static final List<Class<?>> HEADERS = List.of(
            Aio.class,
            Errno.class,
            Fcntl.class,
            Futex.class,
            Ipc.class,
            Mqueue.class,
            Msg.class,
            Poll.class,
            Sem.class,
            Stat.class,
            Signal.class,
            SysSocket.class,
            Time.class,
            Unistd.class,
            Wait.class);

    /** Linux and glibc have no such macro: they answer it at run time or not at all. */
    private static final Map<String, String> NO_MACRO = Map.of(
            "SIGEV_KEVENT", "is of this library",
            "SI_KEVENT", "is of this library",
            "LIO_READV", "is FreeBSD's, with this library's number",
            "LIO_WRITEV", "is FreeBSD's, with this library's number",
            "DELAYTIMER_MAX", "_SC_DELAYTIMER_MAX",
            "AIO_PRIO_DELTA_MAX", "_SC_AIO_PRIO_DELTA_MAX",
            "MQ_PRIO_MAX", "_SC_MQ_PRIO_MAX");

    @TempDir
    Path directory;

    @Test
    void everyConstantHasTheNumberOfTheHeaders() throws Exception {
        assumeTrue(runs("cc", "--version"), "no C compiler (cc) on this machine");
        Map<String, Long> ours = new TreeMap<>();
        for (Class<?> header : HEADERS) {
            for (Field field : header.getFields()) {
                // the handlers that are none are objects
                if (!Modifier.isStatic(field.getModifiers()) || !field.getType().isPrimitive()) {
                    continue;
                }
                ours.put(field.getName(), field.getLong(null));
            }
        }
        assertTrue(ours.size() > 120, () -> ours.size() + " constants");
        StringBuilder source = new StringBuilder("#define _GNU_SOURCE\n");
        for (String header : List.of(
                "aio",
                "errno",
                "fcntl",
                "limits",
                "linux/futex",
                "mqueue",
                "poll",
                "signal",
                "stdio",
                "sys/file",
                "sys/ipc",
                "sys/msg",
                "sys/sem",
                "sys/socket",
                "sys/stat",
                "sys/uio",
                "sys/wait",
                "time",
                "unistd")) {
            source.append("#include <").append(header).append(".h>\n");
        }
        source.append("int main(void) {\n");
        for (String name : ours.keySet()) {
            String value = NO_MACRO.getOrDefault(name, name);
            if (value.startsWith("_SC_")) {
                source.append("    printf(\"" + name + " %ld\\n\", sysconf(" + value + "));\n");
            } else if (value.equals(name)) {
                source.append("    printf(\"" + name + " %lld\\n\", (long long)" + name + ");\n");
            }
        }
        Path c = Files.writeString(directory.resolve("constants.c"), source.append("}\n"));
        Path program = directory.resolve("constants");
        assertTrue(runs("cc", "-o", program.toString(), c.toString()), () -> "does not compile:\n" + source);
        Process process = new ProcessBuilder(program.toString()).start();
        Map<String, Long> theirs = new TreeMap<>();
        for (String line : new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
            String[] words = line.split(" ");
            long value = Long.parseLong(words[1]);
            // the uppermost bit of an int: SA_RESETHAND
            theirs.put(words[0], value == 1L << 31 ? (int) value : value);
        }
        ours.keySet().removeIf(name -> NO_MACRO.getOrDefault(name, "").startsWith("is "));
        assertEquals(theirs, ours);
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException none) {
            return false;
        }
    }
}
