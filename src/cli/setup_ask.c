#include "io/config_parts.h"
#include "numbering/e164.h"
#include "policy/hours.h"
#include "setup_parts.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DAYS 7
#define DAY_SIZE (HOURS_SLOT_MAX * 16)

static const char *const days[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

#define ANSWER_MAX 1000

/* Reads a line without its end, and skips the rest of one that is longer. Returns 0, -E2BIG where
 * it was, or -ENODATA where there is none. */
static int read_answer(char ret[ANSWER_MAX + 1])
{
    size_t len = 0;
    int c;
    while ((c = getchar()) != EOF && c != '\n') {
        if (len < ANSWER_MAX)
            ret[len] = (char)c;
        len++;
    }
    ret[len < ANSWER_MAX ? len : ANSWER_MAX] = '\0';
    if (c == EOF && len == 0)
        return -ENODATA;
    return len > ANSWER_MAX ? -E2BIG : 0;
}

const char *setup_ask(const char *question, const char *fallback)
{
    static char line[ANSWER_MAX + 1];
    int err;
    do {
        printf("%s%s%s%s ", question, fallback[0] ? " [" : "", fallback, fallback[0] ? "]" : "");
        fflush(stdout);
        err = read_answer(line);
        if (err == -ENODATA || !isatty(STDIN_FILENO))
            putchar('\n');
        if (err == -E2BIG)
            printf("That is longer than %d octets.\n", ANSWER_MAX);
    } while (err == -E2BIG);
    if (err)
        return NULL;
    char *start = line + strspn(line, " \t");
    size_t len = strcspn(start, "\r\n");
    while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t'))
        len--;
    start[len] = '\0';
    return start[0] ? start : fallback;
}

bool setup_ask_yes(const char *question, bool fallback)
{
    const char *answer = setup_ask(question, fallback ? "yes" : "no");
    return answer && (answer[0] == 'y' || answer[0] == 'Y');
}

int setup_stopped(const struct setup *s)
{
    return cli_fail(s->cli, CLI_FAILED, "stopped: nothing was written");
}

static const struct config_key *find_key(const char *name)
{
    size_t count, i = 0;
    const struct config_key *keys = config_keys(&count);
    while (i < count && strcmp(keys[i].name, name) != 0)
        i++;
    assert(i < count);
    return &keys[i];
}

void setup_add(struct setup *s, const char *before, const char *value)
{
    text_add(&s->text, before);
    text_add_char(&s->text, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_add_char(&s->text, '\\');
        text_add_char(&s->text, *value);
    }
    text_add(&s->text, "\"\n");
}

/* Asks for the value of a key until it is one, and adds it. An empty answer to a key that need not
 * be there adds nothing. Returns CLI_DONE, or CLI_FAILED at the end of the input. */
static int ask_key(struct setup *s, const char *question, const char *name, const char *fallback,
                   const char *before)
{
    const struct config_key *key = find_key(name);
    struct config_line *line = config_key_of_line(key) ? s->line : NULL;
    char what[CONFIG_WHAT_MAX];
    for (;;) {
        const char *answer = setup_ask(question, fallback);
        if (!answer)
            return setup_stopped(s);
        if (!answer[0] && key->fallback)
            return CLI_DONE;
        if (config_value(key, s->config, line, answer, strlen(answer), what) == 0) {
            setup_add(s, before, answer);
            return CLI_DONE;
        }
        printf("  That %s.\n", what);
    }
}

/* Returns which text does not fit into text.max_parts as it is, TEMPLATE_COUNT for none, and in
 * `ret_what` why. */
static enum template_id find_misfit(const struct setup *s, char ret_what[CONFIG_WHAT_MAX])
{
    enum template_id id = 0;
    while (id < TEMPLATE_COUNT && (id == TEMPLATE_HOLIDAY || !config_text(s->config, id, ret_what)))
        id++;
    return id;
}

/* A long name, or one in letters that leave 70 characters a part, makes texts longer than one part.
 * They are allowed where the owner pays for them. Returns false where the answer before is to be
 * given again. */
static bool agree_parts(struct setup *s)
{
    const int64_t most = find_key("text.max_parts")->max;
    const int32_t before = s->config->max_parts;
    enum template_id id, longest = TEMPLATE_COUNT;
    char what[CONFIG_WHAT_MAX];
    if (!s->line->number[0]) /* not asked yet: whatever it is, it takes no room in a text */
        (void)text_copy(s->line->number, sizeof(s->line->number), "+0");
    while ((id = find_misfit(s, what)) != TEMPLATE_COUNT && s->config->max_parts < most) {
        longest = id;
        s->config->max_parts++;
    }
    if (id == TEMPLATE_COUNT && longest == TEMPLATE_COUNT)
        return true;
    if (id != TEMPLATE_COUNT)
        printf("  With that the text \"%s\" %s.\n", template_name(id), what);
    else
        printf("  With that the text \"%s\" takes %d parts, and each is paid for.\n",
               template_name(longest), (int)s->config->max_parts);
    if (id == TEMPLATE_COUNT && setup_ask_yes("  Allow so many?", false))
        return true;
    s->config->max_parts = before;
    return false;
}

/* Asks for what is in the texts until they can be sent. */
static int ask_of_texts(struct setup *s, const char *question, const char *name,
                        const char *fallback, const char *before)
{
    const struct text start = s->text;
    for (;;) {
        int code = ask_key(s, question, name, fallback, before);
        if (code || agree_parts(s))
            return code;
        s->text = start;
    }
}

/* Reads "mon-fri" or "sat". Returns false where it is none. */
static bool read_days(const char *word, size_t len, size_t *ret_first, size_t *ret_last)
{
    size_t first = 0, last;
    while (first < DAYS && strncasecmp(word, days[first], 3) != 0)
        first++;
    last = first;
    if (first == DAYS || (len != 3 && (len != 7 || word[3] != '-')))
        return false;
    if (len == 7)
        for (last = 0; last < DAYS && strncasecmp(word + 4, days[last], 3) != 0;)
            last++;
    *ret_first = first;
    *ret_last = last;
    return last < DAYS && first <= last;
}

/* Reads "mon-fri 08:00-12:00 13:00-17:30, sat 09:00-12:00" into what the file says of each day.
 * Returns false where it is none. */
static bool read_hours(const char *answer, char ret[DAYS][DAY_SIZE])
{
    size_t first = 0, last = 0;
    bool days_read = false, slot_read = false; /* each days with a slot behind them */
    struct hours tried = {0};
    struct hours_slot slot;
    for (size_t day = 0; day < DAYS; day++)
        ret[day][0] = '\0';
    for (const char *at = answer; *at;) {
        char word[16] = "";
        size_t len = strcspn(at, " ,");
        if (len >= sizeof(word))
            return false;
        memcpy(word, at, len);
        if (read_days(word, len, &first, &last)) {
            if (days_read && !slot_read)
                return false;
            days_read = true;
            slot_read = false;
        } else {
            if (!days_read || hours_parse_slot(word, &slot))
                return false;
            slot_read = true;
            for (size_t day = first; day <= last; day++) {
                size_t used = strlen(ret[day]);
                if (hours_add(&tried, (int)day, slot))
                    return false;
                snprintf(ret[day] + used, DAY_SIZE - used, "%s\"%s\"", used ? ", " : "", word);
            }
        }
        at += len;
        at += strspn(at, " ,");
    }
    return slot_read;
}

static int ask_hours(struct setup *s)
{
    char hours[DAYS][DAY_SIZE];
    for (;;) {
        const char *answer = setup_ask("When is it open (\"always\" if you do not want to tell)?",
                                       "mon-fri 08:00-17:30");
        if (!answer)
            return setup_stopped(s);
        if (strcmp(answer, "always") == 0)
            return CLI_DONE;
        if (read_hours(answer, hours))
            break;
        puts("  Expected such as: mon-fri 08:00-12:00 13:00-17:30, sat 09:00-12:00");
    }
    text_add(&s->text, "hours:\n");
    for (size_t day = 0; day < DAYS; day++)
        if (hours[day][0])
            text_addf(&s->text, "  %s: [%s]\n", days[day], hours[day]);
    return CLI_DONE;
}

/* The number of the SIM; the one that customers ring and that is forwarded to it is a common
 * mistake, and often a landline's. */
static int ask_number(struct setup *s)
{
    const struct text before = s->text;
    for (;;) {
        int code =
            ask_key(s, "Number of the SIM in the modem:", "lines[].number", s->own, "    number: ");
        if (code || number_kind(s->line->number) != NUMBER_FIXED ||
            setup_ask_yes("  That is the number of a landline. Is it the SIM's own?", false))
            return code;
        s->text = before;
    }
}

/* How the missed calls get to the SIM, and whether those that are forwarded are declined. */
static int ask_mode(struct setup *s)
{
    puts("Customers ring this SIM (primary), a phone forwards here what it does not answer\n"
         "(forwarded), or a phone has a SIM of the same number (shared)?");
    int code = ask_key(s, "Which of these:", "lines[].mode", find_key("lines[].mode")->fallback,
                       "    mode: ");
    if (code || s->line->mode != POLICY_LINE_FORWARDED)
        return code;
    char how[320];
    snprintf(how, sizeof(how),
             "On that phone dial **004*%s# to forward here what it does not answer, what comes "
             "while it is busy, and while it is off; ##004# takes it back. Networks without these "
             "codes: textback-modems(7), CALL FORWARDING.",
             s->line->number);
    output_paragraph(&s->cli->out, 0, how);
    return ask_key(s, "Decline a forwarded call after (\"off\" lets it ring on):",
                   "lines[].hang_up_after", "2s", "    hang_up_after: ");
}

/* A phone to be told by text; none is fine. */
static int ask_owner(struct setup *s)
{
    const struct config_key *key = find_key("owner.numbers");
    struct owner_config *owner = &s->config->policy.owner;
    char what[CONFIG_WHAT_MAX];
    for (;;) {
        const char *answer = setup_ask(
            "Your own phone, told by text who waits and what is broken (Enter for none):", "");
        if (!answer)
            return setup_stopped(s);
        if (!answer[0])
            return CLI_DONE;
        owner->number_count = 0;
        if (config_value(key, s->config, NULL, answer, strlen(answer), what))
            printf("  That %s.\n", what);
        else if (owner_is(owner, s->line->number))
            puts("  That is the number of the SIM, expected another phone.");
        else {
            setup_add(s, "owner:\n  numbers: ", answer);
            return CLI_DONE;
        }
    }
}

int setup_ask_all(struct setup *s)
{
    int code;
    text_add(&s->text, "# Made by textback setup; textback-config(5) tells what else there is.\n"
                       "version: 1\nbusiness:\n");
    if ((code = ask_of_texts(s, "Name of the business, as callers know it:", "business.name", "",
                             "  name: ")) ||
        (code =
             ask_key(s, "Country, two letters such as GB:", "business.country", "", "  country: ")))
        return code;
    text_add(&s->text, "lines:\n  - name: main\n");
    if ((code = ask_number(s)))
        return code;
    if (s->imei[0])
        text_addf(&s->text, "    device: \"imei:%s\"\n", s->imei);
    if (s->wants_pin && (code = ask_key(s, "PIN of the SIM:", "lines[].pin", "", "    pin: ")))
        return code;
    if ((code = ask_mode(s)))
        return code;
    if ((code = ask_hours(s)))
        return code;
    text_add(&s->text, "templates:\n");
    if ((code = ask_of_texts(s, "The text to a caller:", "templates.first",
                             find_key("templates.first")->fallback, "  first: ")))
        return code;
    if (s->config->max_parts > 1)
        text_addf(&s->text, "text:\n  max_parts: %d\n", (int)s->config->max_parts);
    return ask_owner(s);
}
