/*
 * Reads the ring of a kevent queue that another process owns. C11, Linux.
 *
 *     struct kevent_ring ring;
 *     if (kevent_ring_map(&ring, kfd) < 0) ...
 *     struct kevent_record record;
 *     while (kevent_ring_next(&ring, &record) == 1) ...
 *
 * The layout and the rules are those of src/docs/ring.md.
 */
#ifndef KEVENT_RING_H
#define KEVENT_RING_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for syscall(); include this header first */
#endif
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KEVENT_RING_MAGIC 0x5256454bu
#define KEVENT_RING_VERSION 2u
#define KEVENT_INDEX_MASK ((UINT64_C(1) << 48) - 1)
#define KEVENT_BUSY (UINT64_C(1) << 63)
#define KEVENT_WITHDRAWN 0x80000000u

struct kevent_record {
    int32_t id;
    int32_t descriptor;
    union {
        uint64_t cookie;
        struct {
            uint32_t cookie_word; /* the cookie of a program of 32 bits */
            uint32_t cookie_padding;
        };
    };
    int64_t result;
    int32_t error;
    uint32_t flags;
    uint64_t data[2];
    uint64_t time_ns;
    uint64_t sequence;
};

struct kevent_header {
    uint32_t magic;
    uint32_t version;
    uint32_t record_size;
    uint32_t slots;
    uint32_t limit;
    uint32_t required;
    _Alignas(64) _Atomic uint64_t write;
    _Alignas(64) _Atomic uint64_t read;
    _Alignas(64) _Atomic uint32_t state;
    _Alignas(64) _Atomic uint32_t foreign_waiters;
    uint32_t unused;
    _Atomic uint64_t foreign_takes;
    _Atomic uint32_t foreign_wakes;
    _Atomic uint32_t foreign_futex;
    _Atomic uint64_t foreign_returns;
    _Alignas(64) _Atomic uint64_t overflows;
    _Alignas(1024) struct kevent_record returns[48]; /* in sequence: 0 free, 1 being filled, 2 filled */
    _Alignas(4096) struct kevent_record records[];
};

struct kevent_ring {
    struct kevent_header *header;
    size_t size;
    uint32_t slots;
};

/* Maps the ring behind a descriptor: 0, or -1 and errno: EBADF for what is no ring. */
static inline int kevent_ring_map(struct kevent_ring *ring, int kfd)
{
    struct stat file;
    if (fstat(kfd, &file) < 0)
        return -1;
    if ((size_t) file.st_size < sizeof(struct kevent_header)) {
        errno = EBADF;
        return -1;
    }
    void *at = mmap(NULL, (size_t) file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, kfd, 0);
    if (at == MAP_FAILED)
        return -1;
    ring->header = at;
    ring->size = (size_t) file.st_size;
    ring->slots = ring->header->slots;
    uint64_t needed = sizeof(struct kevent_header) + (uint64_t) ring->slots * sizeof(struct kevent_record);
    if (ring->header->magic != KEVENT_RING_MAGIC || ring->header->version != KEVENT_RING_VERSION
        || ring->header->record_size != sizeof(struct kevent_record) || ring->slots == 0
        || (ring->slots & (ring->slots - 1)) != 0 || needed != ring->size) {
        munmap(at, ring->size);
        errno = EBADF;
        return -1;
    }
    return 0;
}

static inline void kevent_ring_unmap(struct kevent_ring *ring)
{
    munmap(ring->header, ring->size);
}

/* Whether the queue was destroyed, or its owner has ended. */
static inline int kevent_ring_gone(struct kevent_ring *ring)
{
    return *(volatile uint32_t *) &ring->header->magic != KEVENT_RING_MAGIC;
}

/* How long it was seen that `read` makes no sense, in nanoseconds. Begins as zeros. */
struct kevent_ring_patience {
    int64_t looked_at;
    int64_t stuck;
};

/*
 * Whether `read` makes no sense for a second: its owner was killed while it held it. More than 10 ms between two looks do not count: this
 * thread has not run meanwhile.
 */
static inline int kevent_ring_stuck(struct kevent_ring_patience *patience)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    int64_t passed = patience->looked_at == 0 ? 0 : now - patience->looked_at;
    patience->looked_at = now;
    patience->stuck += passed < 10000000 ? passed : 10000000;
    sched_yield();
    return patience->stuck > 1000000000;
}

