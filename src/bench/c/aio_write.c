/*
 * 4 KiB writes one after the other into a file of 64 MiB (write), and each with an fsync behind it (fsync): through io_uring,
 * the C library's AIO with aio_suspend, or pwrite.
 */
#include "peer.h"
#include <aio.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

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

static int ring_fd;
static unsigned *sq_tail, sq_mask, *cq_head, *cq_tail, cq_mask;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;

static void set_up(void)
{
	struct io_uring_params p;
	memset(&p, 0, sizeof p);
	ring_fd = check(syscall(__NR_io_uring_setup, 8, &p), "io_uring_setup");
	size_t sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	size_t cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *rings = mmap(NULL, sq_size > cq_size ? sq_size : cq_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			   ring_fd, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd,
		    IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqes == MAP_FAILED)
		fail("mapping the rings");
	sq_tail = (unsigned *)(rings + p.sq_off.tail);
	sq_mask = *(unsigned *)(rings + p.sq_off.ring_mask);
	cq_head = (unsigned *)(rings + p.cq_off.head);
	cq_tail = (unsigned *)(rings + p.cq_off.tail);
	cq_mask = *(unsigned *)(rings + p.cq_off.ring_mask);
	cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
	for (unsigned i = 0; i < p.sq_entries; i++)
		((unsigned *)(rings + p.sq_off.array))[i] = i;
}

static long one(struct io_uring_sqe request)
{
	unsigned tail = *sq_tail;
	sqes[tail & sq_mask] = request;
	__atomic_store_n(sq_tail, tail + 1, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the tail */
	while (syscall(__NR_io_uring_enter, ring_fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		if (errno != EINTR)
			fail("io_uring_enter");
	unsigned head = *cq_head;
	while (head == __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE)) /* pairs with the kernel's release of the tail */
		check(syscall(__NR_io_uring_enter, ring_fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0), "io_uring_enter");
	long result = cqes[head & cq_mask].res;
	__atomic_store_n(cq_head, head + 1, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the head */
	return result;
}

static void io_urings(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		struct io_uring_sqe write = {
			.opcode = IORING_OP_WRITE, .fd = fd, .off = offset(i), .addr = (uintptr_t)block, .len = BLOCK};
		check_count(one(write));
		if (syncs) {
			struct io_uring_sqe flush = {.opcode = IORING_OP_FSYNC, .fd = fd};
			errno = -one(flush);
			if (errno)
				fail("fsync");
		}
		stop_clock(started);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		usage("write|fsync io_uring|suspend|pwrite FILE ROUNDS");
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
	if (!strcmp(argv[2], "io_uring")) {
		set_up();
		work = io_urings;
		subject = syncs ? "C io_uring, write, fsync" : "C io_uring, write";
	} else if (!strcmp(argv[2], "suspend")) {
		work = suspends;
		subject = syncs ? "glibc aio_write, aio_fsync, aio_suspend" : "glibc aio_write, aio_suspend";
	}
	struct result result = measure_rate("aio-write", subject, work, rounds);
	measure_latency("aio-write", subject, work, result.operations < 3000 ? result.operations : 3000);
	return 0;
}
