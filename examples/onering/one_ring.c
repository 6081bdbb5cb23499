/*
 * Copies a file with many asynchronous reads and writes in flight, draws a progress line ten times a second, and takes the
 * commands pause, resume, status and cancel from a POSIX message queue. OneRing.java beside this file is the same program:
 * function by function, with records of one ring where this one has signals.
 *
 * Everything is announced by a real-time signal. The signals are blocked and taken with sigwaitinfo in one loop, so that no
 * handler runs; each carries a number in its value that says what it is about.
 *
 *   cc -O2 -Wall -Wextra -o one_ring one_ring.c -lrt -lpthread
 *   ./one_ring [-q /queue] SOURCE DESTINATION
 */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REQUESTS = 16, BLOCK = 256 << 10 };

/* Cookies: a request's is its number, 0 to REQUESTS-1. */
enum { TICK = 1000, COMMAND = 1001 };

static const char *source, *destination;
static char queue_name[256];
static int in = -1, out = -1;
static mqd_t mqd = (mqd_t)-1;
static timer_t timer;
static bool have_timer, made_destination, owns_queue;
static int signal_number;
static sigset_t signals;
static struct aiocb requests[REQUESTS];
static bool busy[REQUESTS];
static char message[8192];

static off_t size, next_offset, written;
static int in_flight;
static bool paused, cancelled;
static struct timespec started;

static void close_all(void);

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("\none_ring: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    close_all();
    if (made_destination)
        unlink(destination);
    exit(1);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - started.tv_sec) + (now.tv_nsec - started.tv_nsec) / 1e9;
}

static struct sigevent notification(int cookie)
{
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = signal_number;
    event.sigev_value.sival_int = cookie;
    return event;
}

static void start_read(int i)
{
    struct aiocb *cb = &requests[i];
    if (paused || cancelled || next_offset >= size)
        return;
    cb->aio_fildes = in;
    cb->aio_offset = next_offset;
    cb->aio_nbytes = size - next_offset < BLOCK ? (size_t)(size - next_offset) : BLOCK;
    next_offset += cb->aio_nbytes;
    if (aio_read(cb) < 0)
        fail("aio_read: %s", strerror(errno));
    busy[i] = true;
    in_flight++;
}

static void on_read(int i, ssize_t result)
{
    struct aiocb *cb = &requests[i];
    if ((size_t)result < cb->aio_nbytes)
        fail("%s shrank while it was copied: nothing at byte %jd", source, (intmax_t)(cb->aio_offset + result));
    cb->aio_fildes = out;
    if (aio_write(cb) < 0)
        fail("aio_write: %s", strerror(errno));
    busy[i] = true;
    in_flight++;
}

static void on_write(int i, ssize_t result)
{
    if ((size_t)result < requests[i].aio_nbytes)
        fail("writing %s: only %zd bytes were taken", destination, result);
    written += result;
    start_read(i);
}

static void on_request(int i)
{
    struct aiocb *cb = &requests[i];
    int error = aio_error(cb);
    ssize_t result = aio_return(cb);
    busy[i] = false;
    in_flight--;
    if (cancelled)
        return;
    if (error != 0)
        fail("%s %s: %s", cb->aio_fildes == in ? "reading" : "writing", cb->aio_fildes == in ? source : destination,
             strerror(error));
    if (cb->aio_fildes == in)
        on_read(i, result);
    else
        on_write(i, result);
}

static void on_tick(void)
{
    fprintf(stderr, "\r%3d %% of %.1f MB, %.0f MB/s, %d in flight%s  ", size ? (int)(written * 100 / size) : 100, size / 1e6,
            written / 1e6 / seconds(), in_flight, paused ? ", paused" : "");
}

static void command(const char *word)
{
    if (strcmp(word, "pause") == 0) {
        paused = true;
    } else if (strcmp(word, "resume") == 0) {
        paused = false;
        for (int i = 0; i < REQUESTS; i++)
            if (!busy[i])
                start_read(i);
    } else if (strcmp(word, "status") == 0) {
        on_tick();
        fputc('\n', stderr);
    } else if (strcmp(word, "cancel") == 0) {
        cancelled = true;
        aio_cancel(in, NULL);
        aio_cancel(out, NULL);
    } else {
        fprintf(stderr, "\none_ring: \"%s\" is not pause, resume, status or cancel\n", word);
    }
}

/* Registers first, then drains: a message that comes in between is not left lying. */
static void on_command(void)
{
    struct sigevent event = notification(COMMAND);
    if (mq_notify(mqd, &event) < 0)
        fail("mq_notify: %s", strerror(errno));
    for (;;) {
        ssize_t length = mq_receive(mqd, message, sizeof message - 1, NULL);
        if (length < 0 && errno == EAGAIN)
            return;
        if (length < 0)
            fail("mq_receive: %s", strerror(errno));
        message[length] = '\0';
        message[strcspn(message, "\n")] = '\0';
        command(message);
    }
}

