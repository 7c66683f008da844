#include "play/player.h"
#include "sms/compose.h"
#include "store/outbox.h"
#include "tap.h"
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define ANSWER_MS 5    /* from a command to its answer */
#define SETTLE_MS 6000 /* from ready to the start of the file's clock */
#define READY_MAX_MS 600000
#define QUIET_MS 110000 /* nothing may be sent after Ctrl-Z */
#define STEPS_MAX 100000
#define URC "\r\n^RSSI:19\r\n"
#define NOISE "\xFF\xE5\x00"
#define REBOOT "\r\nRDY\r\n\r\n+CPIN: READY\r\n"
#define REBOOT_MS 60000 /* what came of it is there by then */

void player_fail(struct player *p, const char *problem)
{
    if (!p->problem) {
        p->problem = problem;
        tap_diag("%s: @ %" PRId64 " ms: %s", p->script->path, p->now.mono.ms - p->zero_ms, problem);
    }
}

/* next: the modem's side */

static bool matches(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return matches(pattern + 1, text) || (*text && matches(pattern, text + 1));
    return *pattern == *text && (*text == '\0' || matches(pattern + 1, text + 1));
}

/* Finds the answer of the file: exact text before "*"; of several the first after the last match,
 * then the latest one that was used, then any. */
static struct item *find_answer(struct player *p, const char *command)
{
    int64_t at_ms = p->started ? p->now.mono.ms - p->zero_ms : 0;

    for (int exact = 1; exact >= 0; exact--) {
        struct item *after = NULL, *used = NULL, *any = NULL;
        for (size_t i = 0; i < p->script->count; i++) {
            struct item *item = &p->script->item[i];
            if (item->kind != ITEM_ANSWER || item->at_ms > at_ms)
                continue;
            if (exact ? strcmp(item->command, command) != 0 : !matches(item->command, command))
                continue;
            if (!after && i + 1 > p->last)
                after = item;
            if (item->used)
                used = item;
            if (!any)
                any = item;
        }
        if (after || used || any)
            return after ? after : used ? used : any;
    }
    return NULL;
}

static void start_clock(struct player *p)
{
    p->started = true;
    p->zero_ms = p->now.mono.ms;
}

static void answer(struct player *p, const char *text, size_t len)
{
    assert(len <= sizeof(p->pending) - p->pending_len);
    memcpy(p->pending + p->pending_len, text, len);
    p->pending_len += len;
    p->pending_ms = p->now.mono.ms + ANSWER_MS;
}

static void answer_default(struct player *p, const char *command)
{
    bool refused = strncmp(command, "AT+CMGR", 7) == 0 || strncmp(command, "AT+CMGL", 7) == 0 ||
                   (strcmp(command, "AT+CLCC") == 0 && !p->script->lists_calls);
    const char *text = refused ? "\r\nERROR\r\n" : "\r\nOK\r\n";

    if (command[0] != '\x1b')
        answer(p, text, strlen(text));
}

bool player_rebooted(const struct player *p)
{
    return p->fault == FAULT_REBOOT && p->chunks > p->reboot_after;
}

/* One command, payload or ESC of the host is complete. */
static void take_unit(struct player *p)
{
    const char *unit = p->unit;
    size_t len = p->unit_len;
    struct item *item = NULL;

    p->unit[len] = '\0';
    p->unit_len = 0;
    if (len == 0)
        return;
    if (p->fault == FAULT_ECHO && unit[0] != '\x1b') {
        answer(p, unit, len);
        if (unit[len - 1] != '\x1a')
            answer(p, "\r", 1);
    }
    if (p->now.mono.ms < p->quiet_until_ms)
        player_fail(p, "sent something between Ctrl-Z and the result");
    if (!p->started && p->script->from_command && matches(p->script->item[0].command, unit))
        start_clock(p);
    if (p->started &&
        !(player_rebooted(p) && strcmp(unit, "AT+CLCC") == 0)) /* no call outlives that */
        item = find_answer(p, unit);
    if (unit[len - 1] == '\x1a')
        p->quiet_until_ms = p->now.mono.ms + QUIET_MS;
    if (!item) {
        answer_default(p, unit);
        return;
    }
    item->used = true;
    p->last = (size_t)(item - p->script->item) + 1;
    answer(p, item->text, item->len);
}

