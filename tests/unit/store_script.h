/* tests/unit/store_script.h - a day at the store in one line: words that act, and what is left of
 * it as one string.
 *
 * Time: "+N" N seconds pass, "step:N" the wall clock jumps by N.
 *
 * A text of N parts (1) is added: "auto[:N]" "man[:N]" "conf" "lead" "nudge", and "own" to
 * the same number as if it were the owner's.
 *
 * "take" takes a part and prints message.part, or "-".  Its fate: "sent:MR" "fail" "retry:N"
 * "unk:N" "restart:N", N seconds until the next try.  A report: "rep:MR:W", W is d delivered, t
 * still trying, T gave up, p permanent.  "smsc:N": those that follow are of texts that the SMSC got
 * N seconds after the start.
 *
 * They text: "in" "stop" "start".  Calls, one second long: "miss" "answer"; "ring" goes on.
 *
 * Here: "block" "unblock" "pause:N" "hard:N" "resume" "cancel:M"; behind the back of the queue:
 * "quietstop" "quietblock".
 *
 * "due" prints when the queue wants to be asked, as seconds from now, or "never".
 *
 * What is left: the state of each text out, "*" where it was sent again; see script_states(). */
#pragma once
#include "../../src/store/db.h"
#include "store/calls.h"
#include "store/clock.h"
#include "store/inbox.h"
#include "store/outbox_fate.h"
#include "store/outbox_take.h"
#include "store/people.h"
#include "store/threads.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_NUMBER "+447700900321"
#define SCRIPT_START INT64_C(1800000000)

struct script {
    struct store *s;
    int64_t line, start, part, call;
    struct wall now, stamp;
    const struct store_limits *limits; /* NULL none */
    int heard;
    char out[512];
};

static void script_print(struct script *p, const char *words)
{
    size_t used = strlen(p->out);
    int n = snprintf(p->out + used, sizeof(p->out) - used, "%s%s", used ? " " : "", words);
    assert(n >= 0 && (size_t)n < sizeof(p->out) - used);
}

/* A write is refused outside of a transaction nowhere, but these three belong into the caller's. */
static int script_fate(struct script *p, const char *word, int64_t n)
{
    struct wall next = {p->now.s + n};
    int err = store_begin(p->s);
    if (err == 0 && strcmp(word, "sent") == 0)
        err = outbox_sent(p->s, p->part, (uint8_t)n, p->now);
    else if (err == 0 && strcmp(word, "fail") == 0)
        err = outbox_failed(p->s, p->part, "refused", (struct wall){0}, p->now);
    else if (err == 0 && strcmp(word, "retry") == 0)
        err = outbox_failed(p->s, p->part, "busy", next, p->now);
    else if (err == 0 && strcmp(word, "unk") == 0)
        err = outbox_unknown(p->s, p->part, "silence", next, p->now);
    else if (err == 0)
        err = outbox_settle(p->s, p->line, next, p->now);
    if (err >= 0)
        err = store_commit(p->s);
    store_rollback(p->s);
    return err;
}

static int script_add(struct script *p, const char *word, int64_t parts)
{
    static const struct outbox_pdu pdus[] = {{"00AA", 1}, {"00BB", 1}, {"00CC", 1}, {"00DD", 1}};
    bool automatic = strcmp(word, "auto") == 0;
    struct outbox_new text = {
        .line = p->line,
        .number = SCRIPT_NUMBER,
        .text = word,
        .cause = automatic ? CAUSE_MISSED_CALL : CAUSE_MANUAL,
        .created = p->now,
        .due = {automatic ? p->now.s + 5 : p->now.s},
        .expires = {automatic ? p->now.s + 1800 : 0},
        .pdus = pdus,
        .pdu_count = parts ? (size_t)parts : 1,
    };
    int64_t id;
    if (strcmp(word, "conf") == 0)
        text.cause = CAUSE_OPT_OUT;
    else if (strcmp(word, "lead") == 0)
        text.cause = CAUSE_LEAD;
    else if (strcmp(word, "nudge") == 0)
        text.cause = CAUSE_FOLLOW_UP;
    else if (strcmp(word, "own") == 0)
        text.cause = CAUSE_RELAY;
    if (automatic)
        text.call = p->call;
    p->call = 0;
    return outbox_add(p->s, &text, &id);
}

static int script_take(struct script *p)
{
    struct outbox_part part;
    char words[32] = "-";
    int err = outbox_take(p->s, p->line, p->limits, p->now, &part);
    if (err < 0)
        return err;
    if (err == 1) {
        int64_t seq = 0;
        struct sql q = sql(p->s, "SELECT seq FROM part WHERE id = ?");
        sql_i64(&q, part.id);
        (void)sql_get_i64(&q, &seq); /* it is taken all the same */
        snprintf(words, sizeof(words), "%" PRId64 ".%" PRId64, part.message, seq);
        p->part = part.id;
    }
    script_print(p, words);
    return 0;
}

