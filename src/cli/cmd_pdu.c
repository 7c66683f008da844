#include "base/octets.h"
#include "cli/alloc.h"
#include "cli/cli.h"
#include "sms/compose.h"
#include "sms/pdu.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 96 /* what pdu_describe() says */
#define LACKS_MAX 64

static const char usage[] =
    "usage: textback pdu decode [--no-smsc] HEX [--json]\n"
    "       textback pdu encode [--unicode MODE] TO TEXT [--json]\n\n"
    "decode tells what a PDU says, as a modem prints it; - reads it from standard input, after "
    "the\n"
    "+CMT:, +CMGR: or +CMGL: line that there may be.\n"
    "encode prints the PDUs that a text becomes: TO is +447700900123, or digits to dial.  It "
    "tells\n"
    "what each part holds and still could, and which characters need UCS-2.\n\n"
    "      --no-smsc      HEX begins with the TPDU, not with the SMSC\n"
    "      --unicode MODE fold, allow or refuse; else text.unicode as configured, else fold\n"
    "      --json         {\"v\":1,\"type\":\"deliver\",...} or "
    "{\"v\":1,\"alphabet\":\"gsm7\",\"parts\":[...]}\n";

enum { OPTION_NO_SMSC = CLI_OPTION_OWN, OPTION_UNICODE };

