#include "cli/waits.h"
#include "base/text.h"
#include "cli/query.h"
#include "service/service.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SILENT_MS 5000 /* longer than a modem thinks about a text */

/* Returns whether the daemon's answer is JSON, and an object. */
static bool is_object(const struct waits *w)
{
    sqlite3_stmt *type =
        query_json(w->daemon, "SELECT json_valid(?1) AND json_type(?1) = 'object'");
    bool object = type && sqlite3_step(type) == SQLITE_ROW && sqlite3_column_int(type, 0);
    query_end(type);
    return object;
}

/* Which text each line is sending. */
static int read_sending(const struct cli *cli, struct waits *w)
{
    struct store_rows *rows;
    struct message_row message;
    int err = outbox_list(cli->store, cli->out.now.wall, CLI_LIST_MAX, &rows);
    if (err)
        return err;
    while (w->sending_count < CONFIG_LINES_MAX && (err = message_next(rows, &message)) > 0) {
        struct waits_sending *sending = &w->sending[w->sending_count];
        if (message.state == MESSAGE_SENDING &&
            text_copy(sending->line, sizeof(sending->line), message.line) == 0) {
            sending->message = message.id;
            w->sending_count++;
        }
    }
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

int waits_read(const struct cli *cli, struct waits *ret)
{
    *ret = (struct waits){0};
    ret->trouble =
        control_ask(cli->config->control_socket, "status", ret->daemon, sizeof(ret->daemon));
    if (ret->trouble == 0 && !is_object(ret))
        ret->trouble = -EPROTO;
    if (ret->trouble)
        text_copy(ret->daemon, sizeof(ret->daemon), "{}");
    int err = read_sending(cli, ret);
    return err ? err : pause_get(cli->store, cli->out.now.wall, &ret->pause);
}

int waits_read_text(const struct cli *cli, int64_t id, struct waits *ret,
                    struct message_row *ret_message)
{
    int err = waits_read(cli, ret);
    return err ? err : message_get(cli->store, id, ret_message);
}

/* Returns whether no line of this name is there any more, neither in the configuration nor in the
 * daemon, which may not have read it again yet: what was queued for it goes by no other. */
static bool is_gone(const struct cli *cli, const struct waits *w, const char *line)
{
    if (!cli->configured || config_line_named(cli->config, line))
        return false;
    sqlite3_stmt *has = query_json(w->daemon, "SELECT 1 FROM json_each(?1, '$.lines')"
                                              " WHERE value ->> '$.name' = ?2");
    bool gone = has && sqlite3_bind_text(has, 2, line, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(has) == SQLITE_DONE;
    query_end(has);
    return gone;
}

/* "main is not ready: registering, the SIM is not known there" */
static void add_line(struct text *why, const struct waits *w, const char *line)
{
    sqlite3_stmt *state =
        query_json(w->daemon, "SELECT format('line %s is not ready: %s%s', ?2, value ->> '$.state',"
                              " coalesce(', ' || nullif(value ->> '$.cause', ''), ''))"
                              " FROM json_each(?1, '$.lines')"
                              " WHERE value ->> '$.name' = ?2 AND value ->> '$.state' <> 'ready'");
    if (state && sqlite3_bind_text(state, 2, line, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(state) == SQLITE_ROW && sqlite3_column_text(state, 0))
        text_add(why, (const char *)sqlite3_column_text(state, 0));
    query_end(state);
}

/* How long the modem of a line has said nothing; 0 where that is not known. */
static int64_t silence_ms(const struct waits *w, const char *line)
{
    int64_t ms = 0;
    sqlite3_stmt *heard =
        query_json(w->daemon, "SELECT value ->> '$.heard_ms' FROM json_each(?1, '$.lines')"
                              " WHERE value ->> '$.name' = ?2");
    if (heard && sqlite3_bind_text(heard, 2, line, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(heard) == SQLITE_ROW)
        ms = sqlite3_column_int64(heard, 0);
    query_end(heard);
    return ms;
}

/* "its modem has been silent for 45 s", where that is longer than one thinks about a text */
static void add_silence(struct text *why, const struct waits *w, const char *line)
{
    char silent[OUTPUT_TIME_SIZE];
    int64_t ms = silence_ms(w, line);
    output_duration(ms / 1000, silent);
    if (ms >= SILENT_MS)
        text_addf(why, "%sits modem has been silent for %s", why->len > 0 ? "; " : "", silent);
}

/* "m7 is being sent first": a modem sends one text at a time. */
static void add_sending(struct text *why, const struct waits *w, const char *line)
{
    for (size_t i = 0; i < w->sending_count; i++) {
        if (strcmp(w->sending[i].line, line) != 0)
            continue;
        text_addf(why, "m%" PRId64 " is being sent first", w->sending[i].message);
        add_silence(why, w, line);
    }
}

/* "limits.per_hour, until 14:05" */
static void add_limit(struct text *why, const struct cli *cli, const struct message_row *message)
{
    struct store_limits limits = service_limits(&cli->config->policy);
    struct wall now = cli->out.now.wall;
    struct limits_gate gate;
    int64_t line;
    char when[OUTPUT_TIME_SIZE];
    bool owner = message_urgency(message->cause) >= URGENCY_OWNER;
    if (store_line(cli->store, message->line, &line) != 0 ||
        (owner ? limits_gate_owner(cli->store, line, &limits, now, &gate)
               : limits_gate(cli->store, line, &limits, now, &gate)) != 0 ||
        !gate.key)
        return;
    output_time(&cli->out, gate.open, when);
    text_addf(why, "%s%s, until %s%s", owner ? "the owner's part of " : "", gate.key, when,
              strcmp(gate.key, "breaker.burst") == 0 ? " (textback resume)" : "");
}

/* "follow_up.window opens Tue 09:00" */
static void add_window(struct text *why, const struct cli *cli)
{
    const struct policy_config *policy = &cli->config->policy;
    struct wall now = cli->out.now.wall, open, end;
    char when[OUTPUT_TIME_SIZE];
    if (!wall_plausible(now)) {
        text_add(why, "the clock is not set");
    } else if (cli->configured && !follow_up_open(policy, now, &end)) {
        bool some = follow_up_next(policy, now, &open);
        output_time(&cli->out, some ? open : (struct wall){0}, when);
        text_addf(why, "follow_up.window %s%s", some ? "opens " : "never opens", when);
    }
}

/* "automatic texts are paused until 16:00 (textback resume)" */
static void add_pause(struct text *why, const struct cli *cli, const struct pause *pause)
{
    char when[OUTPUT_TIME_SIZE] = "";
    if (pause->until.s != INT64_MAX)
        output_time(&cli->out, pause->until, when);
    text_addf(why, "%s are paused%s%s (textback resume)",
              pause->hard ? "all texts" : "automatic texts", when[0] ? " until " : "", when);
}

/* "not due until 16:00"; "tried again at 16:00" where it failed before */
static void add_due(struct text *why, const struct cli *cli, const struct message_row *message,
                    struct wall due)
{
    char when[OUTPUT_TIME_SIZE];
    output_time(&cli->out, due, when);
    if (message->state == MESSAGE_UNKNOWN)
        text_addf(why, "sent again at %s unless a report comes", when);
    else
        text_addf(why, "%s %s", message->error ? "tried again at" : "not due until", when);
}

/* What holds up a text that has been due for `due_s`, besides the daemon. */
static void add_obstacle(struct text *why, const struct cli *cli, const struct waits *w,
                         const struct message_row *message, int64_t due_s)
{
    bool automatic = message_urgency(message->cause) >= URGENCY_AUTOMATIC;
    add_line(why, w, message->line);
    if (why->len == 0)
        add_sending(why, w, message->line);
    if (why->len == 0 && message->cause == CAUSE_FOLLOW_UP)
        add_window(why, cli);
    if (why->len == 0 && automatic)
        add_limit(why, cli, message);
    if (why->len == 0 && due_s * 1000 >= SILENT_MS) /* it does not say what became of the last */
        add_silence(why, w, message->line);
}

/* Returns whether something of a text is still to be sent. */
static bool is_to_leave(const struct message_row *message, const struct outbox_times *times)
{
    if (message->state == MESSAGE_UNKNOWN)
        return times->next.s && (!times->expires.s || times->next.s <= times->expires.s);
    return message->state == MESSAGE_WAITING || message->state == MESSAGE_QUEUED;
}

void waits_why(const struct cli *cli, const struct waits *w, const struct message_row *message,
               char ret[WAITS_WHY_SIZE])
{
    bool owner = message_urgency(message->cause) >= URGENCY_OWNER;
    bool automatic = message_urgency(message->cause) >= URGENCY_AUTOMATIC && !owner;
    char when[OUTPUT_TIME_SIZE];
    struct outbox_times times;
    struct text why;
    text_init(&why, ret, WAITS_WHY_SIZE);
    if (message->state == MESSAGE_SENDING)
        add_silence(&why, w, message->line);
    if (outbox_times(cli->store, message->id, &times) != 0 || !is_to_leave(message, &times))
        return;
    struct wall due = message->state == MESSAGE_WAITING ? message->due : times.next;
    if (is_gone(cli, w, message->line)) {
        text_addf(&why, "the configuration has no line %s (textback queue cancel m%" PRId64 ")",
                  message->line, message->id);
        return; /* nor does it expire */
    }
    if (message->held)
        text_addf(&why, "held (textback queue release m%" PRId64 ")", message->id);
    else if (due.s > cli->out.now.wall.s)
        add_due(&why, cli, message, due);
    else if (w->pause.until.s && (w->pause.hard || automatic))
        add_pause(&why, cli, &w->pause);
    else if (w->trouble)
        text_add(&why, cli_daemon_trouble(w->trouble));
    else
        add_obstacle(&why, cli, w, message, cli->out.now.wall.s - due.s);
    if (why.len > 0 && times.expires.s && message->state != MESSAGE_UNKNOWN) {
        output_time(&cli->out, times.expires, when);
        text_addf(&why, "; expires %s", when);
    }
}

int waits_tell(const struct cli *cli, int64_t id, int asleep, bool due)
{
    struct message_row message;
    struct waits waits;
    char why[WAITS_WHY_SIZE];
    int err = waits_read_text(cli, id, &waits, &message);
    if (err)
        return err;
    if (!due)
        message.due = (struct wall){0};
    if (asleep)
        waits.trouble = asleep;
    waits_why(cli, &waits, &message, why);
    if (why[0])
        cli_note(cli, "queued; %s", why);
    return 0;
}
