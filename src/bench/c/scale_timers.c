/*
 * N timers made, armed for one to two hours from now, and deleted in another order: in a heap with one timerfd (heap), or the kernel's
 * (kernel): of those as many as may be (ulimit -i), fewer are said to be so.
 */
#include "timer_draw.h"
#include "timer_heap.h"
#include <signal.h>
#include <sys/resource.h>

static timer_t *timers;
static long *order;

static void shuffle(long count)
{
	for (long i = 0; i < count; i++) {
		long other = draw_below(i + 1);
		order[i] = order[other];
		order[other] = i;
	}
}

static long kernel(long wanted)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	long count;
	for (count = 0; count < wanted; count++) {
		draw_below(wanted);
		int64_t nanos = draw_limit();
		struct itimerspec spec = {.it_value = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000}};
		if (timer_create(CLOCK_MONOTONIC, &event, &timers[count]) < 0)
			break;
		check(timer_settime(timers[count], 0, &spec, NULL), "timer_settime");
	}
	for (long i = 0; i < wanted; i++)
		if (order[i] < count)
			timer_delete(timers[order[i]]);
	return count;
}

static long heap(long wanted)
{
	for (long i = 0; i < wanted; i++) {
		draw_below(wanted);
		heap_arm(i, now() + draw_limit());
		heap_wake_for_earliest();
	}
	for (long i = 0; i < wanted; i++)
		heap_disarm(order[i]);
	return wanted;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		usage("heap|kernel TIMERS ROUNDS");
	int in_heap = !strcmp(argv[1], "heap");
	long wanted = number(argv[2], 1, 10000000);
	struct rlimit limit;
	check(getrlimit(RLIMIT_SIGPENDING, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_SIGPENDING, &limit), "setrlimit");
	timers = calloc(wanted, sizeof *timers);
	order = calloc(wanted, sizeof *order);
	if (!timers || !order)
		fail("memory for %ld timers", wanted);
	draw_spread = 1;
	shuffle(wanted);
	heap_open(wanted);
	int64_t nanos = 0;
	long times = wanted < 20000 ? 20000 / wanted : 1, made = 0;
	for (long t = 0; t < times; t++) {
		int64_t begin = now();
		made += in_heap ? heap(wanted) : kernel(wanted);
		nanos += now() - begin;
	}
	if (made == 0) {
		fprintf(stderr, "%s: ulimit -i allows no timers\n", program_invocation_short_name);
		return 1;
	}
	char subject[96];
	snprintf(subject, sizeof subject, in_heap ? "C heap and one timerfd"
		 : made == wanted * times ? "kernel timer_create, timer_settime, timer_delete"
		 : "kernel timers: stops at %ld (ulimit -i)", made / times);
	report("scale", subject, (double)nanos / made, "ns for each");
	return 0;
}
