package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;

/** That arguments arrive as they were passed, the sixth too, and that errno is the thread's own. */
@Tag("any-engine")
@Timeout(60)
class NativeTest {
    private static final int PAGE = 4096;
    private static final int MMAP = Native.X86_64 ? 9 : 222;
    private static final int PROT_READ = 1;
    private static final int MAP_SHARED = 1;
    private static final int FUTEX_WAIT_BITSET_PRIVATE = 9 | 128;

    @Test
    void sixArgumentsOfAFunctionArrive() {
        ByteBuffer text = Memory.allocate(200);
        ByteBuffer format = Memory.cString("%lx %lx %lx");
        // so often that compiled code is called too
        for (int i = 0; i < 30_000; i++) {
            long a = 0x1111_2222_3333_4444L + i;
            long b = -1L - i;
            long c = Long.MIN_VALUE + i;
            int length = Native.C.snprintf(Memory.address(text), 200, Memory.address(format), a, b, c);
            if (i % 1000 == 0) {
                byte[] bytes = new byte[length];
                text.get(0, bytes);
                assertEquals(
                        Long.toHexString(a) + " " + Long.toHexString(b) + " " + Long.toHexString(c),
                        new String(bytes, StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void theSixthArgumentOfMmapIsTheOffset() {
        int fd = Linux.sealedMemfd("test", 4 * PAGE);
        assertTrue(fd >= 0);
        long whole = Mappings.mapShared(fd, 4 * PAGE, 0, 0);
        for (int page = 0; page < 4; page++) {
            Memory.putLong(whole + page * PAGE, 100 + page);
        }
        for (int page = 0; page < 4; page++) {
            long one = Mappings.mapShared(fd, PAGE, (long) page * PAGE, 0);
            assertTrue(one > 0, () -> Errnos.name((int) -one));
            assertEquals(100 + page, Memory.getLong(one));
            assertEquals(0, Native.C.munmap(one, PAGE));
        }
        assertEquals(-Errnos.EINVAL, Mappings.mapShared(fd, PAGE, 1, 0), "an offset within a page");
        assertEquals(0, Native.C.munmap(whole, 4 * PAGE));
        assertEquals(0, Linux.close(fd));
    }

    @Test
    void sevenArgumentsOfAFunctionArrive() {
        int fd = Linux.sealedMemfd("test", 2 * PAGE);
        long whole = Mappings.mapShared(fd, 2 * PAGE, 0, 0);
        Memory.putLong(whole + PAGE, 0x0102_0304_0506_0708L);
        long second = Native.C.syscall(MMAP, 0, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
        assertTrue(second > 0, () -> Errnos.name(Native.errno()));
        assertEquals(0x0102_0304_0506_0708L, Memory.getLong(second));
        assertEquals(-1, Native.C.syscall(MMAP, 0, PAGE, PROT_READ, 0, fd, 0));
        assertEquals(Errnos.EINVAL, Native.errno(), "neither shared nor private");
        assertEquals(0, Native.C.munmap(second, PAGE));
        assertEquals(0, Native.C.munmap(whole, 2 * PAGE));
        assertEquals(0, Linux.close(fd));
    }

    @Test
    void sixArgumentsOfASystemCallArrive() {
        int fd = Linux.sealedMemfd("test", 2 * PAGE);
        assertTrue(fd >= 0);
        long whole = Mappings.mapShared(fd, 2 * PAGE, 0, 0);
        Memory.putLong(whole + PAGE, 0x0102_0304_0506_0708L);
        long second = Linux.call(MMAP, 0, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
        assertTrue(second > 0, () -> Errnos.name((int) -second));
        assertEquals(0x0102_0304_0506_0708L, Memory.getLong(second));
        assertEquals(-Errnos.EINVAL, Linux.call(MMAP, 0, 0, PROT_READ, MAP_SHARED, fd, 0), "a length of 0");
        assertEquals(-Errnos.EINVAL, Linux.call(MMAP, 0, PAGE, PROT_READ, 0, fd, 0), "neither shared nor private");
        assertEquals(-Errnos.EBADF, Linux.call(MMAP, 0, PAGE, PROT_READ, MAP_SHARED, -1, 0), "no descriptor");
        assertEquals(
                -Errnos.EINVAL, Linux.call(MMAP, 0, PAGE, PROT_READ, MAP_SHARED, fd, 1), "an offset within a page");
        assertEquals(0, Native.C.munmap(second, PAGE));
        assertEquals(0, Native.C.munmap(whole, 2 * PAGE));
        assertEquals(0, Linux.close(fd));
        ByteBuffer word = Memory.allocate(4);
        word.putInt(0, 5);
        long address = Memory.address(word);
        assertEquals(
                -Errnos.EAGAIN,
                Linux.call(Syscalls.FUTEX, address, FUTEX_WAIT_BITSET_PRIVATE, 6, 0, 0, -1),
                "another value");
        assertEquals(
                -Errnos.EINVAL, Linux.call(Syscalls.FUTEX, address, FUTEX_WAIT_BITSET_PRIVATE, 6, 0, 0, 0), "no bits");
    }

    @Test
    void fiveArgumentsOfASystemCallArrive() {
        int prSetName = 15;
        int prctl = Native.X86_64 ? 157 : 167;
        int prGetName = 16;
        ByteBuffer name = Memory.cString("five");
        ByteBuffer got = Memory.allocate(16);
        ByteBuffer former = Memory.allocate(16);
        assertEquals(0, Linux.call(prctl, prGetName, Memory.address(former), 0, 0, 0));
        assertEquals(0, Linux.call(prctl, prSetName, Memory.address(name), 0, 0, 0));
        assertEquals(0, Linux.call(prctl, prGetName, Memory.address(got), 0, 0, 0));
        assertEquals('f', got.get(0));
        assertEquals(0, Linux.call(prctl, prSetName, Memory.address(former), 0, 0, 0));
        // wants 1 and then three zeros
        int prSetNoNewPrivileges = 38;
        for (int bad = 1; bad < 4; bad++) {
            long rc = Linux.call(prctl, prSetNoNewPrivileges, 1, bad == 1 ? 1 : 0, bad == 2 ? 1 : 0, bad == 3 ? 1 : 0);
            assertEquals(-Errnos.EINVAL, rc, "argument " + bad);
        }
    }

    @Test
    void errnoIsThatOfTheThreadsLastCall() throws Exception {
        assertEquals(-1, Native.C.close(-1));
        assertEquals(Errnos.EBADF, Native.errno());
        FutureTask<Integer> other = Support.start(() -> {
            ByteBuffer name = Memory.cString("/no such file");
            assertEquals(-1, Native.C.open(Memory.address(name), 0, 0));
            return Native.errno();
        });
        assertEquals(Errnos.ENOENT, other.get(10, TimeUnit.SECONDS));
        assertEquals(Errnos.EBADF, Native.errno());
    }

    @Test
    void numbersOfErrorsHaveNamesAndWords() {
        assertEquals("EMFILE", Errnos.name(Errnos.EMFILE));
        assertNotEquals("", Errnos.text(Errnos.EMFILE));
        assertEquals("errno 12345", Errnos.name(12345));
        assertEquals("Unknown error 12345", Errnos.text(12345));
    }
}
