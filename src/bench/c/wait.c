/* What waiting costs while nothing happens: epoll_wait for a second (idle), or again and again for a millisecond (limits). */
#include "peer.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define WAITS 200
#define LIMIT_NANOS 1000000

static double late[WAITS];

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("idle|limits ROUNDS");
	int idle = !strcmp(argv[1], "idle");
	struct epoll_event event = {.events = EPOLLIN};
	int set = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	int bell = check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
	check(epoll_ctl(set, EPOLL_CTL_ADD, bell, &event), "epoll_ctl");
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (idle) {
		check(epoll_wait(set, &event, 1, 1000), "epoll_wait");
		report("wait", "C epoll_wait", clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu, "cpu ns/s");
		return 0;
	}
	for (int i = 0; i < WAITS; i++) {
		int64_t begin = now();
		check(epoll_wait(set, &event, 1, LIMIT_NANOS / 1000000), "epoll_wait");
		late[i] = now() - begin - LIMIT_NANOS;
	}
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	qsort(late, WAITS, sizeof *late, ascending);
	report("wait", "C epoll_wait", (double)cpu / WAITS, "cpu ns/op");
	report("wait", "C epoll_wait", late[WAITS / 2] / 1e3, "p50 us late");
	report("wait", "C epoll_wait", late[WAITS * 99 / 100] / 1e3, "p99 us late");
	return 0;
}
