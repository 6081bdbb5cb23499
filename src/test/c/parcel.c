/*
 * A parcel counter: SIGEV_THREAD tells when the first message comes into the queue, a thread takes what begins with the word that
 * is looked for, and SIGUSR1 or SIGALRM ends the wait.
 *
 *     cc -O2 -Wall -Wextra -o parcel parcel.c -lrt
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *queue = "/parcel.example";
static const char *parcels[] = { "parcel of books", "letter", "parcel of tea" };
static volatile sig_atomic_t ended = 0;

static void told(int signo)
{
    (void) signo;
    ended = 1;
}

static void late(int signo)
{
    (void) signo;
    warnx("nothing came");
    ended = 1;
}

static void on(int signo, int timeout)
{
    if (signal(signo, timeout ? late : told) == SIG_ERR)
        err(1, "signal %d", signo);
}

static int take(mqd_t mqd, const char *word, char loud)
{
    char text[64];
    int found = 0;
    ssize_t n;

    while ((n = mq_receive(mqd, text, sizeof text - 1, NULL)) >= 0) {
        text[n] = '\0';
        if (strncmp(text, word, strlen(word)) != 0)
            continue;
        found++;
        if (loud)
            printf("%s\n", text);
    }
    return found;
}

static void arrived(union sigval value)
{
    mqd_t mqd = *((mqd_t *) value.sival_ptr);
    int found = take(mqd, "parcel", 1);
    printf("%d parcels\n", found);
    raise(SIGUSR1);
}

static int await(mqd_t mqd)
{
    struct sigevent sev;
    memset(&sev, 0, sizeof sev);
    sev.sigev_notify = SIGEV_THREAD;
    sev.sigev_notify_function = arrived;
    sev.sigev_value.sival_ptr = &mqd;
    if (mq_notify(mqd, &sev) < 0)
        return -1;
    for (size_t i = 0; i < sizeof parcels / sizeof parcels[0]; i++) {
        if (mq_send(mqd, parcels[i], strlen(parcels[i]), 0) < 0)
            return -1;
    }
    while (!ended)
        sleep(1);
    return 0;
}

int main(void)
{
    struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = 63 };
    time_t begin, end;
    int status = 1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    on(SIGUSR1, 0);
    on(SIGALRM, 1);
    mqd_t mqd = mq_open(queue, O_RDWR | O_CREAT | O_NONBLOCK, S_IRUSR | S_IWUSR, &attr);
    if (mqd < 0)
        err(1, "mq_open %s", queue);
    alarm(30);
    time(&begin);
    if (await(mqd) < 0) {
        warn("mq_notify or mq_send");
        goto out;
    }
    time(&end);
    if (end - begin < 30)
        status = 0;
out:
    mq_close(mqd);
    mq_unlink(queue);
    return status;
}
