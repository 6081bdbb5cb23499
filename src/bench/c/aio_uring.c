/*
 * 4 KiB reads at random places of a cached file through io_uring, by its system calls.
 *
 * depth D: as many as D in flight; each call submits what is free and waits for one completion at least.
 * batch N: N are submitted by one call that waits for all of them.
 */
#include "peer.h"
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define MOST_ENTRIES 1024

static int ring_fd;
static unsigned *sq_tail, *sq_array, sq_mask;
static unsigned *cq_head, *cq_tail, cq_mask;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;

static char *buffers;
static unsigned most;
static unsigned unused_slots[MOST_ENTRIES];
static int64_t started[MOST_ENTRIES];

static void *map(size_t size, off_t what)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd, what);
	if (memory == MAP_FAILED)
		fail("mapping the rings");
	return memory;
}

static void set_up(unsigned entries)
{
	struct io_uring_params p;
	memset(&p, 0, sizeof p);
	ring_fd = check(syscall(__NR_io_uring_setup, entries, &p), "io_uring_setup");
	if (!(p.features & IORING_FEAT_SINGLE_MMAP)) {
		errno = ENOSYS;
		fail("io_uring with both rings in one mapping");
	}
	size_t sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	size_t cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *rings = map(sq_size > cq_size ? sq_size : cq_size, IORING_OFF_SQ_RING);
	sqes = map(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	sq_tail = (unsigned *)(rings + p.sq_off.tail);
	sq_mask = *(unsigned *)(rings + p.sq_off.ring_mask);
	sq_array = (unsigned *)(rings + p.sq_off.array);
	cq_head = (unsigned *)(rings + p.cq_off.head);
	cq_tail = (unsigned *)(rings + p.cq_off.tail);
	cq_mask = *(unsigned *)(rings + p.cq_off.ring_mask);
	cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
	for (unsigned i = 0; i < p.sq_entries; i++)
		sq_array[i] = i;
}

static void prepare(unsigned tail, unsigned slot)
{
	struct io_uring_sqe *sqe = &sqes[tail & sq_mask];
	memset(sqe, 0, sizeof *sqe);
	sqe->opcode = IORING_OP_READ;
	sqe->fd = file_fd;
	sqe->off = next_offset();
	sqe->addr = (uintptr_t)(buffers + (size_t)slot * BLOCK);
	sqe->len = BLOCK;
	sqe->user_data = slot;
}

/* Submits count reads, whose slots are on top of the unused ones, and waits for some completions. */
static void submit(unsigned unused, unsigned count, unsigned wait_for)
{
	unsigned tail = *sq_tail;
	for (unsigned i = 0; i < count; i++) {
		unsigned slot = unused_slots[unused - 1 - i];
		started[slot] = start_clock();
		prepare(tail++, slot);
	}
	__atomic_store_n(sq_tail, tail, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the tail */
	do {
		long taken = syscall(__NR_io_uring_enter, ring_fd, count, wait_for, IORING_ENTER_GETEVENTS, NULL, 0);
		if (taken >= 0)
			count -= taken;
		else if (errno != EINTR)
			fail("io_uring_enter");
	} while (count > 0);
}

static unsigned reap(unsigned unused)
{
	unsigned head = *cq_head;
	unsigned tail = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE); /* pairs with the kernel's release of the tail */
	for (; head != tail; head++) {
		struct io_uring_cqe *cqe = &cqes[head & cq_mask];
		check_count(cqe->res);
		stop_clock(started[cqe->user_data]);
		unused_slots[unused++] = cqe->user_data;
	}
	__atomic_store_n(cq_head, head, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the head */
	return unused;
}

static void in_flight(long operations)
{
	unsigned unused = most;
	long left = operations;
	while (left > 0 || unused < most) {
		unsigned count = left < unused ? left : unused;
		submit(unused, count, 1);
		left -= count;
		unused = reap(unused - count);
	}
}

static void batches(long operations)
{
	for (long done = 0; done < operations; done += most) {
		submit(most, most, most);
		for (unsigned unused = 0; unused < most;)
			unused = reap(unused);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5 || (strcmp(argv[1], "depth") && strcmp(argv[1], "batch")))
		usage("depth|batch COUNT FILE ROUNDS");
	int batch = !strcmp(argv[1], "batch");
	most = number(argv[2], 1, MOST_ENTRIES);
	int rounds = number(argv[4], 1, MOST_ROUNDS);
	open_file(argv[3]);
	buffers = blocks(most);
	for (unsigned i = 0; i < most; i++)
		unused_slots[i] = i;
	set_up(most);

	char subject[64];
	snprintf(subject, sizeof subject, batch ? "C io_uring, batches of %u" : "C io_uring, depth %u", most);
	work_t work = batch ? batches : in_flight;
	struct result result = measure_rate("aio", subject, work, rounds);
	measure_latency("aio", subject, work, result.operations);
	return 0;
}