static void take_output(struct player *p)
{
    size_t len;
    const uint8_t *bytes;

    while (bytes = service_output(p->service, &len), len > 0) {
        char c = (char)bytes[0];
        service_written(p->service, 1);
        if (c == '\r') {
            take_unit(p);
            continue;
        }
        assert(p->unit_len + 1 < PLAYER_UNIT_SIZE);
        p->unit[p->unit_len++] = c;
        if (c == '\x1a' || c == '\x1b')
            take_unit(p);
    }
}

/* next: what the service made of it */

static void add_verdict(struct player *p, const char *text)
{
    struct verdict *v;

    if (p->verdict_count == PLAYER_VERDICTS_MAX) {
        player_fail(p, "too many verdicts");
        return;
    }
    v = &p->verdict[p->verdict_count++];
    v->at_ms = p->started ? p->now.mono.ms - p->zero_ms : 0;
    snprintf(v->text, sizeof(v->text), "%s", text);
    if (p->loud)
        printf("%s: @ %" PRId64 ".%03" PRId64 " %s\n", p->script->path, v->at_ms / 1000,
               v->at_ms % 1000, text);
}

static void note_call(struct player *p, const struct service_note *note)
{
    char text[TRANSCRIPT_RESULT_SIZE];

    switch (note->outcome) {
    case CALL_MISSED:
        if (note->number[0])
            snprintf(text, sizeof(text), "missed %s", note->number);
        else
            snprintf(text, sizeof(text), "withheld");
        add_verdict(p, text);
        break;
    case CALL_ANSWERED:
        add_verdict(p, "answered");
        break;
    case CALL_ANSWERED_ELSEWHERE:
        add_verdict(p, "answered elsewhere");
        break;
    case CALL_REJECTED:
        add_verdict(p, "rejected");
        break;
    }
}

static void note_received(struct player *p, const struct service_note *note)
{
    struct message_row row;
    char text[TRANSCRIPT_RESULT_SIZE];

    if (message_get(p->store, note->message, &row) != 0) {
        player_fail(p, "a received text is not in the store");
        return;
    }
    snprintf(text, sizeof(text), "sms from %s \"%.800s\"", row.number, row.text);
    add_verdict(p, text);
}

static void note_send(struct player *p, const struct service_note *note)
{
    static const char *const kinds[] = {
        [AT_ERROR_NONE] = "",   [AT_ERROR_PLAIN] = "error",     [AT_ERROR_CME] = "cme",
        [AT_ERROR_CMS] = "cms", [AT_ERROR_TIMEOUT] = "timeout", [AT_ERROR_LOST] = "lost"};
    if (p->send[0])
        return; /* a second try is not what the file tells of */
    switch (note->send) {
    case MODEM_SEND_OK:
        snprintf(p->send, sizeof(p->send), "ok mr=%d", note->mr);
        break;
    case MODEM_SEND_FAILED:
        snprintf(p->send, sizeof(p->send), "failed %s", kinds[note->error.kind]);
        if (note->error.code != AT_CODE_NONE && note->error.kind >= AT_ERROR_CME)
            snprintf(p->send, sizeof(p->send), "failed %s %d", kinds[note->error.kind],
                     note->error.code);
        break;
    case MODEM_SEND_UNKNOWN:
        snprintf(p->send, sizeof(p->send), "unknown");
        break;
    }
    if (p->loud)
        printf("%s: send: %s\n", p->script->path, p->send);
}

