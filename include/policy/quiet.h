/* include/policy/quiet.h - quiet hours: the part of each day in which nobody is texted who did not
 * ring a moment ago.  On the local clock of the business, as opening hours are. */
#pragma once
#include "base/time.h"
#include "base/zone.h"
#include <stdbool.h>
#include <stdint.h>

enum quiet_after { /* what becomes of a text that may not go any more */
                   QUIET_HOLD,
                   QUIET_DROP,
};

/* Quiet from `from_min` until just before `to_min`, minutes after local midnight (0..1439), across
 * midnight where `to_min` is smaller. */
struct quiet {
    int32_t from_min, to_min; /* either -1, or both the same: never quiet */
    int64_t grace_ms;         /* after the end of a call its text may go all the same */
    enum quiet_after after_grace;
};

bool quiet_at(const struct quiet *q, const struct zone *z, struct wall t);

/* Returns when it is quiet next: `t` itself where it is quiet then; INT64_MAX for never. */
struct wall quiet_begin(const struct quiet *q, const struct zone *z, struct wall t);

/* Returns the end of the quiet hours that `t` lies in; `t` itself where it is not quiet then. */
struct wall quiet_end(const struct quiet *q, const struct zone *z, struct wall t);
