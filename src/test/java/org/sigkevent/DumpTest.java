package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;

/** What a queue says about itself, and what the log says that no caller hears of. */
@Timeout(60)
class DumpTest {
    private static void says(String dump, String pattern) {
        assertTrue(
                dump.lines().anyMatch(line -> line.strip().matches(pattern)),
                () -> "no line \"" + pattern + "\" in\n" + dump);
    }

    @Test
    void aNewQueueIsEmptyAndNamesItsEngine() {
        try (KeventQueue queue = KeventQueue.open(7)) {
            String dump = queue.dump();
            assertTrue(dump.startsWith("kevent queue " + queue.fd()), dump);
            says(dump, "engine +" + queue.capabilities().engine() + ": .+");
            says(dump, "capacity +7");
            says(dump, "armed +0");
            says(dump, "unread +0, at most 0");
            says(dump, "waiters +0 for records .* led by nobody, woken 0");
            says(dump, "deadlines +0");
            says(dump, "in flight +\\d+");
            says(dump, "system calls +\\d+");
        }
    }

    @Test
    void slotsRecordsAndDeadlinesAreCounted() {
        try (KeventQueue queue = KeventQueue.open(7)) {
            queue.submit(
                    KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, TimeSpec.ofNanos(3_600_000_000_000L), SigVal.of(1)));
            queue.offer(SigVal.of(2));
            queue.offer(SigVal.of(3));
            String dump = queue.dump();
            says(dump, "armed +1");
            says(dump, "unread +2, at most 2");
            says(dump, "posted +2, refused 0, overruns 0");
            says(dump, "deadlines +1");
            says(dump, "members +.*1 .*EventRequest.*");
            assertEquals(2, queue.stats().unread);
        }
    }

    @Test
    void theLeaderIsNamed() throws Exception {
        try (KeventQueue queue = KeventQueue.open(7)) {
            AtomicReference<String> name = new AtomicReference<>();
            FutureTask<Long> waiter = Support.start(() -> {
                name.set(Thread.currentThread().getName());
                return queue.take().cookie;
            });
            Support.until("led", () -> !queue.dump().contains("led by nobody"));
            says(queue.dump(), "waiters +1 for records .* led by thread \"" + Pattern.quote(name.get()) + "\".*");
            queue.offer(SigVal.of(5));
            assertEquals(5, Support.get(waiter));
        }
    }

    @Test
    void aClosedQueueSaysSo() {
        KeventQueue queue = KeventQueue.open(7);
        queue.close();
        assertTrue(queue.dump().contains("(destroyed)"), queue.dump());
    }

    @Test
    void aDescriptorThatSomethingElseClosedIsLogged() {
        List<String> said = new CopyOnWriteArrayList<>();
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord record) {
                said.add(java.text.MessageFormat.format(record.getMessage(), record.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("org.sigkevent");
        logger.addHandler(listener);
        logger.setUseParentHandlers(false);
        try {
            KeventQueue queue = KeventQueue.open(7);
            Linux.close(queue.fd());
            queue.close();
            assertTrue(said.stream().anyMatch(line -> line.contains("closed by something else")), said::toString);
        } finally {
            logger.removeHandler(listener);
            logger.setUseParentHandlers(true);
        }
    }
}
