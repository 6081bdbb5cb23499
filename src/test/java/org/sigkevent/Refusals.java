package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.function.Executable;

/**
 * Calls with a wrong argument, collected: each must say its errno and, in words, the argument's name and value. At the end every public
 * method of the classes that were walked must have been called so, or be known to refuse nothing but null.
 */
final class Refusals {
    private final List<String> wrong = new ArrayList<>();
    private final Set<String> called = new HashSet<>();
    private int count;

    /** A call of the C face. */
    void answers(String method, int errno, LongSupplier call, String... words) {
        Errno.errno(0);
        long answer = call.getAsLong();
        check(method, answer == -1 ? "" : "answered " + answer, errno, Errno.errno(), Errno.message(), words);
    }

    /** A call of the object face. */
    void throwsWords(String method, int errno, Executable call, String... words) {
        try {
            call.execute();
            check(method, "accepted", errno, 0, "", words);
        } catch (KeventException refused) {
            check(method, "", errno, refused.errno(), refused.getMessage(), words);
        } catch (Throwable other) {
            check(method, "threw " + other, errno, 0, "", words);
        }
    }

    /** A request that kevent_submit refuses. */
    void submits(KeventQueue queue, String factory, int errno, KeventEvent event, String... words) {
        answers(factory, errno, () -> Kevent.kevent_submit(queue.fd(), event, Kevent.KEVENT_NOWAIT, null), words);
    }

    private void check(String method, String strange, int errno, int said, String message, String... words) {
        count++;
        called.add(method);
        String what = method + " [" + String.join(", ", words) + "]: ";
        if (!strange.isEmpty()) {
            wrong.add(what + strange);
        }
        if (strange.isEmpty() && said != errno) {
            wrong.add(what + "errno " + said + ", not " + errno);
        }
        for (String word : words) {
            if (!message.contains(word)) {
                wrong.add(what + "\"" + message + "\" lacks \"" + word + "\"");
            }
        }
    }

    /** That all was refused as it should be, and that no method of {@code type} with arguments was left out. */
    void complete(Class<?> type, Set<String> refuseNothing) {
        Set<String> left = new TreeSet<>();
        for (Method method : type.getDeclaredMethods()) {
            String name = type.getSimpleName() + "." + method.getName();
            if (Modifier.isPublic(method.getModifiers())
                    && method.getParameterCount() > 0
                    && !method.isSynthetic()
                    && !refuseNothing.contains(method.getName())
                    && !called.contains(name)) {
                left.add(name);
            }
        }
        assertEquals(Set.of(), left, "methods without a wrong argument here");
        assertEquals("", String.join("\n", wrong), () -> wrong.size() + " of " + count);
    }
}
