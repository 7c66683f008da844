#include "policy/quiet.h"

static bool is_set(const struct quiet *q)
{
    return q->from_min >= 0 && q->to_min >= 0 && q->from_min != q->to_min;
}

bool quiet_at(const struct quiet *q, const struct zone *z, struct wall t)
{
    struct civil c = zone_civil(z, t);
    int32_t minute = c.hour * 60 + c.minute;
    if (!is_set(q))
        return false;
    if (q->from_min < q->to_min)
        return minute >= q->from_min && minute < q->to_min;
    return minute >= q->from_min || minute < q->to_min;
}

/* Returns the first instant after `t` at which the local clock shows `minute` of a day. */
static struct wall next_minute(const struct zone *z, struct wall t, int32_t minute)
{
    for (int day = 0;; day++) {
        struct civil c = zone_civil(z, t);
        c.hour = 12; /* noon of no day is skipped, so that adding days reaches each once */
        c.minute = c.second = 0;
        c = wall_civil((struct wall){civil_wall(&c).s + day * INT64_C(86400)});
        c.hour = (int8_t)(minute / 60);
        c.minute = (int8_t)(minute % 60);
        struct wall next = zone_wall(z, &c);
        if (next.s > t.s)
            return next;
    }
}

struct wall quiet_begin(const struct quiet *q, const struct zone *z, struct wall t)
{
    if (!is_set(q))
        return (struct wall){INT64_MAX};
    return quiet_at(q, z, t) ? t : next_minute(z, t, q->from_min);
}

struct wall quiet_end(const struct quiet *q, const struct zone *z, struct wall t)
{
    return quiet_at(q, z, t) ? next_minute(z, t, q->to_min) : t;
}
