#include "cli/show.h"
#include "base/text.h"
#include "cli/person.h"
#include "cli/table.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void key_id(struct json *j, const char *key, int64_t id)
{
    json_key(j, key);
    if (id)
        json_i64(j, id);
    else
        json_null(j);
}

static void begin(struct json *j, const char *kind, int64_t id)
{
    json_object(j);
    if (j->depth == 1) /* a document of its own: --follow */
        json_key_i64(j, "v", 1);
    if (kind)
        json_key_string(j, "kind", kind);
    key_id(j, "id", id);
}

void show_call_json(struct json *j, const char *kind, const struct call_row *call)
{
    begin(j, kind, call->id);
    json_key_string(j, "line", call->line);
    json_key_string(j, "number", call->number);
    json_key_string(j, "name", call->name);
    json_key_bool(j, "withheld", call->withheld);
    json_key_bool(j, "certain", call->certain);
    output_json_wall(j, "started_at", call->started);
    output_json_wall(j, "ended_at", call->ended);
    json_key_i64(j, "rings", call->rings);
    json_key_string(j, "outcome", call_state_name(call->outcome));
    json_key_string(j, "decision", call->decision);
    json_key_string(j, "reason", call->reason);
    key_id(j, "message", call->message);
    key_id(j, "thread", call->thread);
    json_key_string(j, "message_state", call->message_state);
    json_key_string(j, "message_error", call->message_error);
    json_object_end(j);
}

void show_message_json(struct json *j, const char *kind, const struct message_row *message)
{
    begin(j, kind, message->id);
    json_key_string(j, "line", message->line);
    key_id(j, "thread", message->thread);
    key_id(j, "call", message->call);
    json_key_string(j, "number", message->number);
    json_key_string(j, "name", message->name);
    json_key_string(j, "direction", message->incoming ? "in" : "out");
    json_key_string(j, "text", message->text);
    json_key_string(j, "cause", message_cause_name(message->cause));
    json_key_string(j, "state", message_state_name(message->state));
    json_key_i64(j, "parts", message->parts);
    json_key_bool(j, "resent", message->resent);
    output_json_wall(j, "created_at", message->created);
    output_json_wall(j, "due_at", message->due);
    output_json_wall(j, "sent_at", message->sent);
    output_json_wall(j, "delivered_at", message->delivered);
    json_key_string(j, "error", message->error);
    json_key_bool(j, "held", message->held);
    json_key_string(j, "owner", message->owner);
    key_id(j, "lead", message->lead);
    json_object_end(j);
}

/* The lines of a list, each as a string. */
static void json_lines(struct json *j, const char *lines)
{
    while (lines && *lines) {
        size_t len = strcspn(lines, "\n");
        json_span(j, lines, len);
        lines += len + (lines[len] == '\n');
    }
}

void show_lines_json(struct json *j, const char *key, const char *lines)
{
    json_key(j, key);
    json_array(j);
    json_lines(j, lines);
    json_array_end(j);
}

void show_thread_json(struct json *j, const struct thread_row *thread)
{
    begin(j, NULL, thread->id);
    json_key_string(j, "number", thread->number);
    json_key_string(j, "name", thread->name);
    json_key_string(j, "state", thread->state);
    json_key_i64(j, "unread", thread->unread);
    output_json_wall(j, "waiting_since", thread->waiting_since);
    json_key_bool(j, "opted_out", thread->opted_out);
    json_key_bool(j, "blocked", thread->blocked);
    show_lines_json(j, "labels", thread->labels);
    json_key_i64(j, "calls", thread->calls);
    json_key_i64(j, "messages", thread->messages);
    output_json_wall(j, "last_at", thread->last);
    json_key_string(j, "last_text", thread->last_text);
    output_json_wall(j, "snoozed_until", thread->snoozed_until);
    json_key(j, "numbers");
    json_array(j);
    json_string(j, thread->number);
    json_lines(j, thread->others);
    json_array_end(j);
    output_json_wall(j, "follow_up_at", thread->follow_up);
    json_key_string(j, "says", thread->says);
    json_object_end(j);
}

void show_note_json(struct json *j, const struct note_row *note)
{
    begin(j, "note", note->id);
    output_json_wall(j, "at", note->at);
    json_key_string(j, "text", note->text);
    json_object_end(j);
}

