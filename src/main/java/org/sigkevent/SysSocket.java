package org.sigkevent;

import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileCalls;
import org.sigkevent.sys.Posix;
import org.sigkevent.sys.Stack;

/**
 * {@code <sys/socket.h>}: sockets, their families, types and flags. Accept, bind, connect and listen are requests: {@link KeventEvent};
 * {@link Unistd#read} and {@link Unistd#write}, and asynchronous I/O, move the data. Descriptors that are made here are close-on-exec.
 */
public final class SysSocket {
    /** No family. */
    public static final int AF_UNSPEC = 0;
    /** Family: Sockets of this machine. */
    public static final int AF_UNIX = 1;
    /** The same number as AF_UNIX. */
    public static final int AF_LOCAL = 1;
    /** Family: IPv4. */
    public static final int AF_INET = 2;
    /** Family: Amateur radio. */
    public static final int AF_AX25 = 3;
    /** Family: Novell's. */
    public static final int AF_IPX = 4;
    /** Family: AppleTalk. */
    public static final int AF_APPLETALK = 5;
    /** Family: NET/ROM. */
    public static final int AF_NETROM = 6;
    /** Family: Bridges. */
    public static final int AF_BRIDGE = 7;
    /** Family: ATM's permanent circuits. */
    public static final int AF_ATMPVC = 8;
    /** Family: X.25. */
    public static final int AF_X25 = 9;
    /** Family: IPv6. */
    public static final int AF_INET6 = 10;
    /** Family: Amateur radio, X.25 PLP. */
    public static final int AF_ROSE = 11;
    /** Family: Reserved for 802.2 LLC. */
    public static final int AF_NETBEUI = 13;
    /** Family: Security callbacks. */
    public static final int AF_SECURITY = 14;
    /** Family: Management of keys. */
    public static final int AF_KEY = 15;
    /** Family: The kernel. */
    public static final int AF_NETLINK = 16;
    /** The same number as AF_NETLINK. */
    public static final int AF_ROUTE = 16;
    /** Family: Packets of a device. */
    public static final int AF_PACKET = 17;
    /** Family: Ash. */
    public static final int AF_ASH = 18;
    /** Family: Acorn's Econet. */
    public static final int AF_ECONET = 19;
    /** Family: ATM's switched circuits. */
    public static final int AF_ATMSVC = 20;
    /** Family: Reliable datagrams. */
    public static final int AF_RDS = 21;
    /** Family: IBM's SNA. */
    public static final int AF_SNA = 22;
    /** Family: Infrared. */
    public static final int AF_IRDA = 23;
    /** Family: PPP over something. */
    public static final int AF_PPPOX = 24;
    /** Family: Wanpipe. */
    public static final int AF_WANPIPE = 25;
    /** Family: 802.2 LLC. */
    public static final int AF_LLC = 26;
    /** Family: InfiniBand. */
    public static final int AF_IB = 27;
    /** Family: MPLS. */
    public static final int AF_MPLS = 28;
    /** Family: Controller area networks. */
    public static final int AF_CAN = 29;
    /** Family: TIPC. */
    public static final int AF_TIPC = 30;
    /** Family: Bluetooth. */
    public static final int AF_BLUETOOTH = 31;
    /** Family: IUCV. */
    public static final int AF_IUCV = 32;
    /** Family: RxRPC. */
    public static final int AF_RXRPC = 33;
    /** Family: ISDN. */
    public static final int AF_ISDN = 34;
    /** Family: Phonet. */
    public static final int AF_PHONET = 35;
    /** Family: IEEE 802.15.4. */
    public static final int AF_IEEE802154 = 36;
    /** Family: CAIF. */
    public static final int AF_CAIF = 37;
    /** Family: The kernel's ciphers. */
    public static final int AF_ALG = 38;
    /** Family: NFC. */
    public static final int AF_NFC = 39;
    /** Family: A virtual machine and its host. */
    public static final int AF_VSOCK = 40;
    /** Family: The kernel's connection multiplexor. */
    public static final int AF_KCM = 41;
    /** Family: Qualcomm's IPC router. */
    public static final int AF_QIPCRTR = 42;
    /** Family: SMC-R. */
    public static final int AF_SMC = 43;
    /** Family: XDP. */
    public static final int AF_XDP = 44;

    /** A stream of bytes, connected. */
    public static final int SOCK_STREAM = 1;
    /** Datagrams. */
    public static final int SOCK_DGRAM = 2;
    /** Packets of a protocol below. */
    public static final int SOCK_RAW = 3;
    /** Datagrams that arrive, in any order. */
    public static final int SOCK_RDM = 4;
    /** Datagrams in order, connected. */
    public static final int SOCK_SEQPACKET = 5;
    /** DCCP. */
    public static final int SOCK_DCCP = 6;
    /** Packets of a device; obsolete. */
    public static final int SOCK_PACKET = 10;
    /** The new descriptor has O_NONBLOCK. */
    public static final int SOCK_NONBLOCK = 04000;
    /** The new descriptor is closed by exec. */
    public static final int SOCK_CLOEXEC = 02000000;

