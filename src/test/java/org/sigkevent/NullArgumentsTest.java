package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Every public method with null in the place of each argument in turn: a function of the C face answers and throws nothing; a
 * method of an object accepts it, or says which argument is null and has done nothing.
 */
class NullArgumentsTest {
    private static final Set<Class<?>> C_FACE = Set.of(
            Aio.class,
            Errno.class,
            Fcntl.class,
            Futex.class,
            Ipc.class,
            Kevent.class,
            Mqueue.class,
            Msg.class,
            Sem.class,
            Signal.class,
            Stat.class,
            Stdio.class,
            SysFile.class,
            SysSocket.class,
            Time.class,
            Unistd.class);

    private KeventQueue queue;
    private MessageQueue messages;
    private AioFile file;
    private Path path;

    /** An argument or a receiver of each type. */
    private final Map<Class<?>, Object> samples = new HashMap<>();

    private void open() throws Exception {
        queue = KeventQueue.open(64);
        path = Files.createTempFile("null-arguments", ".tmp");
        file = AioFile.open(queue, path, Fcntl.O_RDWR, 0);
        String name = "/null-arguments-" + ProcessHandle.current().pid();
        messages = MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, null);
        MessageQueue.unlink(name);
        messages.send(ByteBuffer.allocateDirect(1), 0);
        queue.post(SigVal.of(5));
        samples.put(KeventQueue.class, queue);
        samples.put(AioFile.class, file);
        samples.put(MessageQueue.class, messages);
        samples.put(KeventTimer.class, queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(1)));
        samples.put(AioOperation.class, file.read(ByteBuffer.allocateDirect(8), 0, SigVal.of(2)));
        samples.put(KeventRing.class, Support.ring(queue.fd()));
        samples.put(KeventRecord.class, new KeventRecord());
        samples.put(KeventEvent.class, KeventEvent.user(SigVal.of(3)));
        samples.put(KeventStats.class, new KeventStats());
        samples.put(KeventCapabilities.class, queue.capabilities());
        samples.put(SigEvent.class, new SigEvent());
        samples.put(SigVal.class, SigVal.of(4));
        samples.put(SigSet.class, new SigSet());
        samples.put(SigInfo.class, new SigInfo());
        samples.put(SigAction.class, new SigAction());
        samples.put(SigHandler.class, Signal.SIG_DFL);
        samples.put(SigActionHandler.class, (SigActionHandler) (signo, info, context) -> {});
        samples.put(Executor.class, (Executor) Runnable::run);
        samples.put(TimeSpec.class, new TimeSpec());
        samples.put(Flock.class, new Flock());
        samples.put(Stat.class, new Stat());
        samples.put(MsgBuf.class, new MsgBuf());
        samples.put(MsqidDs.class, new MsqidDs());
        samples.put(Sembuf[].class, new Sembuf[0]);
        samples.put(ItimerSpec.class, new ItimerSpec());
        samples.put(MqAttr.class, new MqAttr());
        samples.put(Aiocb.class, new Aiocb());
        samples.put(Aiocb[].class, new Aiocb[0]);
        samples.put(ByteBuffer.class, ByteBuffer.allocateDirect(8192));
        samples.put(ByteBuffer[].class, new ByteBuffer[0]);
        samples.put(List.class, List.of());
        samples.put(Duration.class, Duration.ZERO);
        samples.put(Instant.class, Instant.EPOCH);
        samples.put(Path.class, path);
        samples.put(String.class, "/none");
        samples.put(Object.class, new byte[8192]);
        samples.put(SocketAddress.class, new InetSocketAddress("127.0.0.1", 1));
        samples.put(int[].class, new int[1]);
        samples.put(short[].class, new short[] {0, 0, 0});
        samples.put(Consumer.class, (Consumer<Object>) record -> {});
        samples.put(long.class, 1L);
        samples.put(short.class, (short) 1);
        samples.put(boolean.class, false);
    }

    private void close() throws IOException {
        file.close();
        messages.close();
        queue.close();
        Files.delete(path);
    }

    private Object sample(Class<?> type, Class<?> where) {
        if (type == int.class && where == Signal.class) {
            // no signal, to whichever process
            return 0;
        }
        if (type == int.class) {
            return where == Mqueue.class || where == MessageQueue.class ? messages.mqd() : queue.fd();
        }
        Object sample = samples.get(type);
        assertTrue(sample != null, () -> "no sample of " + type + " for " + where);
        return sample;
    }

    @Test
    void nullIsAcceptedOrRefusedInWordsInThePlaceOfEachArgument() throws Exception {
        List<String> wrong = new ArrayList<>();
        int calls = 0;
        for (Class<?> type : Support.publicClasses()) {
            for (Method method : type.getDeclaredMethods()) {
                if (!Modifier.isPublic(method.getModifiers()) || method.isSynthetic()) {
                    continue;
                }
                Class<?>[] parameters = method.getParameterTypes();
                for (int i = 0; i < parameters.length; i++) {
                    if (!parameters[i].isPrimitive()) {
                        calls++;
                        open();
                        String problem = callWithNull(type, method, parameters, i);
                        close();
                        if (problem != null) {
                            wrong.add(problem);
                        }
                    }
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(calls > 100, "only " + calls + " calls");
    }

    private long taken() {
        KeventStats stats = queue.stats();
        return stats.posted - stats.unread;
    }

    private String callWithNull(Class<?> type, Method method, Class<?>[] parameters, int place) throws Exception {
        Object[] arguments = new Object[parameters.length];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = i == place ? null : sample(parameters[i], type);
        }
        Object receiver = Modifier.isStatic(method.getModifiers()) ? null : sample(type, type);
        String call = type.getSimpleName() + "." + method.getName() + " with null as argument " + (place + 1) + " of "
                + arguments.length + ": ";
        long taken = taken();
        try {
            method.invoke(receiver, arguments);
            return null;
        } catch (InvocationTargetException thrown) {
            Throwable why = thrown.getCause();
            if (C_FACE.contains(type)) {
                return call + "threw " + why;
            }
            if (taken() != taken) {
                return call + "took a record";
            }
            boolean refusal = why instanceof KeventException || why instanceof NullPointerException;
            boolean inWords =
                    refusal && why.getMessage() != null && !why.getMessage().startsWith("Cannot ");
            return inWords ? null : call + why;
        }
    }
}
