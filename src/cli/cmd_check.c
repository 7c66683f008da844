#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/sample.h"
#include "cli/table.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: textback check [FILE] [--show-defaults] [--json]\n\n"
    "Reads the configuration (FILE, else the one that is used) and tells the first mistake as\n"
    "FILE:LINE:COLUMN: what, and what is expected, with exit status 7; else shows each template "
    "as\n"
    "it would be sent, and how many texts that takes.\n\n"
    "      --show-defaults  print every key with its default and what it is for\n"
    "      --json           {\"v\":1,\"file\":\"...\",\"error\":null,\"templates\":[...]}\n";

enum { OPTION_SHOW_DEFAULTS = CLI_OPTION_OWN };

static const struct option options[] = {{"show-defaults", no_argument, NULL, OPTION_SHOW_DEFAULTS},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"TEMPLATE", false, 0}, {"PARTS", true, 0}, {"ALPHABET", false, 0}, {"TEXT", false, 20}};

static void print_json(const char *file, const char *error, const struct sample *samples, size_t n)
{
    struct json j;
    output_json_begin(&j);
    json_key_string(&j, "file", file);
    json_key_string(&j, "error", error);
    json_key(&j, "templates");
    json_array(&j);
    for (size_t i = 0; i < n; i++) {
        json_object(&j);
        json_key_string(&j, "name", template_name(samples[i].id));
        json_key_string(&j, "alphabet",
                        samples[i].parts ? dcs_alphabet_name(samples[i].alphabet) : NULL);
        json_key_i64(&j, "parts", (int64_t)samples[i].parts);
        json_key_string(&j, "text", samples[i].text);
        json_object_end(&j);
    }
    json_array_end(&j);
    output_json_end(&j);
}

static void print_table(const struct cli *cli, const struct sample *samples, size_t n)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < n; i++) {
        bool ucs2 = samples[i].alphabet == DCS_ALPHABET_UCS2;
        table_cell(t, OUTPUT_PLAIN, template_name(samples[i].id));
        table_cellf(t, OUTPUT_PLAIN, "%zu", samples[i].parts);
        table_cell(t, OUTPUT_PLAIN, ucs2 ? "UCS-2" : "GSM 7-bit");
        table_cell(t, OUTPUT_DIM, samples[i].text);
    }
    if (!cli->quiet) {
        char *file = output_printable(cli->config_file, false);
        printf("%s: OK\n\n", file);
        free(file);
        table_print(t, &cli->out);
        if (cli->config->policy.opt_out_line[0])
            puts("\nThe opt-out line is on the first text to a person only.");
    }
    table_free(t);
}

static void show_templates(struct cli *cli)
{
    static struct sample samples[TEMPLATE_COUNT];
    struct template_values values;
    sample_values(cli->config, SAMPLE_MIDDLING, &values);
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++)
        sample_fill(cli->config, id, &values, template_may_tell_stop(id), &samples[id]);
    if (cli->json)
        print_json(cli->config_file, NULL, samples, TEMPLATE_COUNT);
    else
        print_table(cli, samples, TEMPLATE_COUNT);
}

/* What the daemon would go on without. */
static int check_trace(const struct cli *cli)
{
    struct stat st;
    const char *trace = cli->config->trace;
    if (!trace[0] || lstat(trace, &st) || S_ISREG(st.st_mode))
        return CLI_DONE;
    return cli_fail(cli, CLI_WARNINGS, "log.trace: %s: no trace: it is no regular file", trace);
}

int cmd_check(struct cli *cli, int argc, char **argv)
{
    char error[CONFIG_ERROR_MAX] = "";
    bool show_defaults = false;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c != OPTION_SHOW_DEFAULTS)
            return cli->exit;
        show_defaults = true;
    }
    if (argc - optind > 1)
        return cli_operands(cli, argc, argv, 0, "FILE");
    if (show_defaults) {
        config_print_defaults(stdout);
        return CLI_DONE;
    }
    if (optind < argc)
        cli->config_path = argv[optind];
    int err = config_find(cli->config_path, cli->config_file);
    if (err && !cli->config_path)
        return cli_config(cli, CLI_NEED_CONFIG); /* tells where it looked */
    cli->config = cli_alloc(1, sizeof(*cli->config));
    if (err)
        snprintf(error, sizeof(error), "%s: %s", cli->config_path,
                 err == -EACCES ? strerror(EACCES) : "no such file");
    else
        err = config_read(cli->config_file, cli->config, error);
    if (err == 0) {
        show_templates(cli);
        return check_trace(cli);
    }
    if (!error[0])
        snprintf(error, sizeof(error), "%s: %s", cli->config_file, strerror(-err));
    if (cli->json)
        print_json(cli->config_file, error, NULL, 0);
    char *printable = output_printable(error, false);
    fprintf(stderr, "%s\n", printable); /* FILE:LINE:COLUMN first, where editors look for it */
    free(printable);
    return err == -EAGAIN ? CLI_FAILED : CLI_CONFIG;
}
