/* include/io/clock.h - both clocks at one instant, and the zone of this machine. */
#pragma once
#include "base/time.h"
#include "base/zone.h"

struct now clock_now(void);

/* Reads the rules of an IANA zone ("Europe/London") from $TZDIR, else /usr/share/zoneinfo; "UTC"
 * needs no file. "system" is this machine's: $TZ (a zone's name, a file, or a POSIX string), else
 * /etc/localtime; UTC where there is none.
 * Returns 0, -ENOENT (no such zone), or -EINVAL (no name of a zone, or a file without usable
 * rules). */
int clock_zone(const char *name, struct zone *ret);
