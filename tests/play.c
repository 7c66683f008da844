/* tests/play.c - plays transcripts of modems through the service and all rooms below it, on virtual
 * time.
 *
 * One event a line: "# key: text" comments, "@ s.mmm" the time of what follows, "< text" and "<raw
 * "..."" bytes from the modem, "> text" opens an answer to a command (lines "<" below it), "=
 * verdict" what must have come by then.  A command without an answer gets OK, AT+CLCC, AT+CMGR and
 * AT+CMGL get ERROR. Each file is played whole, byte by byte, and split at random by some seeds;
 * then with faults mixed in, and with a restart of the modem after each of its lines. */
#include "base/text.h"
#include "policy/config.h"
#include "service/service.h"
#include "sms/compose.h"
#include "store/outbox.h"
#include "store/people.h"
#include "tap.h"
#include <assert.h>
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 256
#define LINE_SIZE 2048
#define VERDICT_SIZE 1024
#define VERDICTS_MAX 32
#define UNIT_SIZE 1024
#define ANSWER_MS 5    /* from a command to its answer */
#define SETTLE_MS 6000 /* from ready to the start of the file's clock */
#define READY_MAX_MS 600000
#define QUIET_MS 110000 /* nothing may be sent after Ctrl-Z */
#define WALL_START_S 1790000000
#define START_MS 5000000
#define STEPS_MAX 100000
#define BYTES_SEED (-1)
#define URC "\r\n^RSSI:19\r\n"
#define NOISE "\xFF\xE5\x00"
#define REBOOT "\r\nRDY\r\n\r\n+CPIN: READY\r\n"
#define REBOOTS_MAX 40
#define REBOOT_MS 60000 /* what came of it is there by then */

/* What disturbs a file that is played. */
enum fault {
    FAULT_NONE,
    FAULT_URC,    /* a line that tells of nothing after each line */
    FAULT_NOISE,  /* rubbish ahead of each line */
    FAULT_ECHO,   /* each command comes back */
    FAULT_REBOOT, /* the modem restarts, and nothing of the file comes after that */
};

enum item_kind {
    ITEM_BYTES,
    ITEM_ANSWER,
    ITEM_VERDICT,
};

struct item {
    enum item_kind kind;
    int64_t at_ms;
    char *text; /* BYTES, ANSWER: what the modem sends; VERDICT */
    size_t len;
    char *command; /* ANSWER: pattern */
    bool used;     /* ANSWER */
};

struct script {
    const char *path;
    size_t count;
    struct item item[ITEMS_MAX];
    char send[VERDICT_SIZE], report[VERDICT_SIZE]; /* "" not asked for */
    bool from_command; /* the clock starts when the host sends the first command */
    bool lists_calls;  /* AT+CLCC is answered somewhere */
    int64_t end_ms;
};

struct verdict {
    int64_t at_ms;
    char text[VERDICT_SIZE];
};

struct play {
    struct script *script;
    struct store *store;
    struct service *service;
    struct now now;
    bool loud;    /* prints verdicts: the first run of a file */
    int64_t seed; /* 0 whole, BYTES_SEED, else split at random */
    enum fault fault;
    size_t reboot_after; /* FAULT_REBOOT: this many chunks of the modem since the clock started */
    size_t chunks;       /* so far */
    bool pdu_follows;    /* the modem's last line was the header of a PDU */
    uint32_t random;
    bool started;
    int64_t zero_ms;             /* of the file's clock */
    size_t next;                 /* item to be sent by time */
    size_t last;                 /* answer matched last, plus one */
    char pending[LINE_SIZE * 4]; /* answers on their way */
    size_t pending_len;
    int64_t pending_ms;
    char unit[UNIT_SIZE]; /* what the host has sent of a command */
    size_t unit_len;
    int64_t quiet_until_ms;
    bool text_queued;
    size_t verdict_count;
    struct verdict verdict[VERDICTS_MAX];
    char send[VERDICT_SIZE], report[VERDICT_SIZE];
    const char *problem; /* NULL: none */
};

