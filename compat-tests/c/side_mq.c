/* mq_* of the C library; see side.c. */
#include "side.h"

/* ~ stands for the prefix that this run's names have, * for as many characters as follow it. */
static const char *name(void) {
    static char text[8192];
    const char *w = word();
    int n = 0;
    for (; *w && n < 500; w++) {
        if (*w == '~') {
            n += sprintf(text + n, "%s", prefix);
        } else if (*w == '*') {
            int many = atoi(w + 1);
            memset(text + n, 'x', (size_t) many);
            n += many;
            break;
        } else if (*w != '.') {
            text[n++] = *w;
        }
    }
    text[n] = 0;
    return text;
}

static void mq_make(void) {
    int slot = (int) number();
    const char *called = name();
    int flags = (int) number(), mode = (int) number();
    struct mq_attr attr = {0};
    int with = (int) number();
    attr.mq_maxmsg = number();
    attr.mq_msgsize = number();
    mqd_t mqd = mq_open(called, flags, mode, with ? &attr : NULL);
    answer(mqd < 0 ? -1 : 0);
    if (mqd >= 0) {
        mq_close(FIRST_FD + slot);
        moved(mqd, slot);
    }
}

static void print_attr(struct mq_attr *a) {
    printf("flags %ld maxmsg %ld msgsize %ld curmsgs %ld ", a->mq_flags, a->mq_maxmsg, a->mq_msgsize, a->mq_curmsgs);
}

/* SLOT LENGTH PRIORITY COOKIE TIMED [SECONDS NANOSECONDS]; nothing without a time limit may block */
static void mq_put(void) {
    int mqd = descriptor();
    long length = number();
    unsigned priority = (unsigned) number();
    long cookie = number();
    int timed = (int) number();
    static char text[70000];
    struct mq_attr a;
    struct timespec end;
    memset(text, (int) (cookie & 0x7f), sizeof text);
    if (timed) {
        end.tv_sec = number();
        end.tv_nsec = number();
        answer(mq_timedsend(mqd, text, (size_t) length, priority, &end));
    } else if (mq_getattr(mqd, &a) == 0 && !(a.mq_flags & O_NONBLOCK) && a.mq_curmsgs >= a.mq_maxmsg) {
        printf("would block");
    } else {
        answer(mq_send(mqd, text, (size_t) length, priority));
    }
}

static void mq_get(void) {
    int mqd = descriptor();
    long length = number();
    int timed = (int) number();
    static unsigned char text[70000];
    unsigned priority = 0;
    struct mq_attr a;
    struct timespec end;
    ssize_t n;
    if (timed) {
        end.tv_sec = number();
        end.tv_nsec = number();
        n = mq_timedreceive(mqd, (char *) text, (size_t) length, &priority, &end);
    } else if (mq_getattr(mqd, &a) == 0 && !(a.mq_flags & O_NONBLOCK) && a.mq_curmsgs == 0) {
        printf("would block");
        return;
    } else {
        n = mq_receive(mqd, (char *) text, (size_t) length, &priority);
    }
    answer(n);
    if (n >= 0) {
        printf("priority %u hash %u", priority, hash(text, n));
    }
}

static void mq_attributes(int set) {
    int mqd = descriptor();
    struct mq_attr a = {0}, to = {0};
    int rc, want = 1;
    if (set) {
        to.mq_flags = number();
        want = (int) number();
        rc = mq_setattr(mqd, &to, want ? &a : NULL);
    } else {
        rc = mq_getattr(mqd, &a);
    }
    answer(rc);
    if (rc == 0 && want) {
        print_attr(&a);
    }
}

static void mq_register(void) {
    int mqd = descriptor();
    int notify = (int) number();
    struct sigevent e;
    event(&e, notify, number());
    answer(mq_notify(mqd, notify == -2 ? NULL : &e));
}

int mq_operation(const char *op) {
    if (!strcmp(op, "mq_open")) {
        mq_make();
    } else if (!strcmp(op, "mq_close")) {
        answer(mq_close(descriptor()));
    } else if (!strcmp(op, "mq_unlink")) {
        answer(mq_unlink(name()));
    } else if (!strcmp(op, "mq_send")) {
        mq_put();
    } else if (!strcmp(op, "mq_receive")) {
        mq_get();
    } else if (!strcmp(op, "mq_getattr") || !strcmp(op, "mq_setattr")) {
        mq_attributes(op[3] == 's');
    } else if (!strcmp(op, "mq_notify")) {
        mq_register();
    } else {
        return 0;
    }
    return 1;
}

void forget_names(void) {
    for (int i = 0; i < 4; i++) {
        char text[80];
        snprintf(text, sizeof text, "/%s%d", prefix, i);
        mq_unlink(text);
    }
}