void show_follow_up_json(struct json *j, const struct follow_up_row *follow_up)
{
    begin(j, NULL, follow_up->id);
    json_key_string(j, "line", follow_up->line);
    key_id(j, "thread", follow_up->thread);
    json_key_string(j, "number", follow_up->number);
    json_key_string(j, "name", follow_up->name);
    key_id(j, "after", follow_up->message);
    json_key_i64(j, "nudge", follow_up->nudge + 1);
    output_json_wall(j, "due_at", follow_up->due);
    key_id(j, "message", follow_up->text);
    json_key_string(j, "reason", follow_up->reason);
    json_object_end(j);
}

void show_lead_json(struct json *j, const struct lead_row *lead)
{
    begin(j, NULL, lead->id);
    json_key_string(j, "line", lead->line);
    key_id(j, "thread", lead->thread);
    json_key_string(j, "number", lead->number);
    json_key_string(j, "name", lead->name);
    json_key_string(j, "text", lead->text);
    output_json_wall(j, "at", lead->at);
    json_key_bool(j, "consent", lead->consent);
    json_key_string(j, "consent_text", lead->consent_text);
    output_json_wall(j, "consented_at", lead->consented);
    json_key_string(j, "source", lead->source);
    json_key_string(j, "decision", lead->reason ? "no_text" : "text");
    json_key_string(j, "reason", lead->reason);
    key_id(j, "message", lead->answer);
    key_id(j, "received", lead->message);
    json_object_end(j);
}

int show_rules_json(struct json *j, struct store_rows *rows)
{
    struct call_rule rule;
    int err;
    json_key(j, "rules");
    json_array(j);
    while ((err = calls_rule_next(rows, &rule)) > 0) {
        json_object(j);
        json_key_string(j, "name", rule.name);
        json_key_string(j, "result", rule.stop ? "stop" : "pass");
        json_key_string(j, "detail", rule.detail);
        json_object_end(j);
    }
    json_array_end(j);
    store_rows_free(rows);
    return err;
}

int show_thread_document(struct cli *cli, int64_t thread)
{
    struct thread_row row;
    struct json j;
    int err = thread_get(cli->store, thread, &row);
    if (err)
        return cli_store_fail(cli, err);
    output_json_begin(&j);
    json_key(&j, "thread");
    show_thread_json(&j, &row);
    output_json_end(&j);
    return CLI_DONE;
}

int show_threads_document(struct cli *cli, const struct person *people, size_t count)
{
    struct thread_row row;
    struct json j;
    int err = 0;
    output_json_begin(&j);
    json_key(&j, "threads");
    json_array(&j);
    for (size_t i = 0; err == 0 && i < count; i++)
        if ((err = thread_get(cli->store, people[i].thread, &row)) == 0)
            show_thread_json(&j, &row);
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

void show_pause_json(struct json *j, const struct pause *pause)
{
    json_key(j, "paused");
    if (pause->until.s == 0) {
        json_null(j);
        return;
    }
    json_object(j);
    output_json_wall(j, "until", pause->until.s == INT64_MAX ? (struct wall){0} : pause->until);
    json_key_bool(j, "hard", pause->hard);
    json_object_end(j);
}

void show_change_json(const struct cli *cli, const char *number, const char *key, bool value,
                      bool changed)
{
    struct json j;
    output_json_begin(&j);
    json_key_string(&j, "number", number);
    json_key_bool(&j, key, value);
    json_key_bool(&j, "changed", changed);
    json_key_bool(&j, "dry_run", cli->dry_run);
    output_json_end(&j);
}

void show_table(struct cli *cli, struct table *t, const char *none)
{
    if (table_rows(t) > 0) {
        output_page(&cli->out);
        table_print(t, &cli->out);
    } else if (none) {
        cli_note(cli, "%s", none);
    }
    table_free(t);
}

const char *show_reason(const char *rule)
{
    static const struct {
        const char *rule, *words;
    } reasons[] = {
        {"answered", "answered"},
        {"withheld", "number withheld"},
        {"own_number", "your own number"},
        {"short_code", "takes no texts"},
        {"blocked", "blocked"},
        {"skip_list", "on the skip list"},
        {"country", "country not served"},
        {"premium", "premium number"},
        {"landline", "landline"},
        {"undeliverable", "cannot be reached by text"},
        {"audience", "not who you text"},
        {"quiet_hours", "quiet hours"},
        {"observe", "only observing"},
        {"opted_out", "opted out"},
        {"cooldown", "texted recently"},
        {"active_conversation", "you are talking"},
        {"loop_breaker", "stopped by the loop breaker"},
        {"caps", "enough texts this month"},
        {"too_old", "too long ago"},
        {"paused", "paused"},
        {"consent", "no consent"},
    };
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (strcmp(reasons[i].rule, rule) == 0)
            return reasons[i].words;
    }
    return rule;
}

