package org.sigkevent.failure;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * A Java agent that puts a call of {@link FailingPoints} before every point of the library's classes: allocations (also those that
 * the JDK's collections make on the library's behalf), allocations of native memory, starts of threads, entries of methods; and that
 * wraps the bound C library. Its jar is made by {@link #jar} and has only a manifest: the class itself is on the class path.
 *
 * <p>A method that has called {@code Stack.reserve} says so, and says when it returns: what it calls has stack. The test of that class
 * shows that it has.
 *
 * <p>Left as they are: class initialisers, and {@code AdaptiveSpinLock.publish}, which runs where nothing may fail any more and is
 * a fence that the compiler puts into its caller.
 */
public final class FailingPointsAgent implements ClassFileTransformer {
    private static final String HOOK = "org/sigkevent/failure/FailingPoints";

    /** Types whose methods of these names only write into memory that is there. */
    private static final Set<String> BUFFERS = Set.of("java/nio/ByteBuffer", "java/nio/LongBuffer");

    /** Methods of the JDK that allocate when they are called; what they allocate is part of the call. */
    private static final Set<String> ALLOCATING = Set.of(
            "add",
            "addAll",
            "addFirst",
            "addLast",
            "append",
            "asList",
            "clone",
            "compute",
            "computeIfAbsent",
            "computeIfPresent",
            "copyOf",
            "copyOfRange",
            "drainTo",
            "entrySet",
            "forEach",
            "format",
            "iterator",
            "keySet",
            "merge",
            "of",
            "ofMillis",
            "ofNanos",
            "ofSeconds",
            "offer",
            "offerFirst",
            "offerLast",
            "push",
            "put",
            "putAll",
            "putIfAbsent",
            "removeIf",
            "replaceAll",
            "sort",
            "stream",
            "submit",
            "toArray",
            "toString",
            "valueOf",
            "values",
            "getBytes",
            "substring",
            "toList");

    /** A jar whose manifest names this class as agent. */
    static Path jar(Path directory) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", FailingPointsAgent.class.getName());
        Path jar = directory.resolve("failing-points.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream contents = new JarOutputStream(out, manifest)) {
            contents.finish();
        }
        return jar;
    }

    /** What the JVM calls first. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        instrumentation.addTransformer(new FailingPointsAgent());
    }

    @Override
    public byte[] transform(
            ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
        if (name == null || !name.startsWith("org/sigkevent/") || !ofTheLibrary(domain)) {
            return null;
        }
        try {
            ClassReader reader = new ClassReader(bytes);
            ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
            reader.accept(new Instrumenting(writer, name), 0);
            return writer.toByteArray();
        } catch (Throwable broken) {
            // the JVM would swallow it and leave the class as it is
            broken.printStackTrace();
            Runtime.getRuntime().halt(5);
            return null;
        }
    }

    /** The library comes from another place than the tests, which have the same packages. */
    private static boolean ofTheLibrary(ProtectionDomain domain) {
        CodeSource source = domain == null ? null : domain.getCodeSource();
        CodeSource tests = FailingPointsAgent.class.getProtectionDomain().getCodeSource();
        return source != null && !source.getLocation().equals(tests.getLocation());
    }

    private static final class Instrumenting extends ClassVisitor {
        private final String owner;

        Instrumenting(ClassVisitor next, String owner) {
            super(Opcodes.ASM9, next);
            this.owner = owner;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
            if (owner.endsWith("/AdaptiveSpinLock") && name.equals("publish")) {
                return next;
            }
            return new Points(next, owner, name);
        }
    }

    private static final class Points extends MethodVisitor {
        private final String owner;
        private final boolean initialiser;
        private boolean reserves;

        Points(MethodVisitor next, String owner, String name) {
            super(Opcodes.ASM9, next);
            this.owner = owner;
            initialiser = name.equals("<clinit>");
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (initialiser) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "initialising", "()V", false);
            } else {
                point(FailingPoints.ENTRY);
            }
        }

        @Override
        public void visitInsn(int opcode) {
            if (initialiser && opcode == Opcodes.RETURN) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "initialised", "()V", false);
            }
            if (reserves && opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "returning", "()V", false);
            }
            super.visitInsn(opcode);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            if (opcode == Opcodes.ANEWARRAY) {
                point(FailingPoints.ALLOCATION);
            }
            super.visitTypeInsn(opcode, type);
            if (opcode == Opcodes.NEW) {
                // not before: stack maps name the instruction by its label
                point(FailingPoints.ALLOCATION);
            }
        }

        @Override
        public void visitIntInsn(int opcode, int operand) {
            if (opcode == Opcodes.NEWARRAY) {
                point(FailingPoints.ALLOCATION);
            }
            super.visitIntInsn(opcode, operand);
        }

        @Override
        public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
            point(FailingPoints.ALLOCATION);
            super.visitMultiANewArrayInsn(descriptor, dimensions);
        }

        @Override
        public void visitInvokeDynamicInsn(
                String name, String descriptor, org.objectweb.asm.Handle bootstrap, Object... arguments) {
            point(FailingPoints.ALLOCATION);
            super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
        }

        @Override
        public void visitFieldInsn(int opcode, String type, String name, String descriptor) {
            boolean stores = opcode == Opcodes.PUTFIELD || opcode == Opcodes.PUTSTATIC;
            if (stores && descriptor.startsWith("L") && descriptor.endsWith("Lock;")) {
                super.visitMethodInsn(
                        Opcodes.INVOKESTATIC, HOOK, "lock", "(Ljava/lang/Object;)Ljava/lang/Object;", false);
                super.visitTypeInsn(Opcodes.CHECKCAST, descriptor.substring(1, descriptor.length() - 1));
            }
            super.visitFieldInsn(opcode, type, name, descriptor);
        }

        @Override
        public void visitMethodInsn(int opcode, String type, String name, String descriptor, boolean ofInterface) {
            if (name.equals("allocateDirect") || name.equals("allocateMemory") || name.equals("newDirectByteBuffer")) {
                point(FailingPoints.NATIVE_MEMORY);
            } else if (name.equals("start") && descriptor.equals("()V") && !type.startsWith("org/sigkevent/")
                    || name.equals("execute") && type.startsWith("java/util/concurrent/")) {
                point(FailingPoints.THREAD);
            } else if (type.startsWith("[")
                    || type.startsWith("java/") && !BUFFERS.contains(type) && ALLOCATING.contains(name)) {
                point(FailingPoints.ALLOCATION);
            }
            super.visitMethodInsn(opcode, type, name, descriptor, ofInterface);
            if (type.equals("org/sigkevent/sys/Stack") && name.equals("reserve")) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "reserved", "()V", false);
                reserves = true;
            }
            if (owner.equals("org/sigkevent/sys/Native") && name.equals("load")) {
                super.visitMethodInsn(
                        Opcodes.INVOKESTATIC, HOOK, "systemCalls", "(Ljava/lang/Object;)Ljava/lang/Object;", false);
            }
        }

        private void point(int kind) {
            if (initialiser) {
                return;
            }
            super.visitInsn(Opcodes.ICONST_0 + kind);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "point", "(I)V", false);
        }
    }
}
