/*
 * Follows a log file while it grows and copies its lines into numbered files of a limited size. A file that is full is made
 * durable in the background while the next one is written, and then the oldest goes. TailLog.java beside this file is the same
 * program, with records of one ring where this one has signals.
 *
 *   cc -O2 -Wall -Wextra -o tail_log tail_log.c -lrt -lpthread
 *   ./tail_log [-s BYTES] [-k FILES] [-p PID] LOG DIRECTORY
 *
 * It ends when process PID has ended and the log is copied; without PID, when the log has not grown for a second.
 */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 4, BLOCK = 64 << 10, TICK_MILLIS = 20, IDLE_TICKS = 1000 / TICK_MILLIS };

/* What a signal's value points to: the one who knows what to do with it. */
struct handler {
    void (*call)(struct handler *);
};

/* A block of the log: read, and then written as far as its last line ends. */
struct slot {
    struct handler handler;
    struct aiocb cb;
    char *buffer;
    struct slot *next;
};

/* One numbered file. Its request is the last one: the fsync. */
struct segment {
    struct handler handler;
    int number;
    int fd;
    struct aiocb cb;
    off_t size;
};

static const char *log_path, *directory;
static off_t limit = 64 << 10;
static int keep = 100;
static pid_t pid;

static sigset_t signals;
static int in = -1;
static timer_t timer;
static struct slot slots[SLOTS];
static struct slot *free_slots;
static struct segment *segment;

