/*
 * Two functions pass a baton: each waits until the other has sent its signal. The baton is a struct, and its address travels
 * with the signal.
 *
 *     cc -O2 -Wall -Wextra -o baton baton.c
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAPS 5

typedef struct baton {
    char owner[16];
    int laps;
    struct baton *next;
} baton_t;

static sigset_t none;
static volatile sig_atomic_t arrived;
static baton_t *received;

static void take(int signo, siginfo_t *info, void *context)
{
    (void) context;
    arrived = signo;
    received = info->si_value.sival_ptr;
}

static void pass(baton_t *baton, int signo, const char *to)
{
    union sigval value = { .sival_ptr = baton };
    strcpy(baton->owner, to);
    baton->laps++;
    if (sigqueue(getpid(), signo, value) == -1) {
        perror("sigqueue");
        exit(1);
    }
}

static baton_t *await(int signo)
{
    while (arrived != signo)
        sigsuspend(&none);
    arrived = 0;
    return received;
}

static int other(int signo)
{
    return signo == SIGRTMIN ? SIGRTMIN + 1 : SIGRTMIN;
}

int main(void)
{
    struct sigaction sa;
    sigset_t both;
    int runner = SIGRTMIN;
    baton_t *baton;

    memset(&sa, 0, sizeof sa);
    sa.sa_sigaction = take;
    sa.sa_flags = SA_SIGINFO;
    sigfillset(&sa.sa_mask);
    sigemptyset(&both);
    sigaddset(&both, SIGRTMIN);
    sigaddset(&both, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &both, &none);
    sigdelset(&none, SIGRTMIN);
    sigdelset(&none, SIGRTMIN + 1);
    if (sigaction(SIGRTMIN, &sa, NULL) == -1 || sigaction(SIGRTMIN + 1, &sa, NULL) == -1) {
        perror("sigaction");
        return 1;
    }

    baton = calloc(1, sizeof *baton);
    if (!baton)
        return 1;
    pass(baton, runner, "red");
    while (baton->laps <= LAPS) {
        baton_t *got = await(runner);
        printf("lap %d: %s has it%s\n", got->laps, got->owner, got == baton ? "" : ", but which?");
        runner = other(runner);
        pass(got, runner, runner == SIGRTMIN ? "red" : "blue");
    }
    await(runner);
    if (sigismember(&both, SIGRTMIN) != 1)
        return 1;
    printf("%d laps, \"%s\" has %zu letters\n", baton->laps - 1, baton->owner, strlen(baton->owner));
    free(baton);
    return 0;
}