const char *show_state(const struct output *out, enum message_state state)
{
    bool ticks = out->unicode;
    switch (state) {
    case MESSAGE_RECEIVED:
        return "received";
    case MESSAGE_WAITING:
        return "waiting";
    case MESSAGE_QUEUED:
        return "queued";
    case MESSAGE_SENDING:
        return "sending";
    case MESSAGE_SENT:
        return ticks ? "✓ sent" : "sent";
    case MESSAGE_DELIVERED:
        return ticks ? "✓✓ delivered" : "delivered";
    case MESSAGE_FAILED:
        return ticks ? "✗ failed" : "failed";
    case MESSAGE_UNKNOWN:
        return "? unknown";
    case MESSAGE_EXPIRED:
        return "expired";
    case MESSAGE_CANCELLED:
        return "cancelled";
    }
    return "?";
}

enum output_style show_state_style(enum message_state state)
{
    switch (state) {
    case MESSAGE_SENT:
    case MESSAGE_DELIVERED:
        return OUTPUT_GOOD;
    case MESSAGE_FAILED:
        return OUTPUT_BAD;
    case MESSAGE_UNKNOWN:
    case MESSAGE_EXPIRED:
        return OUTPUT_WARN;
    case MESSAGE_RECEIVED:
    case MESSAGE_WAITING:
    case MESSAGE_QUEUED:
    case MESSAGE_SENDING:
    case MESSAGE_CANCELLED:
        return OUTPUT_DIM;
    }
    return OUTPUT_PLAIN;
}

const char *show_cause(enum message_cause cause)
{
    switch (cause) {
    case CAUSE_OPT_OUT:
        return "opt-out";
    case CAUSE_MANUAL:
        return "you";
    case CAUSE_MISSED_CALL:
    case CAUSE_LEAD:
    case CAUSE_HELP:
    case CAUSE_FOLLOW_UP:
    case CAUSE_RELAY:
    case CAUSE_DIGEST:
        return "auto";
    case CAUSE_RECEIVED:
        return "them";
    }
    return "?";
}

const char *show_outcome(enum call_state outcome)
{
    switch (outcome) {
    case CALL_STATE_RINGING:
        return "ringing";
    case CALL_STATE_MISSED:
        return "missed";
    case CALL_STATE_ANSWERED:
        return "answered";
    case CALL_STATE_ANSWERED_ELSEWHERE:
        return "elsewhere";
    case CALL_STATE_REJECTED:
        return "declined";
    }
    return "?";
}

void show_who(const struct output *out, const char *name, const char *number,
              char ret[SHOW_WHO_SIZE])
{
    char national[OUTPUT_NUMBER_SIZE];
    struct text text;
    output_number(out, number, national);
    text_init(&text, ret, SHOW_WHO_SIZE);
    if (name)
        text_addf(&text, "%s (%s)", name, national);
    if (!name || !text_ok(&text)) {
        text_init(&text, ret, SHOW_WHO_SIZE);
        text_add(&text, national);
    }
}

const char *show_name(const struct thread_row *thread, char ret[SHOW_NAME_SIZE])
{
    if (thread->name || !thread->says)
        return thread->name;
    int len = snprintf(ret, SHOW_NAME_SIZE, "~%s", thread->says);
    return len < SHOW_NAME_SIZE ? ret : NULL;
}

void show_who_of(const struct output *out, const struct thread_row *thread, char ret[SHOW_WHO_SIZE])
{
    char name[SHOW_NAME_SIZE];
    show_who(out, show_name(thread, name), thread->number, ret);
}

void show_person(const struct cli *cli, int64_t thread, char ret[SHOW_WHO_SIZE])
{
    struct thread_row row;
    if (thread_get(cli->store, thread, &row))
        snprintf(ret, SHOW_WHO_SIZE, "thread %" PRId64, thread);
    else
        show_who_of(&cli->out, &row, ret);
}
