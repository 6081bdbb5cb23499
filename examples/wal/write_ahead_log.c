/*
 * A write-ahead log with group commit. Client threads hand in a record each and wait until it is durable; one thread writes all
 * records that have come in with one lio_listio, makes them durable with one aio_fsync, and lets their clients go on. What comes
 * in meanwhile is the next group. WriteAheadLog.java, Recovery.java and Wal.java beside this file are the same in Java; either
 * reads what the other wrote.
 *
 *   cc -O2 -Wall -Wextra -o write_ahead_log write_ahead_log.c -lrt -lpthread
 *   ./write_ahead_log [-c CLIENTS] [-k COMMITS] [-v] LOG [INPUT]
 *   ./write_ahead_log -d LOG
 *
 * Recovers the log and writes the lines of INPUT to it; -k ends the program as a crash would, after so many commits, -v tells
 * every commit, -d prints what the log holds.
 *
 * A record: length of the line (4 bytes), CRC-32 of all that follows (4), sequence from 1 (8), the line; little-endian, which
 * the machines are that this runs on.
 */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
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

enum { GROUP = 32, HEADER = 16, LONGEST = 4096 };

/* What a signal's value points to: the one who knows what to do with it. */
struct handler {
    void (*call)(struct handler *);
};

/* What a client hands in, and then waits for; without a line when the client has ended. */
struct transaction {
    struct handler handler;
    char *line;
    size_t length;
    sem_t durable;
    struct transaction *next;
};

static const char *log_path, *input_path;
static int clients = 8;
static long crash_after;
static bool tell;

static sigset_t signals;
static int fd = -1;
static off_t offset;
static uint64_t sequence;
static FILE *input;
static pthread_mutex_t input_lock = PTHREAD_MUTEX_INITIALIZER;