static void take_notes(struct player *p)
{
    struct service_note note;

    while (service_next_note(p->service, &note)) {
        switch (note.type) {
        case SERVICE_NOTE_CALL:
            note_call(p, &note);
            break;
        case SERVICE_NOTE_RECEIVED:
            note_received(p, &note);
            break;
        case SERVICE_NOTE_SEND:
            note_send(p, &note);
            break;
        case SERVICE_NOTE_REPORT:
            snprintf(p->report, sizeof(p->report), "mr=%d st=%d to %s", note.mr, note.status,
                     note.number);
            if (p->loud)
                printf("%s: report: %s\n", p->script->path, p->report);
            break;
        case SERVICE_NOTE_PROBLEM:
            player_fail(p, note.detail);
            break;
        case SERVICE_NOTE_STATE:
        case SERVICE_NOTE_RINGING:
        case SERVICE_NOTE_FOLLOW_UP:
        case SERVICE_NOTE_DECISION:
        case SERVICE_NOTE_OPT_OUT:
        case SERVICE_NOTE_OWNER:
            break;
        }
    }
}

/* next: the loop */

static size_t piece(struct player *p, size_t len)
{
    if (p->seed == 0)
        return len;
    if (p->seed == PLAYER_BYTES_SEED)
        return 1;
    p->random = p->random * 1664525 + 1013904223;
    return 1 + (p->random >> 16) % len;
}

static void settle(struct player *p)
{
    take_output(p);
    take_notes(p);
}

static void feed_bytes(struct player *p, const char *bytes, size_t len)
{
    if (memmem(bytes, len, "+CMGS:", 6) || memmem(bytes, len, "ERROR", 5))
        p->quiet_until_ms = 0;
    while (len > 0) {
        size_t n = piece(p, len);
        service_feed(p->service, p->now, (const uint8_t *)bytes, n);
        settle(p);
        bytes += n;
        len -= n;
    }
}

/* A header and its PDU are one: no modem was seen to put anything between them. */
static bool takes_pdu(const char *line, size_t len)
{
    static const char *const headers[] = {"+CMGR:", "+CMGL:", "+CMT:", "+CDS:"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (memmem(line, len, headers[i], strlen(headers[i])))
            return true;
    return false;
}

static bool is_blank(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    return len == 0;
}

/* What the modem says reaches the host with the fault in it. */
static void feed(struct player *p, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end && p->fault != FAULT_NONE ? (size_t)(end - bytes) + 1 : len;
        if (p->fault == FAULT_NOISE && !p->pdu_follows && is_blank(bytes, n))
            feed_bytes(p, NOISE, sizeof(NOISE) - 1);
        feed_bytes(p, bytes, n);
        if (!is_blank(bytes, n))
            p->pdu_follows = takes_pdu(bytes, n);
        if (p->fault == FAULT_URC && end && !p->pdu_follows && !is_blank(bytes, n))
            feed_bytes(p, URC, sizeof(URC) - 1);
        bytes += n;
        len -= n;
    }
    p->chunks += p->started;
}

static void queue_text(struct player *p)
{
    static struct compose compose;
    static const struct compose_options options = {
        .to = "+447700900202", .unicode = COMPOSE_FOLD, .report = true, .max_parts = 1};
    struct outbox_pdu pdu;
    struct outbox_new text = {.number = options.to,
                              .text = "On our way",
                              .cause = CAUSE_MANUAL,
                              .created = p->now.wall,
                              .due = p->now.wall,
                              .pdus = &pdu,
                              .pdu_count = 1};
    char hex[PDU_HEX_MAX + 1];
    size_t octets;
    int64_t id;

    p->text_queued = true;
    if (compose_text(&compose, text.text, &options) != COMPOSE_OK) {
        player_fail(p, "cannot compose a text");
        return;
    }
    compose_part(&compose, 0, hex, &octets);
    pdu = (struct outbox_pdu){.hex = hex, .tpdu_octets = (int)octets};
    if (store_line(p->store, "main", &text.line) != 0 || store_begin(p->store) != 0 ||
        outbox_add(p->store, &text, &id) != 0 || store_commit(p->store) != 0)
        player_fail(p, store_error(p->store));
    service_turn(p->service, p->now, true);
    settle(p);
}

