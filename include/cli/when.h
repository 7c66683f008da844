/* include/cli/when.h - times as people type them: "2h" or "7d" ago, now, today, yesterday, mon ..
 * sun (the last one, today at the earliest), 14:30, 2026-11-23, 2026-11-23 14:30, RFC 3339; and the
 * options --since, --until and --last. */
#pragma once
#include "cli/cli.h"

/* Reads a time, local where it has no zone. Returns 0 or -EINVAL. */
int when_parse(const struct output *out, const char *text, struct wall *ret);

/* Reads a time to come: "2h" or "7d" from now, 14:30 (today, else tomorrow), tomorrow, mon .. sun
 * (the next one), each of these days with a time after it ("fri 8:30"), 2026-11-23, 2026-11-23
 * 14:30, RFC 3339; a day alone means 8:00. `name` is the argument in messages. Returns CLI_DONE, or
 * CLI_USAGE after telling. */
int when_future(const struct cli *cli, const char *name, const char *text, struct wall *ret);

/* A span of time as options gave it: NULL where they did not. */
struct when_span {
    const char *since, *until, *last;
};

/* Works the span out: 0 is open. Returns CLI_DONE, or CLI_USAGE after telling. */
int when_span(const struct cli *cli, const struct when_span *span, struct wall *ret_since,
              struct wall *ret_until);
