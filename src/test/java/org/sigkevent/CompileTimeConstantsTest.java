package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jnr.constants.Constant;
import jnr.constants.platform.AddressFamily;
import jnr.constants.platform.OpenFlags;
import jnr.constants.platform.Shutdown;
import jnr.constants.platform.Sock;
import jnr.constants.platform.WaitFlags;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The constants of the headers can be labels of a switch, and have the numbers that jnr-constants has for this platform. */
@Tag("any-engine")
class CompileTimeConstantsTest {
    private static final List<Class<?>> HEADERS = List.of(
            Aio.class,
            Errno.class,
            Fcntl.class,
            Futex.class,
            Ipc.class,
            Kevent.class,
            Mqueue.class,
            Msg.class,
            Poll.class,
            Sem.class,
            Signal.class,
            Stat.class,
            SysSocket.class,
            Time.class,
            Unistd.class,
            Wait.class);

    /** Flags of open whose numbers are the processor's; no label of a switch is made of them. */
    private static final Set<String> OF_THE_PROCESSOR = Set.of("O_DIRECT", "O_DIRECTORY", "O_NOFOLLOW", "O_TMPFILE");

    /** Which enumerations of jnr-constants have the names of a header. */
    private static final Map<Class<?>, List<Class<? extends Constant>>> THEIRS = Map.of(
            Errno.class, List.of(jnr.constants.platform.Errno.class),
            Fcntl.class, List.of(jnr.constants.platform.Fcntl.class, OpenFlags.class),
            SysSocket.class, List.of(AddressFamily.class, Sock.class, Shutdown.class),
            Signal.class, List.of(jnr.constants.platform.Signal.class),
            Wait.class, List.of(WaitFlags.class));

    @Test
    void everyConstantCanBeALabelOfASwitch(@TempDir Path directory) throws Exception {
        StringBuilder source = new StringBuilder("class Labels {\n");
        int labels = 0;
        for (Class<?> header : HEADERS) {
            for (Field field : header.getFields()) {
                // SIG_DFL and its like are no numbers
                if (Modifier.isStatic(field.getModifiers())
                        && field.getType() == int.class
                        && !OF_THE_PROCESSOR.contains(field.getName())) {
                    source.append("boolean is" + labels++ + "(int n) { switch (n) { case " + header.getName() + "."
                            + field.getName() + ": return true; default: return false; } }\n");
                }
            }
        }
        int count = labels;
        assertTrue(count > 300, () -> "constants: " + count);
        Path file = Files.writeString(directory.resolve("Labels.java"), source.append("}\n"));
        assertEquals("", Support.compile(directory, file));
    }

    /** So that a port can import all of them, static and on demand. */
    @Test
    void noNameStandsInTwoHeaders() {
        Map<String, Class<?>> seen = new HashMap<>();
        List<Class<?>> all = new ArrayList<>(HEADERS);
        all.addAll(List.of(Stdio.class, SysFile.class));
        for (Class<?> header : all) {
            for (Field field : header.getFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    assertEquals(null, seen.put(field.getName(), header), () -> field + " stands elsewhere, too");
                }
            }
        }
        for (Class<?> header : all) {
            for (Method method : header.getDeclaredMethods()) {
                if (Modifier.isStatic(method.getModifiers()) && Modifier.isPublic(method.getModifiers())) {
                    Class<?> other = seen.put(method.getName(), header);
                    assertTrue(other == null || other == header, () -> method + " stands elsewhere, too");
                }
            }
        }
    }

    @Test
    void theNumbersAreThoseOfJnrConstants() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        Map<String, Long> theirs = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        for (Map.Entry<Class<?>, List<Class<? extends Constant>>> header : THEIRS.entrySet()) {
            Map<String, Long> known = new HashMap<>();
            for (Class<? extends Constant> names : header.getValue()) {
                for (Constant name : names.getEnumConstants()) {
                    if (name.defined()) {
                        known.put(name.name(), name.longValue());
                    }
                }
            }
            for (Field field : header.getKey().getFields()) {
                Long number = known.remove(field.getName());
                if (number != null && field.getType() == int.class) {
                    ours.put(field.getName(), field.getLong(null));
                    theirs.put(field.getName(), number);
                }
            }
            if (header.getKey() == Errno.class) {
                missing.addAll(known.keySet());
            }
        }
        assertEquals(theirs, ours);
        assertTrue(ours.size() > 150, () -> "compared: " + ours.keySet());
        assertEquals(List.of(), missing, "errors that only jnr-constants has");
    }
}
