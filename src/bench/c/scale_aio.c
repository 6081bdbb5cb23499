/* N reads of one pipe in flight with the C library's AIO, then as many bytes written, and all waited for. */
#include "peer.h"
#include <aio.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("REQUESTS ROUNDS");
	long count = number(argv[1], 1, 1000000), times = count < 2000 ? 2000 / count : 1;
	struct aiocb *all = calloc(count, sizeof *all);
	char *room = calloc(count, 2);
	int ends[2];
	int64_t nanos = 0;
	check(pipe2(ends, O_CLOEXEC), "pipe2");
	for (long t = 0; t < times; t++) {
		int64_t begin = now();
		for (long i = 0; i < count; i++) {
			all[i].aio_fildes = ends[0];
			all[i].aio_buf = room + i;
			all[i].aio_nbytes = 1;
			all[i].aio_sigevent.sigev_notify = SIGEV_NONE;
			check(aio_read(&all[i]), "aio_read");
		}
		for (long written = 0; written < count;)
			written += check(write(ends[1], room + count, count - written < 65536 ? count - written : 65536), "write");
		for (long i = 0; i < count; i++) {
			const struct aiocb *list[] = {&all[i]};
			while (aio_error(&all[i]) == EINPROGRESS)
				if (aio_suspend(list, 1, NULL) < 0 && errno != EINTR)
					fail("aio_suspend");
			check(aio_return(&all[i]), "aio_return");
		}
		nanos += now() - begin;
	}
	report("scale", "glibc aio_read of a pipe, aio_suspend", (double)nanos / times / count, "ns for each");
	return 0;
}