static const struct option options[] = {{"no-smsc", no_argument, NULL, OPTION_NO_SMSC},
                                        {"unicode", required_argument, NULL, OPTION_UNICODE},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

/* The user data in hex where it is no text, else NULL. */
static const char *data_hex(const struct pdu *p, char hex[2 * PDU_UD_MAX + 1])
{
    if (p->has_text || p->data_len == 0)
        return NULL;
    octets_to_hex(p->data, p->data_len, hex);
    return hex;
}

static const char *or_null(const char *s)
{
    return s[0] ? s : NULL;
}

static void json_concat(struct json *j, const struct udh *udh)
{
    json_key(j, "concat");
    if (udh->concat.bits) {
        json_object(j);
        json_key_i64(j, "ref", udh->concat.ref);
        json_key_i64(j, "bits", udh->concat.bits);
        json_key_i64(j, "total", udh->concat.total);
        json_key_i64(j, "seq", udh->concat.seq);
        json_object_end(j);
    } else {
        json_null(j);
    }
    json_key(j, "ports");
    if (udh->ports.bits) {
        json_object(j);
        json_key_i64(j, "dst", udh->ports.dst);
        json_key_i64(j, "src", udh->ports.src);
        json_object_end(j);
    } else {
        json_null(j);
    }
}

static void json_user_data(struct json *j, const struct pdu *p)
{
    char hex[2 * PDU_UD_MAX + 1];
    bool report = p->type == PDU_STATUS_REPORT;
    json_key_string(j, "alphabet", report ? NULL : dcs_alphabet_name(p->coding.alphabet));
    json_key(j, "class");
    if (report || p->coding.message_class == DCS_CLASS_NONE)
        json_null(j);
    else
        json_i64(j, p->coding.message_class);
    json_concat(j, &p->udh);
    json_key(j, "text");
    if (p->has_text && !report)
        json_span(j, p->text, p->text_len);
    else
        json_null(j);
    json_key_string(j, "data_hex", report ? NULL : data_hex(p, hex));
}

static void json_waiting(struct json *j, const struct pdu *p)
{
    json_key(j, "mwi");
    if (!p->waiting) {
        json_null(j);
        return;
    }
    json_object(j);
    json_key_string(j, "type", dcs_waiting_name(p->waiting_type));
    json_key_bool(j, "active", p->waiting_active);
    json_key_bool(j, "store", p->waiting_store);
    json_key_i64(j, "count", p->waiting_count);
    json_object_end(j);
}

/* What a text message is beyond its text. */
static void json_nature(struct json *j, const struct pdu *p)
{
    char told[TOLD_MAX];
    pdu_describe(p, p->data_len, told, sizeof(told));
    json_key_string(j, "shown", or_null(told));
    json_key_bool(j, "compressed", p->coding.compressed);
    json_key_bool(j, "header_malformed", p->udh.malformed);
    json_key_i64(j, "lang_locking", p->udh.lang_locking);
    json_key_i64(j, "lang_single", p->udh.lang_single);
    json_key_i64(j, "replace_type", pdu_replace_type(p));
    json_key_bool(j, "for_machine", pdu_for_machine(p));
    json_waiting(j, p);
    if (p->type == PDU_SUBMIT) {
        json_key_i64(j, "mr", p->mr);
        json_key_bool(j, "report", p->report);
        json_key_bool(j, "reject_duplicates", p->reject_duplicates);
    }
}

static void print_decoded_json(const struct pdu *p)
{
    char scts[SCTS_RFC3339_SIZE], discharge[SCTS_RFC3339_SIZE];
    struct json j;
    scts_rfc3339(&p->scts, scts);
    scts_rfc3339(&p->discharge, discharge);
    output_json_begin(&j);
    json_key_string(&j, "type", pdu_type_name(p->type));
    json_key_string(&j, "smsc", or_null(p->smsc.text));
    json_key_string(&j, "number", p->number.text);
    json_key_string(&j, "number_type", address_type_name(p->number.type));
    json_key_string(&j, "scts", or_null(scts));
    json_key_i64(&j, "pid", p->pid);
    json_key_i64(&j, "dcs", p->dcs);
    json_user_data(&j, p);
    if (p->type == PDU_STATUS_REPORT) {
        json_key_i64(&j, "mr", p->mr);
        json_key_string(&j, "discharge_at", or_null(discharge));
        json_key_i64(&j, "status", p->status);
        json_key_string(&j, "outcome", pdu_outcome_name(p->outcome));
        json_key_bool(&j, "final", p->final);
    } else {
        json_nature(&j, p);
    }
    output_json_end(&j);
}

static void print_row(const char *name, const char *value)
{
    char *printable = output_printable(value, false);
    if (printable[0])
        printf("%-9s %s\n", name, printable);
    free(printable);
}

/* What is unusual about a text message. */
static void print_nature(const struct pdu *p)
{
    if (p->type == PDU_SUBMIT)
        printf("%-9s %u%s\n", "TP-MR", p->mr, p->report ? ", a report is wanted" : "");
    if (p->pid != 0)
        printf("%-9s %u%s\n", "TP-PID", p->pid,
               pdu_replace_type(p) ? ": replaces an earlier one of its kind"
               : p->pid == 0x40    ? ": silent, never shown"
                                   : "");
    if (p->udh.lang_locking || p->udh.lang_single)
        printf("%-9s locking shift %u, single shift %u\n", "language", p->udh.lang_locking,
               p->udh.lang_single);
    if (p->waiting)
        printf("%-9s %s, %s, %s\n", "waiting", dcs_waiting_name(p->waiting_type),
               p->waiting_active ? "active" : "none any more",
               p->waiting_store ? "keep the text" : "discard the text");
    if (p->udh.malformed)
        printf("%-9s an element is longer than the header: ignored from there on\n", "header");
}

static void print_decoded(const struct output *out, const struct pdu *p)
{
    char line[SCTS_RFC3339_SIZE], told[TOLD_MAX];
    printf("%-9s %s\n", "type", pdu_type_name(p->type));
    print_row("smsc", p->smsc.text);
    print_row(p->type == PDU_DELIVER ? "from" : "to", p->number.text);
    scts_rfc3339(&p->scts, line);
    print_row("time", line);
    if (p->type == PDU_STATUS_REPORT) {
        scts_rfc3339(&p->discharge, line);
        print_row("discharge", line);
        printf("%-9s %u\n%-9s %u: %s%s\n", "TP-MR", p->mr, "status", p->status,
               pdu_outcome_name(p->outcome), p->final ? "" : ", the SMSC goes on trying");
        return;
    }
    printf("%-9s %s (TP-DCS %u)\n", "alphabet", dcs_alphabet_name(p->coding.alphabet), p->dcs);
    if (p->coding.message_class != DCS_CLASS_NONE)
        printf("%-9s %d\n", "class", p->coding.message_class);
    if (p->udh.concat.bits)
        printf("%-9s %u of %u, reference %u\n", "part", p->udh.concat.seq, p->udh.concat.total,
               p->udh.concat.ref);
    if (p->udh.ports.bits)
        printf("%-9s to %u from %u\n", "ports", p->udh.ports.dst, p->udh.ports.src);
    print_nature(p);
    pdu_describe(p, p->data_len, told, sizeof(told));
    printf("%-9s ", "text");
    output_paragraph(out, 10, p->text_len > 0 ? p->text : told);
    char hex[2 * PDU_UD_MAX + 1];
    if (data_hex(p, hex))
        print_row("data", hex);
}

static int tell_undecodable(const struct cli *cli, const char *what, size_t at)
{
    struct json j;
    if (!cli->json)
        return cli_fail(cli, CLI_FAILED, "octet %zu: %s", at, what);
    output_json_begin(&j);
    json_key_string(&j, "error", what);
    json_key_i64(&j, "at_octet", (int64_t)at);
    output_json_end(&j);
    return CLI_FAILED;
}

/* Reads the PDU from standard input: the first line that is not empty and announces none. Returns
 * CLI_DONE, or CLI_FAILED after telling. */
static int read_pdu(const struct cli *cli, char *line, int cap)
{
    do {
        if (!fgets(line, cap, stdin)) {
            line[0] = '\0';
            return ferror(stdin) ? cli_fail(cli, CLI_FAILED, "standard input cannot be read")
                                 : CLI_DONE;
        }
        line[strcspn(line, "\r\n")] = '\0';
    } while (line[0] == '\0' || line[0] == '+');
    return CLI_DONE;
}

static int decode(struct cli *cli, const char *hex, bool smsc_present)
{
    char line[PDU_HEX_MAX + 4];
    struct pdu pdu;
    size_t at = 0;
    if (strcmp(hex, "-") == 0) {
        if (read_pdu(cli, line, sizeof(line)) != CLI_DONE)
            return CLI_FAILED;
        hex = line;
    }
    enum pdu_err err = pdu_decode_hex(hex, strlen(hex), smsc_present, &pdu, &at);
    if (err)
        return tell_undecodable(cli, pdu_err_str(err), at);
    if (!cli->json)
        print_decoded(&cli->out, &pdu); /* what there is of it, too */
    if (pdu.truncated)
        return tell_undecodable(cli, "the user data ends before TP-UDL says", pdu.end);
    if (cli->json)
        print_decoded_json(&pdu);
    return CLI_DONE;
}

static void json_part(struct json *j, const struct compose *c, size_t i)
{
    char hex[PDU_HEX_MAX + 1];
    size_t octets, len, left;
    const char *text = compose_part_text(c, i, &len);
    compose_part(c, i, hex, &octets);
    json_object(j);
    json_key_string(j, "pdu", hex);
    json_key_i64(j, "tpdu_octets", (int64_t)octets);
    json_key(j, "text");
    json_span(j, text, len);
    json_key_i64(j, "units", (int64_t)compose_part_units(c, i, &left));
    json_key_i64(j, "units_left", (int64_t)left);
    json_object_end(j);
}

static void json_change(struct json *j, uint32_t from, const char *to)
{
    char name[16];
    snprintf(name, sizeof(name), "U+%04" PRIX32, from);
    json_key_string(j, "from", name);
    json_key_string(j, "to", to);
}

static void print_encoded_json(const struct compose *c, const struct compose_lack *lacks,
                               size_t lack_count)
{
    struct json j;
    output_json_begin(&j);
    json_key_string(&j, "alphabet", dcs_alphabet_name(c->alphabet));
    json_key(&j, "parts");
    json_array(&j);
    for (size_t i = 0; i < c->part_count; i++)
        json_part(&j, c, i);
    json_array_end(&j);
    json_key(&j, "replaced");
    json_array(&j);
    for (size_t i = 0; i < c->replaced_count; i++) {
        json_object(&j);
        json_change(&j, c->replaced[i].from, c->replaced[i].to);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_key(&j, "needs_ucs2");
    json_array(&j);
    for (size_t i = 0; i < lack_count; i++) {
        json_object(&j);
        json_change(&j, lacks[i].code, lacks[i].to);
        json_key_i64(&j, "at_octet", (int64_t)lacks[i].at);
        json_object_end(&j);
    }
    json_array_end(&j);
    output_json_end(&j);
}

/* As the lines that a modem is given. */
static void print_encoded(const struct cli *cli, const struct compose *c,
                          const struct compose_lack *lacks, size_t lack_count)
{
    char hex[PDU_HEX_MAX + 1];
    bool ucs2 = c->alphabet == DCS_ALPHABET_UCS2;
    for (size_t i = 0; i < c->part_count; i++) {
        size_t octets;
        compose_part(c, i, hex, &octets);
        printf("AT+CMGS=%zu\n%s\n", octets, hex);
    }
    cli_note(cli, "%zu part%s, %s", c->part_count, c->part_count == 1 ? "" : "s",
             ucs2 ? "UCS-2" : "GSM 7-bit");
    for (size_t i = 0; i < c->part_count; i++) {
        size_t left, units = compose_part_units(c, i, &left);
        cli_note(cli, "part %zu: %zu %s, %zu left", i + 1, units, ucs2 ? "units" : "septets", left);
    }
    for (size_t i = 0; i < c->replaced_count; i++)
        cli_note(cli, "U+%04" PRIX32 " replaced by \"%s\"", c->replaced[i].from, c->replaced[i].to);
    for (size_t i = 0; i < lack_count; i++) {
        if (lacks[i].to)
            cli_note(cli, "U+%04" PRIX32 " at octet %zu needs UCS-2; folding makes it \"%s\"",
                     lacks[i].code, lacks[i].at, lacks[i].to);
        else
            cli_note(cli, "U+%04" PRIX32 " at octet %zu needs UCS-2; nothing can stand in for it",
                     lacks[i].code, lacks[i].at);
    }
}

/* Reads --unicode, or text.unicode where there is a configuration. */
static int choose_unicode(struct cli *cli, const char *mode, enum compose_unicode *ret)
{
    static const char *const modes[] = {"fold", "allow", "refuse", NULL};
    char file[CONFIG_PATH_MAX];
    *ret = COMPOSE_FOLD;
    if (!mode) {
        if (!cli->config_path && config_find(NULL, file) != 0)
            return CLI_DONE;
        int code = cli_config(cli, CLI_NEED_CONFIG);
        if (code == CLI_DONE)
            *ret = cli->config->unicode;
        return code;
    }
    for (int i = 0; modes[i]; i++) {
        if (strcmp(mode, modes[i]) == 0) {
            *ret = (enum compose_unicode)i;
            return CLI_DONE;
        }
    }
    return cli_unknown(cli, "--unicode: unknown word", mode, modes);
}

static int tell_uncomposed(const struct cli *cli, enum compose_err err, const struct compose *c,
                           const char *to)
{
    if (err == COMPOSE_ERR_NUMBER)
        return cli_fail(cli, CLI_USAGE,
                        "not a number to send to: \"%s\" (digits, * and #, with + in front where "
                        "it is international)",
                        to);
    if (err == COMPOSE_ERR_UTF8)
        return cli_fail(cli, CLI_USAGE, "the text %s: octet %zu", compose_err_str(err), c->at);
    if (err == COMPOSE_ERR_CHARACTER)
        return cli_fail(cli, CLI_USAGE, "the text %s: U+%04" PRIX32 " at octet %zu",
                        compose_err_str(err), c->refused, c->at);
    return cli_fail(cli, CLI_USAGE, "the text %s", compose_err_str(err));
}

static int encode(struct cli *cli, const char *mode, const char *to, const char *text)
{
    struct compose_options o = {.to = to, .max_parts = COMPOSE_PARTS_MAX};
    struct compose_lack lacks[LACKS_MAX];
    size_t lack_count = 0;
    int code = choose_unicode(cli, mode, &o.unicode);
    if (code != CLI_DONE)
        return code;
    struct compose *c = cli_alloc(1, sizeof(*c));
    /* a, b and c stand for codes in an address (23.040 9.1.2.3): nobody dials them */
    enum compose_err err = strpbrk(to, "abc") ? COMPOSE_ERR_NUMBER : compose_text(c, text, &o);
    if (err == COMPOSE_OK && c->alphabet == DCS_ALPHABET_UCS2)
        lack_count = compose_lacks(c->text, c->text_len, lacks, LACKS_MAX);
    if (err != COMPOSE_OK)
        code = tell_uncomposed(cli, err, c, to);
    else if (cli->json)
        print_encoded_json(c, lacks, lack_count);
    else
        print_encoded(cli, c, lacks, lack_count);
    free(c);
    return code;
}

int cmd_pdu(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"decode", "encode", NULL};
    const char *unicode = NULL;
    bool smsc_present = true;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_NO_SMSC)
            smsc_present = false;
        else if (c == OPTION_UNICODE)
            unicode = optarg;
        else
            return cli->exit;
    }
    if (optind == argc)
        return cli_fail(cli, CLI_USAGE, "decode or encode is missing (see textback pdu --help)");
    const char *what = argv[optind++];
    if (strcmp(what, "decode") == 0) {
        code = cli_operands(cli, argc, argv, 1, "HEX");
        return code ? code : decode(cli, argv[optind], smsc_present);
    }
    if (strcmp(what, "encode") == 0) {
        code = cli_operands(cli, argc, argv, 2, "TO TEXT");
        return code ? code : encode(cli, unicode, argv[optind], argv[optind + 1]);
    }
    return cli_unknown(cli, "unknown word", what, words);
}