static int script_report(struct script *p, int64_t mr, char how)
{
    struct outbox_status status = {.line = p->line,
                                   .number = SCRIPT_NUMBER,
                                   .mr = (uint8_t)mr,
                                   .outcome = REPORT_DELIVERED,
                                   .final = how != 't',
                                   .stamp = p->stamp,
                                   .at = p->now};
    if (how == 't' || how == 'T')
        status.outcome = REPORT_TEMPORARY;
    else if (how == 'p')
        status.outcome = REPORT_PERMANENT;
    int64_t part;
    int err = outbox_report(p->s, &status, &part);
    if (err == -ENOENT)
        script_print(p, "nobody's");
    return err == -ENOENT ? 0 : err;
}

static int script_hear(struct script *p)
{
    char pdu[32];
    int64_t message;
    struct inbox_place place;
    snprintf(pdu, sizeof(pdu), "07%08d", p->heard++);
    struct inbox_part in = {.line = p->line,
                            .sender = SCRIPT_NUMBER,
                            .scts = p->now,
                            .pdu = pdu,
                            .total = 1,
                            .seq = 1,
                            .received = p->now};
    int err = store_begin(p->s);
    if (err == 0)
        err = inbox_part_add(p->s, &in, &place);
    assert(err < 0 || err == 1);
    struct inbox_text text = {
        .line = p->line, .sender = SCRIPT_NUMBER, .text = "in", .part = place.part, .at = p->now};
    if (err == 1)
        err = inbox_text_show(p->s, &text, &message);
    if (err >= 0)
        err = store_commit(p->s);
    store_rollback(p->s);
    return err;
}

static int script_call(struct script *p, const char *word)
{
    struct call_new call = {.line = p->line, .number = SCRIPT_NUMBER, .started = p->now};
    int err = calls_start(p->s, &call, &p->call);
    if (err < 0 || strcmp(word, "ring") == 0)
        return err;
    p->now.s++;
    bool missed = strcmp(word, "miss") == 0;
    return calls_end(p->s, p->call, missed ? CALL_STATE_MISSED : CALL_STATE_ANSWERED, true, 3,
                     p->now);
}

static int script_due(struct script *p)
{
    struct wall due;
    char words[32] = "never";
    int err = outbox_next_due(p->s, p->line, p->limits, p->now, &due);
    if (err == 0 && due.s != INT64_MAX)
        snprintf(words, sizeof(words), "%+" PRId64, due.s - p->now.s);
    if (err == 0)
        script_print(p, words);
    return err;
}

static int script_quiet(struct script *p, bool stop)
{
    struct sql q =
        stop ? sql(p->s, "INSERT INTO opt_out VALUES ('" SCRIPT_NUMBER "', 'import', 1)")
             : sql(p->s, "UPDATE contact SET blocked = 1 WHERE number = '" SCRIPT_NUMBER "'");
    return sql_run(&q);
}

static int script_cancel(struct script *p, int64_t message)
{
    int err = outbox_cancel(p->s, message, "changed my mind", p->now);
    if (err == -EALREADY || err == -ENOENT)
        script_print(p, err == -EALREADY ? "too-late" : "none");
    return err == -EALREADY || err == -ENOENT ? 0 : err;
}

/* Does one word; `n` and `how` are what follows its colons. */
static int script_word(struct script *p, const char *word, int64_t n, char how)
{
    static const char *const fates[] = {"sent", "fail", "retry", "unk", "restart"};
    struct wall until = {n ? p->now.s + n : INT64_MAX};
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
        if (strcmp(word, fates[i]) == 0)
            return script_fate(p, word, n);
    if (strcmp(word, "auto") == 0 || strcmp(word, "man") == 0 || strcmp(word, "conf") == 0 ||
        strcmp(word, "own") == 0 || strcmp(word, "lead") == 0 || strcmp(word, "nudge") == 0)
        return script_add(p, word, n);
    if (strcmp(word, "miss") == 0 || strcmp(word, "answer") == 0 || strcmp(word, "ring") == 0)
        return script_call(p, word);
    if (strcmp(word, "take") == 0)
        return script_take(p);
    if (strcmp(word, "rep") == 0)
        return script_report(p, n, how);
    if (strcmp(word, "smsc") == 0) {
        p->stamp.s = p->start + n;
        return 0;
    }
    if (strcmp(word, "in") == 0)
        return script_hear(p);
    if (strcmp(word, "due") == 0)
        return script_due(p);
    if (strcmp(word, "stop") == 0)
        return optout_add(p->s, SCRIPT_NUMBER, "text", p->now);
    if (strcmp(word, "start") == 0)
        return optout_remove(p->s, SCRIPT_NUMBER, "text", p->now);
    if (strcmp(word, "quietstop") == 0 || strcmp(word, "quietblock") == 0)
        return script_quiet(p, strcmp(word, "quietstop") == 0);
    if (strcmp(word, "block") == 0 || strcmp(word, "unblock") == 0)
        return person_block(p->s, SCRIPT_NUMBER, word[0] == 'b', p->now);
    if (strcmp(word, "pause") == 0 || strcmp(word, "hard") == 0)
        return pause_set(p->s, until, word[0] == 'h', p->now);
    if (strcmp(word, "resume") == 0)
        return pause_set(p->s, (struct wall){0}, false, p->now);
    if (strcmp(word, "cancel") == 0)
        return script_cancel(p, n);
    assert(strcmp(word, "step") == 0);
    struct wall since = {p->start}, from = p->now;
    p->start += n;
    p->now.s += n;
    return store_clock_stepped(p->s, since, from, n);
}

