#include "play/player.h"
#include "tap.h"
#include <string.h>

/* When the last line came that shows this call ringing. With one call in the file each ring is its
 * own. */
static int64_t last_ring_ms(const struct transcript *s, const char *number, bool alone)
{
    static const char *const signs[] = {"+CLIP:", "+CCWA:", ",1,4,", ",4,0,"};
    const char *digits = number + (number[0] == '+');
    int64_t last = -1;

    for (size_t i = 0; i < s->count; i++) {
        const struct item *item = &s->item[i];
        bool rings = false;
        if (item->kind != ITEM_BYTES)
            continue;
        for (size_t k = 0; digits[0] && k < sizeof(signs) / sizeof(signs[0]); k++)
            rings = rings || (strstr(item->text, signs[k]) && strstr(item->text, digits));
        rings =
            rings || (alone && (strstr(item->text, "\nRING\r") || strstr(item->text, "CRING:")));
        if (rings && item->at_ms > last)
            last = item->at_ms;
    }
    return last;
}

static bool is_call(const char *verdict)
{
    return strncmp(verdict, "missed", 6) == 0 || strcmp(verdict, "withheld") == 0 ||
           strncmp(verdict, "answered", 8) == 0 || strcmp(verdict, "rejected") == 0;
}

static bool reached(struct player *p, const struct item *wanted, bool met[PLAYER_VERDICTS_MAX],
                    bool alone)
{
    for (size_t i = 0; i < p->verdict_count; i++) {
        const struct verdict *v = &p->verdict[i];
        const char *number = strncmp(v->text, "missed ", 7) == 0 ? v->text + 7 : "";
        bool unanswered = number[0] || strcmp(v->text, "withheld") == 0;
        if (met[i] || strcmp(v->text, wanted->text) != 0 || v->at_ms > wanted->at_ms)
            continue;
        if (unanswered && v->at_ms < last_ring_ms(p->script, number, alone)) {
            player_fail(p, "missed while it still rang");
            return false;
        }
        met[i] = true;
        return true;
    }
    return false;
}

static void judge(struct player *p)
{
    const struct transcript *s = p->script;
    bool met[PLAYER_VERDICTS_MAX] = {false};
    size_t calls = 0;

    for (size_t i = 0; i < s->count; i++)
        calls += s->item[i].kind == ITEM_VERDICT && is_call(s->item[i].text);
    for (size_t i = 0; i < s->count && !p->problem; i++) {
        if (s->item[i].kind != ITEM_VERDICT || strcmp(s->item[i].text, "none") == 0)
            continue;
        if (!reached(p, &s->item[i], met, calls == 1)) {
            tap_diag("wanted: %s", s->item[i].text);
            player_fail(p, "a verdict was not reached");
        }
    }
    for (size_t i = 0; i < p->verdict_count && !p->problem; i++) {
        if (!met[i]) {
            tap_diag("came: %s", p->verdict[i].text);
            player_fail(p, "a verdict that the file does not have");
        }
    }
    if (s->send[0] && strcmp(s->send, p->send) != 0) {
        tap_diag("wanted: send: %s, came: %s", s->send, p->send);
        player_fail(p, "the text had another fate");
    }
    if (s->report[0] && strcmp(s->report, p->report) != 0) {
        tap_diag("wanted: report: %s, came: %s", s->report, p->report);
        player_fail(p, "another report, or none");
    }
}

static bool is_promised(const struct transcript *s, const char *verdict)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->item[i].kind == ITEM_VERDICT && strcmp(s->item[i].text, verdict) == 0)
            return true;
    return false;
}

/* After a restart in the middle there are no others than the promised verdicts, but that a call may
 * have been missed, with or without its number, and a text may be of unknown fate or never have
 * left. */
static void judge_rebooted(struct player *p)
{
    size_t calls = 0, promised = 0;

    for (size_t i = 0; i < p->script->count; i++)
        promised += p->script->item[i].kind == ITEM_VERDICT && is_call(p->script->item[i].text);
    for (size_t i = 0; i < p->verdict_count && !p->problem; i++) {
        const char *text = p->verdict[i].text;
        calls += is_call(text);
        if (is_promised(p->script, text) || strcmp(text, "withheld") == 0 ||
            strncmp(text, "missed ", 7) == 0)
            continue;
        tap_diag("came: %s", text);
        player_fail(p, "a verdict that the file does not have");
    }
    if (calls > promised && !p->problem)
        player_fail(p, "more calls than the file has");
    if (p->send[0] && strcmp(p->send, p->script->send) != 0 && strcmp(p->send, "unknown") != 0 &&
        strncmp(p->send, "failed", 6) != 0) {
        tap_diag("came: send: %s", p->send);
        player_fail(p, "the text had another fate");
    }
}

void player_judge(struct player *p)
{
    if (!p->problem && player_rebooted(p))
        judge_rebooted(p);
    else if (!p->problem)
        judge(p);
}
