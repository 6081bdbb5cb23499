package soak;

/** What is counted apart. */
enum Kind {
    USER,
    TIMER,
    AIO_FILE,
    AIO_STREAM,
    AIO_LIST,
    MQ,
    FD,
    SIGNAL,
    FUTEX,
    SYSVMSG,
    SYSVSEM,
    SOCKET,
    DELAY,
    PROCESS,
    FLOCK,
    SYNC,
    OVERFLOW
}
