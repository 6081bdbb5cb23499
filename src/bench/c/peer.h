/*
 * What the peers in C share: clocks, rounds and their median, latencies, the file that is read, errors in words.
 *
 * A program prints lines "case<TAB>subject<TAB>value<TAB>unit". A round takes about 0.3 s, as one of the Java side does;
 * how many operations that are is found out first, which is the warm-up too. Each value is the median of R rounds.
 */
#ifndef PEER_H
#define PEER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define BLOCK 4096
#define ROUND_SECONDS 0.3
#define MOST_ROUNDS 1000
#define MOST_LATENCIES 200000

/* Does that many operations. */
typedef void (*work_t)(long operations);

/* What has to be done before that many, and is not measured; or null. */
static work_t before_work;

UNUSED static void fail(const char *what, ...)
{
	int error = errno;
	va_list arguments;
	va_start(arguments, what);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, what, arguments);
	fprintf(stderr, ": %s\n", strerror(error));
	va_end(arguments);
	exit(1);
}

/* For calls that answer -1 and set errno. */
UNUSED static long check(long answer, const char *what)
{
	if (answer < 0)
		fail("%s", what);
	return answer;
}

UNUSED static void usage(const char *words)
{
	fprintf(stderr, "usage: %s %s\n", program_invocation_short_name, words);
	exit(2);
}

UNUSED static long number(const char *text, long least, long most)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < least || value > most) {
		fprintf(stderr, "%s: %s is not a number from %ld to %ld\n", program_invocation_short_name, text, least, most);
		exit(2);
	}
	return value;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

UNUSED static int64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof *values, ascending);
	return values[count / 2];
}

UNUSED static void report(const char *group, const char *subject, double value, const char *unit)
{
	printf("%s\t%s\t%.1f\t%s\n", group, subject, value, unit);
	fflush(stdout);
}

struct result {
	long operations;
	double nanos;     /* for one operation, by the clock */
	double cpu_nanos; /* for one operation, of processor time of all threads */
};

UNUSED static struct result measure(work_t work, int rounds)
{
	static double walls[MOST_ROUNDS], cpus[MOST_ROUNDS];
	struct result result = {.operations = 100};
	for (int i = -3; i < rounds; i++) {
		if (before_work)
			before_work(result.operations);
		int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		int64_t begin = now();
		work(result.operations);
		double wall = (double)(now() - begin) / result.operations;
		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		if (i < 0) {
			double share = i < -1 ? 0.2 : 1; /* the first guesses are rough: let them err on the short side */
			long operations = (long)(ROUND_SECONDS * share * 1e9 / wall);
			result.operations = operations < 100 ? 100 : operations;
		} else {
			walls[i] = wall;
			cpus[i] = (double)cpu / result.operations;
		}
	}
	result.nanos = median(walls, rounds);
	result.cpu_nanos = median(cpus, rounds);
	return result;
}

/* How often a second, and what processor time each takes. */
UNUSED static struct result measure_rate(const char *group, const char *subject, work_t work, int rounds)
{
	struct result result = measure(work, rounds);
	report(group, subject, 1e9 / result.nanos, "op/s");
	report(group, subject, result.cpu_nanos, "cpu ns/op");
	return result;
}

/*
 * Latencies are taken in a round of their own, so that reading the clock does not slow the others down. While latencies is
 * null nothing is recorded.
 */
static double *latencies;
static long latency_count;

UNUSED static inline int64_t start_clock(void)
{
	return latencies ? now() : 0;
}

UNUSED static inline void stop_clock(int64_t started)
{
	if (latencies && latency_count < MOST_LATENCIES)
		latencies[latency_count++] = now() - started;
}

UNUSED static void measure_latency(const char *group, const char *subject, work_t work, long operations)
{
	static double room[MOST_LATENCIES];
	latency_count = 0;
	if (operations > MOST_LATENCIES)
		operations = MOST_LATENCIES;
	if (before_work)
		before_work(operations);
	latencies = room;
	work(operations);
	latencies = NULL;
	if (latency_count == 0)
		return;
	qsort(room, latency_count, sizeof *room, ascending);
	report(group, subject, room[latency_count / 2], "p50 ns");
	report(group, subject, room[latency_count * 99 / 100], "p99 ns");
	report(group, subject, room[latency_count * 999 / 1000], "p99.9 ns");
}

