#include "cli/cli.h"
#include "cli/figures.h"

static const char usage[] =
    "usage: textback stats [--since TIME] [--until TIME] [--last DURATION] [--json]\n\n"
    "What became of the calls: missed, texted, answered, booked, and when they come.\n\n"
    "      --since TIME     not before: 7d, today, mon, 2026-11-23; else 30d\n"
    "      --until TIME     before\n"
    "      --last DURATION  the same as --since DURATION\n"
    "      --json           {\"v\":1,\"since\":...,\"calls\":9,...}\n";

enum { OPTION_SINCE = CLI_OPTION_OWN, OPTION_UNTIL, OPTION_LAST };

static const struct option options[] = {{"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

int cmd_stats(struct cli *cli, int argc, char **argv)
{
    struct figures r = {.cli = cli};
    struct when_span span = {0};
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_SINCE)
            span.since = optarg;
        else if (c == OPTION_UNTIL)
            span.until = optarg;
        else if (c == OPTION_LAST)
            span.last = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = figures_read(&r, &span)))
        return code;
    return figures_print(&r);
}
