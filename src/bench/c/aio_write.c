/*
 * 4 KiB writes one after the other into a file of 64 MiB (write), and each with an fsync behind it (fsync): through io_uring
 * (plain, or with all that can be registered), the C library's AIO with aio_suspend, or pwrite.
 */
#include "uring.h"
#include <aio.h>

#define BLOCKS 16384

static int fd, syncs;
static char *block;

static off_t offset(long i)
{
	return i % BLOCKS * BLOCK;
}

static void pwrites(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		check_count(pwrite(fd, block, BLOCK, offset(i)));
		if (syncs)
			check(fsync(fd), "fsync");
		stop_clock(started);
	}
}

static void await(struct aiocb *cb)
{
	const struct aiocb *list[] = {cb};
	while (aio_error(cb) == EINPROGRESS)
		if (aio_suspend(list, 1, NULL) < 0 && errno != EINTR)
			fail("aio_suspend");
}

static void suspends(long operations)
{
	struct aiocb write = {.aio_fildes = fd, .aio_buf = block, .aio_nbytes = BLOCK};
	struct aiocb flush = {.aio_fildes = fd};
	write.aio_sigevent.sigev_notify = flush.aio_sigevent.sigev_notify = SIGEV_NONE;
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		write.aio_offset = offset(i);
		check(aio_write(&write), "aio_write");
		if (syncs) {
			check(aio_fsync(O_SYNC, &flush), "aio_fsync");
			await(&flush);
			check(aio_return(&flush), "aio_fsync");
		}
		await(&write);
		check_count(aio_return(&write));
		stop_clock(started);
	}
}

static long result_of_one(unsigned tail)
{
	enter(tail, 1, 1);
	unsigned head = *cq_head;
	while (head == __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE)) /* pairs with the kernel's release of the tail */
		enter(tail, 0, 1);
	long result = cqes[head & cq_mask].res;
	__atomic_store_n(cq_head, head + 1, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the head */
	return result;
}

static void io_urings(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		unsigned tail = *sq_tail;
		fill_entry(tail, 1, fd, block, offset(i), 0);
		check_count(result_of_one(tail + 1));
		if (syncs) {
			struct io_uring_sqe flush = {.opcode = IORING_OP_FSYNC,
						     .fd = ring_expert ? 0 : fd,
						     .flags = ring_expert ? IOSQE_FIXED_FILE : 0};
			sqes[++tail & sq_mask] = flush;
			errno = -result_of_one(tail + 1);
			if (errno)
				fail("fsync");
		}
		stop_clock(started);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		usage("write|fsync io_uring|expert|suspend|pwrite FILE ROUNDS");
	syncs = !strcmp(argv[1], "fsync");
	int rounds = number(argv[4], 1, MOST_ROUNDS);
	block = blocks(1);
	fd = open(argv[3], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fail("%s", argv[3]);
	unlink(argv[3]);
	for (long i = 0; i < BLOCKS; i++)
		check_count(pwrite(fd, block, BLOCK, offset(i)));
	work_t work = pwrites;
	const char *subject = syncs ? "C pwrite, fsync" : "C pwrite";
	int expert = !strcmp(argv[2], "expert");
	if (expert || !strcmp(argv[2], "io_uring")) {
		set_up_ring(8, expert, fd, block, BLOCK);
		work = io_urings;
		subject = syncs ? (expert ? "C io_uring, expert, write, fsync" : "C io_uring, write, fsync")
				: (expert ? "C io_uring, expert, write" : "C io_uring, write");
	} else if (!strcmp(argv[2], "suspend")) {
		work = suspends;
		subject = syncs ? "glibc aio_write, aio_fsync, aio_suspend" : "glibc aio_write, aio_suspend";
	}
	struct result result = measure_rate("aio-write", subject, work, rounds);
	measure_latency("aio-write", subject, work, result.operations < 3000 ? result.operations : 3000);
	return 0;
}
