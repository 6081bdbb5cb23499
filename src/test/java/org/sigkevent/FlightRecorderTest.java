package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.events.Events;

/** What a flight recording holds of a queue, and that nothing is missing where there is no Flight Recorder. */
@Timeout(120)
class FlightRecorderTest {
    private static final String REQUEST = "org.sigkevent.RequestCompleted";
    private static final String WAIT = "org.sigkevent.Wait";
    private static final String OVERFLOW = "org.sigkevent.Overflow";
    private static final String ENGINE = "org.sigkevent.EngineChosen";
    private static final Duration SHORT = Duration.ofMillis(20);

    @TempDir
    Path directory;

    private interface Scene {
        void play(KeventQueue queue) throws Exception;
    }

    /** The events of one kind that a queue made while it was recorded. */
    private List<RecordedEvent> record(String name, Scene scene) throws Exception {
        Path file = directory.resolve("recording.jfr");
        int fd;
        try (Recording recording = new Recording()) {
            recording.enable(name);
            recording.start();
            try (KeventQueue queue = KeventQueue.open(4)) {
                fd = queue.fd();
                scene.play(queue);
            }
            recording.stop();
            recording.dump(file);
        }
        return events(file, name, fd);
    }

    private static List<RecordedEvent> events(Path file, String name, int fd) throws IOException {
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(name) && event.getInt("queue") == fd)
                .collect(Collectors.toList());
    }

    private static RecordedEvent only(List<RecordedEvent> events) {
        assertEquals(1, events.size(), events::toString);
        return events.get(0);
    }

    private static KeventEvent delay(Duration time) {
        return KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, TimeSpec.ofNanos(time.toNanos()), SigVal.of(1));
    }

    @Test
    void aRequestIsRecordedWithItsKindAndLatency() throws Exception {
        RecordedEvent event = only(record(REQUEST, queue -> {
            queue.submit(delay(SHORT));
            queue.take();
        }));
        assertEquals("KEVENT_DELAY", event.getString("kind"));
        assertEquals(0, event.getInt("error"));
        Duration latency = event.getDuration("latency");
        assertTrue(latency.compareTo(SHORT) >= 0, latency::toString);
        assertTrue(latency.compareTo(Duration.ofMinutes(1)) < 0, latency::toString);
    }

    @Test
    void aCancelledRequestIsRecordedWithItsError() throws Exception {
        RecordedEvent event = only(record(REQUEST, queue -> {
            KeventEvent request = delay(Duration.ofHours(1));
            queue.submit(request);
            assertTrue(queue.cancel(request));
            queue.take();
        }));
        assertEquals(Errno.ECANCELED, event.getInt("error"));
    }

    @Test
    void aReadIsRecordedWithItsDescriptor() throws Exception {
        Path path = Files.write(directory.resolve("data"), new byte[10]);
        int[] fd = new int[1];
        RecordedEvent event = only(record(REQUEST, queue -> {
            try (AioFile file = AioFile.open(queue, path, Fcntl.O_RDONLY, 0)) {
                fd[0] = file.fd();
                file.read(ByteBuffer.allocateDirect(10), 0, SigVal.of(1));
                assertEquals(10, queue.take().result);
            }
        }));
        assertEquals("KEVENT_AIO", event.getString("kind"));
        assertEquals(fd[0], event.getInt("descriptor"));
        assertTrue(event.getDuration("latency").toNanos() > 0);
    }

    @Test
    void aReadWithoutANotificationIsRecordedToo() throws Exception {
        Path path = Files.write(directory.resolve("data"), new byte[10]);
        try (Recording recording = new Recording();
                KeventQueue opener = KeventQueue.open(4);
                AioFile file = AioFile.open(opener, path, Fcntl.O_RDONLY, 0)) {
            recording.enable(REQUEST);
            recording.start();
            Aiocb block = new Aiocb();
            block.aio_fildes = file.fd();
            block.aio_buf = ByteBuffer.allocateDirect(10);
            block.aio_nbytes = 10;
            block.aio_sigevent.sigev_notify = Signal.SIGEV_NONE;
            assertEquals(0, Aio.aio_read(block), Errno::message);
            Support.until("read", () -> Aio.aio_error(block) != Errno.EINPROGRESS);
            assertEquals(10, Aio.aio_return(block));
            int fd = file.fd();
            recording.stop();
            Path dump = directory.resolve("recording.jfr");
            recording.dump(dump);
            assertEquals(
                    1,
                    RecordingFile.readAllEvents(dump).stream()
                            .filter(event ->
                                    event.getEventType().getName().equals(REQUEST) && event.getInt("descriptor") == fd)
                            .count());
        }
    }

    @Test
    void aWaitIsRecordedWithItsLengthAndItsEnd() throws Exception {
        List<RecordedEvent> events = record(WAIT, queue -> assertNull(queue.poll(SHORT)));
        RecordedEvent last = events.get(events.size() - 1);
        assertEquals("record", last.getString("what"));
        assertEquals("timeout", last.getString("endedBy"));
        assertFalse(last.getDuration().isZero());
    }

    @Test
    void everyWaitAndEveryRequestIsRecorded() throws Exception {
        int n = 50;
        Scene scene = queue -> {
            for (int i = 0; i < n; i++) {
                queue.submit(delay(Duration.ofMillis(1)));
                queue.take();
                assertNull(queue.poll(Duration.ofMillis(1)));
            }
        };
        assertEquals(n, record(REQUEST, scene).size());
        List<RecordedEvent> waits = record(WAIT, scene);
        assertEquals(
                n,
                waits.stream()
                        .filter(event -> event.getString("endedBy").equals("timeout"))
                        .count(),
                waits::toString);
    }

    @Test
    void aWaitThatIsInterruptedSaysSo() throws Exception {
        List<RecordedEvent> events = record(WAIT, queue -> {
            FutureTask<Object> waiter = Support.start(() -> {
                Thread.currentThread().interrupt();
                return assertThrows(InterruptedException.class, queue::take);
            });
            Support.get(waiter);
        });
        assertEquals("interrupt", only(events).getString("endedBy"));
    }

    @Test
    void aRowOfRefusalsIsOneOverflow() throws Exception {
        RecordedEvent event = only(record(OVERFLOW, queue -> {
            for (int i = 0; i < 4; i++) {
                assertTrue(queue.offer(SigVal.of(i)));
            }
            assertFalse(queue.offer(SigVal.of(4)));
            assertFalse(queue.offer(SigVal.of(5)));
        }));
        assertEquals(4, event.getInt("capacity"));
        assertNotNull(event.getStackTrace());
    }

    @Test
    void theEngineIsRecordedWithTheReason() throws Exception {
        KeventCapabilities[] said = new KeventCapabilities[1];
        RecordedEvent event = only(record(ENGINE, queue -> said[0] = queue.capabilities()));
        assertEquals(said[0].engine(), event.getString("engine"));
        assertEquals(said[0].reason(), event.getString("reason"));
    }

    @Test
    void theTwoThatAreManyAreOffUntilTheyAreAskedForByName() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            assertEquals(0, Events.submitted());
            assertNull(Events.waitBegins());
        }
    }

    @Test
    void whatIsOffAllocatesNothing() {
        long bytes = 0;
        for (int i = 0; i < 120_000; i++) {
            if (i == 20_000) {
                bytes = Support.allocatedBytes();
            }
            Events.submitted();
            Events.completed(1, "KEVENT_AIO", 2, 3, 4);
            Events.waitBegins();
            Events.overflow(1, 2);
        }
        bytes = Support.allocatedBytes() - bytes;
        assertTrue(bytes <= 10_000, bytes + " bytes for 100,000 looks");
    }

    @Test
    void everythingWorksWithoutTheModule() throws Exception {
        List<String> command = ChildJvm.command(WithoutRecorderMain.class.getName());
        command.add(1, "--limit-modules=java.base,java.logging,jdk.unsupported");
        ChildJvm.run(directory, command).succeeded("works without Flight Recorder");
    }
}
