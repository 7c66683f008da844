#include "base/text.h"
#include "cli/cli.h"
#include "cli/watch.h"
#include "cli/when.h"
#include <stdio.h>
#include <string.h>

#define BATCH 500 /* rows of one reading: the database is not held for longer */

static const char usage[] =
    "usage: textback events [--follow] [--after ID] [--since TIME] [--until TIME] [--last "
    "DURATION]\n\n"
    "Everything that happened, oldest first, as one JSON object a line:\n"
    "{\"v\":1,\"id\":9001,\"at\":\"...Z\",\"type\":\"message.received\",\"data\":{...}}\n\n"
    "      --follow         stay, and print what is new as it happens\n"
    "      --after ID       begin after this event: how a reader goes on where it was\n"
    "      --since TIME     not before: 7d, 2h, today, mon, 14:30, 2026-11-23\n"
    "      --until TIME     before\n"
    "      --last DURATION  the same as --since DURATION\n"
    "      --json           changes nothing: it is always JSON\n";

enum { OPTION_FOLLOW = CLI_OPTION_OWN, OPTION_AFTER, OPTION_SINCE, OPTION_UNTIL, OPTION_LAST };

static const struct option options[] = {{"follow", no_argument, NULL, OPTION_FOLLOW},
                                        {"after", required_argument, NULL, OPTION_AFTER},
                                        {"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

struct stream {
    struct cli *cli;
    int64_t after;
    struct wall since, until;
};

static void print_event(const struct event_row *event)
{
    struct json j;
    output_json(&j);
    event_json(&j, event);
    putchar('\n');
}

/* Prints all there is after s->after. Returns 0, or an error of the store. */
static int print_new(struct stream *s)
{
    int err, count;
    do {
        struct store_rows *rows;
        struct event_row event;
        count = 0;
        err = event_list(s->cli->store, s->after, BATCH, &rows);
        if (err < 0)
            return err;
        for (; (err = event_next(rows, &event)) > 0; count++) {
            s->after = event.id;
            if (event.at.s >= s->since.s && (s->until.s == 0 || event.at.s < s->until.s))
                print_event(&event);
        }
        store_rows_free(rows);
    } while (err == 0 && count == BATCH);
    return err;
}

static int follow(struct stream *s)
{
    struct watch *watch;
    int code = watch_new(s->cli, &watch);
    if (code)
        return code;
    int asleep = cli_wake_daemon(s->cli);
    if (asleep)
        cli_note(s->cli, "%s", cli_daemon_trouble(asleep));
    int err;
    do
        err = print_new(s);
    while (err == 0 && fflush(stdout) == 0 && watch_wait(watch, MONO_NEVER) == WATCH_WRITTEN);
    watch_free(watch);
    return err ? cli_store_fail(s->cli, err) : CLI_DONE;
}

int cmd_events(struct cli *cli, int argc, char **argv)
{
    struct stream s = {.cli = cli};
    struct when_span span = {0};
    const char *after = NULL;
    bool stay = false;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_FOLLOW)
            stay = true;
        else if (c == OPTION_AFTER)
            after = optarg;
        else if (c == OPTION_SINCE)
            span.since = optarg;
        else if (c == OPTION_UNTIL)
            span.until = optarg;
        else if (c == OPTION_LAST)
            span.last = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")))
        return code;
    if (after && text_to_i64(after, strlen(after), 0, INT64_MAX, &s.after))
        return cli_fail(cli, CLI_USAGE, "--after: not the id of an event: \"%s\"", after);
    if (stay && span.until)
        return cli_fail(cli, CLI_USAGE, "--follow excludes --until");
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = when_span(cli, &span, &s.since, &s.until)))
        return code;
    if (stay)
        return follow(&s);
    int err = print_new(&s);
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}
