package org.sigkevent.sys;

/** Numbers of the system calls that are made directly, for x86-64 and aarch64 (asm/unistd_64.h, asm-generic/unistd.h). */
public final class Syscalls {
    private static final boolean X86 = Native.X86_64;

    public static final int IO_URING_SETUP = 425;
    public static final int IO_URING_ENTER = 426;
    public static final int IO_URING_REGISTER = 427;
    public static final int EPOLL_PWAIT2 = 441;
    public static final int LSEEK = X86 ? 8 : 62;
    static final int PIPE2 = X86 ? 293 : 59;
    static final int MPROTECT = X86 ? 10 : 226;
    public static final int GETTID = X86 ? 186 : 178;
    public static final int KILL = X86 ? 62 : 129;
    public static final int TGKILL = X86 ? 234 : 131;
    public static final int RT_SIGACTION = X86 ? 13 : 134;
    public static final int RT_SIGTIMEDWAIT = X86 ? 128 : 137;
    public static final int RT_SIGQUEUEINFO = X86 ? 129 : 138;
    public static final int RT_TGSIGQUEUEINFO = X86 ? 297 : 240;
    public static final int TIMER_CREATE = X86 ? 222 : 107;
    public static final int TIMER_GETTIME = X86 ? 224 : 108;
    public static final int TIMER_SETTIME = X86 ? 223 : 110;
    public static final int TIMER_DELETE = X86 ? 226 : 111;
    public static final int CLOCK_NANOSLEEP = X86 ? 230 : 115;
    public static final int MQ_OPEN = X86 ? 240 : 180;
    public static final int MQ_UNLINK = X86 ? 241 : 181;
    public static final int MQ_TIMEDSEND = X86 ? 242 : 182;
    public static final int MQ_TIMEDRECEIVE = X86 ? 243 : 183;
    public static final int MQ_NOTIFY = X86 ? 244 : 184;
    public static final int MQ_GETSETATTR = X86 ? 245 : 185;
    public static final int FLOCK = X86 ? 73 : 32;
    public static final int FSYNC = X86 ? 74 : 82;
    public static final int FDATASYNC = X86 ? 75 : 83;
    public static final int SENDMSG = X86 ? 46 : 211;
    public static final int RECVMSG = X86 ? 47 : 212;
    public static final int VMSPLICE = X86 ? 278 : 75;
    public static final int PPOLL = X86 ? 271 : 73;
    public static final int FCNTL = X86 ? 72 : 25;
    public static final int MSYNC = X86 ? 26 : 227;
    public static final int FUTEX = X86 ? 202 : 98;
    public static final int WAITID = X86 ? 247 : 95;
    public static final int ACCEPT4 = X86 ? 288 : 242;
    public static final int CONNECT = X86 ? 42 : 203;
    public static final int GETPEERNAME = X86 ? 52 : 205;
    public static final int GETSOCKOPT = X86 ? 55 : 209;
    public static final int BIND = X86 ? 49 : 200;
    public static final int LISTEN = X86 ? 50 : 201;
    public static final int SYNC_FILE_RANGE = X86 ? 277 : 84;
    public static final int PIDFD_OPEN = 434;
    static final int KCMP = X86 ? 312 : 272;
    static final int NAME_TO_HANDLE_AT = X86 ? 303 : 264;
    static final int PROCESS_VM_READV = X86 ? 310 : 270;
    static final int PROCESS_VM_WRITEV = X86 ? 311 : 271;
    static final int PRLIMIT64 = X86 ? 302 : 261;
    public static final int MSGSND = X86 ? 69 : 189;
    public static final int MSGRCV = X86 ? 70 : 188;
    public static final int SEMOP = X86 ? 65 : 193;
    static final int IOCTL = X86 ? 16 : 29;
    public static final int IOPRIO_SET = X86 ? 251 : 30;
    public static final int IOPRIO_GET = X86 ? 252 : 31;

    private Syscalls() {}
}
