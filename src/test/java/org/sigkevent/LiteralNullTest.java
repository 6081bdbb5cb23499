package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where an argument may be null a literal null compiles: no overload makes it ambiguous. In the C face that is everywhere. */
@Tag("any-engine")
class LiteralNullTest {
    private static String value(Parameter parameter) {
        String type = parameter.getType().getCanonicalName();
        if (parameter.getType() == boolean.class) {
            return "false";
        }
        return parameter.getType().isPrimitive() ? "(" + type + ") 0" : "(" + type + ") null";
    }

    /** A method for each place of each call that may be null, with a literal null there. */
    private static int add(StringBuilder source, int number, Class<?> type, Executable call) {
        boolean face = Modifier.isStatic(call.getModifiers()) && type != SigVal.class && type != KeventEvent.class;
        Parameter[] parameters = call.getParameters();
        int added = 0;
        for (int i = 0; i < parameters.length; i++) {
            boolean nullable = call.getAnnotatedParameterTypes()[i].isAnnotationPresent(Nullable.class);
            if (parameters[i].getType().isPrimitive()
                    || !nullable && !(face && call.getName().contains("_"))) {
                continue;
            }
            List<String> values = new ArrayList<>();
            for (int k = 0; k < parameters.length; k++) {
                values.add(k == i ? "null" : value(parameters[k]));
            }
            String name = call instanceof Constructor
                    ? "new " + type.getName()
                    : (Modifier.isStatic(call.getModifiers()) ? type.getName() : "((" + type.getName() + ") null)")
                            + "." + call.getName();
            source.append("static void call" + (number + added) + "() throws Exception { " + name + "("
                    + String.join(", ", values) + "); }\n");
            added++;
        }
        return added;
    }

    @Test
    void aLiteralNullCompilesWhereAnArgumentMayBeNull(@TempDir Path directory) throws Exception {
        StringBuilder source = new StringBuilder("class Nulls {\n");
        int calls = 0;
        for (Class<?> type : Support.publicClasses()) {
            for (Executable call : Stream.concat(
                            Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors()))
                    .toList()) {
                if (Modifier.isPublic(call.getModifiers()) && !call.isSynthetic()) {
                    calls += add(source, calls, type, call);
                }
            }
        }
        int count = calls;
        assertTrue(count > 50, () -> "places: " + count);
        Path file = Files.writeString(directory.resolve("Nulls.java"), source.append("}\n"));
        assertEquals("", Support.compile(directory, file));
    }

    @Test
    void aNullCommandDoesWhatItDoesInC() {
        int kfd = Support.queue(2);
        int other = Support.queue(2);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, SigEvent.kevent(other, SigVal.of(1))));
        assertEquals(0, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, null));
        refused(Errno.EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, null));
        refused(Errno.EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, null));
        refused(Errno.EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, null));
        assertTrue(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_POLLFD, null) >= 0);
        refused(Errno.ENOSYS, Kevent.kevent_ctl(kfd, 99, null));
        ok(overflow(kfd));
        Support.nothing(other, java.time.Duration.ZERO);
        Support.destroy(other);
        Support.destroy(kfd);
    }

    /** Fills the queue, which nobody is told. */
    private static int overflow(int kfd) {
        KeventEvent event = KeventEvent.user(SigVal.of(1));
        for (int i = 0; i < 2; i++) {
            ok(Kevent.kevent_submit(kfd, event, Kevent.KEVENT_NOWAIT, null));
        }
        refused(Errno.EAGAIN, Kevent.kevent_submit(kfd, event, Kevent.KEVENT_NOWAIT, null));
        return 0;
    }
}
