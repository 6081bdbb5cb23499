/*
 * One loop, and everything that a Linux program can wait for. All the waits are begun first; then a delay ends, and what is done
 * about each event brings about the next one: a row of dominoes, with a different kind of event for each. EventLoop.java beside
 * this file is the same with one ring for all.
 *
 * Here the loop sleeps in epoll_wait. What has a descriptor is in the epoll set (a delay as a timerfd, the program's own events
 * as an eventfd, a process as a pidfd); what gives signals comes through a signalfd; and for what only blocks (futex, System V
 * messages and semaphores, file locks, fsync) there is a thread that writes the number of the event into a pipe.
 *
 *   cc -O2 -Wall -Wextra -o event_loop event_loop.c -lrt -lpthread
 */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a signal's value or a byte of the threads' pipe says. */
enum { TIMER = 1, AIO, MQ, FUTEX, MESSAGE, SEMAPHORE, LOCK, SYNC };

struct text_message {
    long type;
    char text[16];
};

static char folder[] = "/tmp/eventloop.XXXXXX", socket_path[64], file_path[64];
static const char *last = "nothing";
static int events, epoll_fd = -1;
static bool done;

static int delay_fd, user_fd, signal_fd, process_fd, thread_pipe[2], aio_pipe[2], fd_pipe[2], child_pipe[2];
static int server = -1, client = -1, holder = -1, waiter = -1, msqid = -1, semid = -1;
static mqd_t mqd;
static pid_t child;
static timer_t timer;
static struct aiocb request;
static char received[16];
static struct text_message message;
static ssize_t message_length;
static atomic_int word;

static void close_all(void)
{
    if (msqid >= 0)
        msgctl(msqid, IPC_RMID, NULL);
    if (semid >= 0)
        semctl(semid, 0, IPC_RMID);
    unlink(socket_path);
    unlink(file_path);
    rmdir(folder);
}

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("event_loop: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    close_all();
    exit(1);
}

static long check(long result, const char *call)
{
    if (result < 0)
        fail("%s: %s", call, strerror(errno));
    return result;
}

static void tell(const char *kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    events++;
    last = kind;
    printf("%-8s ", kind);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

static void put(int fd, const char *text)
{
    check(write(fd, text, strlen(text)), "write");
}

static void watch(int fd, void (*handler)(void))
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = (void *)handler};
    check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* Signals and threads tell again and again. */
static void watch_on(int fd, void (*handler)(void))
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = (void *)handler};
    check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* ---- threads for what only blocks; a call that ends early because the program ends has nobody to tell */

static void thread_is_done(char event)
{
    if (write(thread_pipe[1], &event, 1) != 1)
        fail("a thread cannot tell its event");
}

static void *wait_for_futex(void *unused)
{
    while (atomic_load(&word) == 0)
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    thread_is_done(FUTEX);
    return unused;
}

static void *wait_for_message(void *unused)
{
    message_length = check(msgrcv(msqid, &message, sizeof message.text, 0, 0), "msgrcv");
    thread_is_done(MESSAGE);
    return unused;
}

static void *wait_for_semaphore(void *unused)
{
    struct sembuf down = {0, -1, 0};
    check(semop(semid, &down, 1), "semop");
    thread_is_done(SEMAPHORE);
    return unused;
}

static void *wait_for_lock(void *unused)
{
    check(flock(waiter, LOCK_EX), "flock");
    thread_is_done(LOCK);
    return unused;
}

static void *wait_for_sync(void *unused)
{
    check(fsync(waiter), "fsync");
    thread_is_done(SYNC);
    return unused;
}

static void start(void *(*body)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, NULL) != 0 || pthread_detach(thread) != 0)
        fail("no thread");
}

/* ---- the dominoes */

static void on_delay(void)
{
    tell("delay", "10 ms are over");
    check(eventfd_write(user_fd, 1), "eventfd_write");
}

static void on_user(void)
{
    struct itimerspec once = {{0, 0}, {0, 1000000}};
    tell("user", "a record that the program posted");
    check(timer_settime(timer, 0, &once, NULL), "timer_settime");
}

static void on_timer(void)
{
    tell("timer", "expired");
    put(aio_pipe[1], "to aio_read");
}

static void on_read(void)
{
    if (aio_error(&request) != 0)
        fail("aio_read: %s", strerror(aio_error(&request)));
    tell("aio", "read \"%.*s\"", (int)aio_return(&request), received);
    put(fd_pipe[1], "to be polled");
}

static void on_readable(void)
{
    union sigval value = {.sival_int = 42};
    tell("fd", "a pipe is readable");
    check(sigqueue(getpid(), SIGRTMIN + 1, value), "sigqueue");
}

