package bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.AdviceAdapter;
import org.sigkevent.Aio;

/**
 * The way of one aio_read whose pages are not in memory, from the call until its record is taken: which methods of the library
 * are entered, in how many classes, and how often a call goes back into a class that is already on the stack.
 *
 * <p>The library's classes are loaded a second time, by a loader that puts a note at the entry and exit of each method;
 * {@link ColdRead} does the read with those. A nested class counts as the one around it. A way back is a call from a method of
 * another class into a method of a class that has a frame deeper in the stack; calls from one class into another are one way.
 *
 * <p>Only threads that carry the read count, not one that happens to look after its queue meanwhile.
 *
 * <p>{@code bench.former} names another jar of the library to walk through.
 */
public final class Walk {
    private static final String LIBRARY = "org.sigkevent.";
    private static final int READS = 50;

    /** A method's entry. */
    private static final class Step {
        final String thread;
        final int depth;
        final int method;

        Step(String thread, int depth, int method) {
            this.thread = thread;
            this.depth = depth;
            this.method = method;
        }
    }

    /** The names of methods, class and method with a dot between; what is noted is their place here. */
    private static final List<String> METHODS = new ArrayList<>();

    private static final List<Step> STEPS = new ArrayList<>();
    private static final ThreadLocal<int[]> DEPTH = ThreadLocal.withInitial(() -> new int[1]);
    private static volatile boolean noting;

    private Walk() {}

    /** Called at a method's entry. */
    public static void enter(int method) {
        int depth = DEPTH.get()[0]++;
        if (noting) {
            synchronized (STEPS) {
                STEPS.add(new Step(Thread.currentThread().getName(), depth, method));
            }
        }
    }

    /** Called when a method returns or throws. */
    public static void exit() {
        DEPTH.get()[0]--;
    }

    /** Begins a walk. */
    public static void begin() {
        synchronized (STEPS) {
            STEPS.clear();
        }
        noting = true;
    }

    /** Ends it. */
    public static void end() {
        noting = false;
    }

    public static void main(String[] args) throws Exception {
        String former = System.getProperty("bench.former", "");
        URL library = former.isBlank()
                ? Aio.class.getProtectionDomain().getCodeSource().getLocation()
                : Path.of(former).toUri().toURL();
        URL own = Walk.class.getProtectionDomain().getCodeSource().getLocation();
        Class<?> read = new Noting(new URL[] {library, own}).loadClass(ColdRead.class.getName());
        Runnable once = (Runnable) read.getDeclaredConstructor().newInstance();
        Map<String, Integer> walks = new LinkedHashMap<>();
        Seen widest = null;
        for (int i = 0; i < READS; i++) {
            once.run();
            List<Step> steps;
            synchronized (STEPS) {
                steps = new ArrayList<>(STEPS);
            }
            Seen seen = new Seen(steps);
            walks.merge(seen.toString(), 1, Integer::sum);
            if (widest == null
                    || seen.classes.size() > widest.classes.size()
                    || seen.classes.size() == widest.classes.size() && seen.back.size() > widest.back.size()) {
                widest = seen;
            }
        }
        System.out.print(widest.text);
        System.out.println("classes: " + String.join(", ", widest.classes));
        System.out.println("ways back into a class already on the stack:");
        widest.back.forEach(one -> System.out.println("    " + one));
        System.out.println("of " + READS + " reads: " + walks);
        System.out.println("the widest: " + widest);
        System.exit(0);
    }

    /** What a walk's steps come to. */
    private static final class Seen {
        final Set<String> classes = new LinkedHashSet<>();
        final Set<String> back = new LinkedHashSet<>();
        final Set<String> backClasses = new LinkedHashSet<>();
        final StringBuilder text = new StringBuilder();

