package org.sigkevent.kinds;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jnr.constants.platform.AddressFamily;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.CStrings;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Memory;

/** struct sockaddr from and to Java's socket addresses: IPv4, IPv6 and Unix. */
final class SocketAddresses {
    static final ByteBuffer NONE = ByteBuffer.allocate(0);
    static final int SIZE = 128;
    private static final int AF_UNIX = AddressFamily.AF_UNIX.intValue();
    private static final int AF_INET = AddressFamily.AF_INET.intValue();
    private static final int AF_INET6 = AddressFamily.AF_INET6.intValue();
    private static final int UNIX_PATH = 108;

    /** sin6_scope_id: on which interface a link-local address is. */
    private static final int SCOPE_AT = 24;

    private SocketAddresses() {}

    /**
     * The address in native memory, its length as the buffer's limit.
     *
     * @throws ErrnoException EINVAL: null, of no known kind, not resolved, or longer than the kernel's struct has room for
     */
    static ByteBuffer encode(@Nullable SocketAddress address) {
        ByteBuffer b = Memory.allocate(SIZE);
        if (address instanceof UnixDomainSocketAddress) {
            byte[] path = CStrings.bytes(((UnixDomainSocketAddress) address).getPath());
            if (path.length >= UNIX_PATH) {
                throw ErrnoException.invalid("to " + address + " is a path of " + path.length + " bytes, more than "
                        + (UNIX_PATH - 1) + ", which is all that sockaddr_un has room for");
            }
            b.putShort(0, (short) AF_UNIX);
            b.put(2, path);
            return b.limit(2 + path.length + 1);
        }
        if (!(address instanceof InetSocketAddress) || ((InetSocketAddress) address).isUnresolved()) {
            throw ErrnoException.invalid("to " + address
                    + (address instanceof InetSocketAddress
                            ? " is not resolved to an Internet address"
                            : " is neither an InetSocketAddress nor a UnixDomainSocketAddress"));
        }
        InetSocketAddress inet = (InetSocketAddress) address;
        byte[] bytes = inet.getAddress().getAddress();
        boolean four = inet.getAddress() instanceof Inet4Address;
        b.putShort(0, (short) (four ? AF_INET : AF_INET6));
        b.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) inet.getPort()).order(ByteOrder.nativeOrder());
        b.put(four ? 4 : 8, bytes);
        if (inet.getAddress() instanceof Inet6Address) {
            b.putInt(SCOPE_AT, ((Inet6Address) inet.getAddress()).getScopeId());
        }
        return b.limit(four ? 16 : 28);
    }

    /** The address of {@code length} bytes; null when it is of no known kind, or has no name (an unbound Unix socket). */
    static @Nullable SocketAddress decode(ByteBuffer b, int length) {
        int family = length >= 2 ? b.getShort(0) : 0;
        try {
            if (family == AF_INET || family == AF_INET6) {
                byte[] bytes = new byte[family == AF_INET ? 4 : 16];
                b.get(family == AF_INET ? 4 : 8, bytes);
                int port = (b.get(2) & 0xff) << 8 | b.get(3) & 0xff;
                int scope = family == AF_INET6 ? b.getInt(SCOPE_AT) : 0;
                InetAddress host =
                        scope == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scope);
                return new InetSocketAddress(host, port);
            }
            if (family == AF_UNIX && length > 2 && b.get(2) != 0) {
                byte[] path = new byte[length - 2];
                b.get(2, path);
                int end = 0;
                while (end < path.length && path[end] != 0) {
                    end++;
                }
                return UnixDomainSocketAddress.of(new String(path, 0, end, StandardCharsets.UTF_8));
            }
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
        return null;
    }
}
