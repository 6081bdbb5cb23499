/*
 * How late a timer's signals are taken when the program is busy: the timer goes on, and its overruns tell what was missed.
 *
 *     cc -O2 -Wall -Wextra -o late late.c -lrt
 *     ./late [-q] [ROUNDS]
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(call)                     \
    do {                                \
        if ((call) < 0) {               \
            perror(#call);              \
            exit(1);                    \
        }                               \
    } while (0)

static const int64_t SECOND = 1000000000;
static const int64_t PERIOD = 2000000;

typedef struct {
    int64_t begun;
    int64_t expiries;
    int64_t overruns;
} statistics_t;

static int64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * SECOND + ts.tv_nsec;
}

static void work(int64_t nanos)
{
    int64_t until = now() + nanos;
    while (now() < until)
        ;
}

static void add(statistics_t *all, int overrun)
{
    all->expiries += 1 + overrun;
    all->overruns += overrun;
}

int main(int argc, char *argv[])
{
    int rounds = 5, quiet = 0;
    timer_t timer;
    sigset_t set;
    siginfo_t info;
    statistics_t all = { 0 };

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-q") == 0)
            quiet = 1;
        else
            rounds = atoi(argv[i]);
    }

    CHECK(sigemptyset(&set));
    CHECK(sigaddset(&set, SIGRTMAX));
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL));

    struct sigevent sev;
    memset(&sev, 0, sizeof sev);
    sev.sigev_notify = SIGEV_SIGNAL;
    sev.sigev_signo = SIGRTMAX;
    sev.sigev_value.sival_int = 99;
    CHECK(timer_create(CLOCK_MONOTONIC, &sev, &timer));

    struct itimerspec its = {
        .it_value = { .tv_sec = 0, .tv_nsec = PERIOD },
        .it_interval = { .tv_sec = 0, .tv_nsec = PERIOD },
    };
    all.begun = now();
    CHECK(timer_settime(timer, 0, &its, NULL));

    for (int i = 0; i < rounds; i++) {
        work((i + 1) * 3 * PERIOD);
        CHECK(sigwaitinfo(&set, &info));
        int overrun = timer_getoverrun(timer);
        if (overrun < 0) {
            perror("timer_getoverrun");
            return 1;
        }
        add(&all, overrun);
        if (!quiet)
            printf("round %d: value %d, %d overrun\n", i + 1, info.si_value.sival_int, overrun);
    }

    CHECK(timer_gettime(timer, &its));
    double share = 100.0 * all.overruns / all.expiries;
    printf("%.1f ms, next in %ld ns\n", (now() - all.begun) / 1e6, its.it_value.tv_nsec);
    printf("%lld of %lld expiries were overruns (%.0f %%)\n", (long long) all.overruns, (long long) all.expiries, share);
    CHECK(timer_delete(timer));
    return 0;
}
