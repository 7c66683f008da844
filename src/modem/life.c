/* src/modem/life.c - signs of life: a modem that was not asked anything for a while is asked AT,
 * and now and then whether it still knows what it was told. Some forget AT+CLIP or AT+CNMI without
 * a word (EP06-E, SIM800L: GH 70563570483), and E169 its SMSC after a day (ha#67449). */
#include "at/args.h"
#include "modem/parts.h"
#include <stdio.h>
#include <string.h>

#define VERIFY_FIRST_MS 60000
#define VERIFY_MS (60 * INT64_C(60000))
#define VERIFY_FULL_MS (5 * INT64_C(60000))
#define QUERY_MS 10000
#define BEAT_MS 5000
#define REFUSALS_MAX 3
#define RESTARTS_MANY 3
#define NUMB_MS (6 * 60 * INT64_C(60000))
#define NUMB_AGAIN_MS (24 * 60 * INT64_C(60000))
#define RESTARTS_WITHIN_MS (60 * INT64_C(60000))

struct mono life_beat_due(const struct modem *m)
{
    if (m->config->heartbeat_ms == 0)
        return MONO_NEVER;
    return mono_after(m->life.answered, m->config->heartbeat_ms);
}

void life_beat(struct modem *m)
{
    modem_submit(m, JOB_BEAT, AT_EXPECT_RESULT, NULL, BEAT_MS, "AT");
}

void life_verify(struct modem *m, struct mono now)
{
    m->life.verify_due = mono_after(now, VERIFY_MS);
    m->life.forgot = false;
    modem_submit(m, JOB_VERIFY, AT_EXPECT_PREFIX, "+CLIP:", QUERY_MS, "AT+CLIP?");
    modem_submit(m, JOB_VERIFY, AT_EXPECT_PREFIX, "+CNMI:", QUERY_MS, "AT+CNMI?");
    modem_submit(m, JOB_VERIFY, AT_EXPECT_PREFIX, "+CPMS:", QUERY_MS, "AT+CPMS?");
    modem_submit(m, JOB_VERIFY, AT_EXPECT_PREFIX, "+CSCA:", QUERY_MS, "AT+CSCA?");
}

/* A set-up that was forgotten at once is looked at again in an hour only: some never show it. */
void life_set_up(struct modem *m, struct mono now)
{
    m->life.verify_due = mono_after(now, m->life.forgot ? VERIFY_MS : VERIFY_FIRST_MS);
}

/* Where its command was left out of the set-up for want of an answer, it is tried again as well. */
static void forgotten(struct modem *m, struct mono now, const char *what)
{
    char cause[MODEM_CAUSE_MAX];

    setup_hope(m);
    m->life.forgot = true;
    m->again_due = now;
    snprintf(cause, sizeof(cause), "the modem has forgotten %s", what);
    modem_enter(m, now, m->state, cause);
}

/* "+CLIP: <n>,<m>" is an answer; with a number and its type in it, the line tells of a caller. */
static bool clip_line(struct modem *m, struct mono now, const struct at_args *a)
{
    int64_t n, told;

    if (a->count > 2 || !at_args_number(a, 0, 0, 1, &n) ||
        (a->count == 2 && !at_args_number(a, 1, 0, 2, &told)))
        return false;
    if (n == 0)
        forgotten(m, now, "AT+CLIP");
    return true;
}

static void cnmi_line(struct modem *m, struct mono now, const struct at_args *a)
{
    int64_t mt, ds;
    bool told = at_args_number(a, 1, 0, 9, &mt) && at_args_number(a, 3, 0, 9, &ds);

    if (!told)
        return;
    if (m->setup.cnmi_set ? mt != m->setup.cnmi_mt || ds != m->setup.cnmi_ds
                          : setup_is_deaf(m, STEP_NOTICE) && mt != 1)
        forgotten(m, now, "AT+CNMI");
}

/* A memory that fills up although what comes is deleted: listing it may find what was overlooked;
 * after that, a person is told. */
static void cpms_line(struct modem *m, struct mono now, const struct at_args *a)
{
    struct modem_life *life = &m->life;
    bool was = life->filling;
    int64_t used, total;

    life->filling = false;
    for (size_t i = 0; i + 2 < a->count; i += 3) {
        struct at_field name = at_args_get(a, i);
        if (name.len != 2 || !at_args_number(a, i + 1, 0, 9999, &used) ||
            !at_args_number(a, i + 2, 1, 9999, &total) || used * 10 < total * 9)
            continue;
        life->filling = true;
        life->used = (uint16_t)used;
        life->total = (uint16_t)total;
        network_word(life->memory, sizeof(life->memory), name.s, name.len);
    }
    life->full = life->filling && was;
    if (life->filling) {
        modem_list(m, now);
        life->verify_due = mono_after(now, VERIFY_FULL_MS);
    }
}