static void fail(struct play *p, const char *problem)
{
    if (!p->problem) {
        p->problem = problem;
        tap_diag("%s: @ %" PRId64 " ms: %s", p->script->path, p->now.mono.ms - p->zero_ms, problem);
    }
}

/* next: reading a transcript */

static void add_bytes(struct item *item, const char *bytes, size_t len)
{
    item->text = realloc(item->text, item->len + len + 1);
    assert(item->text);
    memcpy(item->text + item->len, bytes, len);
    item->len += len;
    item->text[item->len] = '\0';
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *found = strchr(digits, c | 0x20);
    return c != '\0' && found ? (int)(found - digits) : -1;
}

/* Writes the bytes of a raw line, `s` beginning after the opening quote. Returns their number, or
 * -1. */
static int unescape(const char *s, char *ret_bytes)
{
    int n = 0;

    for (; *s && *s != '"'; s++) {
        if (*s != '\\') {
            ret_bytes[n++] = *s;
            continue;
        }
        s++;
        if (*s == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
            ret_bytes[n++] = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
            s += 2;
        } else if (*s == 'r' || *s == 'n' || *s == 't' || *s == '0') {
            ret_bytes[n++] = "\r\n\t\0"[strchr("rnt0", *s) - "rnt0"];
        } else if (*s == '\\' || *s == '"') {
            ret_bytes[n++] = *s;
        } else {
            return -1;
        }
    }
    return *s == '"' ? n : -1;
}

/* ^Z and ^[ stand for their octets. */
static char *command_pattern(const char *s)
{
    char *pattern = malloc(strlen(s) + 1), *out = pattern;

    assert(pattern);
    for (; *s; s++) {
        if (s[0] == '^' && (s[1] == 'Z' || s[1] == '[')) {
            *out++ = s[1] == 'Z' ? '\x1a' : '\x1b';
            s++;
        } else {
            *out++ = *s;
        }
    }
    *out = '\0';
    return pattern;
}

static struct item *add_item(struct script *s, enum item_kind kind, int64_t at_ms)
{
    struct item *item;

    assert(s->count < ITEMS_MAX);
    item = &s->item[s->count++];
    *item = (struct item){.kind = kind, .at_ms = at_ms};
    add_bytes(item, "", 0);
    if (at_ms > s->end_ms)
        s->end_ms = at_ms;
    return item;
}

static bool read_modem_line(struct script *s, const char *line, int64_t at_ms, struct item *answer)
{
    struct item *item = answer ? answer : add_item(s, ITEM_BYTES, at_ms);
    char bytes[LINE_SIZE];
    int n;

    if (strncmp(line, "<raw \"", 6) == 0) {
        n = unescape(line + 6, bytes);
        if (n < 0)
            return false;
        add_bytes(item, bytes, (size_t)n);
        return true;
    }
    if (strncmp(line, "< ", 2) != 0)
        return false;
    add_bytes(item, "\r\n", 2);
    add_bytes(item, line + 2, strlen(line + 2));
    add_bytes(item, "\r\n", 2);
    return true;
}

static void read_comment(struct script *s, const char *line)
{
    if (strncmp(line, "# send: ", 8) == 0)
        snprintf(s->send, sizeof(s->send), "%.900s", line + 8);
    if (strncmp(line, "# report: ", 10) == 0)
        snprintf(s->report, sizeof(s->report), "%.900s", line + 10);
}