/* Begins at `start`, on a new database at `path`. */
static void script_open(struct script *p, const char *path, int64_t start)
{
    char error[STORE_ERROR_MAX];
    *p = (struct script){.start = start, .now = {start}};
    if (store_open(path, STORE_CREATE, &p->s, error) < 0 ||
        store_line(p->s, "main", &p->line) < 0) {
        printf("Bail out! %s\n", error);
        abort();
    }
}

/* Returns 0, or the first error of a word. */
__attribute__((unused)) static int script_run(struct script *p, const char *words)
{
    int err = 0;
    while (*words && err >= 0) {
        char word[16] = "", how = 0;
        int64_t n = 0;
        int used = 0;
        if (sscanf(words, " +%" SCNd64 "%n", &n, &used) == 1)
            p->now.s += n;
        else if (sscanf(words, " %15[a-z]:%" SCNd64 ":%c%n", word, &n, &how, &used) == 3 ||
                 sscanf(words, " %15[a-z]:%" SCNd64 "%n", word, &n, &used) == 2 ||
                 sscanf(words, " %15[a-z]%n", word, &used) == 1)
            err = script_word(p, word, n, how);
        assert(used > 0);
        words += used;
    }
    return err < 0 ? err : 0;
}

/* Prints ";" and the state of each text out, oldest first. */
__attribute__((unused)) static void script_states(struct script *p)
{
    struct store_rows *rows = NULL;
    struct thread_item item;
    int64_t thread;
    script_print(p, ";");
    if (thread_find_number(p->s, SCRIPT_NUMBER, &thread) < 0 ||
        thread_items(p->s, thread, 100, &rows) < 0)
        return;
    while (thread_item_next(rows, &item) == 1) {
        char words[32];
        if (item.is_call || item.message.incoming)
            continue;
        snprintf(words, sizeof(words), "%s%s", message_state_name(item.message.state),
                 item.message.resent ? "*" : "");
        script_print(p, words);
    }
    store_rows_free(rows);
}

__attribute__((unused)) static int64_t script_count(struct store *s, const char *query)
{
    int64_t n = -1;
    struct sql q = sql(s, query);
    sql_get_i64(&q, &n);
    return n;
}

/* What must hold however little of a day has happened. Returns NULL, or what is broken. */
__attribute__((unused)) static const char *script_broken(struct store *s)
{
    static const struct {
        const char *what, *query; /* counts what must not be */
    } rules[] = {
        {"a text without its parts",
         "SELECT count(*) FROM message m WHERE direction = 'out' AND parts <>"
         " (SELECT count(*) FROM part WHERE message = m.id)"},
        {"a received text without its parts",
         "SELECT count(*) FROM message m WHERE direction = 'in' AND parts <>"
         " (SELECT count(*) FROM inbound_part WHERE message = m.id)"},
        {"two texts for one call", "SELECT count(*) FROM (SELECT call FROM message WHERE cause ="
                                   " 'missed_call' GROUP BY call HAVING count(*) > 1)"},
        {"a thread that counts wrong",
         "SELECT count(*) FROM contact c WHERE"
         " calls <> (SELECT count(*) FROM call WHERE contact = c.id) OR"
         " messages <> (SELECT count(*) FROM message WHERE contact = c.id)"},
        {"a text without its event",
         "SELECT (SELECT count(*) FROM message) <>"
         " (SELECT count(*) FROM event WHERE type IN ('message.queued','message.received'))"},
        {"a text that was taken and lost its part",
         "SELECT count(*) FROM message m WHERE state = 'sending' AND NOT EXISTS"
         " (SELECT 1 FROM part WHERE message = m.id AND state IN ('sending','queued'))"},
        {"a text that waits for somebody who opted out",
         "SELECT count(*) FROM part p JOIN message m ON m.id = p.message JOIN contact c"
         " ON c.id = m.contact JOIN opt_out o ON o.number = c.number"
         " WHERE p.next IS NOT NULL AND m.cause <> 'opt_out'"},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (script_count(s, rules[i].query) != 0)
            return rules[i].what;
    return NULL;
}
