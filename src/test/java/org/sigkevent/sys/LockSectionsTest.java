package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * The shape of every section under an {@link AdaptiveSpinLock}, in the library's byte code: nothing stands between taking the lock
 * and the try whose finally releases it, and every way out publishes before, also one on which only was read: a read must not move
 * beyond the release.
 */
class LockSectionsTest {
    private static final String LOCK = Type.getInternalName(AdaptiveSpinLock.class);

    private final List<String> wrong = new ArrayList<>();
    private int sections;

    @Test
    void everySectionIsReleasedByAStoreInItsFinally() throws Exception {
        Path library = Path.of(AdaptiveSpinLock.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(library)) {
            files.filter(file -> file.toString().endsWith(".class")).forEach(this::check);
        }
        assertEquals(List.of(), wrong);
        assertTrue(sections >= 10, "sections found: " + sections);
    }

    /** Forgets to publish, and has a statement before the try. */
    static final class Wrong {
        final AdaptiveSpinLock lock = new AdaptiveSpinLock();
        int value;

        void section() {
            lock.lock();
            value++;
            try {
                value++;
            } finally {
                lock.held = 0;
            }
        }
    }

    @Test
    void aSectionOfAnotherShapeIsFound() throws Exception {
        check(new ClassReader(Wrong.class.getName()));
        // both ways out of the section release it
        assertEquals(3, wrong.size(), wrong.toString());
    }

    private void check(Path file) {
        try {
            check(new ClassReader(Files.readAllBytes(file)));
        } catch (IOException unreadable) {
            throw new IllegalStateException(file.toString(), unreadable);
        }
    }

    private void check(ClassReader reader) {
        ClassNode node = new ClassNode();
        reader.accept(node, 0);
        if (!node.name.equals(LOCK)) {
            node.methods.forEach(method -> check(node.name + "." + method.name, method));
        }
    }

    private void check(String name, MethodNode method) {
        boolean published = false;
        for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
            if (isCall(i, "lock")) {
                sections++;
                if (!beginsTry(i, method)) {
                    wrong.add(name + ": lock() is not followed by a try that stores held");
                }
                published = false;
            } else if (isCall(i, "publish")) {
                published = true;
            } else if (isRelease(i) && !published) {
                wrong.add(name + ": held is stored without publish()");
            }
        }
    }

    /** Whether the instruction after the call is the first one of a protected region whose handler releases the lock. */
    private static boolean beginsTry(AbstractInsnNode call, MethodNode method) {
        for (AbstractInsnNode i = call.getNext(); i != null && i.getOpcode() < 0; i = i.getNext()) {
            if (i instanceof LabelNode label) {
                for (TryCatchBlockNode region : method.tryCatchBlocks) {
                    if (region.start == label && region.type == null && releases(region.handler)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean releases(LabelNode handler) {
        for (AbstractInsnNode i = handler; i != null && i.getOpcode() != Opcodes.ATHROW; i = i.getNext()) {
            if (isRelease(i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isCall(AbstractInsnNode i, String name) {
        return i instanceof MethodInsnNode call && call.owner.equals(LOCK) && call.name.equals(name);
    }

    private static boolean isRelease(AbstractInsnNode i) {
        return i instanceof FieldInsnNode store
                && store.getOpcode() == Opcodes.PUTFIELD
                && store.owner.equals(LOCK)
                && store.name.equals("held");
    }
}
