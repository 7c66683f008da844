#include "cli/alloc.h"
#include "cli/checks.h"
#include "io/control.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback doctor [--json]\n\n"
    "Looks at everything between a caller and the text: configuration, database, texts, clock,\n"
    "service, port, modem, SIM, network, diverts, caller id.  What is not ok comes with the\n"
    "command or setting that mends it; textback-doctor(7) has more on each line.  Works while\n"
    "the daemon runs, and without it.\n"
    "Exit status 0 all well, 9 warnings only, 6 modem, SIM or network, 7 configuration,\n"
    "8 database.\n\n"
    "      --json  {\"v\":1,\"checks\":[{\"name\":...,\"line\":...,\"result\":...}],...}\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

struct doctor {
    struct check_context context;
    struct json json;
    int warnings, failures;
    int code; /* of the first failure */
};

static const char *level_word(enum check_level level)
{
    switch (level) {
    case CHECK_OK:
        return "ok";
    case CHECK_SKIP:
        return "skip";
    case CHECK_WARN:
        return "warn";
    case CHECK_FAIL:
        return "fail";
    }
    return "";
}

static enum output_style level_style(enum check_level level)
{
    return level == CHECK_OK     ? OUTPUT_GOOD
           : level == CHECK_SKIP ? OUTPUT_DIM
           : level == CHECK_WARN ? OUTPUT_WARN
                                 : OUTPUT_BAD;
}

static void print_json(struct doctor *d, const struct check *check, const struct check_result *r)
{
    const struct config_line *line = check->of_line ? d->context.line : NULL;
    json_object(&d->json);
    json_key_string(&d->json, "name", check->name);
    json_key_string(&d->json, "line", line ? line->name : NULL);
    json_key_string(&d->json, "result", level_word(r->level));
    json_key_string(&d->json, "detail", r->detail);
    json_key_string(&d->json, "mend", r->mend[0] ? r->mend : NULL);
    json_object_end(&d->json);
}

/* "warn  clock         it is not synchronised", and under it "-> sudo ...". */
static void print_line(const struct doctor *d, const struct check *check,
                       const struct check_result *r)
{
    enum { INDENT = 20 };
    const struct output *out = &d->context.cli->out;
    output_style(out, level_style(r->level), level_word(r->level));
    printf("%*s%-12s  ", 6 - (int)strlen(level_word(r->level)), "", check->name);
    output_paragraph(out, INDENT, r->detail);
    if (r->mend[0]) {
        printf("%*s", INDENT, "");
        output_style(out, OUTPUT_BOLD, "-> ");
        output_paragraph(out, INDENT + 3, r->mend);
    }
}

static void run_check(struct doctor *d, const struct check *check)
{
    struct check_result r = {.level = CHECK_SKIP};
    check->run(&d->context, &r);
    d->warnings += r.level == CHECK_WARN;
    d->failures += r.level == CHECK_FAIL;
    if (r.level == CHECK_FAIL && !d->code)
        d->code = r.code;
    if (d->context.cli->json)
        print_json(d, check, &r);
    else
        print_line(d, check, &r);
    fflush(stdout); /* the next one may take a while */
}

static bool daemon_runs(const struct cli *cli)
{
    char answer[CONTROL_ANSWER_MAX];
    return control_ask(cli->config->control_socket, "status", answer, sizeof(answer)) == 0;
}

static void run_lines(struct doctor *d, const struct check *table, size_t count)
{
    const struct config *config = d->context.cli->config;
    for (size_t i = 0; i < config->line_count; i++) {
        d->context.line = &config->lines[i];
        d->context.no_sim = false;
        if (config->line_count > 1 && !d->context.cli->json)
            printf("line %s\n", d->context.line->name);
        for (size_t k = 0; k < count; k++)
            if (table[k].of_line)
                run_check(d, &table[k]);
        radio_free(d->context.radio);
        d->context.radio = NULL;
    }
}

static void finish(struct doctor *d)
{
    if (d->context.cli->json) {
        json_array_end(&d->json);
        json_key_i64(&d->json, "warnings", d->warnings);
        json_key_i64(&d->json, "failures", d->failures);
        output_json_end(&d->json);
    } else if (d->failures + d->warnings == 0) {
        puts("All is well.");
    } else {
        printf("%d failed, %d warning%s; more on each line: man textback-doctor\n", d->failures,
               d->warnings, d->warnings == 1 ? "" : "s");
    }
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
    struct doctor d = {.context = {.cli = cli}};
    size_t count;
    const struct check *table = checks(&count);
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")))
        return code;
    if (cli->json) {
        output_json_begin(&d.json);
        json_key(&d.json, "checks");
        json_array(&d.json);
    }
    run_check(&d, &table[0]); /* the configuration: the others need it */
    if (cli->config) {
        d.context.daemon = daemon_runs(cli);
        for (size_t i = 1; i < count; i++)
            if (!table[i].of_line)
                run_check(&d, &table[i]);
        run_lines(&d, table, count);
    }
    finish(&d);
    return d.failures ? d.code : d.warnings ? CLI_WARNINGS : CLI_DONE;
}
