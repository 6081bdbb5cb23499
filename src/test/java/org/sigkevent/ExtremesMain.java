package org.sigkevent;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Calls the functions of the C face, and submits requests of every kind, with arguments drawn from the edges of what their types
 * can hold. None may throw, and none may hang: a call that takes longer than a moment is interrupted. Ends with "survived" and
 * the numbers when the queues can still be destroyed.
 */
final class ExtremesMain {
    private static final int[] INTS = {
        0,
        1,
        2,
        3,
        7,
        16,
        63,
        64,
        65,
        1024,
        4096,
        1 << 20,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        -1,
        -2,
        -100,
        999_999_999
    };
    private static final long[] LONGS = {
        0,
        1,
        2,
        8,
        4095,
        4096,
        4097,
        65_536,
        65_537,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        1_000_000_000L,
        999_999_999L
    };
    /** None that ends the JVM in order, as SIGTERM does. */
    private static final int[] SIGNALS = {0, -1, 4, 5, 7, 8, 9, 11, 19, 65, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE};

    private static final long MOMENT_NANOS = 5_000_000;

    /** They would change the machine, end processes, or close descriptors of the JVM. */
    private static final Set<String> LEFT_OUT = Set.of(
            "clock_settime",
            "sigqueue",
            "kill",
            "raise",
            "close",
            "kevent_init",
            "open",
            "mq_open",
            "mq_unlink",
            "fcntl",
            "umask");

    private final Random random;
    private final List<Integer> descriptors = new ArrayList<>();
    private final List<Integer> queues = new ArrayList<>();
    private final List<Aiocb> blocks = new ArrayList<>();
    private final ByteBuffer[] buffers = {
        ByteBuffer.allocateDirect(0),
        ByteBuffer.allocateDirect(4),
        ByteBuffer.allocateDirect(8192),
        ByteBuffer.allocate(100),
        ByteBuffer.allocateDirect(4096).asReadOnlyBuffer(),
        ByteBuffer.allocate(16).asReadOnlyBuffer(),
        ByteBuffer.allocateDirect(100).position(3).slice()
    };
    private volatile long begun;

