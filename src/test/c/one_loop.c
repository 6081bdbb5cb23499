/*
 * One loop for timers, a message queue and a file, with the kevent calls of 2006: everything that completes is a record in the
 * ring, and its cookie says which it is.
 */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <kevent.h>
#include <mqueue.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum cookie { TICK = 1, MAIL, BLOCK, QUIT };

static int kfd;
static mqd_t mqd;
static struct aiocb cb;
static char block[512];
static int ticks;
static bool told;

static void check(int result, const char *call)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", call, strerror(errno));
        exit(1);
    }
}

static struct sigevent to_ring(enum cookie cookie)
{
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_KEVENT;
    event.sigev_notify_kqueue = kfd;
    event.sigev_value.sival_int = cookie;
    return event;
}

static void on_tick(struct kevent_record *record)
{
    ticks += 1 + (int) record->result;
    if (ticks >= 3 && !told) {
        told = true;
        check(mq_send(mqd, "tick", 4, 1), "mq_send");
    }
}

static void on_mail(void)
{
    char text[32];
    ssize_t length = mq_receive(mqd, text, sizeof text, NULL);
    check((int) length, "mq_receive");
    printf("mail: %.*s\n", (int) length, text);
    cb.aio_fildes = open("/proc/self/status", O_RDONLY);
    check(cb.aio_fildes, "open");
    cb.aio_buf = block;
    cb.aio_nbytes = sizeof block;
    cb.aio_sigevent = to_ring(BLOCK);
    check(aio_read(&cb), "aio_read");
}

static void on_block(struct kevent_record *record)
{
    struct kevent_event quit;
    if (record->error != 0)
        fprintf(stderr, "aio_read: %s\n", strerror(record->error));
    else
        printf("read %ld bytes\n", (long) record->result);
    close(cb.aio_fildes);
    memset(&quit, 0, sizeof quit);
    quit.id = KEVENT_USER;
    quit.value.sival_int = QUIT;
    check(kevent_submit(kfd, &quit, KEVENT_NOWAIT, NULL), "kevent_submit");
}

int main(void)
{
    struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 32 };
    struct itimerspec period = { { 0, 10000000 }, { 0, 10000000 } };
    struct timespec limit = { 10, 0 };
    struct kevent_record record;
    struct sigevent event;
    timer_t timer;
    int running = 1;

    kfd = kevent_init(16);
    check(kfd, "kevent_init");
    mqd = mq_open("/one_loop", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attr);
    check(mqd, "mq_open");
    check(mq_unlink("/one_loop"), "mq_unlink");
    event = to_ring(MAIL);
    check(mq_notify(mqd, &event), "mq_notify");
    event = to_ring(TICK);
    check(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
    check(timer_settime(timer, 0, &period, NULL), "timer_settime");

    while (running) {
        int got = kevent_take(kfd, &record, &limit);
        check(got, "kevent_take");
        if (got == 0) {
            fputs("nothing has happened for 10 s\n", stderr);
            return 1;
        }
        switch (record.cookie) {
        case TICK:
            on_tick(&record);
            break;
        case MAIL:
            on_mail();
            break;
        case BLOCK:
            on_block(&record);
            break;
        case QUIT:
            running = 0;
            break;
        }
    }
    timer_delete(timer);
    mq_close(mqd);
    kevent_destroy(kfd, NULL, 0);
    printf("%d ticks or more: %s\n", 3, ticks >= 3 ? "yes" : "no");
    return 0;
}
