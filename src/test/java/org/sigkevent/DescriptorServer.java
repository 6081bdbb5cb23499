package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.posix.CmsgHdr;
import jnr.posix.MsgHdr;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** Hands a descriptor to whoever connects to a Unix socket (SCM_RIGHTS), and the other side of that. */
public final class DescriptorServer implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();

    private final int socket = Native.C.socket(AF_UNIX, SOCK_STREAM, 0);
    private final ByteBuffer address;

    public DescriptorServer(Path path) {
        address = address(path);
        assertEquals(0, Linux.call(Syscalls.BIND, socket, Memory.address(address), 110));
        assertEquals(0, Linux.call(Syscalls.LISTEN, socket, 64));
    }

    static ByteBuffer address(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        assertTrue(name.length < 108, "a socket's name is short: " + path);
        ByteBuffer address = Memory.allocate(112);
        address.putShort(0, (short) AF_UNIX);
        for (int i = 0; i < name.length; i++) {
            address.put(2 + i, name[i]);
        }
        return address;
    }

    /** Waits for somebody to connect and sends it a descriptor. */
    public void serve(int fd) {
        int peer = (int) Linux.call(Syscalls.ACCEPT4, socket, 0, 0, 0);
        assertTrue(peer >= 0, "accept");
        MsgHdr message = POSIX.allocateMsgHdr();
        message.setIov(new ByteBuffer[] {ByteBuffer.allocateDirect(1)});
        CmsgHdr control = message.allocateControl(4);
        control.setLevel(SOL_SOCKET);
        control.setType(SCM_RIGHTS);
        ByteBuffer data = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
        data.putInt(0, fd);
        control.setData(data);
        assertEquals(1, POSIX.sendmsg(peer, message, 0));
        Linux.close(peer);
    }

    /** The descriptor that the server at this path gives. */
    public static int receive(Path path) {
        int s = Native.C.socket(AF_UNIX, SOCK_STREAM, 0);
        ByteBuffer to = address(path);
        assertEquals(0, Linux.call(Syscalls.CONNECT, s, Memory.address(to), 110));
        MsgHdr message = POSIX.allocateMsgHdr();
        message.setIov(new ByteBuffer[] {ByteBuffer.allocateDirect(1)});
        CmsgHdr control = message.allocateControl(4);
        control.setLevel(SOL_SOCKET);
        control.setType(SCM_RIGHTS);
        control.setData(ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()));
        assertEquals(1, POSIX.recvmsg(s, message, 0));
        Linux.close(s);
        return message.getControls()[0].getData().order(ByteOrder.nativeOrder()).getInt(0);
    }

    @Override
    public void close() {
        Linux.close(socket);
    }
}
