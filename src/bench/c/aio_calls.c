/*
 * How long the calls take that start 32 reads or writes of 4 KiB at random places of a file, and what share they have of the
 * time until all are done: io_uring_enter for each (plain, or with all that can be registered), or the C library's AIO.
 */
#include "uring.h"
#include <aio.h>

#define COUNT 32
#define MOST_TURNS 10000

static char *buffers;
static struct aiocb requests[COUNT];
static double calls[MOST_TURNS * COUNT], turns[MOST_TURNS];

static void start_in_ring(int i)
{
	unsigned tail = *sq_tail;
	fill_entry(tail, file_writes, file_fd, buffers + i * BLOCK, next_offset(), i);
	__atomic_store_n(sq_tail, tail + 1, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the tail */
	if (check(syscall(__NR_io_uring_enter, ring_fd, 1, 0, ring_flags, NULL, 0), "io_uring_enter") != 1)
		exit(1);
}

static void finish_in_ring(void)
{
	for (int done = 0; done < COUNT;) {
		unsigned head = *cq_head;
		if (head == __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE)) { /* pairs with the kernel's release of the tail */
			enter(*sq_tail, 0, 1);
			continue;
		}
		check_count(cqes[head & cq_mask].res);
		__atomic_store_n(cq_head, head + 1, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the head */
		done++;
	}
}

static void start_aio(int i)
{
	requests[i].aio_offset = next_offset();
	check(file_writes ? aio_write(&requests[i]) : aio_read(&requests[i]), "aio_read or aio_write");
}

static void finish_aio(void)
{
	for (int i = 0; i < COUNT; i++) {
		const struct aiocb *list[] = {&requests[i]};
		while (aio_error(&requests[i]) == EINPROGRESS)
			if (aio_suspend(list, 1, NULL) < 0 && errno != EINTR)
				fail("aio_suspend");
		int error = aio_error(&requests[i]);
		check_count(error ? -error : aio_return(&requests[i]));
	}
}

static void measure_calls(const char *subject, void (*start)(int), void (*finish)(void))
{
	int64_t begin = now(), end = begin, in_calls = 0;
	int turn = 0;
	for (; turn < MOST_TURNS && end - begin < ROUND_SECONDS * 1e9; turn++) {
		int64_t first = now(), before = first;
		for (int i = 0; i < COUNT; i++) {
			start(i);
			int64_t after = now();
			calls[turn * COUNT + i] = after - before;
			before = after;
		}
		in_calls += before - first;
		finish();
		end = now();
		turns[turn] = end - first;
	}
	report("direct", subject, median(calls, turn * COUNT), "ns");
	report("direct", subject, 100.0 * in_calls / (end - begin), "% of the time in the calls");
	report("direct", subject, median(turns, turn), "ns until all 32 are done");
}

int main(int argc, char **argv)
{
	if (argc != 6)
		usage("plain|expert|glibc none|dsync|sync " HOW " FILE ROUNDS");
	int rounds = number(argv[5], 1, MOST_ROUNDS);
	int expert = !strcmp(argv[1], "expert");
	int sync = !strcmp(argv[2], "dsync") ? O_DSYNC : !strcmp(argv[2], "sync") ? O_SYNC : 0;
	open_file_flags(argv[4], argv[3], sync);
	buffers = blocks(COUNT);
	int glibc = !strcmp(argv[1], "glibc");
	if (!glibc)
		set_up_ring(COUNT, expert, file_fd, buffers, COUNT * BLOCK);
	for (int i = 0; i < COUNT; i++) {
		requests[i].aio_fildes = file_fd;
		requests[i].aio_buf = buffers + i * BLOCK;
		requests[i].aio_nbytes = BLOCK;
		requests[i].aio_sigevent.sigev_notify = SIGEV_NONE;
	}
	const char *subject = glibc ? (file_writes ? "glibc aio_write" : "glibc aio_read")
				    : (expert ? "C io_uring_enter, expert" : "C io_uring_enter");
	for (int i = 0; i < rounds; i++)
		measure_calls(subject, glibc ? start_aio : start_in_ring, glibc ? finish_aio : finish_in_ring);
	return 0;
}
