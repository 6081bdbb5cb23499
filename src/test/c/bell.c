/*
 * A bell on a message queue: mq_notify raises a signal when a message comes into the empty queue; the handler only rings. The
 * loop sleeps in sigsuspend, so that no ring gets lost between the look at the flag and the sleep.
 *
 *     cc -O2 -Wall -Wextra -o bell bell.c -lrt
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *queue = "/bell.example";
static const char *words[] = { "one", "two", "three", "stop" };
static volatile sig_atomic_t rung = 0;

static void ring(int signo)
{
    (void) signo;
    rung = 1;
}

static void arm(mqd_t mqd)
{
    struct sigevent sev = { 0 };
    sev.sigev_notify = SIGEV_SIGNAL;
    sev.sigev_signo = SIGUSR1;
    if (mq_notify(mqd, &sev) < 0) {
        perror("mq_notify");
        exit(1);
    }
}

int main(void)
{
    struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = 128 };
    struct sigaction sa = { .sa_handler = ring };
    sigset_t blocked, before;
    char *message;
    size_t sent = 0;
    int done = 0;

    mqd_t mqd = mq_open(queue, O_RDWR | O_CREAT | O_NONBLOCK, S_IRUSR | S_IWUSR, &attr);
    if (mqd < 0) {
        perror("mq_open");
        return EXIT_FAILURE;
    }
    if (mq_getattr(mqd, &attr) < 0) {
        perror("mq_getattr");
        return EXIT_FAILURE;
    }
    message = malloc(attr.mq_msgsize);
    if (message == NULL)
        return EXIT_FAILURE;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    sigaction(SIGUSR1, &sa, NULL);
    arm(mqd);

    while (!done) {
        if (sent < sizeof words / sizeof words[0]) {
            mq_send(mqd, words[sent], strlen(words[sent]) + 1, 0);
            sent++;
        }
        while (!rung)
            sigsuspend(&before);
        rung = 0;
        arm(mqd);
        ssize_t length;
        while ((length = mq_receive(mqd, message, attr.mq_msgsize, NULL)) > 0) {
            printf("the bell brought \"%s\", %ld bytes\n", message, (long) length);
            if (strcmp(message, "stop") == 0)
                done = 1;
        }
        if (errno != EAGAIN) {
            perror("mq_receive");
            break;
        }
    }
    free(message);
    mq_close(mqd);
    mq_unlink(queue);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