void life_centre(struct modem *m, const char *rest)
{
    struct at_field number;
    struct at_args a;

    at_args_parse(rest, &a);
    number = at_args_get(&a, 0);
    m->life.centre = number.len > 0;
    if (number.len > 0 && number.len < sizeof(m->centre))
        network_word(m->centre, sizeof(m->centre), number.s, number.len);
}

bool life_line(struct modem *m, struct mono now, const char *line)
{
    struct at_args a;

    at_args_parse(line + strcspn(line, ":") + (strchr(line, ':') != NULL), &a);
    if (strncmp(line, "+CLIP:", 6) == 0)
        return clip_line(m, now, &a);
    if (strncmp(line, "+CNMI:", 6) == 0) {
        cnmi_line(m, now, &a);
    } else if (strncmp(line, "+CPMS:", 6) == 0) {
        cpms_line(m, now, &a);
    } else if (strncmp(line, "+CSCA:", 6) == 0) {
        life_centre(m, line + 6);
        if (m->life.centre == 0 && m->centre[0])
            forgotten(m, now, "the SMS centre");
    } else {
        return false;
    }
    return true;
}

void life_sign(struct modem *m, struct mono now)
{
    m->life.sign = now;
    m->life.numb = 0;
}

/* A signal that is not told, or is at the end of its scale, never changes. */
struct mono life_numb_due(const struct modem *m)
{
    bool moves = m->signal_dbm != 0 && m->signal_dbm > -113 && m->signal_dbm < -51;
    if (m->state != MODEM_READY || !moves)
        return MONO_NEVER;
    return mono_after(m->life.sign, m->life.numb > 0 ? NUMB_AGAIN_MS : NUMB_MS);
}

void life_numb(struct modem *m, struct mono now)
{
    bool again = m->life.numb > 0;

    if (m->life.numb < UINT8_MAX)
        m->life.numb++;
    m->life.sign = now;
    recovery_shake(m, now,
                   again ? "no sign of the network for a day" : "no sign of the network for 6 h",
                   again);
}

void life_restarted(struct modem *m, struct mono now)
{
    struct modem_life *life = &m->life;

    if (now.ms - life->restarts_since.ms >= RESTARTS_WITHIN_MS)
        life->restarts = 0;
    if (life->restarts == 0)
        life->restarts_since = now;
    if (life->restarts < UINT8_MAX)
        life->restarts++;
}

bool life_supply_line(struct modem *m, struct mono now, const char *line)
{
    if (strncmp(line, "UNDER-VOLTAGE", 13) != 0)
        return false;
    m->life.weak = true;
    m->life.weak_at = now;
    return true;
}

bool life_unsteady(const struct modem *m, struct mono now, char ret_cause[MODEM_CAUSE_MAX])
{
    const struct modem_life *life = &m->life;
    bool often = life->restarts >= RESTARTS_MANY &&
                 now.ms - life->restarts_since.ms < 2 * RESTARTS_WITHIN_MS;

    if (life->weak && now.ms - life->weak_at.ms < RESTARTS_WITHIN_MS)
        snprintf(ret_cause, MODEM_CAUSE_MAX,
                 "the modem's supply is too weak: use a powered hub or a shorter cable");
    else if (often)
        snprintf(ret_cause, MODEM_CAUSE_MAX,
                 "the modem restarted %u times within an hour: is its supply strong enough?",
                 life->restarts);
    return often || ret_cause[0];
}

void life_cause(const struct modem *m, struct mono now, char ret_cause[MODEM_CAUSE_MAX])
{
    const struct modem_life *life = &m->life;

    ret_cause[0] = '\0';
    if (m->creg < 0 && m->cereg < 0 && m->cgreg < 0)
        snprintf(ret_cause, MODEM_CAUSE_MAX,
                 "the modem does not tell whether it has a network: does a call ring?");
    else if (network_mute(m))
        snprintf(ret_cause, MODEM_CAUSE_MAX, "%s",
                 m->cireg == 0
                     ? "no calls come in: registered for data only, without voice over LTE"
                     : "perhaps no calls: registered for data only; is voice over LTE on?");
    else if (life->centre == 0)
        snprintf(ret_cause, MODEM_CAUSE_MAX, "the SIM has no SMS centre: set lines[].smsc");
    else if (life->full)
        snprintf(ret_cause, MODEM_CAUSE_MAX, "memory %s holds %u of %u texts: delete old ones",
                 life->memory, life->used, life->total);
    else
        (void)life_unsteady(m, now, ret_cause);
}

/* A modem that refuses text after text by itself, not for the network, is set up again, then
 * recovered as if it were deaf. */
void life_sent(struct modem *m, struct mono now, const struct at_error *error)
{
    struct modem_life *life = &m->life;

    if (error->kind == AT_ERROR_NONE)
        life_sign(m, now);
    if (error->kind == AT_ERROR_NONE || error->class != AT_CLASS_MODEM || life->centre == 0) {
        life->refusals = 0;
        return;
    }
    if (++life->refusals < REFUSALS_MAX) {
        m->again_due = now;
    } else {
        life->refusals = 0;
        modem_recover(m, now, "the modem refuses texts");
    }
}
