/* src/service/card.c - what outlives a restart of the SIM in a line: that its PIN was tried, and
 * which SIM it is. */
#include "internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum pin_fate { PIN_NEW, PIN_TRIED, PIN_RIGHT };

#define KEY_MAX 80
#define HOLD_LOOK_MS 60000 /* where nobody pokes */

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001B3);
    return hash * UINT64_C(0x100000001B3); /* ends the word */
}

/* Values are kept as hashes, under a salt of this database: what they are is nobody's business who
 * only sees a list of settings. */
static int hash_of(struct service *s, struct now now, const char *what, const char *value,
                   uint64_t *ret)
{
    int64_t salt;
    int err = setting_get_i64(s->store, "salt", 0, &salt);
    if (err == 0 && salt == 0) {
        salt = now.wall.s * 1000003 + now.mono.ms + 1;
        err = setting_set_i64(s->store, "salt", salt);
    }
    *ret = mix(mix(mix((uint64_t)salt, what), s->config.line), value);
    return err;
}

static int pin_key(struct service *s, struct now now, char key[KEY_MAX])
{
    uint64_t hash;
    int err = hash_of(s, now, "pin", s->config.modem->pin, &hash);
    snprintf(key, KEY_MAX, "pin.%016" PRIx64, hash);
    return err;
}

/* A PIN that was tried and not seen to be right is never tried again: it may have been wrong. */
void service_pin_wanted(struct service *s, struct now now)
{
    char key[KEY_MAX];
    int64_t fate = PIN_TRIED;
    int err = store_begin(s->store);
    if (err == 0)
        err = pin_key(s, now, key);
    if (err == 0)
        err = setting_get_i64(s->store, key, PIN_NEW, &fate);
    if (err == 0)
        err = setting_set_i64(s->store, key, PIN_TRIED);
    if (err == 0)
        err = store_commit(s->store);
    if (err != 0)
        service_trouble(s, now, "noting the try of a PIN");
    else
        modem_pin(&s->modem, now.mono, fate != PIN_TRIED);
}

void service_pin_right(struct service *s, struct now now)
{
    char key[KEY_MAX];
    int err = store_begin(s->store);
    if (err == 0)
        err = pin_key(s, now, key);
    if (err == 0)
        err = setting_set_i64(s->store, key, PIN_RIGHT);
    if (err == 0)
        err = store_commit(s->store);
    if (err != 0)
        service_trouble(s, now, "noting that a PIN was right");
}

/* The SIM whose texts may go is "card.LINE"; another one that was found there is "card_new.LINE", 0
 * for none. */
static void card_keys(const char *line, char card[KEY_MAX], char fresh[KEY_MAX])
{
    snprintf(card, KEY_MAX, "card.%s", line);
    snprintf(fresh, KEY_MAX, "card_new.%s", line);
}

/* So often in a row: on a line that loses bytes, the same digits are missing twice once in a
 * hundred times. */
#define CARD_READS 4

/* A digit may be lost on the way, and only a person lets the texts of another SIM go: it is
 * believed when it is read again and again, on a port that is opened anew each time. Returns
 * whether that is to be waited for; `is` 0 is the SIM that is known. */
static bool doubt(struct service *s, struct now now, int64_t is)
{
    s->card_reads = is == s->card_doubt ? s->card_reads + 1 : 1;
    s->card_doubt = is;
    if (is == 0 || s->card_reads >= CARD_READS)
        return false;
    s->sim_changed = true;
    s->wants_reopen = true;
    s->hold_look = mono_after(now.mono, HOLD_LOOK_MS);
    return true;
}

/* Returns 1 where another SIM is there than was before, 0, or an error of store.h. */
static int compare(struct service *s, struct now now, const char *iccid)
{
    char card[KEY_MAX], fresh[KEY_MAX];
    int64_t known = 0, found = 0;
    uint64_t hash;
    int err = hash_of(s, now, "card", iccid, &hash);
    int64_t is = (int64_t)(hash >> 2) + 1; /* 0 is none */
    card_keys(s->config.line, card, fresh);
    if (err == 0)
        err = setting_get_i64(s->store, card, 0, &known);
    if (err == 0)
        err = setting_get_i64(s->store, fresh, 0, &found);
    if (err == 0 && known == 0)
        err = setting_set_i64(s->store, card, is);
    bool same = known == 0 || known == is;
    if (err == 0 && doubt(s, now, same || found == is ? 0 : is))
        return 0;
    if (err != 0 || found == (same ? 0 : is))
        return err;
    err = setting_set_i64(s->store, fresh, same ? 0 : is);
    if (err != 0 || same)
        return err;
    err = service_alarm(s, now, "sim_changed", SERVICE_SIM_CHANGED);
    return err != 0 ? err : 1;
}

/* With another SIM the texts would come from another number: they wait for a person. */
void service_card(struct service *s, struct now now, const char *iccid)
{
    int got = store_begin(s->store);
    if (got == 0)
        got = compare(s, now, iccid);
    bool changed = got == 1;
    if (got >= 0)
        got = store_commit(s->store);
    if (got != 0) {
        service_trouble(s, now, "noting which SIM is there");
        return;
    }
    if (changed) {
        struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
        snprintf(note->detail, sizeof(note->detail), "%s", SERVICE_SIM_CHANGED);
    }
    if (!s->wants_reopen)
        s->hold_look = now.mono;
}

int service_hold_look(struct service *s, struct now now)
{
    char card[KEY_MAX], fresh[KEY_MAX];
    int64_t found = 0;
    if (now.mono.ms < s->hold_look.ms)
        return 0;
    card_keys(s->config.line, card, fresh);
    int err = setting_get_i64(s->store, fresh, 0, &found);
    if (err != 0)
        return err;
    s->sim_changed = found != 0;
    s->hold_look = mono_after(now.mono, HOLD_LOOK_MS);
    return 0;
}

int service_accept_sim(struct store *store, const char *line)
{
    char card[KEY_MAX], fresh[KEY_MAX];
    int64_t found = 0;
    card_keys(line, card, fresh);
    int err = setting_get_i64(store, fresh, 0, &found);
    if (err == 0 && found == 0)
        return 0;
    if (err == 0)
        err = setting_set_i64(store, card, found);
    if (err == 0)
        err = setting_set_i64(store, fresh, 0);
    return err != 0 ? err : 1;
}