/* Reads one line; `*answer` is the answer that is open. Returns whether it is sound. */
static bool read_line(struct script *s, const char *line, int64_t *at_ms, struct item **answer)
{
    double seconds;
    char more;

    switch (line[0]) {
    case '\0':
        return true;
    case '#':
        read_comment(s, line);
        return true;
    case '@':
        if (sscanf(line, "@ %lf %c", &seconds, &more) != 1 || seconds < 0)
            return false;
        *at_ms = (int64_t)(seconds * 1000 + 0.5);
        *answer = NULL;
        return true;
    case '<':
        return read_modem_line(s, line, *at_ms, *answer);
    case '>':
        *answer = add_item(s, ITEM_ANSWER, *at_ms);
        (*answer)->command = command_pattern(line + 2);
        if (s->count == 1)
            s->from_command = strcmp((*answer)->command, "AT+CLCC") != 0;
        s->lists_calls = s->lists_calls || strcmp((*answer)->command, "AT+CLCC") == 0;
        return line[1] == ' ';
    case '=':
        *answer = NULL;
        add_bytes(add_item(s, ITEM_VERDICT, *at_ms), line + 2, strlen(line + 2));
        return line[1] == ' ';
    default:
        return false;
    }
}

static bool script_read(struct script *s, const char *path)
{
    char line[LINE_SIZE];
    struct item *answer = NULL;
    int64_t at_ms = 0;
    bool ok = true;
    FILE *file = fopen(path, "r");

    *s = (struct script){.path = path};
    if (!file)
        return false;
    while (ok && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        ok = read_line(s, line, &at_ms, &answer);
        if (!ok)
            tap_diag("%s: not a line of a transcript: %s", path, line);
    }
    fclose(file);
    return ok && s->count > 0;
}

static void script_free(struct script *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->item[i].text);
        free(s->item[i].command);
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
static struct item *find_answer(struct play *p, const char *command)
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

static void start_clock(struct play *p)
{
    p->started = true;
    p->zero_ms = p->now.mono.ms;
}

static void answer(struct play *p, const char *text, size_t len)
{
    assert(len <= sizeof(p->pending) - p->pending_len);
    memcpy(p->pending + p->pending_len, text, len);
    p->pending_len += len;
    p->pending_ms = p->now.mono.ms + ANSWER_MS;
}

static void answer_default(struct play *p, const char *command)
{
    bool refused = strncmp(command, "AT+CMGR", 7) == 0 || strncmp(command, "AT+CMGL", 7) == 0 ||
                   (strcmp(command, "AT+CLCC") == 0 && !p->script->lists_calls);
    const char *text = refused ? "\r\nERROR\r\n" : "\r\nOK\r\n";

    if (command[0] != '\x1b')
        answer(p, text, strlen(text));
}

static bool is_rebooted(const struct play *p)
{
    return p->fault == FAULT_REBOOT && p->chunks > p->reboot_after;
}

/* One command, payload or ESC of the host is complete. */
static void take_unit(struct play *p)
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
        fail(p, "sent something between Ctrl-Z and the result");
    if (!p->started && p->script->from_command && matches(p->script->item[0].command, unit))
        start_clock(p);
    if (p->started && !(is_rebooted(p) && strcmp(unit, "AT+CLCC") == 0)) /* no call outlives that */
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

static void take_output(struct play *p)
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
        assert(p->unit_len + 1 < UNIT_SIZE);
        p->unit[p->unit_len++] = c;
        if (c == '\x1a' || c == '\x1b')
            take_unit(p);
    }
}

/* next: what the service made of it */

static void add_verdict(struct play *p, const char *text)
{
    struct verdict *v;

    if (p->verdict_count == VERDICTS_MAX) {
        fail(p, "too many verdicts");
        return;
    }
    v = &p->verdict[p->verdict_count++];
    v->at_ms = p->started ? p->now.mono.ms - p->zero_ms : 0;
    snprintf(v->text, sizeof(v->text), "%s", text);
    if (p->loud)
        printf("%s: @ %" PRId64 ".%03" PRId64 " %s\n", p->script->path, v->at_ms / 1000,
               v->at_ms % 1000, text);
}

