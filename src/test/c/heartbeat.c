/*
 * A heartbeat: a timer raises a signal twenty times a second, the handler counts, and main sleeps in pause() between two beats.
 *
 *     cc -O2 -Wall -Wextra -o heartbeat heartbeat.c -lrt
 *     ./heartbeat [BEATS]
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS 50000000L
#define BEAT SIGRTMIN

static volatile sig_atomic_t beats;
static volatile sig_atomic_t missed;

/* Only counts: what takes time is done in main. */
static void on_beat(int signo, siginfo_t *info, void *context)
{
    (void) signo;
    (void) context;
    beats++;
    missed += info->si_overrun;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

int main(int argc, char *argv[])
{
    int wanted = 10;
    if (argc > 2) {
        fprintf(stderr, "usage: %s [BEATS]\n", argv[0]);
        return 2;
    }
    if (argc == 2)
        wanted = atoi(argv[1]);

    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_beat;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(BEAT, &action, NULL) == -1)
        die("sigaction");

    timer_t timer;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = BEAT;
    event.sigev_value.sival_ptr = &timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1)
        die("timer_create");

    struct itimerspec period;
    period.it_value.tv_sec = 0;
    period.it_value.tv_nsec = PERIOD_NS;
    period.it_interval = period.it_value;
    if (timer_settime(timer, 0, &period, NULL) == -1)
        die("timer_settime");

    int seen = 0;
    while (beats < wanted) {
        pause();
        if (beats != seen) { /* another signal may have ended the pause */
            seen = beats;
            printf("beat %d, %d missed\n", seen, (int) missed);
        }
    }

    timer_delete(timer);
    printf("%d beats of %ld ms\n", seen, PERIOD_NS / 1000000);
    return 0;
}
