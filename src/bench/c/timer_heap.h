/*
 * Timers as an expert's event loop has them in C: a heap of deadlines, each timer knowing its place in it, and one timerfd that is set
 * for the earliest. It is set again only when something earlier comes: a wake-up too early costs less than a system call for
 * each change. Not thread-safe.
 */
#ifndef TIMER_HEAP_H
#define TIMER_HEAP_H

#include "peer.h"
#include <sys/timerfd.h>

#define CHILDREN 4
#define NOWHERE UINT32_MAX

struct node {
	int64_t due; /* beside the number, so that comparing touches nothing else */
	uint32_t timer;
};

static struct node *heap_nodes;
static uint32_t heap_size;
static uint32_t *heap_places; /* of each timer; NOWHERE while it is not armed */
static int heap_fd;
static int64_t heap_wakes = INT64_MAX; /* what the timerfd is set for */

/* Room for so many timers, none armed. */
static void heap_open(long timers)
{
	heap_nodes = calloc(timers, sizeof *heap_nodes);
	heap_places = malloc(timers * sizeof *heap_places);
	if (!heap_nodes || !heap_places)
		fail("memory for %ld timers", timers);
	memset(heap_places, 0xff, timers * sizeof *heap_places);
	heap_fd = check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create");
}

static void heap_put(uint32_t place, struct node node)
{
	heap_nodes[place] = node;
	heap_places[node.timer] = place;
}

static void heap_up(uint32_t place, struct node node)
{
	for (; place > 0; place = (place - 1) / CHILDREN) {
		struct node parent = heap_nodes[(place - 1) / CHILDREN];
		if (parent.due <= node.due)
			break;
		heap_put(place, parent);
	}
	heap_put(place, node);
}

static void heap_down(uint32_t place, struct node node)
{
	for (;;) {
		uint32_t first = place * CHILDREN + 1, least = first;
		if (first >= heap_size)
			break;
		uint32_t last = first + CHILDREN < heap_size ? first + CHILDREN : heap_size;
		for (uint32_t i = first + 1; i < last; i++)
			if (heap_nodes[i].due < heap_nodes[least].due)
				least = i;
		if (heap_nodes[least].due >= node.due)
			break;
		heap_put(place, heap_nodes[least]);
		place = least;
	}
	heap_put(place, node);
}

static void heap_place(uint32_t place, struct node node)
{
	if (place > 0 && heap_nodes[(place - 1) / CHILDREN].due > node.due)
		heap_up(place, node);
	else
		heap_down(place, node);
}

/* Sets the timerfd unless it wakes early enough. */
static inline void heap_wake_for_earliest(void)
{
	if (heap_size == 0 || heap_nodes[0].due >= heap_wakes)
		return;
	heap_wakes = heap_nodes[0].due;
	struct itimerspec spec = {.it_value = {.tv_sec = heap_wakes / 1000000000, .tv_nsec = heap_wakes % 1000000000}};
	check(timerfd_settime(heap_fd, TFD_TIMER_ABSTIME, &spec, NULL), "timerfd_settime");
}

UNUSED static void heap_arm(uint32_t timer, int64_t due)
{
	struct node node = {.due = due, .timer = timer};
	if (heap_places[timer] == NOWHERE)
		heap_up(heap_size++, node);
	else
		heap_place(heap_places[timer], node);
}

UNUSED static void heap_disarm(uint32_t timer)
{
	uint32_t place = heap_places[timer];
	heap_places[timer] = NOWHERE;
	struct node last = heap_nodes[--heap_size];
	if (last.timer != timer)
		heap_place(place, last);
}

#endif
