#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/sample.h"
#include "cli/show.h"
#include "cli/table.h"
#include "policy/decide.h"
#include "store/people.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback template [list] [--json]\n"
    "       textback template lint [--json]\n"
    "       textback template render NAME [--for PERSON] [--json]\n\n"
    "The texts of the configuration: as they are written; what is odd about them, at the longest\n"
    "plausible values, with exit status 9 where something is; or one as a person would get it "
    "now.\n\n"
    "      --for PERSON   with their name, and the opt-out line where it is their first text\n"
    "      --json         {\"v\":1,\"templates\":[...]}, {\"v\":1,\"findings\":[...]}, or\n"
    "                     "
    "{\"v\":1,\"name\":\"...\",\"alphabet\":\"...\",\"parts\":1,\"text\":\"...\"}\n";

enum { OPTION_FOR = CLI_OPTION_OWN };

static const struct option options[] = {
    {"for", required_argument, NULL, OPTION_FOR}, CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

static const struct table_column list_columns[] = {{"TEMPLATE", false, 0}, {"TEXT", false, 20}};
static const struct table_column lint_columns[] = {{"TEMPLATE", false, 0}, {"FINDING", false, 20}};

static int list(struct cli *cli)
{
    struct table *t = table_new(list_columns, 2);
    struct json j;
    if (cli->json) {
        output_json_begin(&j);
        json_key(&j, "templates");
        json_array(&j);
    }
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++) {
        const char *text = cli->config->policy.templates[id];
        if (cli->json) {
            json_object(&j);
            json_key_string(&j, "name", template_name(id));
            json_key_string(&j, "template", text);
            json_object_end(&j);
        } else {
            table_cell(t, OUTPUT_PLAIN, template_name(id));
            table_cell(t, OUTPUT_PLAIN, text);
        }
    }
    if (cli->json) {
        json_array_end(&j);
        output_json_end(&j);
    } else {
        table_print(t, &cli->out);
    }
    table_free(t);
    return CLI_DONE;
}

/* Where findings go: rows of a table, or objects of an array. */
struct findings {
    struct table *table;
    struct json *json; /* or NULL */
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void find(struct findings *f, enum template_id id,
                                                       const char *format, ...)
{
    char what[256];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(what, sizeof(what), format, ap);
    va_end(ap);
    f->count++;
    if (!f->json) {
        table_cell(f->table, OUTPUT_PLAIN, template_name(id));
        table_cell(f->table, OUTPUT_WARN, what);
        return;
    }
    json_object(f->json);
    json_key_string(f->json, "name", template_name(id));
    json_key_string(f->json, "finding", what);
    json_object_end(f->json);
}

/* One line of advertising makes a service message direct marketing, which needs consent. */
static void lint_wording(struct findings *f, enum template_id id, const char *text)
{
    static const char *const words[] = {"% off",        "discount", "special offer", "offer ends",
                                        "sale",         "promo",    "voucher",       "free quote",
                                        "limited time", "deal",     "cheap",         "buy now",
                                        "best price",   "coupon",   "win ",          "act now"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(text, words[i]))
            find(f, id, "\"%s\" is promotion: such a text needs the person's consent", words[i]);
}

static void lint_alphabet(struct findings *f, const struct sample *sample)
{
    for (size_t i = 0; i < sample->replaced_count; i++)
        find(f, sample->id, "U+%04" PRIX32 " is sent as \"%s\"", sample->replaced[i].from,
             sample->replaced[i].to);
    if (sample->parts > 0 && sample->alphabet == DCS_ALPHABET_UCS2 && sample->costly != 0)
        find(f, sample->id, "U+%04" PRIX32 " makes it UCS-2: 70 characters a part, not 160",
             sample->costly);
}

static void lint_template(const struct config *config, enum template_id id, struct findings *f)
{
    static struct sample sample;
    const char *template = config->policy.templates[id];
    struct template_values values;
    sample_values(config, SAMPLE_LONGEST, &values);
    sample_fill(config, id, &values, template_may_tell_stop(id), &sample);
    if (sample.parts == 0)
        find(f, id, "cannot be sent at its longest");
    else if (sample.parts > (size_t)config->max_parts)
        find(f, id, "needs %zu parts at its longest, text.max_parts is %" PRId32, sample.parts,
             config->max_parts);
    lint_alphabet(f, &sample);
    if (!strstr(sample.text, config->policy.business))
        find(f, id, "does not say who sends it: {business} is missing");
    if (template_may_tell_stop(id) && !strcasestr(sample.text, "stop"))
        find(f, id, "does not tell how to opt out");
    lint_wording(f, id, template);
}

static int lint(struct cli *cli)
{
    struct findings f = {.table = table_new(lint_columns, 2)};
    struct json j;
    if (cli->json) {
        output_json_begin(&j);
        f.json = &j;
        json_key(&j, "findings");
        json_array(&j);
    }
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++)
        lint_template(cli->config, id, &f);
    if (cli->json) {
        json_array_end(&j);
        output_json_end(&j);
    } else if (f.count > 0) {
        table_print(f.table, &cli->out);
    } else {
        cli_say(cli, "nothing is odd about the %d templates", TEMPLATE_COUNT);
    }
    table_free(f.table);
    return f.count > 0 ? CLI_WARNINGS : CLI_DONE;
}

