package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.core.Request;
import org.sigkevent.sys.Errnos;

/** What is thrown in one completion, or where batches are announced, takes nothing from other operations. */
@Timeout(60)
class EngineErrorsTest {
    private final Engine engine = Engines.create();
    private final List<Integer> completed = new ArrayList<>();

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private final class Nop extends Request {
        final int number;

        Nop(int number) {
            this.number = number;
            code = NOP;
        }

        @Override
        protected void finished(int result) {
            completed.add(number);
            if (number % 3 == 1) {
                EngineErrorsTest.<RuntimeException>sneak(new Exception("of completion " + number));
            } else if (number % 3 == 2) {
                throw new StackOverflowError("of completion " + number);
            }
        }
    }

    private void submit(int n) {
        for (int i = 0; i < n; i++) {
            assertEquals(0, engine.submit(new Nop(i)));
        }
    }

    private void untilNothingIsInFlight() {
        Support.until("nothing is in flight", () -> {
            engine.reap();
            return engine.inFlight() == 0;
        });
    }

    @AfterEach
    void close() {
        engine.refuse();
        untilNothingIsInFlight();
        engine.close();
        assertEquals(-Errnos.EBADF, engine.submit(new Nop(0)));
        assertEquals(0, engine.inFlight());
    }

    @Test
    void aCompletionMayThrowAnythingAndSoMayTheHandlerOfThat() {
        List<Throwable> uncaught = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> {
            uncaught.add(thrown);
            EngineErrorsTest.<RuntimeException>sneak(new Exception("of the handler"));
        });
        try {
            submit(100);
            untilNothingIsInFlight();
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(null);
        }
        assertEquals(100, completed.size());
        assertEquals(66, uncaught.size());
    }

    @Test
    void aListenerThatThrowsDoesNotEndReaping() {
        boolean[] fails = {true};
        engine.batches(new Engine.Batches() {
            @Override
            public void begins() {
                if (fails[0]) {
                    throw new OutOfMemoryError("of the listener");
                }
            }
        });
        assertEquals(0, engine.submit(new Nop(0)));
        assertThrows(OutOfMemoryError.class, () -> Support.until("a completion", () -> engine.reap() > 0));
        fails[0] = false;
        untilNothingIsInFlight();
        assertEquals(List.of(0), completed);
    }
}
