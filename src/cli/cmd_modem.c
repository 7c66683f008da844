#include "cli/alloc.h"
#include "cli/radio.h"
#include "cli/show.h"
#include "cli/table.h"
#include "io/control.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback modem list [--json]\n"
    "       textback modem info [LINE] [--json]\n"
    "       textback modem at COMMAND [LINE] [--force] [--json]\n"
    "       textback modem ussd CODE [LINE] [--json]\n"
    "       textback modem trace\n\n"
    "list  the serial ports of USB, and which modem is behind each\n"
    "info  who made it, its IMEI and SIM, network and signal\n"
    "at    puts an AT command to the modem, between the daemon's own; only queries, such as\n"
    "      AT+CSQ or AT+CREG?\n"
    "ussd  asks the network, such as *100# for what is left on a prepaid card\n"
    "trace shows every byte from and to the modems, where log.trace names a file for them\n\n"
    "LINE is needed where there are several.\n\n"
    "      --force  commands that do something, too\n"
    "      --json   {\"v\":1,\"ports\":[...]}, or {\"v\":1,\"lines\":[...],\"result\":\"OK\"}\n";

enum { OPTION_FORCE = CLI_OPTION_OWN };

static const struct option options[] = {
    {"force", no_argument, NULL, OPTION_FORCE}, CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

/* What is to be seen of one port. */
struct seen {
    struct port_info port;
    struct probe probe;
    char why[SERIAL_ERROR_MAX];
};

/* The port's name stands in its own column. */
static void drop_path(struct seen *s)
{
    size_t len = strlen(s->port.path);
    if (strncmp(s->why, s->port.path, len) == 0 && strncmp(s->why + len, ": ", 2) == 0)
        memmove(s->why, s->why + len + 2, strlen(s->why + len + 2) + 1);
}

static void look(struct seen *s)
{
    if (s->port.rank == FAMILY_NEVER)
        snprintf(s->why, sizeof(s->why), "left alone: asking it does harm");
    else if (radio_probe(&s->port, &s->probe, s->why) != 0)
        drop_path(s);
    else if (s->probe.state == PROBE_MODEM)
        s->why[0] = '\0';
    else
        snprintf(s->why, sizeof(s->why), "%s",
                 s->probe.state == PROBE_OTHER ? "answers, but is no mobile modem"
                                               : "does not answer to AT");
}

static void print_ports_json(const struct seen *seen, size_t count)
{
    struct json j;
    char ids[16];
    output_json_begin(&j);
    json_key(&j, "ports");
    json_array(&j);
    for (size_t i = 0; i < count; i++) {
        const struct port_info *p = &seen[i].port;
        snprintf(ids, sizeof(ids), "%04x:%04x", p->usb.vid, p->usb.pid);
        json_object(&j);
        json_key_string(&j, "port", p->path);
        json_key_string(&j, "usb", ids);
        json_key_string(&j, "serial", p->serial[0] ? p->serial : NULL);
        json_key(&j, "interface");
        if (p->usb.interface >= 0)
            json_i64(&j, p->usb.interface);
        else
            json_null(&j);
        json_key_string(&j, "model", seen[i].probe.model[0] ? seen[i].probe.model : NULL);
        json_key_string(&j, "imei", seen[i].probe.imei[0] ? seen[i].probe.imei : NULL);
        json_key_string(&j, "trouble", seen[i].why[0] ? seen[i].why : NULL);
        json_object_end(&j);
    }
    json_array_end(&j);
    output_json_end(&j);
}

static void print_ports(const struct output *out, const struct seen *seen, size_t count)
{
    static const struct table_column columns[] = {
        {"PORT", false, 0},  {"USB", false, 0},  {"IF", true, 0},
        {"MODEL", false, 8}, {"IMEI", false, 0}, {"", false, 20},
    };
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < count; i++) {
        const struct port_info *p = &seen[i].port;
        const char *name = family_name(p->usb.vid, p->usb.pid);
        table_cell(t, OUTPUT_PLAIN, p->path);
        table_cellf(t, OUTPUT_PLAIN, "%04x:%04x", p->usb.vid, p->usb.pid);
        if (p->usb.interface >= 0)
            table_cellf(t, OUTPUT_PLAIN, "%d", p->usb.interface);
        else
            table_cell(t, OUTPUT_PLAIN, "");
        table_cell(t, OUTPUT_GOOD, seen[i].probe.model);
        table_cell(t, OUTPUT_PLAIN, seen[i].probe.imei);
        table_cell(t, OUTPUT_DIM, seen[i].why[0] ? seen[i].why : name);
    }
    table_print(t, out);
    table_free(t);
}

