#include "cli/radio.h"
#include "base/text.h"
#include "cli/alloc.h"
#include "cli/query.h"
#include "io/clock.h"
#include "io/control.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAEMON_WAIT_MS 200000 /* longer than any answer takes */
#define TURN_WAIT_MS 10000    /* for the command of another program to be done */
#define TURN_MS 50
#define READ_SIZE 1024
#define TRIES_KNOWN 5 /* AT, 1 s each */
#define TRIES_OTHER 2
#define WAIT_MAX_MS 60000
#define BAUD 115200

struct radio {
    const char *socket; /* of the daemon, NULL: the port is ours */
    const struct config_line *line;
    char path[CONFIG_PATH_MAX];
    struct serial *serial;
    struct at at;
    struct ask ask;
};

bool radio_of_daemon(const struct radio *r)
{
    return r->socket != NULL;
}

const char *radio_path(const struct radio *r)
{
    return r->path;
}

/* Waits until the port can be read, or written where there is `out`, or the deadline. */
static void wait_port(struct serial *serial, bool out, struct mono deadline)
{
    struct pollfd p = {.fd = serial_fd(serial), .events = (short)(POLLIN | (out ? POLLOUT : 0))};
    int64_t left = deadline.ms - clock_now().mono.ms;
    (void)poll(&p, 1, (int)(left < 0 ? 0 : left < WAIT_MAX_MS ? left : WAIT_MAX_MS));
}

/* Asks an open port, which may not hear the first lines. */
static void run_probe(struct serial *serial, int tries, struct probe *ret)
{
    uint8_t bytes[READ_SIZE];
    int got;
    probe_init(ret, clock_now().mono, tries);
    for (;;) {
        size_t len;
        probe_expire(ret, clock_now().mono);
        if (ret->state != PROBE_ASKING)
            return;
        const uint8_t *out = probe_output(ret, &len);
        int put = len > 0 ? serial_write(serial, out, len) : 0;
        probe_written(ret, put > 0 ? (size_t)put : 0);
        (void)probe_output(ret, &len);
        wait_port(serial, len > 0, probe_deadline(ret));
        while ((got = serial_read(serial, bytes, sizeof(bytes))) > 0)
            probe_feed(ret, clock_now().mono, bytes, (size_t)got);
        if (got != -EAGAIN)
            ret->state = PROBE_SILENT; /* unplugged */
    }
}

int radio_probe(const struct port_info *port, struct probe *ret, char ret_why[SERIAL_ERROR_MAX])
{
    struct serial *serial;
    int err = serial_open(port->path, BAUD, &serial, ret_why);
    if (err)
        return err;
    run_probe(serial, TRIES_OTHER, ret);
    serial_close(serial);
    return 0;
}

/* Looks for the modem as the daemon does. */
static int find_port(const struct config_line *line, char ret_path[], size_t cap,
                     char ret_why[RADIO_WHY_SIZE])
{
    struct loop_event events[LOOP_EVENTS_MAX];
    struct find_query query = {.patient = true, .baud = line->baud};
    struct loop *loop = NULL;
    struct find *f = cli_alloc(1, sizeof(*f));
    int err = device_parse(line->device, &query.wish);
    if (!err)
        err = loop_new(&loop);
    if (err) {
        free(f);
        return err;
    }
    find_begin(f, cli_root(), &query);
    find_turn(f, loop, clock_now());
    while (f->state == FIND_ASKING && err >= 0) {
        err = loop_wait(loop, find_deadline(f), events);
        for (int i = 0; i < err; i++)
            if (events[i].signal)
                err = -EINTR;
            else
                find_event(f, clock_now(), events[i].ready);
        find_turn(f, loop, clock_now());
    }
    if (err >= 0)
        err = f->state == FIND_DONE ? text_copy(ret_path, cap, f->found.path)
              : f->trouble          ? f->trouble
                                    : -ENOENT;
    text_copy(ret_why, RADIO_WHY_SIZE, err == -EINTR ? "interrupted" : f->cause);
    find_stop(f, loop);
    loop_free(loop);
    free(f);
    return err;
}