/* Takes a record: 1, or 0 when there is none, or -1 and EBADF when the queue was destroyed, or its owner killed in the middle of a step. */
static inline int kevent_ring_take(struct kevent_ring *ring, struct kevent_record *into)
{
    struct kevent_header *header = ring->header;
    struct kevent_ring_patience patience = {0, 0};
    for (;;) {
        if (kevent_ring_gone(ring)) {
            errno = EBADF;
            return -1;
        }
        uint64_t word = atomic_load_explicit(&header->read, memory_order_acquire);
        uint64_t read = word & KEVENT_INDEX_MASK;
        uint64_t unread = (atomic_load_explicit(&header->write, memory_order_acquire) - read) & KEVENT_INDEX_MASK;
        if ((word & KEVENT_BUSY) || unread > ring->slots) {
            /* busy, or old by now */
            if (kevent_ring_stuck(&patience)) {
                errno = EBADF;
                return -1;
            }
            continue;
        }
        patience = (struct kevent_ring_patience) {0, 0};
        if (unread == 0)
            return 0;
        atomic_fetch_add(&header->foreign_takes, 1);
        memcpy(into, &header->records[read & (ring->slots - 1)], sizeof *into);
        uint64_t next = (word & ~KEVENT_INDEX_MASK) | ((read + 1) & KEVENT_INDEX_MASK);
        if (atomic_compare_exchange_strong(&header->read, &word, next) && !(into->flags & KEVENT_WITHDRAWN))
            return 1;
    }
}

/* Sleeps until the owner or a null wake wakes it: 0, or -1 and errno (EAGAIN: the ring state is not `seen`; ETIMEDOUT; EINTR). */
static inline int kevent_ring_wait(struct kevent_ring *ring, uint32_t seen, const struct timespec *timeout)
{
    struct kevent_header *header = ring->header;
    long rc = -1;
    int error = EAGAIN;
    uint32_t word = atomic_load(&header->foreign_futex);
    atomic_fetch_add(&header->foreign_waiters, 1);
    if (atomic_load(&header->state) == seen) {
        rc = syscall(SYS_futex, &header->foreign_futex, FUTEX_WAIT, word, timeout, NULL, 0);
        error = errno;
        if (rc < 0 && error == EAGAIN && atomic_load(&header->state) == seen)
            rc = 0; /* a null wake came before the sleep */
    }
    atomic_fetch_sub(&header->foreign_waiters, 1);
    errno = error;
    return (int) rc;
}

/* Has the owner put a record back that was taken: 0, or -1 and EAGAIN when all places are taken, EBADF when the queue was destroyed. */
static inline int kevent_ring_put_back(struct kevent_ring *ring, const struct kevent_record *record)
{
    struct kevent_header *header = ring->header;
    if (kevent_ring_gone(ring)) {
        errno = EBADF;
        return -1;
    }
    for (int i = 0; i < 48; i++) {
        _Atomic uint64_t *mark = (_Atomic uint64_t *) &header->returns[i].sequence;
        uint64_t free = 0;
        if (!atomic_compare_exchange_strong(mark, &free, 1))
            continue;
        memcpy(&header->returns[i], record, offsetof(struct kevent_record, sequence));
        atomic_store_explicit(mark, 2, memory_order_release);
        atomic_fetch_add(&header->foreign_returns, 1);
        return 0;
    }
    errno = EAGAIN;
    return -1;
}

/* Wakes one waiter for nothing in particular, as kevent_submit of null. */
static inline void kevent_ring_wake(struct kevent_ring *ring)
{
    struct kevent_header *header = ring->header;
    long woken = 0;
    if (atomic_load(&header->foreign_waiters) != 0) {
        atomic_fetch_add(&header->foreign_futex, UINT32_C(1) << 16);
        woken = syscall(SYS_futex, &header->foreign_futex, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
    if (woken <= 0)
        atomic_fetch_add(&header->foreign_wakes, 1);
}

/* The next record, waited for: 1, or -1 and errno. */
static inline int kevent_ring_next(struct kevent_ring *ring, struct kevent_record *into)
{
    for (;;) {
        uint32_t seen = atomic_load(&ring->header->state);
        int rc = kevent_ring_take(ring, into);
        if (rc != 0)
            return rc;
        if (kevent_ring_wait(ring, seen, NULL) < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
    }
}

#endif