    private ExtremesMain(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[0]);
        System.out.println("seed " + seed);
        new ExtremesMain(seed).run(Integer.parseInt(args[1]));
    }

    private void run(int calls) throws Exception {
        Path file = Files.createTempFile("extremes", ".tmp");
        Files.write(file, new byte[10_000]);
        Thread caller = Thread.currentThread();
        Thread impatient = new Thread(() -> interruptWhatTakesLong(caller), "impatient");
        impatient.setDaemon(true);
        impatient.start();
        descriptors.add(Fcntl.open(file.toString(), Fcntl.O_RDWR, 0));
        descriptors.add(Fcntl.open(file.toString(), Fcntl.O_RDONLY, 0));
        String name = "/extremes-" + ProcessHandle.current().pid();
        descriptors.add(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
        Mqueue.mq_unlink(name);
        queues.add(Kevent.kevent_init(16));
        queues.add(Kevent.kevent_init(4096));
        descriptors.addAll(queues);
        List<Method> methods = methods();
        int answered = 0;
        for (int i = 0; i < calls; i++) {
            Method method = methods.get(random.nextInt(methods.size()));
            Object[] arguments = new Object[method.getParameterCount()];
            for (int k = 0; k < arguments.length; k++) {
                arguments[k] = draw(method.getParameterTypes()[k], 0);
            }
            begun = System.nanoTime();
            try {
                Object answer = method.invoke(null, arguments);
                if (answer instanceof KeventEvent) {
                    answered += Kevent.kevent_submit(one(queues), (KeventEvent) answer, Kevent.KEVENT_NOWAIT, null) == 0
                            ? 1
                            : 0;
                    if (random.nextBoolean()) {
                        Kevent.kevent_ctl(one(queues), Kevent.KEVENT_CTL_CANCEL, (KeventEvent) answer);
                    }
                }
            } catch (InvocationTargetException thrown) {
                if (!(thrown.getCause() instanceof NullPointerException)
                        || method.getReturnType() != KeventEvent.class) {
                    throw new AssertionError(method + " " + List.of(words(arguments)), thrown.getCause());
                }
            }
            begun = 0;
            Thread.interrupted();
            if (i % 64 == 0) {
                renew();
            }
        }
        begun = System.nanoTime() + 60_000_000_000L;
        for (int kfd : queues) {
            if (Kevent.kevent_destroy(kfd, null, 0) < 0 && Errno.errno() != Errno.EBADF) {
                throw new AssertionError(Errno.message());
            }
        }
        Files.delete(file);
        System.out.println("survived " + calls + " calls, " + answered + " requests were accepted");
    }

    private static String[] words(Object[] arguments) {
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = String.valueOf(arguments[i]);
        }
        return words;
    }

    /** Full queues refuse everything: takes what is there, and makes a queue anew that a call has destroyed. */
    private void renew() {
        KeventRecord record = new KeventRecord();
        for (int i = 0; i < queues.size(); i++) {
            KeventRing ring = Kevent.kevent_map_ringbuf(queues.get(i), 1);
            if (ring == null) {
                queues.set(i, Kevent.kevent_init(i == 0 ? 16 : 4096));
            }
            for (int n = 0; ring != null && n < 10_000 && ring.take(record); n++) {
                if (record.id == Kevent.KEVENT_SOCKET && record.result > 0) {
                    Unistd.close((int) record.result);
                }
            }
        }
    }

    private void interruptWhatTakesLong(Thread caller) {
        for (; ; ) {
            long since = begun;
            if (since != 0 && System.nanoTime() - since > MOMENT_NANOS) {
                caller.interrupt();
            }
            java.util.concurrent.locks.LockSupport.parkNanos(MOMENT_NANOS / 4);
        }
    }

    private static List<Method> methods() {
        List<Method> methods = new ArrayList<>();
        for (Class<?> type : new Class<?>[] {
            Aio.class,
            Fcntl.class,
            Futex.class,
            Ipc.class,
            Kevent.class,
            Mqueue.class,
            Signal.class,
            Stat.class,
            SysFile.class,
            Time.class,
            KeventEvent.class
        }) {
            for (Method method : type.getDeclaredMethods()) {
                int modifiers = method.getModifiers();
                if (Modifier.isPublic(modifiers)
                        && Modifier.isStatic(modifiers)
                        && !method.isSynthetic()
                        && !LEFT_OUT.contains(method.getName())) {
                    methods.add(method);
                }
            }
        }
        // the order of reflection may differ between runs
        methods.sort((a, b) -> a.toString().compareTo(b.toString()));
        return methods;
    }

    private int one(List<Integer> of) {
        return of.get(random.nextInt(of.size()));
    }

    private int anInt() {
        return random.nextInt(3) == 0 ? one(descriptors) : INTS[random.nextInt(INTS.length)];
    }

    private long aLong() {
        return LONGS[random.nextInt(LONGS.length)];
    }

    /** A value of the type; structs with drawn fields, sometimes null. */
    private Object draw(Class<?> type, int depth) {
        if (type == int.class) {
            return anInt();
        }
        if (type == long.class) {
            return aLong();
        }
        if (type == boolean.class) {
            return random.nextBoolean();
        }
        if (depth > 2 || random.nextInt(12) == 0) {
            return null;
        }
        if (type == TimeSpec.class) {
            return new TimeSpec(aLong(), aLong());
        }
        if (type == ItimerSpec.class) {
            ItimerSpec spec = new ItimerSpec();
            spec.it_value = (TimeSpec) draw(TimeSpec.class, depth + 1);
            spec.it_interval = (TimeSpec) draw(TimeSpec.class, depth + 1);
            return spec;
        }
        if (type == SigVal.class) {
            return random.nextBoolean() ? SigVal.of(aLong()) : SigVal.of(new Object());
        }
        if (type == SigSet.class) {
            SigSet set = new SigSet();
            Signal.sigaddset(set, 40 + random.nextInt(15));
            Signal.sigaddset(set, random.nextInt(70));
            return set;
        }
        if (type == SigEvent.class) {
            SigEvent event = new SigEvent();
            event.sigev_notify = random.nextInt(6);
            event.sigev_notify_kqueue = random.nextInt(4) == 0 ? anInt() : one(queues);
            event.sigev_notify_function = random.nextBoolean() ? value -> {} : null;
            event.sigev_notify_attributes = random.nextInt(4) == 0 ? "nonsense" : null;
            event.sigev_value = (SigVal) draw(SigVal.class, depth + 1);
            event.sigev_signo = SIGNALS[random.nextInt(SIGNALS.length)];
            return event;
        }
        if (type == Aiocb.class) {
            return block(depth);
        }
        if (type == Aiocb[].class) {
            Aiocb[] list = new Aiocb[random.nextInt(5)];
            for (int i = 0; i < list.length; i++) {
                list[i] = (Aiocb) draw(Aiocb.class, depth + 1);
            }
            return list;
        }
        if (type == KeventEvent.class) {
            KeventEvent event = new KeventEvent();
            event.id = random.nextInt(20) - 2;
            event.value = (SigVal) draw(SigVal.class, depth + 1);
            event.result = aLong();
            event.data0 = aLong();
            return event;
        }
        if (type == Object.class && random.nextBoolean()) {
            return switch (random.nextInt(4)) {
                case 0 -> draw(SigEvent.class, depth);
                case 1 -> draw(KeventEvent.class, depth);
                case 2 -> new KeventStats();
                default -> anInt();
            };
        }
        if (type == ByteBuffer.class || type == Object.class) {
            return buffers[random.nextInt(buffers.length)];
        }
        if (type == short[].class) {
            return new short[] {(short) anInt(), (short) anInt(), (short) anInt()};
        }
        if (type == int[].class) {
            return new int[random.nextInt(2)];
        }
        if (type == MqAttr.class) {
            MqAttr attr = new MqAttr();
            attr.mq_flags = aLong();
            return attr;
        }
        if (type == String.class) {
            return "";
        }
        if (type == SocketAddress.class) {
            return new InetSocketAddress("127.0.0.1", 1 + random.nextInt(3));
        }
        if (type == KeventRing.class) {
            return Kevent.kevent_map_ringbuf(one(queues), 1);
        }
        if (type == KeventRecord.class) {
            return new KeventRecord();
        }
        if (type == Stat.class) {
            return new Stat();
        }
        if (type == KeventStats.class) {
            return new KeventStats();
        }
        if (type == SigInfo.class) {
            return new SigInfo();
        }
        if (type == SigHandler.class) {
            return new SigHandler[] {Signal.SIG_DFL, Signal.SIG_IGN, Signal.SIG_ERR, signo -> {}}[random.nextInt(4)];
        }
        if (type == SigAction.class) {
            SigAction act = new SigAction();
            act.sa_handler = (SigHandler) draw(SigHandler.class, depth + 1);
            act.sa_sigaction = random.nextBoolean() ? null : (signo, info, context) -> {};
            act.sa_mask = (SigSet) draw(SigSet.class, depth + 1);
            act.sa_flags = random.nextBoolean() ? Signal.SA_SIGINFO | Signal.SA_NODEFER : anInt();
            return act;
        }
        throw new AssertionError("no value of " + type);
    }

    private Aiocb block(int depth) {
        if (blocks.size() > 200 || !blocks.isEmpty() && random.nextInt(3) == 0) {
            // perhaps in flight
            return blocks.get(random.nextInt(blocks.size()));
        }
        Aiocb cb = new Aiocb();
        cb.aio_fildes = random.nextInt(8) == 0 ? anInt() : one(descriptors.subList(0, 2));
        cb.aio_offset = random.nextInt(3) == 0 ? aLong() : random.nextInt(20_000);
        cb.aio_nbytes = random.nextInt(3) == 0 ? aLong() : random.nextInt(200);
        cb.aio_buf = draw(Object.class, depth + 1);
        cb.aio_reqprio = random.nextInt(3) == 0 ? anInt() : 0;
        cb.aio_lio_opcode = random.nextInt(5) - 1;
        cb.aio_iov =
                random.nextInt(4) == 0 ? null : new ByteBuffer[] {buffers[1], buffers[random.nextInt(buffers.length)]};
        cb.aio_iovcnt = random.nextInt(5) - 1;
        cb.aio_sigevent = (SigEvent) draw(SigEvent.class, depth + 1);
        blocks.add(cb);
        return cb;
    }
}