static off_t offset;
static long lines, bytes;
static bool reading, last_look, writer_ended, complete;
static int writing, syncing, idle, files;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("tail_log: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void check(int error, const char *what, const char *where)
{
    if (error != 0)
        fail("%s %s: %s", what, where, strerror(error));
}

static const char *path(int number)
{
    static char text[PATH_MAX];
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", log_path);
    snprintf(text, sizeof text, "%s/%s.%05d", directory, basename(copy), number);
    return text;
}

static struct sigevent notification(struct handler *handler)
{
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN;
    event.sigev_value.sival_ptr = handler;
    return event;
}

static void on_synced(struct handler *handler)
{
    struct segment *done = (struct segment *)handler;
    check(aio_error(&done->cb), "synchronising", path(done->number));
    aio_return(&done->cb);
    syncing--;
    if (close(done->fd) < 0)
        fail("close: %s", strerror(errno));
    if (unlink(path(done->number - keep)) < 0 && errno != ENOENT)
        fail("removing an old file: %s", strerror(errno));
    free(done);
}

/* The fsync waits for all writes that were asked for before it, so nobody else has to. */
static void finish(struct segment *full)
{
    full->cb.aio_fildes = full->fd;
    full->cb.aio_sigevent = notification(&full->handler);
    if (aio_fsync(O_SYNC, &full->cb) < 0)
        fail("aio_fsync: %s", strerror(errno));
    syncing++;
}

static struct segment *new_segment(int number)
{
    struct segment *made = calloc(1, sizeof *made);
    if (made == NULL)
        fail("no memory");
    made->handler.call = on_synced;
    made->number = number;
    made->fd = open(path(number), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (made->fd < 0)
        fail("open %s: %s", path(number), strerror(errno));
    files = number;
    return made;
}

static bool ended(void)
{
    return pid != 0 ? writer_ended : idle >= IDLE_TICKS;
}

/* One read at a time: where the next one begins is known when the last line of this one is. */
static void start_read(void)
{
    struct slot *slot = free_slots;
    if (reading || complete || slot == NULL)
        return;
    free_slots = slot->next;
    slot->cb.aio_fildes = in;
    slot->cb.aio_offset = offset;
    slot->cb.aio_nbytes = limit < BLOCK ? limit : BLOCK;
    last_look = ended(); /* before the read: what was written until then, it sees */
    if (aio_read(&slot->cb) < 0)
        fail("aio_read: %s", strerror(errno));
    reading = true;
}

static void release(struct slot *slot)
{
    slot->next = free_slots;
    free_slots = slot;
}

/* Counts the lines, and says how many bytes they have. */
static size_t whole_lines(const char *buffer, size_t got)
{
    size_t end = 0;
    for (size_t i = 0; i < got; i++) {
        if (buffer[i] == '\n') {
            lines++;
            end = i + 1;
        }
    }
    return end;
}

static void on_read(struct slot *slot, size_t got)
{
    reading = false;
    size_t length = whole_lines(slot->buffer, got);
    if (length == 0 && (got == slot->cb.aio_nbytes || last_look))
        length = got; /* a line longer than a block, or the last one without an end */
    if (length == 0) {
        release(slot);
        if (last_look) {
            complete = true;
            finish(segment);
        }
        return;
    }
    idle = 0;
    if (segment->size + (off_t)length > limit) {
        int number = segment->number;
        finish(segment);
        segment = new_segment(number + 1);
    }
    slot->cb.aio_fildes = segment->fd;
    slot->cb.aio_offset = segment->size;
    slot->cb.aio_nbytes = length;
    if (aio_write(&slot->cb) < 0)
        fail("aio_write: %s", strerror(errno));
    writing++;
    segment->size += length;
    offset += length;
    bytes += length;
    start_read();
}

static void on_write(struct slot *slot, size_t result)
{
    if (result != slot->cb.aio_nbytes)
        fail("writing into %s: only %zu bytes were taken", directory, result);
    writing--;
    release(slot);
    start_read();
}

static void on_slot(struct handler *handler)
{
    struct slot *slot = (struct slot *)handler;
    int error = aio_error(&slot->cb);
    ssize_t result = aio_return(&slot->cb);
    if (slot->cb.aio_fildes == in) {
        check(error, "reading", log_path);
        on_read(slot, result);
    } else {
        check(error, "writing into", directory);
        on_write(slot, result);
    }
}

/* Nothing tells that a file has grown, or that a process that is no child has ended, so that is looked for now and then. */
static void on_tick(struct handler *handler)
{
    (void)handler;
    struct stat now;
    if (reading || complete)
        return;
    if (pid != 0 && kill(pid, 0) < 0 && errno == ESRCH)
        writer_ended = true;
    idle += 1 + timer_getoverrun(timer);
    if (stat(log_path, &now) < 0)
        fail("the log is gone: %s", strerror(errno));
    if (now.st_size < offset) {
        fprintf(stderr, "tail_log: %s was truncated\n", log_path);
        offset = 0;
    }
    start_read();
}

static void open_all(void)
{
    static struct handler tick = {on_tick};
    in = open(log_path, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        fail("open %s: %s", log_path, strerror(errno));
    sigemptyset(&signals);
    sigaddset(&signals, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    for (int i = 0; i < SLOTS; i++) {
        slots[i].handler.call = on_slot;
        slots[i].buffer = malloc(BLOCK);
        if (slots[i].buffer == NULL)
            fail("no memory");
        slots[i].cb.aio_buf = slots[i].buffer;
        slots[i].cb.aio_sigevent = notification(&slots[i].handler);
        release(&slots[i]);
    }
    segment = new_segment(1);

    struct sigevent event = notification(&tick);
    struct itimerspec period = {{0, TICK_MILLIS * 1000000L}, {0, TICK_MILLIS * 1000000L}};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &period, NULL) < 0)
        fail("timer: %s", strerror(errno));
}

/* The loop: every signal brings its own handler. */
static void run(void)
{
    while (!complete || writing > 0 || syncing > 0) {
        siginfo_t info;
        if (sigwaitinfo(&signals, &info) >= 0) {
            struct handler *handler = info.si_value.sival_ptr;
            handler->call(handler);
        } else if (errno != EINTR) {
            fail("sigwaitinfo: %s", strerror(errno));
        }
    }
}

static int usage(void)
{
    fputs("usage: tail_log [-s BYTES] [-k FILES] [-p PID] LOG DIRECTORY\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "s:k:p:")) != -1;) {
        int number = optarg ? atoi(optarg) : 0;
        if (number < 1)
            return usage();
        if (option == 's')
            limit = number;
        else if (option == 'k')
            keep = number;
        else
            pid = number;
    }
    if (argc - optind != 2)
        return usage();
    log_path = argv[optind];
    directory = argv[optind + 1];
    open_all();
    start_read();
    run();
    timer_delete(timer);
    printf("copied %ld lines, %ld bytes of %s into %d files\n", lines, bytes, log_path, files);
    return 0;
}
