/*
 * A mailbox for signals: three of them are blocked, and main takes one after the other with sigwaitinfo and says what each
 * carries. The program sends them to itself.
 *
 *     cc -O2 -Wall -Wextra -o mailbox mailbox.c
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LETTER = 1, PARCEL, LAST };

struct tally {
    int letters;
    int parcels;
    long sum;
};

static struct tally tally;

static void post(int signo, int value)
{
    union sigval cargo;
    cargo.sival_int = value;
    if (sigqueue(getpid(), signo, cargo) < 0) {
        fprintf(stderr, "sigqueue(%d): %s\n", signo, strerror(errno));
        exit(1);
    }
}

/* Returns 1 when it was the last one. */
static int sort(const siginfo_t *info)
{
    if (info->si_code != SI_QUEUE) {
        printf("signal %d from process %ld, without a value\n", info->si_signo, (long) info->si_pid);
        return 0;
    }
    switch (info->si_signo - SIGRTMIN) {
    case LETTER:
        tally.letters++;
        break;
    case PARCEL:
        tally.parcels++;
        break;
    default:
        return 1;
    }
    tally.sum += info->si_value.sival_int;
    return 0;
}

int main(void)
{
    sigset_t box;
    siginfo_t info;
    int signo;

    sigemptyset(&box);
    for (int i = LETTER; i <= LAST; i++)
        sigaddset(&box, SIGRTMIN + i);
    if (sigprocmask(SIG_BLOCK, &box, NULL) < 0) {
        perror("sigprocmask");
        return 1;
    }

    post(SIGRTMIN + PARCEL, 30);
    for (int i = 1; i <= 4; i++)
        post(SIGRTMIN + LETTER, i);
    post(SIGRTMIN + LAST, 0);

    while (1) {
        signo = sigwaitinfo(&box, &info);
        if (signo < 0) {
            if (errno == EINTR)
                continue;
            perror("sigwaitinfo");
            return 1;
        }
        printf("%-7s %d\n", signo == SIGRTMIN + LETTER ? "letter" : "other", info.si_value.sival_int);
        if (sort(&info))
            break;
    }

    struct timespec none = { 0, 0 };
    if (sigtimedwait(&box, &info, &none) != -1 || errno != EAGAIN)
        fputs("the mailbox is not empty\n", stderr);
    printf("%d letters, %d parcels, sum %ld\n", tally.letters, tally.parcels, tally.sum);
    return tally.letters == 4 && tally.parcels == 1 ? 0 : 1;
}