static int find_template(const struct cli *cli, const char *word, enum template_id *ret)
{
    const char *names[TEMPLATE_COUNT + 1];
    char suggestion[CLI_SUGGESTION_MAX];
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++) {
        names[id] = template_name(id);
        if (strcmp(word, names[id]) == 0) {
            *ret = id;
            return CLI_DONE;
        }
    }
    names[TEMPLATE_COUNT] = NULL;
    cli_suggest(word, names, suggestion);
    return cli_fail(cli, CLI_NOT_FOUND, "no such template: \"%s\"%s", word, suggestion);
}

/* What is known of the person: a name, and whether they were ever texted automatically. */
static int read_person(struct cli *cli, const char *word, char **ret_name, bool *ret_first)
{
    struct person person;
    struct person_facts facts;
    int code = cli_store(cli, CLI_NEED_CONFIG, STORE_EXISTING);
    if (code || (code = person_find(cli, word, PERSON_NUMBER, &person)))
        return code;
    int err = person_facts(cli->store, person.number, &facts);
    if (err < 0)
        return cli_store_fail(cli, err);
    *ret_name = facts.name ? cli_copy(facts.name) : NULL;
    *ret_first = facts.last_auto.s == 0;
    return CLI_DONE;
}

static void show_sample(struct cli *cli, const struct sample *sample)
{
    const char *alphabet = sample->parts ? dcs_alphabet_name(sample->alphabet) : NULL;
    struct json j;
    if (!cli->json) {
        output_paragraph(&cli->out, 0, sample->text);
        printf("\n%zu part%s, %s\n", sample->parts, sample->parts == 1 ? "" : "s",
               sample->alphabet == DCS_ALPHABET_UCS2 ? "UCS-2" : "GSM 7-bit");
        return;
    }
    output_json_begin(&j);
    json_key_string(&j, "name", template_name(sample->id));
    json_key_string(&j, "alphabet", alphabet);
    json_key_i64(&j, "parts", (int64_t)sample->parts);
    json_key_string(&j, "text", sample->text);
    output_json_end(&j);
}

static int render(struct cli *cli, const char *word, const char *person)
{
    static struct sample sample;
    const struct decide_facts facts = {
        .number = "", .raw = "", .wall_known = true, .now = cli->out.now.wall};
    struct template_values values, usual;
    struct policy_times times;
    enum template_id id = TEMPLATE_FIRST;
    char *name = NULL;
    bool first = true;
    int code = find_template(cli, word, &id);
    if (code == CLI_DONE && person)
        code = read_person(cli, person, &name, &first);
    if (code)
        return code;
    sample_values(cli->config, SAMPLE_MIDDLING, &usual);
    policy_times(&cli->config->policy, &facts, facts.now, facts.now, &times);
    policy_values(&cli->config->policy, &times, &values);
    values.name = person ? name : usual.name;
    values.back_at = usual.back_at;
    values.holiday = times.holiday[0] ? times.holiday : usual.holiday;
    sample_fill(cli->config, id, &values, first && template_may_tell_stop(id), &sample);
    show_sample(cli, &sample);
    free(name);
    return CLI_DONE;
}

int cmd_template(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "lint", "render", NULL};
    const char *person = NULL;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1; person = optarg)
        if (c != OPTION_FOR)
            return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    bool renders = strcmp(what, "render") == 0;
    if (!renders && strcmp(what, "list") != 0 && strcmp(what, "lint") != 0)
        return cli_unknown(cli, "unknown word", what, words);
    if (person && !renders)
        return cli_fail(cli, CLI_USAGE, "--for is for render");
    if ((code = cli_operands(cli, argc, argv, renders, renders ? "NAME" : "")) ||
        (code = cli_config(cli, CLI_NEED_CONFIG)))
        return code;
    if (renders)
        return render(cli, argv[optind], person);
    return strcmp(what, "list") == 0 ? list(cli) : lint(cli);
}