static int list(struct cli *cli)
{
    char odd[PORTS_ODD_SIZE];
    struct port_info *ports = cli_alloc(PORTS_MAX, sizeof(*ports));
    size_t count = ports_list(cli_root(), ports, PORTS_MAX);
    struct seen *seen = cli_alloc(count + 1, sizeof(*seen));
    for (size_t i = 0; i < count; i++) {
        seen[i].port = ports[i];
        look(&seen[i]);
    }
    if (cli->json)
        print_ports_json(seen, count);
    else if (count > 0)
        print_ports(&cli->out, seen, count);
    free(seen);
    free(ports);
    if (ports_without(cli_root(), odd))
        cli_note(cli, "%s", odd);
    if (count == 0)
        return cli_fail(cli, CLI_MODEM, "no serial port of USB: is the modem plugged in? (lsusb)");
    return CLI_DONE;
}

/* Finds the line that is meant; there may be only one. */
static int pick_line(struct cli *cli, const char *name, const struct config_line **ret)
{
    int code = cli_config(cli, CLI_NEED_CONFIG);
    if (code)
        return code;
    const struct config *c = cli->config;
    if (!name && c->line_count > 1)
        return cli_fail(cli, CLI_USAGE, "LINE is missing: there are %zu", c->line_count);
    for (size_t i = 0; i < c->line_count; i++) {
        if (!name || strcmp(c->lines[i].name, name) == 0) {
            *ret = &c->lines[i];
            return CLI_DONE;
        }
    }
    return cli_fail(cli, CLI_NOT_FOUND, "no such line: \"%s\"", name);
}

static int open_radio(struct cli *cli, const char *name, struct radio **ret)
{
    const struct config_line *line = NULL;
    char why[RADIO_WHY_SIZE];
    int code = pick_line(cli, name, &line);
    if (!code && radio_open(cli, line, ret, why))
        code = cli_fail(cli, CLI_MODEM, "%s (textback doctor tells more)", why);
    return code;
}

static void print_answer(const struct cli *cli, const struct radio_answer *answer)
{
    if (cli->json) {
        struct json j;
        output_json_begin(&j);
        show_lines_json(&j, "lines", answer->lines);
        json_key_string(&j, "result", answer->result);
        output_json_end(&j);
        return;
    }
    char *printable = output_printable(answer->lines, true);
    if (printable[0])
        puts(printable);
    free(printable);
    puts(answer->result);
}

/* Puts one command and prints what comes. */
static int put(struct cli *cli, const char *name, const char *command, bool any)
{
    struct radio *radio = NULL;
    struct radio_answer answer;
    if (!any && !ask_is_query(command))
        return cli_fail(cli, CLI_USAGE,
                        "\"%s\" is not a query, such as AT+CSQ or AT+CREG? (--force: put it all "
                        "the same)",
                        command);
    int code = open_radio(cli, name, &radio);
    if (code)
        return code;
    if (radio_ask(radio, command, any, &answer))
        code = cli_fail(cli, CLI_MODEM, "%s", answer.result);
    else
        print_answer(cli, &answer);
    if (!code && strcmp(answer.result, "OK") != 0)
        code = CLI_MODEM;
    radio_free(radio);
    return code;
}

