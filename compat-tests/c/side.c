/*
 * The C library's side of the comparison: reads a scenario from standard input, one operation per line, does each with
 * aio_*, lio_listio, timer_* and mq_* of the C library and prints one line for it. The other side is SideBySide.java, which
 * prints the same for the library. Answers are "value" or "-1 errno"; a number after ~ is one that time changes.
 *
 * Notifications are signals that every thread blocks. An operation that gives one waits for it, so that their order is that
 * of the scenario; "take" prints the next, "rest" all.
 */
#include "side.h"

static char *token[TOKENS];
static int tokens, at;
sigset_t ours;
long cookies[4096];
int first_cookie, last_cookie;
struct aiocb block[SLOTS];
unsigned char room[SLOTS][ROOM];
timer_t timer[SLOTS];
char prefix[64];

const char *word(void) {
    if (at >= tokens) {
        fprintf(stderr, "too few words after %s\n", token[0]);
        exit(2);
    }
    return token[at++];
}

long number(void) {
    return strtol(word(), NULL, 10);
}

/* "-" is none */
int optional(void) {
    const char *w = word();
    return *w == '-' && w[1] == 0 ? -1 : atoi(w);
}

/* A descriptor has a number that nothing else gets, so that a closed one stays closed. */
int descriptor(void) {
    return FIRST_FD + (int) number();
}

void answer(long value) {
    if (value == -1) {
        printf("-1 %d ", errno);
    } else {
        printf("%ld ", value);
    }
}

int moved(int fd, int slot) {
    if (fd < 0) {
        return -1;
    }
    dup3(fd, FIRST_FD + slot, O_CLOEXEC);
    close(fd);
    return 0;
}

/* ---- notifications */

void event(struct sigevent *e, int notify, long cookie) {
    memset(e, 0, sizeof *e);
    e->sigev_notify = notify;
    e->sigev_signo = SIGRTMIN + 2;
    e->sigev_value.sival_int = (int) cookie;
}

/* Keeps the next notification's cookie; waits for it if it must come. */
int keep(int must) {
    struct timespec limit = {must ? 20 : 0, 0};
    siginfo_t info;
    if (sigtimedwait(&ours, &info, &limit) < 0) {
        if (must) {
            printf("(a notification did not come) ");
        }
        return 0;
    }
    cookies[last_cookie++ % 4096] = info.si_value.sival_int;
    return 1;
}

static void take(void) {
    while (keep(0)) {
    }
    if (first_cookie == last_cookie) {
        printf("none");
    } else {
        printf("%ld", cookies[first_cookie++ % 4096]);
    }
}

unsigned hash(const unsigned char *bytes, long n) {
    unsigned h = 2166136261u;
    for (long i = 0; i < n; i++) {
        h = (h ^ bytes[i]) * 16777619u;
    }
    return h;
}

/* ---- the scenario */

static void forget(void) {
    for (int i = 0; i < SLOTS; i++) {
        timer_delete(timer[i]);
        timer[i] = (timer_t) (intptr_t) NO_TIMER;
        close(FIRST_FD + i);
    }
    forget_names();
    memset(block, 0, sizeof block);
    memset(room, 0, sizeof room);
    while (keep(0)) {
    }
    first_cookie = last_cookie = 0;
}

static void perform(const char *op) {
    if (!strcmp(op, "begin")) {
        forget();
    } else if (!strcmp(op, "prefix")) {
        snprintf(prefix, sizeof prefix, "%s", word());
    } else if (!strcmp(op, "take")) {
        take();
    } else if (!strcmp(op, "rest")) {
        do {
            take();
            printf(" ");
        } while (first_cookie != last_cookie);
    } else if (!aio_operation(op) && !timer_operation(op) && !mq_operation(op)) {
        fprintf(stderr, "no operation %s\n", op);
        exit(2);
    }
}

int main(void) {
    static char line[8192];
    sigemptyset(&ours);
    sigaddset(&ours, SIGRTMIN + 2);
    sigaddset(&ours, SIGALRM);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    for (int i = 0; i < SLOTS; i++) {
        timer[i] = (timer_t) (intptr_t) NO_TIMER;
    }
    while (fgets(line, sizeof line, stdin)) {
        tokens = at = 0;
        for (char *w = strtok(line, " \n"); w && tokens < TOKENS; w = strtok(NULL, " \n")) {
            token[tokens++] = w;
        }
        if (tokens > 0) {
            perform(token[at++]);
            printf("\n");
        }
    }
    return 0;
}
