/* timer_* of the C library; see side.c. */
#include "side.h"

static const long long SECOND = 1000000000LL;

static void create(void) {
    int t = (int) number(), clock = (int) number(), notify = (int) number(), signo = (int) number();
    long cookie = number();
    struct sigevent e;
    event(&e, notify, cookie);
    if (signo >= 0) {
        e.sigev_signo = signo;
    }
    timer_t made;
    int rc = timer_create(clock, notify == -2 ? NULL : &e, &made);
    answer(rc);
    if (rc == 0) {
        timer_delete(timer[t]); /* the slot's last one; often none */
        timer[t] = made;
    }
}

static void print_setting(struct itimerspec *s) {
    printf("value ~%lld interval %lld ", s->it_value.tv_sec * SECOND + s->it_value.tv_nsec,
            s->it_interval.tv_sec * SECOND + s->it_interval.tv_nsec);
}

/* T FLAGS BASE VALUE(s ns) INTERVAL(s ns) OLD: with a BASE clock the value is counted from its time now */
static void set_time(int expires) {
    int t = (int) number(), flags = (int) number(), base = optional();
    struct itimerspec to, old = {{0, 0}, {0, 0}};
    to.it_value.tv_sec = number();
    to.it_value.tv_nsec = number();
    to.it_interval.tv_sec = number();
    to.it_interval.tv_nsec = number();
    int want = (int) number();
    if (base >= 0) {
        struct timespec now;
        clock_gettime(base, &now);
        to.it_value.tv_sec += now.tv_sec;
    }
    if (expires) { /* with a timer of its own, which must not be armed when another waits for its notification */
        struct sigevent e;
        event(&e, SIGEV_SIGNAL, 4711);
        timer_create(CLOCK_REALTIME, &e, &timer[t]);
    }
    int rc = timer_settime(timer[t], flags, &to, want ? &old : NULL);
    answer(rc);
    if (rc == 0 && want) {
        print_setting(&old);
    }
    if (expires && rc == 0) {
        siginfo_t info;
        struct timespec limit = {20, 0};
        int got = sigtimedwait(&ours, &info, &limit);
        printf("came %d %d overrun ~%d get ~%d ", got == SIGRTMIN + 2, info.si_value.sival_int, info.si_overrun,
                timer_getoverrun(timer[t]));
        timer_delete(timer[t]);
    }
}

static void get_time(void) {
    struct itimerspec s;
    int rc = timer_gettime(timer[number()], &s);
    answer(rc);
    if (rc == 0) {
        print_setting(&s);
    }
}

int timer_operation(const char *op) {
    if (!strcmp(op, "create")) {
        create();
    } else if (!strcmp(op, "settime") || !strcmp(op, "expire")) {
        set_time(*op == 'e');
    } else if (!strcmp(op, "gettime")) {
        get_time();
    } else if (!strcmp(op, "getoverrun")) {
        answer(timer_getoverrun(timer[number()]));
    } else if (!strcmp(op, "delete")) {
        answer(timer_delete(timer[number()]));
    } else {
        return 0;
    }
    return 1;
}
