/* N timers of the kernel made, armed and deleted; as many as may be (ulimit -i), fewer are said to be so. */
#include "peer.h"
#include <signal.h>
#include <sys/resource.h>

static long count;
static timer_t *timers;

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("TIMERS ROUNDS");
	long wanted = number(argv[1], 1, 10000000);
	struct rlimit limit;
	check(getrlimit(RLIMIT_SIGPENDING, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_SIGPENDING, &limit), "setrlimit");
	timers = calloc(wanted, sizeof *timers);
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	int64_t nanos = 0;
	long times = wanted < 20000 ? 20000 / wanted : 1, made = 0;
	for (long t = 0; t < times; t++) {
		int64_t begin = now();
		for (count = 0; count < wanted; count++) {
			struct itimerspec spec = {.it_value = {.tv_sec = 3600 + count % 977}};
			if (timer_create(CLOCK_MONOTONIC, &event, &timers[count]) < 0)
				break;
			check(timer_settime(timers[count], 0, &spec, NULL), "timer_settime");
		}
		made += count;
		for (long i = 0; i < count; i++)
			timer_delete(timers[i]);
		nanos += now() - begin;
	}
	char subject[96];
	snprintf(subject, sizeof subject, made == wanted * times ? "kernel timer_create, timer_settime, timer_delete"
		 : "kernel timers: stops at %ld (ulimit -i)", made / times);
	report("scale", subject, (double)nanos / made, "ns for each");
	return 0;
}
