/*
 * A random one of N pending timers moved to one to two hours from now (spread) or to an hour from now (same): rearm; or deleted,
 * and another one made and armed in its place: replace. In a heap with one timerfd, by one thread alone, and with a mutex around each
 * call, as a library for several threads has it.
 */
#include "timer_heap.h"
#include "timer_draw.h"
#include <pthread.h>

/* What a program has of a timer: what to call, besides its place in the heap. */
struct timer {
	void (*expired)(struct timer *timer);
	uint32_t number;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct timer **timers;
static uint32_t *numbers; /* that are free */
static uint32_t free_numbers;
static int locked, replacing;

static void nothing(struct timer *timer)
{
	(void)timer;
}

static struct timer *create(void)
{
	struct timer *timer = malloc(sizeof *timer);
	if (!timer)
		fail("memory for a timer");
	timer->expired = nothing;
	timer->number = numbers[--free_numbers];
	return timer;
}

static void delete(struct timer *timer)
{
	heap_disarm(timer->number);
	numbers[free_numbers++] = timer->number;
	free(timer);
}

static void lock(void)
{
	if (locked)
		pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
	if (locked)
		pthread_mutex_unlock(&mutex);
}

static void arm(struct timer *timer, int64_t nanos)
{
	int64_t due = now() + nanos;
	lock();
	heap_arm(timer->number, due);
	heap_wake_for_earliest();
	unlock();
}

static void changes(long operations)
{
	for (long i = 0; i < operations; i++) {
		uint32_t which = draw_below(draw_count);
		int64_t nanos = draw_limit();
		if (replacing) {
			lock();
			delete(timers[which]);
			unlock();
			lock();
			timers[which] = create();
			unlock();
		}
		arm(timers[which], nanos);
	}
}

static void report_changes(const char *subject, int rounds)
{
	struct result result = measure(changes, rounds);
	report("timer", subject, result.nanos, "ns");
	report("timer", subject, result.cpu_nanos, "cpu ns/op");
}

int main(int argc, char **argv)
{
	if (argc != 5)
		usage("rearm|replace spread|same PENDING ROUNDS");
	replacing = !strcmp(argv[1], "replace");
	draw_spread = !strcmp(argv[2], "spread");
	draw_count = number(argv[3], 1, 10000000);
	int rounds = number(argv[4], 1, MOST_ROUNDS);
	heap_open(draw_count);
	timers = calloc(draw_count, sizeof *timers);
	numbers = calloc(draw_count, sizeof *numbers);
	if (!timers || !numbers)
		fail("memory for %u timers", draw_count);
	for (uint32_t i = 0; i < draw_count; i++)
		numbers[free_numbers++] = i;
	for (uint32_t i = 0; i < draw_count; i++) {
		draw_below(draw_count);
		timers[i] = create();
		arm(timers[i], draw_limit());
	}
	report_changes("C heap and one timerfd, one thread", rounds);
	locked = 1;
	report_changes("C heap and one timerfd, mutex", rounds);
	return 0;
}