/* The port is there: wakes the modem. */
static int wake(struct radio *r, char ret_why[RADIO_WHY_SIZE])
{
    struct radio_answer answer;
    struct probe *probe;
    int err = serial_open(r->path, r->line->baud, &r->serial, ret_why);
    if (err)
        return err;
    probe = cli_alloc(1, sizeof(*probe));
    run_probe(r->serial, TRIES_KNOWN, probe);
    if (probe->state == PROBE_SILENT) {
        snprintf(ret_why, RADIO_WHY_SIZE, "%.180s does not answer to AT", r->path);
        err = -EIO;
    }
    free(probe);
    at_init(&r->at);
    if (!err && (err = radio_ask(r, "AT+CMEE=1", true, &answer)))
        snprintf(ret_why, RADIO_WHY_SIZE, "%.180s: %.60s", r->path, answer.result);
    return err;
}

/* Copies why the daemon is without the modem of a line; leaves `ret_why` where it does not say. */
static void read_cause(const char *status, const char *line, char ret_why[RADIO_WHY_SIZE])
{
    static const char query[] = "SELECT value ->> '$.cause' FROM json_each(?1, '$.lines')"
                                " WHERE value ->> '$.name' = ?2 AND value ->> '$.cause' <> ''";
    sqlite3_stmt *s = query_json(status, query);
    if (s && sqlite3_bind_text(s, 2, line, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        snprintf(ret_why, RADIO_WHY_SIZE, "%.250s", query_column(s, 0));
    query_end(s);
}

int radio_open(struct cli *cli, const struct config_line *line, struct radio **ret,
               char ret_why[RADIO_WHY_SIZE])
{
    struct radio *r = cli_alloc(1, sizeof(*r));
    struct radio_answer answer;
    char status[CONTROL_ANSWER_MAX];
    r->line = line;
    ret_why[0] = '\0';
    int err = control_ask(cli->config->control_socket, "status", status, sizeof(status));
    if (err == 0) {
        r->socket = cli->config->control_socket;
        err = radio_ask(r, "AT", false, &answer) ? -EAGAIN : 0;
        text_copy(ret_why, RADIO_WHY_SIZE, err ? answer.result : "");
        if (err)
            read_cause(status, line->name, ret_why);
    } else if (err == -ENOENT) {
        err = line->device[0] == '/' ? text_copy(r->path, sizeof(r->path), line->device)
                                     : find_port(line, r->path, sizeof(r->path), ret_why);
        if (!err)
            err = wake(r, ret_why);
    } else {
        text_copy(ret_why, RADIO_WHY_SIZE, cli_daemon_trouble(err));
    }
    if (err && !ret_why[0])
        text_copy(ret_why, RADIO_WHY_SIZE, strerror(-err));
    if (err)
        radio_free(r);
    else
        *ret = r;
    return err;
}

void radio_free(struct radio *r)
{
    if (!r)
        return;
    serial_close(r->serial);
    free(r);
}

/* Takes what the daemon says, JSON, apart. Returns false where it is none. */
static bool read_json(const char *json, struct radio_answer *ret)
{
    static const char query[] =
        "SELECT (SELECT group_concat(value, char(10)) FROM json_each(?1, '$.lines')),"
        " ?1 ->> '$.result'";
    sqlite3_stmt *s = query_json(json, query);
    bool good = s && sqlite3_step(s) == SQLITE_ROW && query_column(s, 1)[0] &&
                text_copy(ret->result, sizeof(ret->result), query_column(s, 1)) == 0 &&
                text_copy(ret->lines, sizeof(ret->lines), query_column(s, 0)) == 0;
    query_end(s);
    return good;
}

/* The daemon puts one command at a time: waits for its turn where another one is just asked. */
static int ask_in_turn(const char *socket, const char *request, char *answer, size_t cap)
{
    struct mono end = mono_after(clock_now().mono, TURN_WAIT_MS);
    for (;;) {
        int err = control_ask_long(socket, request, DAEMON_WAIT_MS, answer, cap);
        if (err || strcmp(answer, "error: the modem is asked already") != 0 ||
            clock_now().mono.ms >= end.ms)
            return err;
        (void)poll(NULL, 0, TURN_MS);
    }
}

static int ask_daemon(struct radio *r, const char *command, bool any, struct radio_answer *ret)
{
    char request[CONTROL_LINE_MAX], answer[CONTROL_ANSWER_MAX];
    struct text t;
    text_init(&t, request, sizeof(request));
    text_addf(&t, "%s %s %s", any ? "tell" : "ask", r->line->name, command);
    int err = text_ok(&t) && !strchr(command, '\n')
                  ? ask_in_turn(r->socket, request, answer, sizeof(answer))
                  : -EINVAL;
    if (err == 0 && read_json(answer, ret))
        return 0;
    const char *why = err == -EINVAL ? "not an AT command"
                      : err          ? cli_daemon_trouble(err)
                                     : answer + (strncmp(answer, "error: ", 7) == 0 ? 7 : 0);
    snprintf(ret->result, sizeof(ret->result), "%.100s", why);
    return -EIO;
}

static void take_events(struct radio *r, struct mono now)
{
    struct at_event e;
    while (at_next(&r->at, now, &e)) {
        if (e.type == AT_EVENT_LINE)
            ask_line(&r->ask, e.line);
        else if (e.type == AT_EVENT_DONE)
            ask_done(&r->ask, now, &e.error);
        else
            (void)ask_urc(&r->ask, e.line);
    }
    ask_expire(&r->ask, now);
}

/* Writes, waits and reads once. */
static void turn(struct radio *r)
{
    uint8_t bytes[READ_SIZE];
    size_t len;
    const uint8_t *out = at_output(&r->at, &len);
    int got, put = len > 0 ? serial_write(r->serial, out, len) : 0;
    at_written(&r->at, put > 0 ? (size_t)put : 0);
    (void)at_output(&r->at, &len);
    wait_port(r->serial, len > 0, r->ask.phase == ASK_WAITING ? r->ask.until : at_deadline(&r->at));
    while ((got = serial_read(r->serial, bytes, sizeof(bytes))) > 0) {
        for (size_t at = 0; at < (size_t)got;) {
            at += at_feed(&r->at, bytes + at, (size_t)got - at);
            take_events(r, clock_now().mono);
        }
    }
    if (got != -EAGAIN)
        ask_fail(&r->ask, "unplugged");
    take_events(r, clock_now().mono);
}

int radio_ask(struct radio *r, const char *command, bool any, struct radio_answer *ret)
{
    struct at_command c;
    *ret = (struct radio_answer){.lines = ""};
    if (r->socket)
        return ask_daemon(r, command, any, ret);
    if (ask_begin(&r->ask, command) || (!any && !ask_is_query(command))) {
        text_copy(ret->result, sizeof(ret->result), any ? "not an AT command" : "not a query");
        r->ask.phase = ASK_NONE;
        return -EIO;
    }
    ask_start(&r->ask, 1, &c);
    if (at_submit(&r->at, &c))
        ask_fail(&r->ask, "not an AT command");
    take_events(r, clock_now().mono);
    while (r->ask.phase != ASK_DONE)
        turn(r);
    char *last = r->ask.answer, *end;
    while ((end = strchr(last, '\n')) != NULL && end[1])
        last = end + 1;
    last[strcspn(last, "\n")] = '\0';
    text_copy(ret->result, sizeof(ret->result), last);
    if (last > r->ask.answer) {
        last[-1] = '\0';
        text_copy(ret->lines, sizeof(ret->lines), r->ask.answer);
    }
    bool silent = strcmp(ret->result, "unplugged") == 0 || strstr(ret->result, "no answer") != NULL;
    return silent ? -EIO : 0;
}

bool radio_line(const struct radio_answer *answer, const char *prefix, char *ret, size_t cap)
{
    size_t len = strlen(prefix);
    for (const char *line = answer->lines; *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, prefix, len) != 0)
            continue;
        struct text t;
        text_init(&t, ret, cap);
        text_add_span(&t, line + len, strcspn(line + len, "\n"));
        return text_ok(&t);
    }
    return false;
}
