/* aio_* and lio_listio of the C library; see side.c. */
#include "side.h"

static int finish(struct aiocb *cb) {
    const struct aiocb *list[1] = {cb};
    while (aio_error(cb) == EINPROGRESS) {
        aio_suspend(list, 1, NULL);
    }
    return aio_error(cb);
}

/* F OFFSET LENGTH PRIORITY NOTIFY COOKIE BUFFER: the block's fields; for a write the data is made out of the cookie */
static void fields(int b, int writing) {
    struct aiocb *cb = &block[b];
    memset(cb, 0, sizeof *cb);
    cb->aio_fildes = descriptor();
    cb->aio_offset = number();
    cb->aio_nbytes = (size_t) number();
    cb->aio_reqprio = (int) number();
    int notify = (int) number();
    long cookie = number();
    event(&cb->aio_sigevent, notify, cookie);
    cb->aio_buf = strcmp(word(), "null") ? room[b] : NULL;
    for (long i = 0; writing && i < ROOM; i++) {
        room[b][i] = (unsigned char) (cookie + i * 7);
    }
}

static void submit(int (*call)(struct aiocb *), int writing) {
    int b = (int) number();
    fields(b, writing);
    int rc = call(&block[b]);
    answer(rc);
    if (rc == 0) {
        finish(&block[b]);
        if (block[b].aio_sigevent.sigev_notify == SIGEV_SIGNAL) {
            keep(1);
        }
    }
}

static void synchronise(void) {
    int b = (int) number(), op = (int) number();
    struct aiocb *cb = &block[b];
    memset(cb, 0, sizeof *cb);
    cb->aio_fildes = descriptor();
    int notify = (int) number();
    event(&cb->aio_sigevent, notify, number());
    int rc = aio_fsync(op, cb);
    answer(rc);
    if (rc == 0) {
        finish(cb);
        if (notify == SIGEV_SIGNAL) {
            keep(1);
        }
    }
}

static void result(int b) {
    errno = 0;
    long n = aio_return(&block[b]);
    if (n == -1) {
        printf("-1 "); /* glibc sets no errno: -1 is the request's own result */
    } else {
        printf("%ld ", n);
    }
    printf("data %u ", hash(room[b], ROOM));
}

static void suspend(void) {
    const struct aiocb *list[SLOTS];
    struct timespec limit;
    int n = (int) number();
    for (int i = 0; i < n; i++) {
        int b = optional();
        list[i] = b < 0 ? NULL : &block[b];
    }
    limit.tv_sec = number();
    limit.tv_nsec = number();
    answer(aio_suspend(list, n, &limit));
}

/* MODE NOTIFY COOKIE N, then for each element null, nop B or OPCODE B and its fields */
static void list(void) {
    struct aiocb *list[SLOTS];
    int mode = (int) number(), notify = (int) number();
    struct sigevent sig;
    event(&sig, notify, number());
    int n = (int) number(), expected = mode == LIO_NOWAIT && notify == SIGEV_SIGNAL;
    int used[SLOTS], count = 0;
    for (int i = 0; i < n; i++) {
        const char *w = word();
        list[i] = NULL;
        if (!strcmp(w, "null")) {
            continue;
        }
        int b = (int) number();
        list[i] = &block[b];
        if (!strcmp(w, "nop")) {
            memset(list[i], 0, sizeof *list[i]);
            list[i]->aio_lio_opcode = LIO_NOP;
            continue;
        }
        int opcode = atoi(w);
        fields(b, opcode == LIO_WRITE);
        block[b].aio_lio_opcode = opcode;
        used[count++] = b;
        if (block[b].aio_sigevent.sigev_notify == SIGEV_SIGNAL && block[b].aio_reqprio >= 0) {
            expected++; /* one with a bad priority is never queued */
        }
    }
    int rc = lio_listio(mode, list, n, notify == -1 ? NULL : &sig);
    answer(rc);
    int known = mode == LIO_WAIT || mode == LIO_NOWAIT;
    for (int i = 0; i < count; i++) {
        printf("%d ", known ? finish(&block[used[i]]) : -1);
    }
    int before = last_cookie;
    while (known && expected-- > 0) {
        keep(1);
    }
    long sum = 0;
    for (int i = before; i < last_cookie; i++) {
        sum += cookies[i % 4096];
    }
    printf("notified %d sum %ld", last_cookie - before, sum); /* requests of different files end in any order */
    last_cookie = before;
}

/* A read that waits for data: what can be seen of it before, a cancel if asked for, and its end once there is data. */
static void blocked(void) {
    int b = (int) number(), cancel = (int) number(), ends[2];
    struct aiocb *cb = &block[b];
    const struct aiocb *list[1] = {cb};
    struct timespec limit = {0, 1000000};
    if (pipe2(ends, O_CLOEXEC) < 0) {
        exit(3);
    }
    memset(room[b], 0, ROOM);
    memset(cb, 0, sizeof *cb);
    cb->aio_fildes = ends[0];
    cb->aio_offset = number();
    cb->aio_buf = room[b];
    cb->aio_nbytes = 9;
    cb->aio_sigevent.sigev_notify = SIGEV_NONE;
    answer(aio_read(cb));
    if (cb->aio_offset >= 0) {
        printf("%d ", aio_error(cb));
        answer(aio_suspend(list, 1, &limit));
        errno = 0;
        printf("early %ld %d ", (long) aio_return(cb), errno);
        if (cancel) {
            printf("cancel %d ", aio_cancel(ends[0], cancel == 1 ? cb : NULL));
        }
    }
    if (write(ends[1], "hello", 5) != 5) {
        exit(3);
    }
    printf("end %d ", finish(cb));
    printf("%ld data %u", (long) aio_return(cb), hash(room[b], 5));
    close(ends[0]);
    close(ends[1]);
}

static void contents(void) {
    static unsigned char bytes[1 << 16];
    int fd = open(word(), O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        printf("-1 %d", errno);
        return;
    }
    long n = read(fd, bytes, sizeof bytes);
    printf("size %ld hash %u", (long) st.st_size, hash(bytes, n));
    close(fd);
}

int aio_operation(const char *op) {
    if (!strcmp(op, "open")) {
        int slot = (int) number();
        const char *path = word();
        int flags = (int) number(), fd = open(path, flags | O_CLOEXEC, 0600);
        answer(moved(fd, slot));
    } else if (!strcmp(op, "close")) {
        answer(close(descriptor()));
    } else if (!strcmp(op, "remove")) {
        answer(unlink(word()));
    } else if (!strcmp(op, "read")) {
        submit(aio_read, 0);
    } else if (!strcmp(op, "write")) {
        submit(aio_write, 1);
    } else if (!strcmp(op, "fsync")) {
        synchronise();
    } else if (!strcmp(op, "error")) {
        answer(aio_error(&block[number()]));
    } else if (!strcmp(op, "return")) {
        result((int) number());
    } else if (!strcmp(op, "suspend")) {
        suspend();
    } else if (!strcmp(op, "cancel")) {
        int fd = descriptor(), b = optional();
        answer(aio_cancel(fd, b < 0 ? NULL : &block[b]));
    } else if (!strcmp(op, "list")) {
        list();
    } else if (!strcmp(op, "blocked")) {
        blocked();
    } else if (!strcmp(op, "contents")) {
        contents();
    } else {
        return 0;
    }
    return 1;
}
