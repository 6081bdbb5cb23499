/*
 * A tick scheduler: tasks run every so many ticks of one timer, in one thread. A task that takes too long costs ticks; the
 * timer's overruns tell how many, so that the count stays true and tasks that became due meanwhile run once. A second timer, on
 * the clock of the thread's CPU time, ends a program that uses more than it may. Ticks.java beside this file is the same program.
 *
 *   cc -O2 -Wall -Wextra -o ticks ticks.c -lrt
 *   ./ticks [-p PERIOD] [-n TICKS] [-b BUSY] [-c LIMIT] [FILE]
 *
 * The period, the CPU time of the slow task and the limit of CPU time are in milliseconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };
static const int64_t MILLI = 1000000;

/* Cookies. */
enum { TICK = 1, CPU_LIMIT = 2 };

struct task {
    const char *name;
    int every;
    void (*body)(void);
    long runs;
    long skipped;
};

static long period = 20, ticks = 60, busy = 50, limit = 10000;
static const char *file = "/proc/self/exe";

static sigset_t signals;
static timer_t tick_timer, cpu_timer;
static int fd;
static unsigned char block[BLOCK];
static uint32_t crc;
static off_t offset;
static long tick, lost;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("ticks: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static struct timespec timespec(int64_t nanos)
{
    struct timespec time = {nanos / 1000000000, nanos % 1000000000};
    return time;
}

static int64_t nanos(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t now(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) < 0)
        fail("clock_gettime: %s", strerror(errno));
    return nanos(time);
}

static void update(size_t length)
{
    static uint32_t table[256];
    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++) {
            table[i] = i;
            for (int bit = 0; bit < 8; bit++)
                table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
        }
    for (size_t i = 0; i < length; i++)
        crc = crc >> 8 ^ table[(crc ^ block[i]) & 0xff];
}

/* The next block of the file; after the last one, the first. */
static void checksum(void)
{
    ssize_t got = pread(fd, block, BLOCK, offset);
    if (got < 0)
        fail("reading %s: %s", file, strerror(errno));
    offset = got < BLOCK ? 0 : offset + got;
    update(got);
}

/* Takes longer than a tick. */
static void slow(void)
{
    int64_t end = now(CLOCK_THREAD_CPUTIME_ID) + busy * MILLI;
    while (now(CLOCK_THREAD_CPUTIME_ID) < end)
        update(BLOCK);
}

static void report(void)
{
    struct itimerspec left;
    if (timer_gettime(cpu_timer, &left) < 0)
        fail("timer_gettime: %s", strerror(errno));
    printf("tick %ld, %ld overrun, %jd ms of CPU time left\n", tick, lost, (intmax_t)(nanos(left.it_value) / MILLI));
}

static struct task tasks[] = {
    {"checksum", 1, checksum, 0, 0},
    {"slow", 20, slow, 0, 0},
    {"report", 10, report, 0, 0},
};

static timer_t make_timer(clockid_t clock, int cookie, int flags, int64_t value, int64_t interval)
{
    struct sigevent event;
    struct itimerspec spec = {timespec(interval), timespec(value)};
    timer_t timer;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN;
    event.sigev_value.sival_int = cookie;
    if (timer_create(clock, &event, &timer) < 0 || timer_settime(timer, flags, &spec, NULL) < 0)
        fail("timer: %s", strerror(errno));
    return timer;
}

static void on_tick(void)
{
    long before = tick;
    int overrun = timer_getoverrun(tick_timer);
    tick += 1 + overrun;
    lost += overrun;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        struct task *task = &tasks[i];
        long due = tick / task->every - before / task->every;
        if (due > 0) {
            task->skipped += due - 1;
            task->runs++;
            task->body();
        }
    }
}

static void loop(void)
{
    while (tick < ticks) {
        siginfo_t info;
        if (sigwaitinfo(&signals, &info) < 0) {
            if (errno != EINTR)
                fail("sigwaitinfo: %s", strerror(errno));
        } else if (info.si_value.sival_int == CPU_LIMIT) {
            fail("the limit of %ld ms CPU time is used up, at tick %ld of %ld", limit, tick, ticks);
        } else {
            on_tick();
        }
    }
}

static int usage(void)
{
    fputs("usage: ticks [-p PERIOD] [-n TICKS] [-b BUSY] [-c LIMIT] [FILE]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "p:n:b:c:")) != -1;) {
        long number = optarg ? atol(optarg) : 0;
        if (number < 1)
            return usage();
        *(option == 'p' ? &period : option == 'n' ? &ticks : option == 'b' ? &busy : &limit) = number;
    }
    if (argc - optind > 1)
        return usage();
    if (argc - optind == 1)
        file = argv[optind];
    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail("open %s: %s", file, strerror(errno));
    sigemptyset(&signals);
    sigaddset(&signals, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    cpu_timer = make_timer(CLOCK_THREAD_CPUTIME_ID, CPU_LIMIT, 0, limit * MILLI, 0);
    tick_timer = make_timer(CLOCK_MONOTONIC, TICK, TIMER_ABSTIME, now(CLOCK_MONOTONIC) + period * MILLI, period * MILLI);
    loop();
    timer_delete(tick_timer);
    timer_delete(cpu_timer);

    printf("%ld ticks, %ld of them overrun\n", tick, lost);
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        printf("%-8s every %2d: %ld runs, %ld skipped\n", tasks[i].name, tasks[i].every, tasks[i].runs, tasks[i].skipped);
    return 0;
}