/*
 * The file whose blocks are read or written: in the page cache (cached-read), dropped from it before each round (cold-read), or
 * past it (direct-read, direct-write). Blocks are drawn as the Java side draws them: in an order that looks random, each once
 * before any comes again.
 */
#define HOW "cached-read|cold-read|direct-read|direct-write"

static int file_fd, file_writes;
static uint64_t file_blocks, file_drawn, file_mask;
static int file_half;
static unsigned char *file_map, *file_resident;

static void read_all(const char *path)
{
	static char room[1 << 16];
	for (;;) {
		ssize_t got = read(file_fd, room, sizeof room);
		if (got < 0)
			fail("reading %s", path);
		if (got == 0)
			break;
	}
}

/* How many blocks are in memory. */
static uint64_t resident(void)
{
	uint64_t count = 0;
	check(mincore(file_map, file_blocks * BLOCK, file_resident), "mincore");
	for (uint64_t i = 0; i < file_blocks; i++)
		count += file_resident[i] & 1;
	return count;
}

static int cold(void)
{
	return resident() <= file_blocks / 100;
}

static void drop_file(long operations)
{
	if ((uint64_t)operations > file_blocks) {
		fprintf(stderr, "%s: the file is too short for %ld cold reads\n", program_invocation_short_name, operations);
		exit(1);
	}
	errno = posix_fadvise(file_fd, 0, 0, POSIX_FADV_DONTNEED);
	if (errno)
		fail("posix_fadvise");
	if (cold())
		return;
	int all = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (all >= 0) {
		if (write(all, "1", 1) < 0)
			fail("drop_caches");
		close(all);
	}
	if (!cold()) {
		fprintf(stderr, "%s: not cold: %" PRIu64 " of %" PRIu64 " blocks stay in memory\n", program_invocation_short_name,
			resident(), file_blocks);
		exit(1);
	}
}

UNUSED static void open_file_flags(const char *path, const char *how, int flags)
{
	struct stat status;
	int direct = !strncmp(how, "direct-", 7);
	file_writes = !strcmp(how, "direct-write");
	file_fd = open(path, (file_writes ? O_RDWR : O_RDONLY) | (direct ? O_DIRECT : 0) | flags | O_CLOEXEC);
	if (file_fd < 0 && direct && errno == EINVAL) {
		fprintf(stderr, "%s: the file system of %s has no O_DIRECT\n", program_invocation_short_name, path);
		exit(1);
	}
	if (file_fd < 0 || fstat(file_fd, &status) < 0)
		fail("%s, %s", path, how);
	file_blocks = status.st_size / BLOCK;
	if (file_blocks == 0) {
		fprintf(stderr, "%s: %s is shorter than a block\n", program_invocation_short_name, path);
		exit(1);
	}
	int bits = file_blocks < 2 ? 2 : 64 - __builtin_clzl(file_blocks - 1);
	file_mask = (1UL << bits) - 1;
	file_half = (bits + 1) / 2;
	if (!strcmp(how, "cached-read")) {
		read_all(path);
	} else if (!strcmp(how, "cold-read")) {
		file_map = mmap(NULL, file_blocks * BLOCK, PROT_READ, MAP_SHARED, file_fd, 0);
		file_resident = malloc(file_blocks);
		if (file_map == MAP_FAILED || !file_resident)
			fail("mapping %s", path);
		before_work = drop_file;
	}
}

UNUSED static void open_file(const char *path, const char *how)
{
	open_file_flags(path, how, 0);
}

/* Each step can be undone, so that no block comes twice; places behind the end are left out. */
UNUSED static inline off_t next_offset(void)
{
	uint64_t x;
	do {
		x = file_drawn++ & file_mask;
		x = (x ^ x >> file_half) * 0x9E3779B97F4A7C15u & file_mask;
		x = (x ^ x >> file_half) * 0xBF58476D1CE4E5B9u & file_mask;
		x ^= x >> file_half;
	} while (x >= file_blocks);
	return x * BLOCK;
}

UNUSED static char *blocks(long count)
{
	char *memory = aligned_alloc(BLOCK, count * BLOCK);
	if (!memory)
		fail("memory for %ld blocks", count);
	memset(memory, 'x', count * BLOCK);
	return memory;
}

UNUSED static void check_count(long got)
{
	if (got == BLOCK)
		return;
	if (got < 0) {
		errno = -got;
		fail("a read or write");
	}
	fprintf(stderr, "%s: a read or write gave %ld bytes\n", program_invocation_short_name, got);
	exit(1);
}

#endif
