/*
 * A periodic real-time loop: a timer generates a blocked signal each period, sigwaitinfo accepts it, and what must be done in the
 * period is done. Periods that went by meanwhile are the timer's overruns. At the end it says how late the periods began.
 * Periodic.java beside this file is the same program.
 *
 *   cc -O2 -Wall -Wextra -o periodic periodic.c -lrt
 *   ./periodic [-p PERIOD] [-n PERIODS] [-w WORK] [-e EVERY]
 *
 * PERIOD is in milliseconds; in every EVERY-th period the work takes WORK milliseconds of CPU time. SIGTERM ends it before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MILLI 1000000L
#define PERIOD_SIGNAL SIGRTMIN

static long period = 10, periods = 100, work = 25, every = 20;

static long run, overrun, latest, sum;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t nanos(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static struct timespec timespec(int64_t nanos)
{
    struct timespec time = {nanos / 1000000000, nanos % 1000000000};
    return time;
}

static int64_t now(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) < 0)
        die("clock_gettime");
    return nanos(time);
}

/* What is done in a period: nothing but using the processor. */
static void use(int64_t cpu)
{
    int64_t end = now(CLOCK_THREAD_CPUTIME_ID) + cpu;
    while (now(CLOCK_THREAD_CPUTIME_ID) < end)
        ;
}

static timer_t start(int64_t first)
{
    timer_t timer;
    struct sigevent event;
    struct itimerspec spec;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = PERIOD_SIGNAL;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
        die("timer_create");
    spec.it_value = timespec(first);
    spec.it_interval = timespec(period * MILLI);
    if (timer_settime(timer, TIMER_ABSTIME, &spec, NULL) < 0)
        die("timer_settime");
    return timer;
}

/* One period: the last of those that have begun. */
static void cycle(timer_t timer, int64_t first)
{
    int missed = timer_getoverrun(timer);
    overrun += missed;
    int64_t begin = first + (run + overrun) * period * MILLI;
    int64_t late = now(CLOCK_MONOTONIC) - begin;
    if (late < 0) {
        fprintf(stderr, "a period began %ld ns early\n", (long)-late);
        exit(1);
    }
    if (missed > 0)
        printf("period %ld: %d missed\n", run + overrun, missed);
    run++;
    sum += late;
    if (late > latest)
        latest = late;
    if (run % every == 0)
        use(work * MILLI);
}

static int usage(void)
{
    fprintf(stderr, "usage: periodic [-p PERIOD] [-n PERIODS] [-w WORK] [-e EVERY]\n");
    return 2;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2) {
        long number = i + 1 < argc ? atol(argv[i + 1]) : 0;
        if (number < 1)
            return usage();
        if (strcmp(argv[i], "-p") == 0)
            period = number;
        else if (strcmp(argv[i], "-n") == 0)
            periods = number;
        else if (strcmp(argv[i], "-w") == 0)
            work = number;
        else if (strcmp(argv[i], "-e") == 0)
            every = number;
        else
            return usage();
    }

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, PERIOD_SIGNAL);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        die("sigprocmask");

    int64_t first = now(CLOCK_MONOTONIC) + period * MILLI;
    timer_t timer = start(first);
    printf("begun\n");
    fflush(stdout);
    siginfo_t info;
    while (run + overrun < periods) {
        int signo = sigwaitinfo(&set, &info);
        if (signo < 0 && errno != EINTR)
            die("sigwaitinfo");
        if (signo == SIGTERM) {
            printf("ended by SIGTERM\n");
            break;
        }
        if (signo == PERIOD_SIGNAL)
            cycle(timer, first);
    }
    timer_delete(timer);

    printf("%ld periods: %ld run, %ld missed\n", run + overrun, run, overrun);
    if (run > 0)
        printf("late by %ld us on average, %ld us at most\n", sum / run / 1000, latest / 1000);
    return 0;
}
