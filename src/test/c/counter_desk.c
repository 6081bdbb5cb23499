/*
 * A desk where orders come in through a message queue. Nobody waits for them: mq_notify starts a thread when the first one
 * arrives, and that thread registers again before it empties the queue, so that none is overlooked.
 *
 *     cc -O2 -Wall -Wextra -o counter_desk counter_desk.c -lrt -lpthread
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ORDERS 6
#define LONGEST 64

static mqd_t desk;
static volatile int served;
static void arrived(union sigval value);

static void fatal(const char *where)
{
    perror(where);
    exit(EXIT_FAILURE);
}

static void expect_more(void)
{
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD,
        .sigev_notify_function = arrived,
        .sigev_value.sival_int = 7,
    };
    if (mq_notify(desk, &event) == -1)
        fatal("mq_notify");
}

static void arrived(union sigval value)
{
    char order[LONGEST];
    unsigned int priority;
    ssize_t length;

    expect_more();
    while ((length = mq_receive(desk, order, sizeof(order), &priority)) >= 0) {
        printf("desk %d, priority %u: %.*s\n", value.sival_int, priority, (int) length, order);
        served++;
    }
    if (errno != EAGAIN)
        fatal("mq_receive");
}

int main(void)
{
    char name[32];
    struct mq_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.mq_maxmsg = 4;
    attr.mq_msgsize = LONGEST;
    snprintf(name, sizeof name, "/desk.%d", (int) getpid());
    desk = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
    if (desk == (mqd_t) -1)
        fatal("mq_open");
    if (mq_unlink(name) == -1)
        fatal("mq_unlink");
    expect_more();

    for (int i = 0; i < ORDERS; i++) {
        char text[LONGEST];
        sprintf(text, "order number %d", i + 1);
        while (mq_send(desk, text, strlen(text), i % 3) == -1) {
            if (errno != EAGAIN)
                fatal("mq_send");
            usleep(1000);
        }
    }
    while (served < ORDERS) {
        struct timespec moment = { .tv_nsec = 1000000 };
        nanosleep(&moment, NULL);
    }
    mq_close(desk);
    printf("%d orders served\n", served);
    return 0;
}
