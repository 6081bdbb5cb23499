/*
 * A ring of io_uring by its system calls, for one file and one piece of memory.
 *
 * Plain: each request names the file and the memory. Expert: the file, the memory and the ring itself are registered, and the
 * kernel is told that one thread submits and that completions may wait until it asks for them.
 */
#ifndef URING_H
#define URING_H

#include "peer.h"
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int ring_fd, ring_expert;
static unsigned ring_flags;
static unsigned *sq_tail, sq_mask, *cq_head, *cq_tail, cq_mask;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;

static void *map_ring(size_t size, off_t what)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd, what);
	if (memory == MAP_FAILED)
		fail("mapping the rings");
	return memory;
}

static void set_up_ring(unsigned entries, int expert, int fd, void *memory, size_t size)
{
	struct io_uring_params p;
	memset(&p, 0, sizeof p);
	if (expert)
		p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	ring_fd = check(syscall(__NR_io_uring_setup, entries, &p),
			expert ? "io_uring_setup, SINGLE_ISSUER and DEFER_TASKRUN" : "io_uring_setup");
	if (!(p.features & IORING_FEAT_SINGLE_MMAP)) {
		errno = ENOSYS;
		fail("io_uring with both rings in one mapping");
	}
	size_t sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	size_t cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *rings = map_ring(sq_size > cq_size ? sq_size : cq_size, IORING_OFF_SQ_RING);
	sqes = map_ring(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	sq_tail = (unsigned *)(rings + p.sq_off.tail);
	sq_mask = *(unsigned *)(rings + p.sq_off.ring_mask);
	cq_head = (unsigned *)(rings + p.cq_off.head);
	cq_tail = (unsigned *)(rings + p.cq_off.tail);
	cq_mask = *(unsigned *)(rings + p.cq_off.ring_mask);
	cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
	for (unsigned i = 0; i < p.sq_entries; i++)
		((unsigned *)(rings + p.sq_off.array))[i] = i;
	ring_expert = expert;
	if (!expert)
		return;
	struct iovec all = {memory, size};
	struct io_uring_rsrc_update ring = {.offset = -1U, .data = ring_fd};
	check(syscall(__NR_io_uring_register, ring_fd, IORING_REGISTER_FILES, &fd, 1), "IORING_REGISTER_FILES");
	check(syscall(__NR_io_uring_register, ring_fd, IORING_REGISTER_BUFFERS, &all, 1), "IORING_REGISTER_BUFFERS");
	check(syscall(__NR_io_uring_register, ring_fd, IORING_REGISTER_RING_FDS, &ring, 1), "IORING_REGISTER_RING_FDS");
	ring_fd = ring.offset;
	ring_flags = IORING_ENTER_REGISTERED_RING;
}

/* Fills the entry at tail with a read or write of one block. */
static inline void fill_entry(unsigned tail, int writes, int fd, void *block, off_t offset, unsigned cookie)
{
	struct io_uring_sqe entry = {.fd = fd, .off = offset, .addr = (uintptr_t)block, .len = BLOCK, .user_data = cookie};
	if (ring_expert) {
		entry.opcode = writes ? IORING_OP_WRITE_FIXED : IORING_OP_READ_FIXED;
		entry.flags = IOSQE_FIXED_FILE;
		entry.fd = 0;
	} else {
		entry.opcode = writes ? IORING_OP_WRITE : IORING_OP_READ;
	}
	sqes[tail & sq_mask] = entry;
}

/* Hands the entries before tail, which are count new ones, to the kernel, and waits for some completions. */
static inline void enter(unsigned tail, unsigned count, unsigned wait_for)
{
	__atomic_store_n(sq_tail, tail, __ATOMIC_RELEASE); /* pairs with the kernel's acquire of the tail */
	do {
		long taken = syscall(__NR_io_uring_enter, ring_fd, count, wait_for, IORING_ENTER_GETEVENTS | ring_flags, NULL, 0);
		if (taken >= 0)
			count -= taken;
		else if (errno != EINTR)
			fail("io_uring_enter");
	} while (count > 0);
}

#endif