static int ussd(struct cli *cli, const char *name, const char *code)
{
    char command[AT_COMMAND_MAX + 1];
    if (!code[0] || strlen(code) > 40 || strspn(code, "0123456789*#+") != strlen(code))
        return cli_fail(cli, CLI_USAGE, "not a code such as *100#: \"%s\"", code);
    snprintf(command, sizeof(command), "AT+CUSD=1,\"%s\",15", code);
    return put(cli, name, command, true);
}

static int info(struct cli *cli, const char *name)
{
    static const struct {
        const char *key, *command, *prefix;
    } rows[] = {
        {"maker", "AT+CGMI", "+CGMI:"},    {"model", "AT+CGMM", "+CGMM:"},
        {"firmware", "AT+CGMR", "+CGMR:"}, {"imei", "AT+CGSN", "+CGSN:"},
        {"sim", "AT+CPIN?", "+CPIN:"},     {"iccid", "AT+CCID", "+CCID:"},
        {"network", "AT+COPS?", "+COPS:"}, {"registration", "AT+CREG?", "+CREG:"},
        {"signal", "AT+CSQ", "+CSQ:"},     {"smsc", "AT+CSCA?", "+CSCA:"},
    };
    struct radio *radio = NULL;
    struct radio_answer answer;
    struct json j;
    int code = open_radio(cli, name, &radio);
    if (code)
        return code;
    if (cli->json)
        output_json_begin(&j);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !code; i++) {
        char value[256];
        if (radio_ask(radio, rows[i].command, false, &answer))
            code = cli_fail(cli, CLI_MODEM, "%s", answer.result);
        if (!radio_line(&answer, rows[i].prefix, value, sizeof(value)) &&
            !radio_line(&answer, "", value, sizeof(value)))
            value[0] = '\0';
        const char *start = value + strspn(value, " ");
        char *printable = output_printable(start, false);
        if (cli->json)
            json_key_string(&j, rows[i].key, start[0] ? start : NULL);
        else if (!code)
            printf("%-13s %s\n", rows[i].key, printable[0] ? printable : "unknown");
        free(printable);
    }
    if (cli->json)
        output_json_end(&j);
    radio_free(radio);
    return code;
}

/* Shows the trace that the daemon writes; all of it is printable. */
static int trace(struct cli *cli)
{
    char line[8192];
    int code = cli_config(cli, CLI_NEED_CONFIG);
    if (code)
        return code;
    const char *path = cli->config->trace;
    if (!path[0])
        return cli_fail(cli, CLI_CONFIG,
                        "there is none: set log.trace to the path of a file in %s, then: sudo "
                        "systemctl reload textback",
                        cli->config_file);
    FILE *file = fopen(path, "re");
    if (!file)
        return cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
    output_page(&cli->out);
    while (fgets(line, sizeof(line), file))
        fputs(line, stdout);
    fclose(file);
    return CLI_DONE;
}

int cmd_modem(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "info", "at", "ussd", "trace", NULL};
    bool force = false;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c != OPTION_FORCE)
            return cli->exit;
        force = true;
    }
    const char *what = optind < argc ? argv[optind] : "list";
    bool takes = strcmp(what, "at") == 0 || strcmp(what, "ussd") == 0;
    if ((code = cli_operands(cli, argc, argv, takes ? 2 : 0,
                             strcmp(what, "list") == 0 || strcmp(what, "trace") == 0 ? "WHAT"
                             : takes ? "WHAT COMMAND LINE"
                                     : "WHAT LINE")))
        return code;
    const char *first = optind + 1 < argc ? argv[optind + 1] : NULL;
    const char *second = optind + 2 < argc ? argv[optind + 2] : NULL;
    if (strcmp(what, "list") == 0)
        return list(cli);
    if (strcmp(what, "trace") == 0)
        return trace(cli);
    if (strcmp(what, "info") == 0)
        return info(cli, first);
    if (strcmp(what, "at") == 0)
        return put(cli, second, first, force);
    if (strcmp(what, "ussd") == 0)
        return ussd(cli, second, first);
    return cli_unknown(cli, "unknown word", what, words);
}