static void note_call(struct play *p, const struct service_note *note)
{
    char text[VERDICT_SIZE];

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

static void note_received(struct play *p, const struct service_note *note)
{
    struct message_row row;
    char text[VERDICT_SIZE];

    if (message_get(p->store, note->message, &row) != 0) {
        fail(p, "a received text is not in the store");
        return;
    }
    snprintf(text, sizeof(text), "sms from %s \"%.800s\"", row.number, row.text);
    add_verdict(p, text);
}

static void note_send(struct play *p, const struct service_note *note)
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

static void take_notes(struct play *p)
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
            fail(p, note.detail);
            break;
        case SERVICE_NOTE_STATE:
        case SERVICE_NOTE_RINGING:
        case SERVICE_NOTE_DECISION:
        case SERVICE_NOTE_OPT_OUT:
            break;
        }
    }
}

/* next: the loop */

static size_t piece(struct play *p, size_t len)
{
    if (p->seed == 0)
        return len;
    if (p->seed == BYTES_SEED)
        return 1;
    p->random = p->random * 1664525 + 1013904223;
    return 1 + (p->random >> 16) % len;
}

static void settle(struct play *p)
{
    take_output(p);
    take_notes(p);
}

static void feed_bytes(struct play *p, const char *bytes, size_t len)
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
static void feed(struct play *p, const char *bytes, size_t len)
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

static void queue_text(struct play *p)
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
        fail(p, "cannot compose a text");
        return;
    }
    compose_part(&compose, 0, hex, &octets);
    pdu = (struct outbox_pdu){.hex = hex, .tpdu_octets = (int)octets};
    if (store_line(p->store, "main", &text.line) != 0 || store_begin(p->store) != 0 ||
        outbox_add(p->store, &text, &id) != 0 || store_commit(p->store) != 0)
        fail(p, store_error(p->store));
    service_turn(p->service, p->now, true);
    settle(p);
}

static struct item *next_bytes(struct play *p)
{
    while (p->next < p->script->count && p->script->item[p->next].kind != ITEM_BYTES)
        p->next++;
    return p->next < p->script->count ? &p->script->item[p->next] : NULL;
}

/* The next instant at which something happens. */
static int64_t next_instant(struct play *p, int64_t until_ms)
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
        fail(p, "a deadline that has passed is not acted on");
    return at > p->now.mono.ms ? at : p->now.mono.ms;
}

static void move_clock(struct play *p, int64_t ms)
{
    p->now.mono.ms = ms;
    p->now.wall.s = WALL_START_S + (ms - START_MS) / 1000;
}

/* Restarts the modem once its time has come. */
static void reboot_due(struct play *p)
{
    if (p->fault != FAULT_REBOOT || p->chunks != p->reboot_after)
        return;
    p->pending_len = 0;
    p->quiet_until_ms = 0;
    p->next = p->script->count;
    feed(p, REBOOT, sizeof(REBOOT) - 1);
}

/* Does what is due now. An answer that was on its way goes before lines of the same instant. */
static void step(struct play *p)
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
static void run(struct play *p, int64_t until_ms, bool ready)
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
            fail(p, "no end to what is due");
    }
    if (ready && !p->problem)
        fail(p, "the modem is not ready after ten minutes");
}

/* Plays the start-up, then the file. */
static void play_through(struct play *p)
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
    if (is_rebooted(p))
        run(p, p->now.mono.ms + REBOOT_MS, false);
}

/* next: judging */

/* When the last line came that shows this call ringing. With one call in the file each ring is its
 * own. */
static int64_t last_ring_ms(const struct script *s, const char *number, bool alone)
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