static struct aiocb writes[GROUP], sync_request;
static struct aiocb *list[GROUP];
static struct sigevent written;
static struct transaction *pending, **pending_end = &pending;
static struct transaction *group[GROUP];
static int group_size, working;
static long committed, groups;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("write_ahead_log: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static uint32_t crc32(const unsigned char *data, size_t length)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static size_t encode(unsigned char *into, uint64_t number, const char *line, uint32_t length)
{
    memcpy(into, &length, 4);
    memcpy(into + 8, &number, 8);
    memcpy(into + HEADER, line, length);
    uint32_t crc = crc32(into + 8, 8 + length);
    memcpy(into + 4, &crc, 4);
    return HEADER + length;
}

/* Reads the log up to the first record that is not whole; answers how many bytes follow. */
static off_t recover(bool print)
{
    struct stat now;
    if (fstat(fd, &now) < 0)
        fail("fstat: %s", strerror(errno));
    unsigned char *all = malloc(now.st_size + 1);
    if (all == NULL)
        fail("no memory");
    for (off_t got = 0; got < now.st_size;) {
        ssize_t n = pread(fd, all + got, now.st_size - got, got);
        if (n <= 0)
            fail("reading %s: %s", log_path, n < 0 ? strerror(errno) : "it shrank");
        got += n;
    }
    while (now.st_size - offset >= HEADER) {
        uint32_t length, crc;
        uint64_t number;
        memcpy(&length, all + offset, 4);
        memcpy(&crc, all + offset + 4, 4);
        memcpy(&number, all + offset + 8, 8);
        if (length > LONGEST || now.st_size - offset - HEADER < length || number != sequence + 1 ||
            crc != crc32(all + offset + 8, 8 + length))
            break;
        if (print)
            printf("%.*s\n", (int)length, all + offset + HEADER);
        sequence++;
        offset += HEADER + length;
    }
    free(all);
    return now.st_size - offset;
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

static void on_transaction(struct handler *handler)
{
    struct transaction *transaction = (struct transaction *)handler;
    if (transaction->line == NULL) {
        working--;
        return;
    }
    transaction->next = NULL;
    *pending_end = transaction;
    pending_end = &transaction->next;
}

static void *client(void *unused)
{
    struct transaction own = {.handler = {on_transaction}}, *end = calloc(1, sizeof *end);
    union sigval value;
    size_t room = 0;
    (void)unused;
    if (end == NULL || sem_init(&own.durable, 0, 0) < 0)
        fail("no memory");
    for (;;) {
        pthread_mutex_lock(&input_lock);
        ssize_t length = getline(&own.line, &room, input);
        pthread_mutex_unlock(&input_lock);
        if (length < 0)
            break;
        own.length = length > 0 && own.line[length - 1] == '\n' ? length - 1 : length;
        value.sival_ptr = &own;
        if (sigqueue(getpid(), SIGRTMIN, value) < 0)
            fail("sigqueue: %s", strerror(errno));
        while (sem_wait(&own.durable) < 0)
            ;
        if (tell)
            printf("committed %.*s\n", (int)own.length, own.line);
    }
    free(own.line);
    sem_destroy(&own.durable);
    end->handler.call = on_transaction; /* lives until the loop has seen it, which this thread does not wait for */
    value.sival_ptr = end;
    if (sigqueue(getpid(), SIGRTMIN, value) < 0)
        fail("sigqueue: %s", strerror(errno));
    return NULL;
}

static void start_group(void)
{
    for (; group_size < GROUP && pending != NULL; group_size++) {
        struct transaction *transaction = pending;
        struct aiocb *cb = &writes[group_size];
        pending = transaction->next;
        if (transaction->length > LONGEST)
            fail("a line has %zu bytes: the most is %d", transaction->length, LONGEST);
        group[group_size] = transaction;
        cb->aio_nbytes = encode((unsigned char *)cb->aio_buf, ++sequence, transaction->line, transaction->length);
        cb->aio_offset = offset;
        offset += cb->aio_nbytes;
    }
    if (pending == NULL)
        pending_end = &pending;
    if (lio_listio(LIO_NOWAIT, list, group_size, &written) < 0)
        fail("lio_listio: %s", strerror(errno));
}

/* All writes of the group are done. */
static void on_written(struct handler *handler)
{
    (void)handler;
    for (int i = 0; i < group_size; i++) {
        int error = aio_error(&writes[i]);
        ssize_t result = aio_return(&writes[i]);
        if (error != 0 || (size_t)result != writes[i].aio_nbytes)
            fail("writing %s: %s", log_path, error != 0 ? strerror(error) : "not all bytes were taken");
    }
    if (aio_fsync(O_DSYNC, &sync_request) < 0)
        fail("aio_fsync: %s", strerror(errno));
}

/* The group is durable: its clients go on, and the next group begins. */
static void on_durable(struct handler *handler)
{
    (void)handler;
    int error = aio_error(&sync_request);
    aio_return(&sync_request);
    if (error != 0)
        fail("synchronising %s: %s", log_path, strerror(error));
    groups++;
    committed += group_size;
    for (int i = 0; i < group_size; i++)
        sem_post(&group[i]->durable);
    group_size = 0;
    if (crash_after > 0 && committed >= crash_after) {
        if (pending != NULL)
            start_group();
        _exit(9);
    }
}

/* The loop: every signal brings its own handler. */
static void run(void)
{
    static const struct timespec at_once;
    while (working > 0 || pending != NULL || group_size > 0) {
        siginfo_t info;
        bool ready = group_size == 0 && pending != NULL;
        int got = ready ? sigtimedwait(&signals, &info, &at_once) : sigwaitinfo(&signals, &info);
        if (got >= 0) {
            struct handler *handler = info.si_value.sival_ptr;
            handler->call(handler);
        } else if (ready && errno == EAGAIN) {
            start_group(); /* nothing more is there at the moment */
        } else if (errno != EINTR) {
            fail("sigwaitinfo: %s", strerror(errno));
        }
    }
}

static void append(void)
{
    static struct handler list_end = {on_written}, sync_end = {on_durable};
    struct timespec begin, end;
    pthread_t thread;
    input = fopen(input_path, "re");
    if (input == NULL)
        fail("open %s: %s", input_path, strerror(errno));
    sigemptyset(&signals);
    sigaddset(&signals, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    for (int i = 0; i < GROUP; i++) {
        writes[i].aio_fildes = fd;
        writes[i].aio_lio_opcode = LIO_WRITE;
        writes[i].aio_sigevent.sigev_notify = SIGEV_NONE;
        writes[i].aio_buf = malloc(HEADER + LONGEST);
        if (writes[i].aio_buf == NULL)
            fail("no memory");
        list[i] = &writes[i];
    }
    written = notification(&list_end);
    sync_request.aio_fildes = fd;
    sync_request.aio_sigevent = notification(&sync_end);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (working = 0; working < clients; working++)
        if (pthread_create(&thread, NULL, client, NULL) != 0 || pthread_detach(thread) != 0)
            fail("no thread");
    run();
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("committed %ld records in %ld groups, %.0f commits and %.0f syncs a second\n", committed, groups,
           committed / seconds, groups / seconds);
}

int main(int argc, char **argv)
{
    bool dump = false, good = true;
    for (int option; (option = getopt(argc, argv, "c:k:vd")) != -1;) {
        if (option == 'c')
            clients = atoi(optarg);
        else if (option == 'k')
            crash_after = atol(optarg);
        else if (option == 'v')
            tell = true;
        else if (option == 'd')
            dump = true;
        else
            good = false;
    }
    if (!good || clients < 1 || optind == argc || argc - optind > (dump ? 1 : 2)) {
        fputs("usage: write_ahead_log [-c CLIENTS] [-k COMMITS] [-v] LOG [INPUT]   or   write_ahead_log -d LOG\n", stderr);
        return 2;
    }
    log_path = argv[optind];
    input_path = argv[optind + 1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    fd = open(log_path, (dump ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0644);
    if (fd < 0)
        fail("open %s: %s", log_path, strerror(errno));
    off_t torn = recover(dump);
    if (dump)
        return 0;
    if (torn > 0 && (ftruncate(fd, offset) < 0 || fsync(fd) < 0))
        fail("cutting off the torn end of %s: %s", log_path, strerror(errno));
    printf("recovered %ju records, cut off %jd bytes of a torn end\n", (uintmax_t)sequence, (intmax_t)torn);
    if (input_path != NULL)
        append();
    return 0;
}
