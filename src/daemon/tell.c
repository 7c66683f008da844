#include "tell.h"
#include "base/json.h"
#include "io/log.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *outcome_word(enum call_outcome outcome)
{
    switch (outcome) {
    case CALL_MISSED:
        return "missed";
    case CALL_ANSWERED:
        return "answered";
    case CALL_ANSWERED_ELSEWHERE:
        return "answered elsewhere";
    case CALL_REJECTED:
        return "declined";
    }
    return "?";
}

static void tell_send(const char *line, const struct service_note *note)
{
    char why[AT_ERROR_TEXT_SIZE];
    switch (note->send) {
    case MODEM_SEND_OK:
        log_info("%s: sent, TP-MR %u", line, note->mr);
        break;
    case MODEM_SEND_FAILED:
        at_error_str(&note->error, why);
        log_warning("%s: not sent: %s", line, why);
        break;
    case MODEM_SEND_UNKNOWN:
        log_warning("%s: no answer after the text: its delivery report will tell", line);
        break;
    }
}

static void tell_note(const char *line, const struct service_note *note)
{
    const char *who = note->number[0] ? log_number(note->number) : "a withheld number";
    switch (note->type) {
    case SERVICE_NOTE_STATE:
        log_info("%s: modem %s", line, note->detail);
        break;
    case SERVICE_NOTE_RINGING:
        log_info("%s: call from %s", line, who);
        break;
    case SERVICE_NOTE_CALL:
        log_info("%s: call from %s %s", line, who, outcome_word(note->outcome));
        break;
    case SERVICE_NOTE_DECISION:
        if (note->message)
            log_info("%s: c%" PRId64 " %s: text m%" PRId64, line, note->call, who, note->message);
        else
            log_info("%s: c%" PRId64 " %s: %s", line, note->call, who, note->detail);
        break;
    case SERVICE_NOTE_FOLLOW_UP:
        if (note->message)
            log_info("%s: %s: follow-up m%" PRId64, line, who, note->message);
        else
            log_info("%s: %s: no follow-up: %s", line, who, note->detail);
        break;
    case SERVICE_NOTE_SEND:
        tell_send(line, note);
        break;
    case SERVICE_NOTE_RECEIVED:
        log_info("%s: text m%" PRId64 " from %s", line, note->message, who);
        break;
    case SERVICE_NOTE_REPORT:
        log_info("%s: report for TP-MR %u: status %u", line, note->mr, note->status);
        break;
    case SERVICE_NOTE_OPT_OUT:
        log_info("%s: %s opted %s", line, who, note->detail);
        break;
    case SERVICE_NOTE_OWNER:
        log_info("%s: from the owner's phone %s: %s", line, who, note->detail);
        break;
    case SERVICE_NOTE_PROBLEM:
        if (note->number[0])
            log_error("%s: %s: %s", line, who, note->detail);
        else
            log_error("%s: %s", line, note->detail);
        break;
    }
}

void tell_notes(struct port *p)
{
    struct service_note note;
    while (service_next_note(p->service, &note))
        tell_note(p->line.name, &note);
}

void tell_answer(const char *lines, char *buf, size_t cap)
{
    struct text sink;
    struct json json;
    text_init(&sink, buf, cap);
    json_init(&json, json_put_text, &sink);
    json_object(&json);
    json_key_i64(&json, "v", 1);
    json_key(&json, "lines");
    json_array(&json);
    for (const char *end; (end = strchr(lines, '\n')) != NULL && end[1]; lines = end + 1)
        json_span(&json, lines, (size_t)(end - lines));
    json_array_end(&json);
    json_key(&json, "result");
    json_span(&json, lines, strcspn(lines, "\n"));
    json_object_end(&json);
    if (!text_ok(&sink))
        text_copy(buf, cap, "error: the answer is too long");
}

/* The wall time of an earlier instant; null where there is none. */
static void tell_when(struct json *json, const char *key, struct now now, struct mono then)
{
    char text[TIME_RFC3339_SIZE];
    struct wall wall = {now.wall.s - (now.mono.ms - then.ms) / 1000};
    if (then.ms != 0)
        wall_rfc3339(wall, text);
    json_key_string(json, key, then.ms != 0 ? text : NULL);
}

/* What is done to bring the modem back: null where nothing is. */
static void tell_recovery(struct json *json, struct now now, const struct modem_info *info)
{
    json_key(json, "recovery");
    if (!info->step[0]) {
        json_null(json);
        return;
    }
    json_object(json);
    json_key_string(json, "step", info->step);
    json_key_string(json, "cause", info->why);
    tell_when(json, "since", now, info->step_at);
    json_object_end(json);
}

static void tell_line(struct json *json, const struct port *p, struct now now)
{
    struct modem_info info;
    service_info(p->service, &info);
    json_object(json);
    json_key_string(json, "name", p->line.name);
    json_key_string(json, "state", modem_state_name(info.state));
    json_key_string(json, "cause",
                    p->serial                         ? info.cause
                    : p->wants_search && !p->cause[0] ? "looking for the modem"
                                                      : p->cause);
    json_key_string(json, "device", p->path[0] ? p->path : p->line.device);
    json_key_string(json, "model", info.model);
    json_key_string(json, "imei", info.imei);
    json_key_string(json, "operator", info.operator_name);
    json_key_bool(json, "registered", info.registered);
    json_key_bool(json, "roaming", info.roaming);
    json_key(json, "signal_dbm");
    if (info.signal_dbm)
        json_i64(json, info.signal_dbm);
    else
        json_null(json);
    json_key_i64(json, "resets", info.resets);
    json_key_i64(json, "restarts", info.restarts);
    tell_when(json, "since", now, info.since);
    tell_recovery(json, now, &info);
    json_key(json, "heard_ms");
    if (p->serial)
        json_i64(json, now.mono.ms - info.heard.ms);
    else
        json_null(json);
    json_object_end(json);
}

void tell_status(struct port *const *ports, size_t count, struct now now, char *buf, size_t cap)
{
    struct text sink;
    struct json json;
    text_init(&sink, buf, cap);
    json_init(&json, json_put_text, &sink);
    json_object(&json);
    json_key_i64(&json, "v", 1);
    json_key_bool(&json, "running", true);
    json_key(&json, "lines");
    json_array(&json);
    for (size_t i = 0; i < count; i++)
        tell_line(&json, ports[i], now);
    json_array_end(&json);
    json_object_end(&json);
    if (!text_ok(&sink))
        text_copy(buf, cap, "error: the status is too long");
}