static bool reached(struct play *p, const struct item *wanted, bool met[VERDICTS_MAX], bool alone)
{
    for (size_t i = 0; i < p->verdict_count; i++) {
        const struct verdict *v = &p->verdict[i];
        const char *number = strncmp(v->text, "missed ", 7) == 0 ? v->text + 7 : "";
        bool unanswered = number[0] || strcmp(v->text, "withheld") == 0;
        if (met[i] || strcmp(v->text, wanted->text) != 0 || v->at_ms > wanted->at_ms)
            continue;
        if (unanswered && v->at_ms < last_ring_ms(p->script, number, alone)) {
            fail(p, "missed while it still rang");
            return false;
        }
        met[i] = true;
        return true;
    }
    return false;
}

static void judge(struct play *p)
{
    const struct script *s = p->script;
    bool met[VERDICTS_MAX] = {false};
    size_t calls = 0;

    for (size_t i = 0; i < s->count; i++)
        calls += s->item[i].kind == ITEM_VERDICT && is_call(s->item[i].text);
    for (size_t i = 0; i < s->count && !p->problem; i++) {
        if (s->item[i].kind != ITEM_VERDICT || strcmp(s->item[i].text, "none") == 0)
            continue;
        if (!reached(p, &s->item[i], met, calls == 1)) {
            tap_diag("wanted: %s", s->item[i].text);
            fail(p, "a verdict was not reached");
        }
    }
    for (size_t i = 0; i < p->verdict_count && !p->problem; i++) {
        if (!met[i]) {
            tap_diag("came: %s", p->verdict[i].text);
            fail(p, "a verdict that the file does not have");
        }
    }
    if (s->send[0] && strcmp(s->send, p->send) != 0) {
        tap_diag("wanted: send: %s, came: %s", s->send, p->send);
        fail(p, "the text had another fate");
    }
    if (s->report[0] && strcmp(s->report, p->report) != 0) {
        tap_diag("wanted: report: %s, came: %s", s->report, p->report);
        fail(p, "another report, or none");
    }
}

static bool is_promised(const struct script *s, const char *verdict)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->item[i].kind == ITEM_VERDICT && strcmp(s->item[i].text, verdict) == 0)
            return true;
    return false;
}

/* After a restart in the middle there are no others than the promised verdicts, but that a call may
 * have been missed, with or without its number, and a text may be of unknown fate or never have
 * left. */
static void judge_rebooted(struct play *p)
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
        fail(p, "a verdict that the file does not have");
    }
    if (calls > promised && !p->problem)
        fail(p, "more calls than the file has");
    if (p->send[0] && strcmp(p->send, p->script->send) != 0 && strcmp(p->send, "unknown") != 0 &&
        strncmp(p->send, "failed", 6) != 0) {
        tap_diag("came: send: %s", p->send);
        fail(p, "the text had another fate");
    }
}

static void name_play(const struct play *p, char ret_name[48])
{
    static const char *const faults[] = {[FAULT_NONE] = "whole",
                                         [FAULT_URC] = "with a URC after each line",
                                         [FAULT_NOISE] = "with noise ahead of each line",
                                         [FAULT_ECHO] = "with an echo",
                                         [FAULT_REBOOT] = "restarted after chunk"};
    if (p->seed == BYTES_SEED)
        snprintf(ret_name, 48, "byte by byte");
    else if (p->seed != 0)
        snprintf(ret_name, 48, "seed %" PRId64, p->seed);
    else if (p->fault == FAULT_REBOOT)
        snprintf(ret_name, 48, "%s %zu", faults[p->fault], p->reboot_after);
    else
        snprintf(ret_name, 48, "%s", faults[p->fault]);
}

