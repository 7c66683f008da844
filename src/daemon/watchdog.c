#include "watchdog.h"
#include <assert.h>

void watchdog_init(struct watchdog *w, int64_t every_ms, struct mono now)
{
    assert(every_ms >= 0);
    *w = (struct watchdog){.every_ms = every_ms, .feed_at = every_ms > 0 ? now : MONO_NEVER};
    for (size_t i = 0; i < CONFIG_LINES_MAX; i++)
        w->late_since[i] = MONO_NEVER;
}

void watchdog_line(struct watchdog *w, size_t line, struct mono due, struct mono now)
{
    assert(line < CONFIG_LINES_MAX);
    if (due.ms > now.ms)
        w->late_since[line] = MONO_NEVER;
    else
        w->late_since[line] = mono_min(w->late_since[line], now);
}

bool watchdog_content(const struct watchdog *w, size_t lines, struct mono now)
{
    assert(lines <= CONFIG_LINES_MAX);
    for (size_t i = 0; i < lines; i++)
        if (w->late_since[i].ms <= now.ms - w->every_ms)
            return false;
    return true;
}

bool watchdog_feed(struct watchdog *w, size_t lines, struct mono now)
{
    if (now.ms < w->feed_at.ms)
        return false;
    w->feed_at = mono_after(now, w->every_ms);
    return watchdog_content(w, lines, now);
}
