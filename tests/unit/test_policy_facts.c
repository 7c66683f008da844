/* tests/unit/test_policy_facts.c - the facts of a decision go out as JSON and come back the same;
 * what cannot be a fact is refused. */
#include "policy/facts.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

#define FACTS_SIZE 2048
#define RAW_MAX 80 /* octets of a caller id */

static void write_facts(const struct decide_facts *f, char ret[FACTS_SIZE])
{
    struct text sink;
    struct json json;
    text_init(&sink, ret, FACTS_SIZE);
    json_init(&json, json_put_text, &sink);
    facts_json(&json, f);
    if (!text_ok(&sink))
        tap_ok(false, "the facts fit");
}

/* Every fact has a value of its own, so that none can stand in for another. */
static const struct {
    const char *key, *value, *json;
} all[] = {
    {"about", "lead", "\"lead\""},
    {"line_mode", "shared", "\"shared\""},
    {"answered", "1", "true"},
    {"withheld", "0", "false"},
    {"number", "+447700900321", "\"+447700900321\""},
    {"number_textable", "1", "true"},
    {"caller_id", "07700900321", "\"07700900321\""},
    {"known", "1", "true"},
    {"blocked", "0", "false"},
    {"skipped", "1", "true"},
    {"opted_out", "0", "false"},
    {"opt_out_doubtful", "1", "true"},
    {"paused", "0", "false"},
    {"away_until", "unlimited", "\"unlimited\""},
    {"clock_known", "1", "true"},
    {"now", "2026-11-23T14:27:46Z", "\"2026-11-23T14:27:46Z\""},
    {"ended_at", "2026-11-23T14:27:45Z", "\"2026-11-23T14:27:45Z\""},
    {"texted_at", "2026-11-20T14:27:46Z", "\"2026-11-20T14:27:46Z\""},
    {"undeliverable_at", NULL, "null"},
    {"last_automatic_at", "2026-11-22T14:27:46Z", "\"2026-11-22T14:27:46Z\""},
    {"last_conversation_at", "2026-11-21T14:27:46Z", "\"2026-11-21T14:27:46Z\""},
    {"stopped_until", NULL, "null"},
    {"muted_until", "2026-11-24T14:27:46Z", "\"2026-11-24T14:27:46Z\""},
    {"automatic_30d", "2", "2"},
    {"people_30d", "17", "17"},
    {"texted_30d", "1", "true"},
};
#define ALL (sizeof(all) / sizeof(all[0]))

static void test_there_and_back(void)
{
    char wanted[FACTS_SIZE], got[FACTS_SIZE];
    struct text text;
    struct decide_facts f = {.number = "", .raw = ""};
    int err = 0;
    text_init(&text, wanted, sizeof(wanted));
    for (size_t i = 0; i < ALL; i++) {
        text_addf(&text, "%s\"%s\":%s", i ? "," : "{", all[i].key, all[i].json);
        err += facts_set(&f, all[i].key, all[i].value) != 0;
    }
    text_add(&text, "}");
    write_facts(&f, got);
    if (!tap_ok(err == 0 && strcmp(got, wanted) == 0, "every fact there and back"))
        tap_diag("%s", got);
    for (size_t i = 0; i < ALL; i++) /* and each is a field of its own */
        if (facts_set(&f, all[i].key, strcmp(all[i].json, "true") == 0 ? "0" : all[i].value) != 0)
            err++;
    write_facts(&f, got);
    tap_ok(err == 0 && !strstr(got, "true"), "no fact stands for two");
    tap_ok(facts_set(&f, "number", NULL) == 0 && f.number[0] == '\0', "no number is an empty one");
}

static void test_hostile(void)
{
    char got[FACTS_SIZE], raw[RAW_MAX + 1];
    struct decide_facts f = {.number = "", .raw = "\x1b\xff\"", .wall_known = true, .now = {300}};
    f.ended_at.s = -2;
    write_facts(&f, got);
    tap_ok(strstr(got, "\"caller_id\":\"\\u001b\xef\xbf\xbd\\\"\"") != NULL,
           "a caller id of any bytes is harmless");
    tap_ok(strstr(got, "\"clock_known\":false") && strstr(got, "\"ended_at\":null"),
           "a clock that is not set is not known, and a time before 1970 is none");
    memset(raw, 1, RAW_MAX);
    raw[RAW_MAX] = '\0';
    f.raw = raw;
    write_facts(&f, got);
}

static void test_refused(void)
{
    static const struct {
        const char *key, *value;
        int err;
    } rows[] = {
        {"shoe_size", "43", -ENOENT},      {"", "1", -ENOENT},
        {"answered", "2", -EINVAL},        {"answered", "true", -EINVAL},
        {"answered", "", -EINVAL},         {"answered", NULL, -EINVAL},
        {"automatic_30d", "-1", -EINVAL},  {"automatic_30d", "99999999999", -EINVAL},
        {"now", "yesterday", -EINVAL},     {"now", "", -EINVAL},
        {"about", "a letter", -EINVAL},    {"about", NULL, -EINVAL},
        {"line_mode", "crooked", -EINVAL}, {"line_mode", NULL, -EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decide_facts f = {.now = {7}, .auto_texts = 7};
        int err = facts_set(&f, rows[i].key, rows[i].value);
        tap_ok(err == rows[i].err && f.now.s == 7 && f.auto_texts == 7 && !f.answered,
               "refused: %s is %s", rows[i].key, rows[i].value ? rows[i].value : "null");
    }
}

int main(void)
{
    test_there_and_back();
    test_hostile();
    test_refused();
    return tap_done();
}