/* Files, signal, timer and message queue. */
static void open_all(void)
{
    struct stat from, to;
    in = open(source, O_RDONLY | O_CLOEXEC);
    if (in < 0 || fstat(in, &from) < 0)
        fail("open %s: %s", source, strerror(errno));
    size = from.st_size;
    if (stat(destination, &to) == 0 && from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        fail("source and destination are the same file, %s", source);
    out = open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0)
        fail("open %s: %s", destination, strerror(errno));
    made_destination = fstat(out, &to) == 0 && S_ISREG(to.st_mode);

    signal_number = SIGRTMIN;
    sigemptyset(&signals);
    sigaddset(&signals, signal_number);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    for (int i = 0; i < REQUESTS; i++) {
        requests[i].aio_buf = malloc(BLOCK);
        requests[i].aio_sigevent = notification(i);
        if (requests[i].aio_buf == NULL)
            fail("no memory");
    }

    struct sigevent event = notification(TICK);
    struct itimerspec tenth = {{0, 100000000}, {0, 100000000}};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &tenth, NULL) < 0)
        fail("timer: %s", strerror(errno));
    have_timer = true;

    struct mq_attr attr = {.mq_maxmsg = 8, .mq_msgsize = 64};
    mqd = mq_open(queue_name, O_RDONLY | O_CREAT | O_NONBLOCK, 0600, &attr);
    if (mqd == (mqd_t)-1)
        fail("mq_open %s: %s", queue_name, strerror(errno));
    on_command(); /* registers (EBUSY when somebody else takes commands from it), and takes what is there already */
    owns_queue = true;
}

/* The loop: everything that happens comes as a signal. */
static void run(void)
{
    siginfo_t info;
    while (in_flight > 0 || (written < size && !cancelled)) {
        if (sigwaitinfo(&signals, &info) < 0) {
            if (errno == EINTR)
                continue;
            fail("sigwaitinfo: %s", strerror(errno));
        }
        switch (info.si_value.sival_int) {
        case TICK:
            on_tick();
            break;
        case COMMAND:
            on_command();
            break;
        default:
            on_request(info.si_value.sival_int);
        }
    }
    if (cancelled)
        fail("cancelled after %jd of %jd bytes", (intmax_t)written, (intmax_t)size);
}

static void close_all(void)
{
    if (have_timer)
        timer_delete(timer);
    if (mqd != (mqd_t)-1)
        mq_close(mqd);
    if (owns_queue)
        mq_unlink(queue_name);
    for (int i = 0; i < REQUESTS; i++) {
        if (!busy[i])
            continue;
        const struct aiocb *one[] = {&requests[i]};
        aio_cancel(requests[i].aio_fildes, &requests[i]);
        while (aio_error(one[0]) == EINPROGRESS)
            aio_suspend(one, 1, NULL);
    }
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
}

static uint32_t checksum(const char *path)
{
    static uint32_t table[256];
    static unsigned char buffer[BLOCK];
    uint32_t crc = 0xffffffff;
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
    }
    int fd = open(path, O_RDONLY);
    ssize_t n = -1;
    while (fd >= 0 && (n = read(fd, buffer, sizeof buffer)) > 0)
        for (ssize_t i = 0; i < n; i++)
            crc = crc >> 8 ^ table[(crc ^ buffer[i]) & 0xff];
    if (n < 0)
        fail("reading %s: %s", path, strerror(errno));
    close(fd);
    return ~crc;
}

/* Compares the checksums and says how fast it was. */
static void finish(void)
{
    double took = seconds();
    uint32_t expected = checksum(source), got = checksum(destination);
    if (expected != got)
        fail("checksums differ: source %08x, copy %08x", expected, got);
    fputc('\r', stderr);
    printf("copied %jd bytes of %s in %.3f s: %.0f MB/s, CRC-32 %08x of source and copy\n", (intmax_t)size, source, took,
           size / 1e6 / took, got);
}

int main(int argc, char **argv)
{
    int next = 1;
    snprintf(queue_name, sizeof queue_name, "/onering.%d", (int)getpid());
    if (argc > 2 && strcmp(argv[1], "-q") == 0) {
        snprintf(queue_name, sizeof queue_name, "%s", argv[2]);
        next = 3;
    }
    if (argc - next != 2) {
        fputs("usage: one_ring [-q /queue] SOURCE DESTINATION\n", stderr);
        return 2;
    }
    source = argv[next];
    destination = argv[next + 1];
    clock_gettime(CLOCK_MONOTONIC, &started);
    open_all();
    clock_gettime(CLOCK_MONOTONIC, &started);
    for (int i = 0; i < REQUESTS; i++)
        start_read(i);
    run();
    close_all();
    finish();
    return 0;
}