        Seen(List<Step> steps) {
            Map<String, List<String>> stacks = new LinkedHashMap<>();
            Set<String> carriers = new LinkedHashSet<>();
            for (Step step : steps) {
                if (topLevel(METHODS.get(step.method)).contains("Aio")) {
                    carriers.add(step.thread);
                }
            }
            for (Step step : steps) {
                if (!carriers.contains(step.thread)) {
                    continue;
                }
                List<String> stack = stacks.computeIfAbsent(step.thread, name -> {
                    text.append("thread ").append(name).append('\n');
                    return new ArrayList<>();
                });
                String method = METHODS.get(step.method);
                String in = topLevel(method);
                while (stack.size() > step.depth) {
                    stack.remove(stack.size() - 1);
                }
                // The walk began in the middle of a call of this thread.
                while (stack.size() < step.depth) {
                    stack.add("");
                }
                classes.add(in);
                String caller = stack.isEmpty() ? "" : stack.get(stack.size() - 1);
                boolean again = !topLevel(caller).equals(in)
                        && stack.stream().anyMatch(each -> topLevel(each).equals(in));
                if (again) {
                    back.add(caller + " -> " + method);
                    backClasses.add(topLevel(caller) + " -> " + in);
                }
                text.append("  ".repeat(step.depth + 1))
                        .append(method)
                        .append(again ? "    (back)" : "")
                        .append('\n');
                stack.add(method);
            }
        }

        @Override
        public String toString() {
            long sys = classes.stream().filter(name -> name.startsWith("sys.")).count();
            return classes.size() + " classes (" + sys + " in sys), " + backClasses.size() + " ways back ("
                    + back.size() + " calls)";
        }

        private static String topLevel(String method) {
            int dot = method.lastIndexOf('.');
            int nested = method.indexOf('$');
            return method.substring(0, nested >= 0 && nested < dot ? nested : Math.max(0, dot));
        }
    }

    /** Loads the library's classes itself, with notes in each method, and the read's, which are to use those. */
    private static final class Noting extends ClassLoader {
        private final URLClassLoader bytes;

        Noting(URL[] places) {
            super(Walk.class.getClassLoader());
            bytes = new URLClassLoader(places, null);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean library = name.startsWith(LIBRARY);
            boolean reading = name.startsWith("bench.") && !name.startsWith(Walk.class.getName());
            if (!library && !reading) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) {
                    return loaded;
                }
                try (InputStream in = bytes.getResourceAsStream(name.replace('.', '/') + ".class")) {
                    if (in == null) {
                        throw new ClassNotFoundException(name);
                    }
                    byte[] code = library ? noted(in.readAllBytes()) : in.readAllBytes();
                    return defineClass(name, code, 0, code.length);
                } catch (IOException unreadable) {
                    throw new ClassNotFoundException(name, unreadable);
                }
            }
        }

        private static byte[] noted(byte[] code) {
            ClassReader reader = new ClassReader(code);
            ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
            String name = reader.getClassName().replace('/', '.').substring(LIBRARY.length());
            reader.accept(
                    new ClassVisitor(Opcodes.ASM9, writer) {
                        @Override
                        public MethodVisitor visitMethod(
                                int access, String method, String type, String signature, String[] thrown) {
                            MethodVisitor visitor = super.visitMethod(access, method, type, signature, thrown);
                            boolean without = (access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0;
                            return without || method.equals("<clinit>")
                                    ? visitor
                                    : new Notes(visitor, access, method, type, name + "." + method);
                        }
                    },
                    ClassReader.EXPAND_FRAMES);
            return writer.toByteArray();
        }
    }

    /** Puts the notes into a method. An exception that only passes through a method leaves no exit; no read has one. */
    private static final class Notes extends AdviceAdapter {
        private static final Type WALK = Type.getType(Walk.class);
        private final int method;

        Notes(MethodVisitor visitor, int access, String name, String type, String called) {
            super(Opcodes.ASM9, visitor, access, name, type);
            synchronized (METHODS) {
                METHODS.add(called);
                method = METHODS.size() - 1;
            }
        }

        @Override
        protected void onMethodEnter() {
            push(method);
            invokeStatic(WALK, new org.objectweb.asm.commons.Method("enter", "(I)V"));
        }

        @Override
        protected void onMethodExit(int opcode) {
            invokeStatic(WALK, new org.objectweb.asm.commons.Method("exit", "()V"));
        }
    }
}