static struct item *next_bytes(struct player *p)
{
    while (p->next < p->script->count && p->script->item[p->next].kind != ITEM_BYTES)
        p->next++;
    return p->next < p->script->count ? &p->script->item[p->next] : NULL;
}

/* The next instant at which something happens. */
static int64_t next_instant(struct player *p, int64_t until_ms)
{
    int64_t at = service_deadline(p->service).ms;
    struct item *item = next_bytes(p);

    if (p->pending_len > 0 && p->pending_ms < at)
        at = p->pending_ms;
    if (p->started && item && item->at_ms + p->zero_ms < at)
        at = item->at_ms + p->zero_ms;
    if (until_ms < at)
        at = until_ms;
    if (service_deadline(p->service).ms <= p->now.mono.ms)
        player_fail(p, "a deadline that has passed is not acted on");
    return at > p->now.mono.ms ? at : p->now.mono.ms;
}

static void move_clock(struct player *p, int64_t ms)
{
    p->now.mono.ms = ms;
    p->now.wall.s = PLAYER_WALL_START_S + (ms - PLAYER_START_MS) / 1000;
}

/* Restarts the modem once its time has come. */
static void reboot_due(struct player *p)
{
    if (p->fault != FAULT_REBOOT || p->chunks != p->reboot_after)
        return;
    p->pending_len = 0;
    p->quiet_until_ms = 0;
    p->next = p->script->count;
    feed(p, REBOOT, sizeof(REBOOT) - 1);
}

/* Does what is due now. An answer that was on its way goes before lines of the same instant. */
static void step(struct player *p)
{
    struct item *item;

    if (p->pending_len > 0 && p->pending_ms <= p->now.mono.ms) {
        char bytes[sizeof(p->pending)];
        size_t len = p->pending_len;
        memcpy(bytes, p->pending, len);
        p->pending_len = 0;
        feed(p, bytes, len);
        reboot_due(p);
    }
    while (p->started && (item = next_bytes(p)) != NULL &&
           item->at_ms + p->zero_ms <= p->now.mono.ms) {
        p->next++;
        feed(p, item->text, item->len);
        reboot_due(p);
    }
    service_turn(p->service, p->now, false);
    settle(p);
}

/* Runs to `until_ms` or, with `ready`, until the modem is ready. */
static void run(struct player *p, int64_t until_ms, bool ready)
{
    struct modem_info info = {.state = MODEM_ABSENT};
    int steps = 0;

    while (p->now.mono.ms < until_ms && !p->problem) {
        move_clock(p, next_instant(p, until_ms));
        step(p);
        service_info(p->service, &info);
        if (ready && (p->started || info.state == MODEM_READY))
            return;
        if (++steps > STEPS_MAX)
            player_fail(p, "no end to what is due");
    }
    if (ready && !p->problem)
        player_fail(p, "the modem is not ready after ten minutes");
}

void player_run(struct player *p)
{
    bool sends = p->script->send[0] != '\0';

    service_opened(p->service, p->now);
    settle(p);
    run(p, p->now.mono.ms + READY_MAX_MS, true);
    if (!p->started)
        run(p, p->now.mono.ms + SETTLE_MS, false);
    if (sends && p->script->from_command && !p->started) {
        queue_text(p);
        run(p, p->now.mono.ms + READY_MAX_MS, true);
    }
    if (!p->started && !p->script->from_command)
        start_clock(p);
    if (!p->started)
        return;
    step(p);
    if (sends && !p->text_queued)
        queue_text(p);
    run(p, p->zero_ms + p->script->end_ms + 1, false);
    if (player_rebooted(p))
        run(p, p->now.mono.ms + REBOOT_MS, false);
}
