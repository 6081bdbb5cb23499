/* 4 KiB reads at random places of a cached file with pread: the floor. */
#include "peer.h"

static char *buffer;

static void reads(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		ssize_t got = pread(file_fd, buffer, BLOCK, next_offset());
		check_count(got < 0 ? -errno : got);
		stop_clock(started);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("FILE ROUNDS");
	int rounds = number(argv[2], 1, MOST_ROUNDS);
	open_file(argv[1], "cached-read");
	buffer = blocks(1);
	struct result result = measure_rate("pread", "C pread", reads, rounds);
	measure_latency("pread", "C pread", reads, result.operations);
	return 0;
}
