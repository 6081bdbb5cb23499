package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Java of the porting guide runs, and does what the C beside it does. Each block becomes a method of one class, with what it takes as
 * given; what it answers to its test is the expression in {@link #ANSWERS}.
 */
@Timeout(120)
class PortingRecipesTest {
    private static final Path GUIDE = Path.of("src", "docs", "porting.md");
    private static final int A = Signal.SIGRTMIN;
    private static final int B = Signal.SIGRTMIN + 1;

    /** Of each block, by its section and its place there, what it answers. */
    private static final Map<String, String> ANSWERS = new LinkedHashMap<>();

    static {
        ANSWERS.put("First page 1", "new Object[] {n, spec.it_value, spec.it_interval, cb[1].aio_buf}");
        ANSWERS.put("kevent, EVFILT_READ and EVFILT_WRITE 1", "new Object[] {total, event.result, event.object}");
        ANSWERS.put("EV_ONESHOT, EV_DISPATCH and EV_DELETE 1", "event");
        ANSWERS.put("EVFILT_AIO: SIGEV_KEVENT and sigev_notify_kqueue 1", "new Object[] {n, event.id}");
        ANSWERS.put(
                "EVFILT_LIO, aio_readv and aio_writev 1",
                "new Object[] {n, event.object, event.descriptor, head.get(1), rest.get(1), cb}");
        ANSWERS.put("aio_waitcomplete 1", "record");
        ANSWERS.put("EVFILT_TIMER 1", "event");
        ANSWERS.put("EVFILT_SIGNAL 1", "event");
        ANSWERS.put("EVFILT_PROC 1", "new Object[] {status, event}");
        ANSWERS.put("EVFILT_USER 1", "event");
        ANSWERS.put("A signal handler 1", "ticks[0]");
        ANSWERS.put("Handlers with sigsuspend and pause 1", "Program.run()");
        ANSWERS.put("Handlers with sigsuspend and pause 2", "((Runnable) () -> Program.run())");
        ANSWERS.put("A loop of sigwaitinfo or sigwait 1", "sum");
        ANSWERS.put("A periodic timer with sigwaitinfo 1", "info");
        ANSWERS.put("SIGEV_SIGNAL of AIO with a handler 1", "((Runnable) () -> Program.run(list))");
        ANSWERS.put("A loop of kevent_take 1", "new long[] {ticks, signals, bytes}");
        ANSWERS.put("The self-pipe trick 1", "event");
        ANSWERS.put("A signal handler to a ring 1", "record");
        ANSWERS.put("SIGEV_THREAD to a ring 1", "id[0]");
        ANSWERS.put("A poll loop to a ring 1", "text");
        ANSWERS.put("A poll loop to a ring 2", "n");
        ANSWERS.put("sival_ptr to an object 1", "request.toString()");
        ANSWERS.put("errno to an exception and back 1", "Errno.errno()");
        ANSWERS.put("An aio_suspend loop to a ring 1", "record");
        ANSWERS.put("mq_notify, again and again 1", "text");
        ANSWERS.put("A ring shared with a C program 1", "descriptor");
        ANSWERS.put("A ring shared with a C program 2", "record");
    }

    @TempDir
    static Path folder;

    private static URLClassLoader loader;
    private static Map<String, Method> recipes;

    private final KeventQueue queue = KeventQueue.open(64);
    private final int kfd = queue.fd();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(16);
    private final Aiocb[] list = new Aiocb[3];
    private final int[] pipe = new int[2];
    private int file;
    private int mqd = -1;
    private int pid;
    private volatile Thread runner;

    /** The blocks of Java, by section and place; the imports at "imports". */
    private static Map<String, String> blocks() throws Exception {
        Map<String, String> blocks = new LinkedHashMap<>();
        String section = "";
        int place = 0;
        StringBuilder block = null;
        for (String line : Files.readAllLines(GUIDE)) {
            if (line.equals("```java")) {
                block = new StringBuilder();
            } else if (line.equals("```") && block != null) {
                String text = block.toString();
                blocks.put(text.startsWith("import ") ? "imports" : section + " " + ++place, text);
                block = null;
            } else if (block != null) {
                block.append(line).append('\n');
            } else if (line.startsWith("#")) {
                section = line.replaceFirst("#+ ", "");
                place = 0;
            }
        }
        return blocks;
    }

    @BeforeAll
    static void compile() throws Exception {
        Map<String, String> blocks = blocks();
        StringBuilder source = new StringBuilder(blocks.remove("imports")).append("class Recipes {\n");
        List<String> names = new ArrayList<>();
        blocks.forEach((name, code) -> {
            source.append("static Object recipe").append(names.size());
            source.append("(KeventQueue queue, int kfd, int fd, int mqd, ByteBuffer buffer, Aiocb[] ");
            // the first page declares a list of its own
            source.append(name.startsWith("First page") ? "given" : "list").append(", int pid) throws Exception {\n");
            source.append(code).append("return ").append(ANSWERS.get(name)).append(";\n}\n");
            names.add(name);
        });
        Path file = Files.writeString(folder.resolve("Recipes.java"), source.append("}\n"));
        assertEquals("", Support.compile(folder, file));
        loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, PortingRecipesTest.class.getClassLoader());
        Map<String, Method> methods = new LinkedHashMap<>();
        for (Method method : loader.loadClass("Recipes").getDeclaredMethods()) {
            if (method.getName().startsWith("recipe")) {
                method.setAccessible(true);
                methods.put(names.get(Integer.parseInt(method.getName().substring(6))), method);
            }
        }
        recipes = methods;
    }

    @AfterAll
    static void close() throws Exception {
        loader.close();
    }

    @BeforeEach
    void open() throws Exception {
        Path path = Files.writeString(folder.resolve("file"), "0123456789abcdef");
        file = Fcntl.open(path.toString(), Fcntl.O_RDWR);
        ok(file);
        ok(Unistd.pipe(pipe));
        for (int i = 0; i < list.length; i++) {
            list[i] = new Aiocb();
            list[i].aio_fildes = file;
            list[i].aio_buf = ByteBuffer.allocateDirect(4);
            list[i].aio_nbytes = 4;
            list[i].aio_offset = 4 * i;
        }
    }

    @AfterEach
    void giveBack() {
        queue.close();
        for (int fd : new int[] {file, pipe[0], pipe[1], mqd}) {
            Unistd.close(fd);
        }
        Support.giveBack(A, B, Signal.SIGUSR1, Signal.SIGALRM);
    }

    /** Starts a recipe in a thread of its own. */
    private FutureTask<Object> start(String name, int fd) {
        return Support.start(() -> {
            runner = Thread.currentThread();
            try {
                return recipes.get(name).invoke(null, queue, kfd, fd, mqd, buffer, list, pid);
            } catch (InvocationTargetException thrown) {
                throw new AssertionError(name, thrown.getCause());
            }
        });
    }

    /** Runs one to its end. */
    private Object run(String name, int fd) throws Exception {
        return Support.get(start(name, fd));
    }

    /** Whether the recipe is in this method. */
    private boolean isIn(String method) {
        Thread thread = runner;
        return thread != null
                && Arrays.stream(thread.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals(method));
    }

    private void untilItIsIn(String method) {
        Support.until("it is in " + method, () -> isIn(method));
    }

    private void send(int signo, int value) {
        ok(Signal.sigqueue(Unistd.getpid(), signo, SigVal.of(value)));
    }

    private void write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertEquals(bytes.length, Unistd.write(pipe[1], bytes, bytes.length));
    }

    /** No block without a test of its own. */
    @Test
    void everyBlockOfTheGuideIsRun() throws Exception {
        assertEquals(ANSWERS.keySet(), recipes.keySet());
        String tests = Files.readString(Path.of("src/test/java/org/sigkevent/PortingRecipesTest.java"));
        for (String name : ANSWERS.keySet()) {
            assertTrue(tests.contains("run(\"" + name + "\"") || tests.contains("start(\"" + name + "\""), name);
        }
    }

    @Test
    void theFirstPageReadsWhatItWrote() throws Exception {
        Object[] answer = (Object[]) run("First page 1", -1);
        assertEquals(18, answer[0]);
        assertNotSame(answer[1], answer[2]);
        assertEquals(((TimeSpec) answer[1]).toNanos(), ((TimeSpec) answer[2]).toNanos());
        assertEquals(6, ((byte[]) answer[3]).length);
    }

    @Test
    void aListOfNullsSucceedsAndDoesNothing() {
        ok(Aio.lio_listio(Aio.LIO_WAIT, new Aiocb[2], 2, null));
    }

    @Test
    void positionAndLimitOfABufferStay() {
        write("text");
        buffer.position(3).limit(9);
        assertEquals(4, Unistd.read(pipe[0], buffer, buffer.remaining()));
        assertEquals(3, buffer.position());
        assertEquals(9, buffer.limit());
        assertEquals('t', buffer.get(3));
    }

    @Test
    void errnoIsReadAndSetAndAHandlerHasItsOwn() {
        int[] seen = new int[1];
        Errno.errno(0);
        assertNotSame(
                Signal.SIG_ERR,
                Signal.signal(A, signo -> seen[0] = Unistd.write(-1, new byte[1], 1) < 0 ? Errno.errno() : -1));
        ok(Signal.raise(A));
        assertEquals(Errno.EBADF, seen[0]);
        assertEquals(0, Errno.errno());
        Errno.errno(Errno.ENOENT);
        assertEquals(Errno.ENOENT, Errno.errno());
    }

    @Test
    void aHandlerWritesToAPipe() {
        assertNotSame(Signal.SIG_ERR, Signal.signal(A, signo -> write("!")));
        ok(Signal.raise(A));
        assertEquals(1, Unistd.read(pipe[0], buffer, 1));
        assertEquals('!', buffer.get(0));
    }

    /** A request into a buffer that nobody else refers to. */
    private WeakReference<Object> readInFlight() {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = pipe[0];
        cb.aio_buf = ByteBuffer.allocateDirect(4);
        cb.aio_nbytes = 4;
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        ok(Aio.aio_read(cb));
        return new WeakReference<>(cb.aio_buf);
    }

    @Test
    void whatIsInFlightIsKept() {
        WeakReference<Object> into = readInFlight();
        Support.collect();
        assertNotEquals(null, into.get());
        write("text");
        assertEquals(4, Support.take(kfd).result);
    }

    @Test
    void theEndOfAPipeIsPollhupAlone() {
        KeventEvent level = KeventEvent.fdLevel(pipe[0], Poll.POLLIN, SigVal.of(1));
        write("x");
        ok(Unistd.close(pipe[1]));
        pipe[1] = -1;
        ok(Kevent.kevent_submit(kfd, level, 0, null));
        assertEquals(Poll.POLLIN | Poll.POLLHUP, Support.take(kfd).result);
        assertEquals(1, Unistd.read(pipe[0], buffer, 1));
        // one that was made before the read may be there already
        Support.until("POLLHUP alone", () -> Support.take(kfd).result == Poll.POLLHUP);
    }

    @Test
    void aLevelRecordMayBeOlderThanTheRead() {
        ok(Kevent.kevent_submit(kfd, KeventEvent.fdLevel(pipe[0], Poll.POLLIN, SigVal.of(1)), 0, null));
        write("x");
        Support.take(kfd);
        // the next record is made although the byte will be read before it is taken
        Support.until("the next record", () -> queue.stats().unread == 1);
        assertEquals(1, Unistd.read(pipe[0], buffer, 1));
        assertEquals(Poll.POLLIN, Support.take(kfd).result);
    }

    @Test
    void triggersDoNotMerge() {
        KeventEvent trigger = KeventEvent.user(SigVal.of("udata"));
        for (int i = 0; i < 3; i++) {
            ok(Kevent.kevent_submit(kfd, trigger, 0, null));
        }
        for (int i = 0; i < 3; i++) {
            assertEquals("udata", Support.take(kfd).object);
        }
        assertEquals(null, queue.poll());
    }

    @Test
    void aFailedElementIsEioOfItsList() {
        Aiocb wrong = list[0];
        wrong.aio_lio_opcode = Aio.LIO_READ;
        wrong.aio_fildes = pipe[1];
        ok(Aio.lio_listio(Aio.LIO_NOWAIT, list, 1, SigEvent.kevent(kfd, SigVal.of(2))));
        KeventRecord record = Support.take(kfd);
        assertEquals(-1, record.descriptor);
        assertEquals(Errno.EIO, record.error);
    }

    @Test
    void aKqueueLoopReadsUntilTheEndOfThePipe() throws Exception {
        write("abcdefghij");
        FutureTask<Object> loop = start("kevent, EVFILT_READ and EVFILT_WRITE 1", pipe[0]);
        Support.until("all is read", () -> !Support.readable(pipe[0], 0));
        ok(Unistd.close(pipe[1]));
        pipe[1] = -1;
        Object[] answer = (Object[]) Support.get(loop);
        assertEquals(10L, answer[0]);
        assertEquals("udata", answer[2]);
    }

    @Test
    void aRegistrationIsEnabledAgainAndDeleted() throws Exception {
        write("a");
        KeventRecord last = (KeventRecord) run("EV_ONESHOT, EV_DISPATCH and EV_DELETE 1", pipe[0]);
        assertEquals(Errno.ECANCELED, last.error);
        assertEquals("udata", last.object);
    }

    @Test
    void aReadComesAsARecordWithItsBlock() throws Exception {
        Object[] answer = (Object[]) run("EVFILT_AIO: SIGEV_KEVENT and sigev_notify_kqueue 1", file);
        assertEquals(16L, answer[0]);
        assertEquals(Kevent.KEVENT_AIO, answer[1]);
    }

    @Test
    void aListOfPiecesComesAsOneRecord() throws Exception {
        Object[] answer = (Object[]) run("EVFILT_LIO, aio_readv and aio_writev 1", file);
        assertEquals(8L, answer[0]);
        assertEquals("udata", answer[1]);
        assertEquals(-1, answer[2]);
        assertEquals((byte) '1', answer[3]);
        assertEquals((byte) '5', answer[4]);
        Aiocb again = (Aiocb) answer[5];
        Support.until("aio_readv has read", () -> Aio.aio_error(again) == 0);
        assertEquals(8, Aio.aio_return(again));
    }

    private void checkAll(Object last) {
        assertEquals(Kevent.KEVENT_AIO, ((KeventRecord) last).id);
        assertEquals(null, queue.poll());
        String all = "";
        for (Aiocb cb : list) {
            all += StandardCharsets.UTF_8.decode((ByteBuffer) cb.aio_buf);
        }
        assertEquals("0123456789ab", all);
    }

    @Test
    void eachRequestThatIsCompleteIsTakenOnce() throws Exception {
        checkAll(run("aio_waitcomplete 1", file));
    }

    @Test
    void aLoopTakesEachRequestOnce() throws Exception {
        checkAll(run("An aio_suspend loop to a ring 1", file));
    }

    @Test
    void aTimerCountsItsExpiries() throws Exception {
        KeventRecord event = (KeventRecord) run("EVFILT_TIMER 1", -1);
        assertEquals(Kevent.KEVENT_TIMER, event.id);
        assertEquals("udata", event.object);
    }

    @Test
    void aSignalComesAsARecord() throws Exception {
        FutureTask<Object> recipe = start("EVFILT_SIGNAL 1", -1);
        Support.until("it waits for it", () -> Support.waiting(Signal.SIGUSR1));
        send(Signal.SIGUSR1, 1);
        KeventRecord event = (KeventRecord) Support.get(recipe);
        assertEquals(Signal.SIGUSR1, event.descriptor);
        assertEquals(Unistd.getpid(), (int) (event.data1 >>> 32));
    }

    /** What FreeBSD wants before EVFILT_SIGNAL is no obstacle here. */
    @Test
    void anIgnoredSignalComesToARequestAllTheSame() throws Exception {
        assertNotSame(Signal.SIG_ERR, Signal.signal(Signal.SIGUSR1, Signal.SIG_IGN));
        aSignalComesAsARecord();
    }

    @Test
    void theEndOfAChildComesWithItsStatus() throws Exception {
        Process child = new ProcessBuilder("/bin/sh", "-c", "read line; exit 7").start();
        try {
            pid = (int) child.pid();
            FutureTask<Object> recipe = start("EVFILT_PROC 1", -1);
            untilItIsIn("kevent_take");
            child.getOutputStream().close();
            Object[] answer = (Object[]) Support.get(recipe);
            KeventRecord event = (KeventRecord) answer[1];
            assertEquals(7, answer[0], event::toString);
            assertEquals(Signal.CLD_EXITED, event.data0);
            assertEquals(7, child.waitFor());
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void aTriggerOfAnotherThreadComes() throws Exception {
        assertEquals("udata", ((KeventRecord) run("EVFILT_USER 1", -1)).object);
    }

    @Test
    void aHandlerHasRunWhenRaiseReturns() throws Exception {
        assertEquals(1, run("A signal handler 1", -1));
    }

    @Test
    void sigsuspendLosesNoSignal() throws Exception {
        FutureTask<Object> recipe = start("Handlers with sigsuspend and pause 1", -1);
        untilItIsIn("sigsuspend");
        send(A, 0);
        send(B, 0);
        int loads = (Integer) Support.get(recipe);
        assertEquals(1, loads);
    }

    @Test
    void aTimerEndsEachPause() throws Exception {
        Runnable program = (Runnable) run("Handlers with sigsuspend and pause 2", -1);
        Support.get(Support.start(() -> {
            program.run();
            return null;
        }));
    }

    @Test
    void valuesAreAddedUntilTheOtherSignal() throws Exception {
        FutureTask<Object> recipe = start("A loop of sigwaitinfo or sigwait 1", -1);
        Support.until("it waits", () -> Support.waiting(A));
        send(A, 5);
        send(A, 6);
        // both are taken before the other is: a lower signal is first
        send(B, 0);
        send(A, 100);
        send(A, 100);
        Support.until("both are taken", () -> pending() == 0);
        send(B, 0);
        int sum = (Integer) Support.get(recipe);
        assertTrue(sum == 5 + 6 + 2 || sum == 5 + 6 + 100 + 1 || sum == 5 + 6 + 200, "sum: " + sum);
    }

    private static int pending() {
        SigSet set = new SigSet();
        ok(Signal.sigpending(set));
        return Signal.sigismember(set, A) + Signal.sigismember(set, B);
    }

    @Test
    void aPeriodicTimerIsWaitedFor() throws Exception {
        assertEquals(Signal.SI_TIMER, ((SigInfo) run("A periodic timer with sigwaitinfo 1", -1)).si_code);
    }

    @Test
    void aHandlerTakesTheResultsOfRequests() throws Exception {
        Runnable program = (Runnable) run("SIGEV_SIGNAL of AIO with a handler 1", file);
        Support.get(Support.start(() -> {
            program.run();
            return null;
        }));
        for (Aiocb cb : list) {
            // taken by the handler
            assertEquals(-1, Aio.aio_return(cb));
        }
    }

    @Test
    void oneLoopTakesEveryKindOfEvent() throws Exception {
        FutureTask<Object> recipe = start("A loop of kevent_take 1", pipe[0]);
        Support.until("it waits", () -> Support.waiting(A));
        write("first");
        Support.until("it is read", () -> !Support.readable(pipe[0], 0));
        write("again");
        send(A, 0);
        send(A, 0);
        Support.until("it is read", () -> !Support.readable(pipe[0], 0));
        // two of the descriptor, two of the signals, and one of the timer at the least
        Support.until("a tick", () -> queue.stats().posted >= 5);
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        long[] counts = (long[]) Support.get(recipe);
        assertTrue(counts[0] >= 1, () -> "ticks: " + counts[0]);
        assertEquals(2, counts[1]);
        assertEquals(10, counts[2]);
    }

    @Test
    void aSignalEndsALoopOverDescriptors() throws Exception {
        FutureTask<Object> recipe = start("The self-pipe trick 1", pipe[0]);
        Support.until("it waits", () -> Support.waiting(A));
        write("text");
        Support.until("it is read", () -> !Support.readable(pipe[0], 0));
        send(A, 0);
        assertEquals("signal", ((KeventRecord) Support.get(recipe)).object);
    }

    @Test
    void aSignalComesIntoTheRingWithItsValue() throws Exception {
        FutureTask<Object> recipe = start("A signal handler to a ring 1", -1);
        Support.until("it waits", () -> Support.waiting(A));
        send(A, 9);
        KeventRecord record = (KeventRecord) Support.get(recipe);
        assertEquals(A, record.descriptor);
        assertEquals(9, record.data0);
    }

    @Test
    void aTimerWithASigeventOfTheRing() throws Exception {
        int timer = (Integer) run("SIGEV_THREAD to a ring 1", -1);
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        ok(Time.timer_settime(timer, 0, soon, null));
        assertEquals(7, Support.take(kfd).cookie);
        ok(Time.timer_delete(timer));
    }

    @Test
    void aPollLoopReadsUntilTheEnd() throws Exception {
        FutureTask<Object> recipe = start("A poll loop to a ring 1", pipe[0]);
        write("first");
        Support.until("it is read", () -> !Support.readable(pipe[0], 0));
        write("again");
        Support.until("it is read", () -> !Support.readable(pipe[0], 0));
        ok(Unistd.close(pipe[1]));
        pipe[1] = -1;
        assertEquals("again", new String((byte[]) Support.get(recipe), 0, 5, StandardCharsets.UTF_8));
    }

    @Test
    void aPollOfAMessageQueueEndsWithAMessageOrWithTheTime() throws Exception {
        openMessages();
        assertEquals(-1L, run("A poll loop to a ring 2", -1));
        assertEquals(Errno.ECANCELED, Support.take(kfd).error, "and nothing is left of the request");
        ok(Mqueue.mq_send(mqd, "hello".getBytes(StandardCharsets.UTF_8), 5, 0));
        assertEquals(5L, run("A poll loop to a ring 2", -1));
    }

    private void openMessages() {
        String name = "/sigkevent-recipes-" + Unistd.getpid();
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 4;
        attr.mq_msgsize = 8;
        mqd = Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, attr);
        ok(mqd);
        ok(Mqueue.mq_unlink(name));
    }

    @Test
    void theObjectComesBack() throws Exception {
        assertEquals("request", run("sival_ptr to an object 1", file));
    }

    @Test
    void anErrnoGoesIntoAnExceptionAndBack() throws Exception {
        assertNotEquals(null, run("errno to an exception and back 1", -1));
    }

    @Test
    void eachMessageIsReceivedUntilTheDescriptorIsClosed() throws Exception {
        openMessages();
        FutureTask<Object> recipe = start("mq_notify, again and again 1", -1);
        for (String text : List.of("one", "two", "three")) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            ok(Mqueue.mq_send(mqd, bytes, bytes.length, 0));
            MqAttr now = new MqAttr();
            Support.until("it is received", () -> Mqueue.mq_getattr(mqd, now) == 0 && now.mq_curmsgs == 0);
        }
        // registered, with nothing more to take
        Support.until("it waits", () -> isIn("take") && queue.stats().unread == 0 && queue.stats().armed == 1);
        ok(Mqueue.mq_close(mqd));
        mqd = -1;
        assertEquals("three", new String((byte[]) Support.get(recipe), 0, 5, StandardCharsets.UTF_8));
    }

    @Test
    void theDescriptorOfAQueueIsToldAndItsRecordsAreTaken() throws Exception {
        assertEquals(kfd, run("A ring shared with a C program 1", -1));
        FutureTask<Object> recipe = start("A ring shared with a C program 2", -1);
        queue.offer(SigVal.of(4));
        Support.until("it is taken", () -> queue.stats().unread == 0);
        queue.close();
        assertEquals(4, ((KeventRecord) Support.get(recipe)).cookie);
    }
}
