package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/** Children of a process in which every part of the library is in use have no descriptor of the library's, however they are started. */
final class ChildDescriptorsMain {
    /** Prints what its descriptors are. */
    private static final String LIST = "for fd in /proc/$$/fd/*; do readlink $fd; done; true";

    private static final int AF_NETLINK = 16;

    private ChildDescriptorsMain() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, String> before = descriptors();
        // the program keeps its own open: what serves them stays as it is while this looks
        EveryPart.use(42);
        Map<String, String> opened = descriptors();
        opened.keySet().removeAll(before.keySet());
        // libraries that the JDK has opened, and a pair of sockets that it closes files with
        opened.entrySet()
                .removeIf(
                        one -> one.getValue().startsWith("/") && !one.getValue().startsWith("/memfd:")
                                || one.getValue().startsWith("socket:")
                                        && domain(Integer.parseInt(one.getKey())) != AF_NETLINK);
        String all = opened.values().toString();
        for (String kind : new String[] {"memfd:", "eventfd", "eventpoll", "timerfd", "pipe:", "socket:"}) {
            assertTrue(all.contains(kind), () -> kind + " is not among " + all);
        }
        for (Map.Entry<String, String> one : opened.entrySet()) {
            assertTrue(closedOnExec(one.getKey()), () -> one + " stays open in a child");
        }
        Path output = Files.createTempFile("descriptors", "");
        Process child = new ProcessBuilder("sh", "-c", LIST)
                .redirectOutput(output.toFile())
                .start();
        assertEquals(0, child.waitFor());
        compare("ProcessBuilder", opened, Files.readAllLines(output));
        spawned(opened, output);
        Files.delete(output);
        System.out.println("the child has none");
        System.exit(0);
    }

    /** posix_spawn closes nothing but what is to be closed on exec. */
    private static void spawned(Map<String, String> opened, Path output) throws IOException {
        POSIX posix = POSIXFactory.getNativePOSIX();
        String command = "exec >" + output + "; " + LIST;
        long pid = posix.posix_spawnp("sh", List.of(), List.of("sh", "-c", command), List.of("PATH=/bin:/usr/bin"));
        assertTrue(pid > 0, "posix_spawnp");
        int[] status = new int[1];
        assertEquals(pid, posix.waitpid((int) pid, status, 0));
        assertEquals(0, status[0]);
        compare("posix_spawn", opened, Files.readAllLines(output));
    }

    private static void compare(String how, Map<String, String> opened, List<String> inChild) {
        assertTrue(inChild.size() >= 3, how + ": " + inChild);
        for (String one : inChild) {
            // a socket, pipe or file by its inode number; an anonymous inode has none
            boolean known = opened.containsValue(one) || one.startsWith("anon_inode:") || one.contains("kevent");
            assertTrue(!known, () -> how + " hands on " + one);
        }
    }

    private static int domain(int socket) {
        ByteBuffer b = Memory.allocate(16);
        b.putInt(8, 4);
        long at = Memory.address(b);
        // SOL_SOCKET, SO_DOMAIN
        assertEquals(0, Linux.call(Syscalls.GETSOCKOPT, socket, 1, 39, at, at + 8));
        return b.getInt(0);
    }

    private static boolean closedOnExec(String fd) {
        List<String> lines;
        try {
            lines = Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd));
        } catch (IOException closed) {
            // meanwhile
            return true;
        }
        for (String line : lines) {
            if (line.startsWith("flags:")) {
                return (Long.parseLong(line.substring(6).trim(), 8) & 02000000) != 0;
            }
        }
        throw new AssertionError("no flags of descriptor " + fd);
    }

    private static Map<String, String> descriptors() throws IOException {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                try {
                    all.put(
                            file.getFileName().toString(),
                            Files.readSymbolicLink(file).toString());
                } catch (IOException closed) {
                    // the one that lists them
                }
            }
        }
        return all;
    }
}
