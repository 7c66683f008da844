/* include/io/clock.h - both clocks at one instant, and the zone of this machine. */
#pragma once
#include "base/time.h"
#include "base/zone.h"

struct now clock_now(void);

/* Reads the rules of an IANA zone ("Europe/London"), or of this machine ("system": $TZ, else /etc/localtime; UTC where there is none).
 * Returns 0, -ENOENT (no such zone), or -EINVAL (a name that is none, or a file without usable rules). */
int clock_zone(const char *name, struct zone *ret);