/* Plays one file once. Returns how many chunks the modem sent. */
static size_t play(struct script *script, int64_t seed, bool loud, enum fault fault,
                   size_t reboot_after)
{
    static struct policy_config policy;
    static const enum compose_unicode unicode = COMPOSE_FOLD;
    static const int32_t max_parts = 1;
    static const struct modem_config modem = {.hang_up_after_ms = -1, .delivery_reports = true};
    static const enum policy_line mode = POLICY_LINE_PRIMARY;
    const struct service_config config = {.line = "main",
                                          .policy = &policy,
                                          .mode = &mode,
                                          .modem = &modem,
                                          .unicode = &unicode,
                                          .max_parts = &max_parts};
    char error[STORE_ERROR_MAX] = "", name[48];
    struct play p = {.script = script,
                     .loud = loud,
                     .seed = seed,
                     .random = (uint32_t)seed,
                     .fault = fault,
                     .reboot_after = reboot_after};

    policy_config_init(&policy);
    snprintf(policy.region, sizeof(policy.region), "GB");
    snprintf(policy.business, sizeof(policy.business), "Play");
    for (size_t i = 0; i < script->count; i++)
        script->item[i].used = false;
    move_clock(&p, START_MS);
    if (store_open(":memory:", STORE_CREATE, &p.store, error) != 0)
        fail(&p, error);
    else if (pause_set(p.store, (struct wall){INT64_MAX}, false, p.now.wall) < 0)
        fail(&p, "cannot pause the automatic texts");
    else if (!(p.service = service_new(p.store, &config, p.now)))
        fail(&p, "no memory");
    else
        play_through(&p);
    name_play(&p, name);
    if (!p.problem && !p.started) {
        tap_skip(script->path, "this host never sends its first command");
    } else {
        if (!p.problem && is_rebooted(&p))
            judge_rebooted(&p);
        else if (!p.problem)
            judge(&p);
        tap_ok(!p.problem, "%s, %s", script->path, name);
    }
    service_free(p.service);
    store_free(p.store);
    return p.chunks;
}

static bool quiet;

static bool parse_seed(const char *text, int64_t *ret_seed)
{
    return text_to_i64(text, strlen(text), 1, UINT32_MAX, ret_seed) == 0;
}

static void play_file(const char *path, const int64_t *seeds, size_t count)
{
    struct script script;
    bool ok = script_read(&script, path);

    if (!ok)
        tap_ok(false, "%s: cannot be read", path);
    for (size_t i = 0; ok && i < count; i++)
        (void)play(&script, seeds[i], !quiet && i == 0, FAULT_NONE, 0);
    if (ok && count > 1) {
        (void)play(&script, 0, false, FAULT_URC, 0);
        (void)play(&script, 0, false, FAULT_NOISE, 0);
        size_t chunks = play(&script, 0, false, FAULT_ECHO, 0);
        for (size_t i = 1; i <= chunks && i <= REBOOTS_MAX; i++)
            (void)play(&script, 0, false, FAULT_REBOOT, i);
    }
    script_free(&script);
}

static int is_transcript(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

/* Plays a file, or all *.txt of a folder. */
static void play_path(const char *path, const int64_t *seeds, size_t count)
{
    struct dirent **entries;
    int entry_count = scandir(path, &entries, is_transcript, alphasort);

    if (entry_count < 0) {
        play_file(path, seeds, count);
        return;
    }
    for (int i = 0; i < entry_count; i++) {
        char file[PATH_MAX];
        snprintf(file, sizeof(file), "%.3000s/%s", path, entries[i]->d_name);
        play_file(file, seeds, count);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"bytes", no_argument, NULL, 'b'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"seed", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    static const int64_t all[] = {0, BYTES_SEED, 1, 2, 3, 4};
    const int64_t *seeds = all;
    size_t count = sizeof(all) / sizeof(all[0]);
    int64_t seed;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'q') { /* TAP only */
            quiet = true;
            continue;
        }
        if (option == 'b') {
            seed = BYTES_SEED;
        } else if (option != 's' || !parse_seed(optarg, &seed)) {
            fprintf(stderr, "usage: play [--quiet] [--bytes | --seed N] FILE|FOLDER...\n");
            return 2;
        }
        seeds = &seed;
        count = 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = optind; i < argc; i++)
        play_path(argv[i], seeds, count);
    return tap_done();
}