    /** Nothing more is received. */
    public static final int SHUT_RD = 0;
    /** Nothing more is sent. */
    public static final int SHUT_WR = 1;
    /** Both. */
    public static final int SHUT_RDWR = 2;

    /** What is out of band. */
    public static final int MSG_OOB = 0x1;
    /** Leaves what is received. */
    public static final int MSG_PEEK = 0x2;
    /** Past the routing table. */
    public static final int MSG_DONTROUTE = 0x4;
    /** Control data was cut. */
    public static final int MSG_CTRUNC = 0x8;
    /** Gives or asks for an address below. */
    public static final int MSG_PROXY = 0x10;
    /** The datagram was cut. */
    public static final int MSG_TRUNC = 0x20;
    /** Does not wait. */
    public static final int MSG_DONTWAIT = 0x40;
    /** The end of a record. */
    public static final int MSG_EOR = 0x80;
    /** Waits for all that was asked for. */
    public static final int MSG_WAITALL = 0x100;
    /** FIN. */
    public static final int MSG_FIN = 0x200;
    /** SYN. */
    public static final int MSG_SYN = 0x400;
    /** The neighbour is there. */
    public static final int MSG_CONFIRM = 0x800;
    /** RST. */
    public static final int MSG_RST = 0x1000;
    /** From the queue of errors. */
    public static final int MSG_ERRQUEUE = 0x2000;
    /** No SIGPIPE. */
    public static final int MSG_NOSIGNAL = 0x4000;
    /** More will follow. */
    public static final int MSG_MORE = 0x8000;
    /** Waits for the first message only. */
    public static final int MSG_WAITFORONE = 0x10000;
    /** More messages will follow. */
    public static final int MSG_BATCH = 0x40000;
    /** Sends from the program's memory. */
    public static final int MSG_ZEROCOPY = 0x4000000;
    /** Data with the first packet of TCP. */
    public static final int MSG_FASTOPEN = 0x20000000;
    /** Descriptors that arrive are closed by exec. */
    public static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private SysSocket() {}

    /**
     * socket(2).
     *
     * @param domain an AF_ constant
     * @param type a SOCK_ constant, with SOCK_NONBLOCK or without; SOCK_CLOEXEC is always set
     * @param protocol 0, or a number of the family
     * @return the descriptor; or -1 and errno: EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTONOSUPPORT,
     *     ESOCKTNOSUPPORT
     */
    public static int socket(int domain, int type, int protocol) {
        Stack.reserve();
        int rc = FileCalls.socket(domain, type | SOCK_CLOEXEC, protocol);
        return rc < 0 ? Errno.fail(ErrnoException.of(-rc, asked("socket", domain, type, protocol))) : rc;
    }

    /**
     * socketpair(2): two sockets that are connected with each other.
     *
     * @param domain {@link #AF_UNIX}
     * @param type a SOCK_ constant, with SOCK_NONBLOCK or without; SOCK_CLOEXEC is always set
     * @param protocol 0
     * @param socket_vector its first two elements get the descriptors
     * @return 0; or -1 and errno: as {@link #socket}; EFAULT (socket_vector is null), EINVAL (it has fewer than two elements), EOPNOTSUPP
     */
    public static int socketpair(int domain, int type, int protocol, int[] socket_vector) {
        Stack.reserve();
        if (socket_vector == null) {
            return Errno.fail(Errnos.EFAULT, "socket_vector is null");
        }
        if (socket_vector.length < 2) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "socket_vector has " + socket_vector.length + " elements, fewer than the 2 of a pair");
        }
        int rc = Posix.result(Posix.calls().socketpair(domain, type | SOCK_CLOEXEC, protocol, socket_vector));
        return rc < 0 ? Errno.fail(ErrnoException.of(-rc, asked("socketpair", domain, type, protocol))) : 0;
    }

    private static String asked(String call, int domain, int type, int protocol) {
        return call + " of domain " + domain + ", type " + type + ", protocol " + protocol;
    }

    /**
     * shutdown(2): ends one direction or both. Requests in flight end as the peer's do: reads with 0, writes with EPIPE.
     *
     * @param socket the descriptor
     * @param how {@link #SHUT_RD}, {@link #SHUT_WR} or {@link #SHUT_RDWR}
     * @return 0; or -1 and errno: EBADF, EINVAL (how), ENOTCONN, ENOTSOCK
     */
    public static int shutdown(int socket, int how) {
        Stack.reserve();
        int rc = FileCalls.shutdown(socket, how);
        return rc == 0 ? 0 : Unistd.answer(rc, "socket", socket, "shutdown, how " + how + ",");
    }
}
