/*
 * Reads or writes of 4 KiB at random places of a file through io_uring, by its system calls; plain, or with all that can be
 * registered (expert).
 *
 * depth D: as many as D in flight; each call submits what is free and waits for one completion at least.
 * batch N: N are submitted by one call that waits for all of them.
 */
#include "uring.h"

#define MOST_ENTRIES 1024

static char *buffers;
static unsigned most;
static unsigned unused_slots[MOST_ENTRIES];
static int64_t started[MOST_ENTRIES];

/* Submits count requests, whose slots are on top of the unused ones, and waits for some completions. */
static void submit(unsigned unused, unsigned count, unsigned wait_for)
{
	unsigned tail = *sq_tail;
	for (unsigned i = 0; i < count; i++) {
		unsigned slot = unused_slots[unused - 1 - i];
		started[slot] = start_clock();
		fill_entry(tail++, file_writes, file_fd, buffers + (size_t)slot * BLOCK, next_offset(), slot);
	}
	enter(tail, count, wait_for);
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
	if (argc != 7 || (strcmp(argv[1], "plain") && strcmp(argv[1], "expert")) ||
	    (strcmp(argv[2], "depth") && strcmp(argv[2], "batch")))
		usage("plain|expert depth|batch COUNT " HOW " FILE ROUNDS");
	int expert = !strcmp(argv[1], "expert"), batch = !strcmp(argv[2], "batch");
	most = number(argv[3], 1, MOST_ENTRIES);
	int rounds = number(argv[6], 1, MOST_ROUNDS);
	open_file(argv[5], argv[4]);
	buffers = blocks(most);
	for (unsigned i = 0; i < most; i++)
		unused_slots[i] = i;
	set_up_ring(most, expert, file_fd, buffers, (size_t)most * BLOCK);

	char subject[64];
	snprintf(subject, sizeof subject, "C io_uring%s%s", batch ? ", batches" : "", expert ? ", expert" : "");
	work_t work = batch ? batches : in_flight;
	struct result result = measure_rate("aio", subject, work, rounds);
	measure_latency("aio", subject, work, result.operations);
	return 0;
}
