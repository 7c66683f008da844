#include "base/text.h"
#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/watch.h"
#include "io/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_SIZE 1024 /* labels that are more than this are cut */
#define INDENT 15      /* "  14:03  auto  " */
#define FOLLOWED 1000  /* how many of the newest items --follow looks at for changes */

static const char usage[] =
    "usage: textback thread PERSON [--follow] [--peek] [--limit N] [--json]\n\n"
    "The calls and texts of one person in order; texts shown count as read.  PERSON is a number,\n"
    "a contact's name, a thread (12), a call (c481) or a text (m77).\n\n"
    "      --follow       stay, and show what is new as it happens\n"
    "      --peek         do not count texts as read\n"
    "      --limit N      the newest N calls and texts (1 to 10000, else 1000)\n"
    "      --json         {\"v\":1,\"thread\":{...},\"items\":[...]}; with --follow an item a "
    "line\n";

enum { OPTION_FOLLOW = CLI_OPTION_OWN, OPTION_PEEK, OPTION_LIMIT };

static const struct option options[] = {{"follow", no_argument, NULL, OPTION_FOLLOW},
                                        {"peek", no_argument, NULL, OPTION_PEEK},
                                        {"limit", required_argument, NULL, OPTION_LIMIT},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

/* What was shown of an item, to tell what is new and what changed. */
struct seen {
    bool is_call, is_note;
    int64_t id;
    uint64_t state; /* of the call or the message, with its decision or its text */
};

struct view {
    struct cli *cli;
    int64_t thread;
    int limit;
    bool follow, peek;
    struct json json;
    struct civil day; /* of the item that was printed last */
    int64_t newest;   /* of the texts that were shown */
    struct seen *seen;
    size_t seen_count, seen_cap;
};

/* "thread 12, open, waits 2 h 10 min, #quote" */
static void add_state(struct text *line, const struct output *out, const struct thread_row *thread)
{
    char when[OUTPUT_TIME_SIZE];
    text_addf(line, "thread %" PRId64 ", %s", thread->id, thread->state);
    if (thread->snoozed_until.s) {
        output_time(out, thread->snoozed_until, when);
        text_addf(line, " until %s", when);
    }
    if (thread->waiting_since.s) {
        output_duration(out->now.wall.s - thread->waiting_since.s, when);
        text_addf(line, ", waits %s", when);
    }
    if (thread->follow_up.s) {
        output_time(out, thread->follow_up, when);
        text_addf(line, ", follow-up %s", when);
    }
    text_addf(line, "%s%s", thread->opted_out ? ", opted out" : "",
              thread->blocked ? ", blocked" : "");
    for (const char *other = thread->others; other && *other;) {
        char number[STORE_NUMBER_MAX + 1], shown[OUTPUT_NUMBER_SIZE];
        size_t len = strcspn(other, "\n");
        snprintf(number, sizeof(number), "%.*s", (int)len, other);
        output_number(out, number, shown);
        text_addf(line, ", also %s", shown);
        other += len + (other[len] == '\n');
    }
    for (const char *label = thread->labels; label && *label;) {
        size_t len = strcspn(label, "\n");
        text_addf(line, ", #%.*s", (int)len, label);
        label += len + (label[len] == '\n');
    }
}

static void print_head(const struct output *out, const struct thread_row *thread)
{
    char who[SHOW_WHO_SIZE], state[HEAD_SIZE];
    struct text line;
    show_who_of(out, thread, who);
    char *printable = output_printable(who, false);
    text_init(&line, state, sizeof(state));
    add_state(&line, out, thread);
    int width = output_width(out, printable, strlen(printable));
    int state_width = output_width(out, state, strlen(state));
    bool fits = out->width == 0 || width + 2 + state_width <= out->width;
    if (fits)
        output_style(out, OUTPUT_BOLD, printable);
    else
        output_paragraph_style(out, OUTPUT_BOLD, 0, printable);
    fputs("  ", stdout);
    output_paragraph(out, fits ? width + 2 : 2, state);
    free(printable);
}

/* The day, where it is another one than that of the item before, and "  14:03  auto  ". */
static void print_margin(struct view *v, struct wall at, enum output_style style, const char *by)
{
    const struct output *out = &v->cli->out;
    struct civil c = zone_civil(&out->zone, at);
    char day[32], label[16];
    if (c.day != v->day.day || c.month != v->day.month || c.year != v->day.year) {
        snprintf(day, sizeof(day), "%s %d %s %d", output_day(c.weekday), c.day,
                 output_month(c.month), c.year);
        putchar('\n');
        output_style(out, OUTPUT_DIM, day);
        putchar('\n');
        v->day = c;
    }
    printf("  %02d:%02d  ", c.hour, c.minute);
    snprintf(label, sizeof(label), "%-4.4s  ", by);
    output_style(out, style, label);
}

static void print_call(struct view *v, const struct call_row *call)
{
    const struct output *out = &v->cli->out;
    char rang[64], text[128], whole[sizeof(rang) + sizeof(text)];
    print_margin(v, call->started, OUTPUT_WARN, "call");
    if (call->outcome == CALL_STATE_RINGING)
        snprintf(rang, sizeof(rang), "%s", show_outcome(call->outcome));
    else
        snprintf(rang, sizeof(rang), "%s, %d ring%s%s", show_outcome(call->outcome), call->rings,
                 call->rings == 1 ? "" : "s", call->certain ? "" : ", as far as is known");
    snprintf(text, sizeof(text), "  c%" PRId64 "%s%s", call->id,
             call->reason ? ", not texted: " : "", call->reason ? show_reason(call->reason) : "");
    snprintf(whole, sizeof(whole), "%s%s", rang, text);
    if (out->width > 0 && INDENT + (int)strlen(whole) > out->width) {
        output_paragraph(out, INDENT, whole);
        return;
    }
    output_style(out, OUTPUT_PLAIN, rang);
    output_style(out, OUTPUT_DIM, text);
    putchar('\n');
}

/* "✓✓ delivered 14:05  m77" */
static void print_fate(const struct output *out, const struct message_row *message)
{
    struct wall at = message->delivered.s ? message->delivered : message->sent;
    char when[OUTPUT_TIME_SIZE], line[64];
    if (at.s == 0 && message->state == MESSAGE_WAITING)
        at = message->due;
    output_time(out, at, when);
    const char *state = show_state(out, message->state);
    printf("%*s", INDENT, "");
    output_style(out, show_state_style(message->state), state);
    snprintf(line, sizeof(line), "%s%s%s%s  m%" PRId64, at.s ? " " : "", when,
             message->resent ? ", sent twice" : "", message->owner ? ", by your phone" : "",
             message->id);
    int width = INDENT + output_width(out, state, strlen(state)) + (int)strlen(line);
    if (out->width > 0 && width > out->width) /* a telephone, and another day */
        printf("\n%*s", INDENT - (at.s != 0), "");
    output_style(out, OUTPUT_DIM, line);
    putchar('\n');
    if (message->error) {
        printf("%*s", INDENT, "");
        output_paragraph(out, INDENT, message->error);
    }
}

/* "l12, web form of Ann Baker, agreed to be texted" */
static void print_form(struct view *v, int64_t id)
{
    struct lead_row lead;
    char line[HEAD_SIZE];
    struct text text;
    if (leads_get(v->cli->store, id, &lead))
        return;
    text_init(&text, line, sizeof(line));
    text_addf(&text, "l%" PRId64 ", web form", id);
    if (lead.name)
        text_addf(&text, " of %s", lead.name);
    text_add(&text, lead.consent ? ", agreed to be texted" : ", did not agree to be texted");
    if (lead.reason && lead.consent)
        text_addf(&text, "; not texted: %s", show_reason(lead.reason));
    printf("%*s", INDENT, "");
    output_paragraph(&v->cli->out, INDENT, line);
}

static void print_message(struct view *v, const struct message_row *message)
{
    const struct output *out = &v->cli->out;
    if (message->lead)
        print_margin(v, message->created, OUTPUT_BOLD, "form");
    else if (message->incoming)
        print_margin(v, message->created, OUTPUT_BOLD, "them");
    else if (message->cause == CAUSE_MANUAL)
        print_margin(v, message->created, OUTPUT_PLAIN, "you");
    else
        print_margin(v, message->created, OUTPUT_DIM, "auto");
    output_paragraph(out, INDENT, message->text);
    if (message->lead)
        print_form(v, message->lead);
    if (!message->incoming)
        print_fate(out, message);
}

static void print_note(struct view *v, const struct note_row *note)
{
    print_margin(v, note->at, OUTPUT_WARN, "note");
    output_paragraph(&v->cli->out, INDENT, note->text);
}

static void print_item(struct view *v, const struct thread_item *item, bool again)
{
    if (v->cli->json && item->is_note)
        show_note_json(&v->json, &item->note);
    else if (item->is_note)
        print_note(v, &item->note);
    else if (v->cli->json && item->is_call)
        show_call_json(&v->json, "call", &item->call);
    else if (v->cli->json)
        show_message_json(&v->json, "message", &item->message);
    else if (item->is_call)
        print_call(v, &item->call);
    else if (again)
        print_fate(&v->cli->out, &item->message);
    else
        print_message(v, &item->message);
    if (v->cli->json && v->follow) {
        putchar('\n');
        output_json(&v->json);
    }
}

static bool is_text(const struct thread_item *item)
{
    return !item->is_call && !item->is_note;
}

/* A text of the other side changes in place when a late part comes or a later one replaces it. */
static uint64_t item_state(const struct thread_item *item)
{
    if (item->is_note)
        return 0;
    if (item->is_call)
        return (uint64_t)item->call.outcome * 2 + (strcmp(item->call.decision, "pending") != 0);
    uint64_t state = (uint64_t)item->message.state;
    for (const char *c = item->message.text; *c; c++) /* FNV-1a */
        state = (state ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return state;
}

/* Unique among calls, notes or texts. */
static int64_t item_id(const struct thread_item *item)
{
    return item->is_call ? item->call.id : item->is_note ? item->note.id : item->message.id;
}

static struct seen *find_seen(const struct view *v, const struct thread_item *item)
{
    int64_t id = item_id(item);
    for (size_t i = v->seen_count; i-- > 0;) {
        struct seen *seen = &v->seen[i];
        if (seen->is_call == item->is_call && seen->is_note == item->is_note && seen->id == id)
            return seen;
    }
    return NULL;
}

/* Notes the item. Returns 0 for one that was shown as it is, 1 for a change, 2 for a new one. */
static int note_item(struct view *v, const struct thread_item *item)
{
    int64_t id = item_id(item);
    uint64_t state = item_state(item);
    struct seen *seen = find_seen(v, item);
    if (seen) {
        int changed = seen->state != state;
        seen->state = state;
        return changed;
    }
    v->seen = cli_grow(v->seen, &v->seen_cap, v->seen_count + 1, sizeof(*v->seen));
    v->seen[v->seen_count++] = (struct seen){item->is_call, item->is_note, id, state};
    return 2;
}

/* What is older than all that is shown is no news later. Returns 0, or an error of the store. */
static int note_older(struct view *v)
{
    struct store_rows *rows;
    struct thread_item item;
    bool older = v->seen_count > 0;
    int err = thread_items(v->cli->store, v->thread, FOLLOWED, &rows);
    if (err < 0)
        return err;
    while ((err = thread_item_next(rows, &item)) > 0) {
        older = older && !find_seen(v, &item);
        if (older)
            note_item(v, &item);
    }
    store_rows_free(rows);
    return err;
}

/* Prints the items that are new or changed. Returns 0, or an error of the store. */
static int print_items(struct view *v, int limit)
{
    struct store_rows *rows;
    struct thread_item item;
    int err = thread_items(v->cli->store, v->thread, limit, &rows);
    if (err < 0)
        return err;
    while ((err = thread_item_next(rows, &item)) > 0) {
        if (is_text(&item) && item.message.id > v->newest)
            v->newest = item.message.id;
        int news = v->follow ? note_item(v, &item) : 2;
        bool noise = news == 1 && is_text(&item) && item.message.state == MESSAGE_SENDING;
        if (news && (v->cli->json || !noise))
            print_item(v, &item, news == 1);
    }
    store_rows_free(rows);
    return err;
}

/* Returns 1 where a text of theirs has come since, while somebody was reading the others. */
static int has_more(struct view *v)
{
    struct store_rows *rows;
    struct thread_item item;
    int more = 0, err = thread_items(v->cli->store, v->thread, CLI_LIST_DEFAULT, &rows);
    if (err < 0)
        return err;
    while ((err = thread_item_next(rows, &item)) > 0)
        more = more || (is_text(&item) && item.message.incoming && item.message.id > v->newest);
    store_rows_free(rows);
    return err < 0 ? err : more;
}

/* All that is unread, or nothing where some of it was not shown. */
static int mark_read(struct view *v)
{
    struct thread_row thread;
    if (v->peek)
        return 0;
    int err = thread_get(v->cli->store, v->thread, &thread);
    if (err || thread.unread == 0)
        return err;
    err = store_begin(v->cli->store);
    int more = err == 0 ? has_more(v) : err;
    if (more == 0)
        err = thread_mark_read(v->cli->store, v->thread);
    else if (more < 0)
        err = more;
    if (err == 0)
        err = store_commit(v->cli->store);
    store_rollback(v->cli->store);
    return err;
}

static int show(struct view *v)
{
    struct thread_row thread;
    int err = thread_get(v->cli->store, v->thread, &thread);
    if (err)
        return err;
    if (!v->cli->json) {
        if (!v->follow)
            output_page(&v->cli->out);
        print_head(&v->cli->out, &thread);
    } else if (v->follow) {
        output_json(&v->json);
    } else {
        output_json_begin(&v->json);
        json_key(&v->json, "thread");
        show_thread_json(&v->json, &thread);
        json_key(&v->json, "items");
        json_array(&v->json);
    }
    err = print_items(v, v->limit);
    if (v->cli->json && !v->follow) {
        json_array_end(&v->json);
        output_json_end(&v->json);
    }
    return err;
}

static int follow(struct view *v)
{
    struct watch *watch;
    int code = watch_new(v->cli, &watch);
    if (code)
        return code;
    int err = show(v);
    if (err == 0)
        err = note_older(v);
    int asleep = cli_wake_daemon(v->cli);
    if (asleep)
        cli_note(v->cli, "%s", cli_daemon_trouble(asleep));
    while (err == 0) {
        err = mark_read(v);
        if (fflush(stdout) || err || watch_wait(watch, MONO_NEVER) != WATCH_WRITTEN)
            break;
        v->cli->out.now = clock_now();
        err = print_items(v, FOLLOWED);
    }
    watch_free(watch);
    return err ? cli_store_fail(v->cli, err) : CLI_DONE;
}

int cmd_thread(struct cli *cli, int argc, char **argv)
{
    struct view v = {.cli = cli, .limit = CLI_LIST_DEFAULT};
    struct person person;
    const char *limit = NULL;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_FOLLOW)
            v.follow = true;
        else if (c == OPTION_PEEK)
            v.peek = true;
        else if (c == OPTION_LIMIT)
            limit = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 1, "PERSON")) ||
        (code = cli_count(cli, "--limit", limit, CLI_LIST_MAX, &v.limit)) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, argv[optind], PERSON_THREAD, &person)))
        return code;
    v.thread = person.thread;
    if (v.follow) {
        code = follow(&v);
    } else {
        int err = show(&v);
        if (err == 0 && output_shown(&cli->out))
            err = mark_read(&v);
        code = err ? cli_store_fail(cli, err) : CLI_DONE;
    }
    free(v.seen);
    return code;
}