static void on_own_signal(int value)
{
    tell("signal", "with value %d", value);
    atomic_store(&word, 1); /* for one who has not begun to wait yet */
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void on_futex(void)
{
    struct text_message to_send = {7, "to msgrcv"};
    tell("futex", "the word is %d", atomic_load(&word));
    check(msgsnd(msqid, &to_send, strlen(to_send.text), 0), "msgsnd");
}

static void on_message(void)
{
    struct sembuf up = {0, 1, 0};
    tell("sysvmsg", "of type %ld: \"%.*s\"", message.type, (int)message_length, message.text);
    check(semop(semid, &up, 1), "semop");
}

static void on_semaphore(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    tell("sysvsem", "taken");
    client = check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    strcpy(address.sun_path, socket_path);
    check(connect(client, (struct sockaddr *)&address, sizeof address), "connect"); /* there is room in the backlog */
    tell("socket", "connected");
}

static void on_accept(void)
{
    close(check(accept4(server, NULL, NULL, SOCK_CLOEXEC), "accept4"));
    tell("socket", "accepted");
    check(mq_send(mqd, "to mq_receive", 13, 0), "mq_send");
}

static void on_mq(void)
{
    char text[16];
    int length = check(mq_receive(mqd, text, sizeof text, NULL), "mq_receive");
    tell("mq", "a message: \"%.*s\"", length, text);
    close(child_pipe[1]);
}

static void on_process_end(void)
{
    check(waitpid(child, NULL, 0), "waitpid");
    tell("process", "cat has ended");
    close(holder); /* lets go of the lock */
}

static void on_lock(void)
{
    tell("flock", "the file is locked");
    put(waiter, "to the disk");
    start(wait_for_sync);
}

static void on_synced(void)
{
    tell("sync", "the file is on the disk");
    done = true;
}

/* ---- what comes through one descriptor for many */

static void dispatch(int event)
{
    static void (*const handlers[])(void) = {
        [TIMER] = on_timer,     [AIO] = on_read,        [MQ] = on_mq,     [FUTEX] = on_futex,
        [MESSAGE] = on_message, [SEMAPHORE] = on_semaphore, [LOCK] = on_lock, [SYNC] = on_synced,
    };
    handlers[event]();
}

static void on_signal(void)
{
    struct signalfd_siginfo info;
    check(read(signal_fd, &info, sizeof info), "read");
    if ((int)info.ssi_signo == SIGRTMIN + 1)
        on_own_signal(info.ssi_int);
    else
        dispatch(info.ssi_int);
}

static void on_thread(void)
{
    char event;
    check(read(thread_pipe[0], &event, 1), "read");
    dispatch(event);
}

static struct sigevent notification(int event)
{
    struct sigevent notified;
    memset(&notified, 0, sizeof notified);
    notified.sigev_notify = SIGEV_SIGNAL;
    notified.sigev_signo = SIGRTMIN;
    notified.sigev_value.sival_int = event;
    return notified;
}

/* ---- the things that are waited for */

static void begin(void)
{
    sigset_t signals, before;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 16};
    struct itimerspec ten_millis = {{0, 0}, {0, 10000000}};
    struct sigevent event;
    char name[32];

    if (mkdtemp(folder) == NULL)
        fail("mkdtemp: %s", strerror(errno));
    snprintf(socket_path, sizeof socket_path, "%s/socket", folder);
    snprintf(file_path, sizeof file_path, "%s/file", folder);
    snprintf(name, sizeof name, "/eventloop.%d", (int)getpid());

    sigemptyset(&signals);
    sigaddset(&signals, SIGRTMIN);
    sigaddset(&signals, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &signals, &before);
    epoll_fd = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    signal_fd = check(signalfd(-1, &signals, SFD_CLOEXEC), "signalfd");
    user_fd = check(eventfd(0, EFD_CLOEXEC), "eventfd");
    delay_fd = check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
    check(pipe2(thread_pipe, O_CLOEXEC), "pipe2");
    check(pipe2(aio_pipe, O_CLOEXEC), "pipe2");
    check(pipe2(fd_pipe, O_CLOEXEC), "pipe2");
    check(pipe2(child_pipe, O_CLOEXEC), "pipe2");
    watch_on(signal_fd, on_signal);
    watch_on(thread_pipe[0], on_thread);
    watch(user_fd, on_user);
    watch(delay_fd, on_delay);
    watch(fd_pipe[0], on_readable);

    server = check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    strcpy(address.sun_path, socket_path);
    check(bind(server, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(server, 1), "listen");
    watch(server, on_accept);

    holder = check(open(file_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
    waiter = check(open(file_path, O_RDWR | O_CLOEXEC), "open");
    check(flock(holder, LOCK_EX), "flock");
    start(wait_for_lock);
    start(wait_for_futex);
    msqid = check(msgget(IPC_PRIVATE, IPC_CREAT | 0600), "msgget");
    start(wait_for_message);
    semid = check(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600), "semget");
    start(wait_for_semaphore);

    request.aio_fildes = aio_pipe[0];
    request.aio_buf = received;
    request.aio_nbytes = sizeof received;
    request.aio_sigevent = notification(AIO);
    check(aio_read(&request), "aio_read");

    mqd = check(mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attr), "mq_open");
    check(mq_unlink(name), "mq_unlink");
    event = notification(MQ);
    check(mq_notify(mqd, &event), "mq_notify");

    child = check(fork(), "fork");
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        dup2(child_pipe[0], 0);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    process_fd = check(syscall(SYS_pidfd_open, child, 0), "pidfd_open");
    watch(process_fd, on_process_end);

    event = notification(TIMER);
    check(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
    check(timerfd_settime(delay_fd, 0, &ten_millis, NULL), "timerfd_settime");
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("usage: event_loop\n", stderr);
        return 2;
    }
    begin();
    while (!done) {
        struct epoll_event ready;
        int n = epoll_wait(epoll_fd, &ready, 1, 10000);
        if (n == 0)
            fail("nothing has happened for 10 s after %s", last);
        if (n < 0 && errno != EINTR)
            fail("epoll_wait: %s", strerror(errno));
        if (n > 0)
            ((void (*)(void))ready.data.ptr)();
    }
    close_all();
    printf("%d events in one loop and five threads\n", events);
    return 0;
}
