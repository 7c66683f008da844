#include "policy/follow_up.h"
#include "policy/config.h"
#include <assert.h>

#define DAY_MIN 1440
#define DAY_S 86400

/* The windows as opening hours, with the holidays of the business. */
static struct hours windows(const struct policy_config *config)
{
    struct hours h = config->hours;
    for (int day = 0; day < 7; day++) {
        h.count[day] = config->follow_up.days[day];
        h.slot[day][0] = config->follow_up.window;
    }
    return h;
}

bool follow_up_morning(const struct policy_config *config, struct wall from, struct wall *ret)
{
    const struct hours h = windows(config);
    const struct zone *zone = &config->zone;
    struct wall open = {from.s - 1};
    for (int day = 0; day <= HOURS_NEXT_DAYS; day++) {
        if (!hours_next_open(&h, zone, open, &open))
            return false;
        struct wall loud = quiet_end(&config->quiet, zone, open);
        if (hours_open(&h, zone, loud)) {
            *ret = loud;
            return true;
        }
    }
    return false; /* the whole window is quiet */
}

bool follow_up_due(const struct policy_config *config, int64_t nudge, struct wall sent,
                   struct wall *ret_due)
{
    const struct follow_up *f = &config->follow_up;
    assert(nudge >= 0);
    assert(f->after_count <= FOLLOW_UP_MAX);
    if (!f->enabled || (uint64_t)nudge >= f->after_count)
        return false;
    return follow_up_morning(config, (struct wall){sent.s + f->after_ms[nudge] / 1000}, ret_due);
}

/* When the window of the local day of `t` closes. */
static struct wall window_end(const struct policy_config *config, struct wall t)
{
    struct civil c = zone_civil(&config->zone, t);
    int minute = config->follow_up.window.to_min;
    c.hour = (int8_t)(minute % DAY_MIN / 60);
    c.minute = (int8_t)(minute % 60);
    c.second = 0;
    if (minute == DAY_MIN)
        c = wall_civil((struct wall){civil_wall(&c).s + DAY_S});
    return zone_wall(&config->zone, &c);
}

bool follow_up_open(const struct policy_config *config, struct wall t, struct wall *ret_end)
{
    const struct hours h = windows(config);
    if (!hours_open(&h, &config->zone, t) || quiet_at(&config->quiet, &config->zone, t))
        return false;
    struct wall end = window_end(config, t), quiet = quiet_begin(&config->quiet, &config->zone, t);
    *ret_end = end.s < quiet.s ? end : quiet;
    return true;
}

bool follow_up_next(const struct policy_config *config, struct wall from, struct wall *ret)
{
    struct wall end, loud = quiet_end(&config->quiet, &config->zone, from);
    if (!follow_up_open(config, loud, &end))
        return follow_up_morning(config, from, ret);
    *ret = loud;
    return true;
}
