/* Which timer and how long: drawn as the Java side does. */
#ifndef TIMER_DRAW_H
#define TIMER_DRAW_H

#include "peer.h"

#define HOUR INT64_C(3600000000000)

static uint64_t draw_state = 88172645463325252u;
UNUSED static uint32_t draw_count; /* of how many */
static int draw_spread;     /* one to two hours, not one */

static inline uint32_t draw_below(uint32_t count)
{
	draw_state ^= draw_state << 13;
	draw_state ^= draw_state >> 7;
	draw_state ^= draw_state << 17;
	return (draw_state >> 33) * count >> 31;
}

static inline int64_t draw_limit(void)
{
	return draw_spread ? HOUR + (int64_t)(draw_state & 0xffffffffu) * (HOUR >> 32) : HOUR;
}

#endif
