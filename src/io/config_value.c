#include "base/text.h"
#include "base/utf8.h"
#include "io/clock.h"
#include "io/config_parts.h"
#include "io/serial.h"
#include "modem/device.h"
#include "numbering/e164.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* One value on its way into its place. */
struct value {
    const struct config_key *key;
    struct config *config;
    struct config_line *line; /* NULL where the key is none of a line's */
    const char *text;
    size_t len;
    char quoted[CONFIG_QUOTED_MAX];
    char *what;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct value *v, const char *format,
                                                        ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(v->what, CONFIG_WHAT_MAX, format, ap);
    va_end(ap);
    return -EINVAL;
}

static void *place(const struct value *v)
{
    return (v->line ? (char *)v->line : (char *)v->config) + v->key->offset;
}

const char *config_quote(const char *text, size_t len, char ret_quoted[CONFIG_QUOTED_MAX])
{
    enum { SHOWN_MAX = 40 };
    struct text t;
    char shown[4 * SHOWN_MAX + 1];
    size_t cut = len <= SHOWN_MAX ? len : utf8_valid_prefix(text, SHOWN_MAX);

    (void)utf8_printable(text, cut, false, shown, sizeof(shown));
    text_init(&t, ret_quoted, CONFIG_QUOTED_MAX);
    text_addf(&t, "\"%s%s\"", shown, cut < len ? "..." : "");
    return ret_quoted;
}

/* Returns whether a control character, but for newlines where they are allowed, is in the value. */
static bool holds_control(const struct value *v, bool newlines)
{
    uint32_t code;
    for (size_t i = 0, n; i < v->len; i += n) {
        n = utf8_decode(v->text + i, v->len - i, &code);
        if (n == 0 || (utf8_is_control(code) && !(newlines && code == '\n')))
            return true;
    }
    return false;
}

static int put_text(const struct value *v)
{
    if (holds_control(v, v->key->kind == CONFIG_TEMPLATE))
        return refuse(v, "%s holds a control character, expected text", v->quoted);
    if (v->len < (size_t)v->key->min)
        return refuse(v, "is empty, expected text");
    if (v->len >= v->key->cap)
        return refuse(v, "is %zu octets long, expected at most %zu", v->len, v->key->cap - 1);
    memcpy(place(v), v->text, v->len + 1);
    return 0;
}

static int put_name(const struct value *v)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (strspn(v->text, allowed) != v->len)
        return refuse(v, "%s is not a name, expected letters, digits, - and _", v->quoted);
    return put_text(v);
}

static int put_path(const struct value *v)
{
    bool none = v->len == 0 && v->key->fallback && v->key->fallback[0] == '\0';
    if (v->text[0] != '/' && !none)
        return refuse(v, "%s is not a whole path, expected one that starts with \"/\"", v->quoted);
    return put_text(v);
}

static int put_device(const struct value *v)
{
    struct device_wish wish;
    if (device_parse(v->text, &wish))
        return refuse(v,
                      "%s is no modem, expected auto, a path that starts with \"/\", "
                      "usb:VID:PID, usb:VID:PID:SERIAL or imei:DIGITS",
                      v->quoted);
    return put_text(v);
}

/* Reads a telephone number, and says what is wrong with it. */
static int read_number(const struct value *v, char ret_number[E164_MAX + 1])
{
    enum e164_err err = e164_parse(v->text, v->len, v->config->policy.region, ret_number);
    if (err != E164_OK)
        return refuse(v, "%s %s, expected a telephone number such as +447700900123", v->quoted,
                      e164_err_str(err));
    return 0;
}

static int put_number(const struct value *v)
{
    char number[E164_MAX + 1] = "";
    bool none = v->len == 0 && v->key->fallback && v->key->fallback[0] == '\0';
    int err = none ? 0 : read_number(v, number);
    if (!err)
        memcpy(place(v), number, sizeof(number));
    return err;
}

/* Reads the first line of the file that a secret is kept in. */
static int read_secret(const struct value *v, char *buf, size_t cap)
{
    const char *path = v->text + strlen("file:");
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(buf, 1, cap - 1, file) : 0;
    bool failed = !file || ferror(file);
    int err = errno;
    if (file)
        fclose(file);
    if (failed)
        return refuse(v, "%s: %s", v->quoted, strerror(err));
    buf[len] = '\0';
    buf[strcspn(buf, "\r\n")] = '\0';
    return 0;
}

/* What is wrong is said without the PIN. */
static int put_pin(const struct value *v)
{
    char pin[32];
    bool file = strncmp(v->text, "file:/", 6) == 0;
    if (file && read_secret(v, pin, sizeof(pin)))
        return -EINVAL;
    const char *digits = file ? pin : v->text;
    size_t len = strlen(digits);
    bool none = !file && len == 0;
    if (!none && (len < 4 || len > 8 || strspn(digits, "0123456789") != len))
        return refuse(v, "%sis no PIN, expected 4 to 8 digits or file:/path",
                      file ? "what the file holds " : "");
    return text_copy(place(v), v->key->cap, digits);
}

static int put_template(const struct value *v)
{
    struct template_error mistake;
    char text[TEMPLATE_MAX];
    if (holds_control(v, true) || v->len < (size_t)v->key->min || v->len >= sizeof(text))
        return put_text(v);
    if (template_check(v->text, &mistake) < 0)
        return refuse(v, "character %zu: %s", mistake.column, mistake.what);
    return put_text(v);
}

/* Reads a country as people may write it: gb. */
static bool read_country(const struct value *v, char ret_region[3])
{
    memset(ret_region, 0, 3);
    for (size_t i = 0; i < 2 && v->len == 2; i++)
        ret_region[i] =
            (char)(v->text[i] - (v->text[i] >= 'a' && v->text[i] <= 'z' ? 'a' - 'A' : 0));
    return numbering_region_valid(ret_region);
}

static int put_country(const struct value *v)
{
    char region[3];
    if (!read_country(v, region))
        return refuse(v, "%s is not a country, expected two letters (ISO 3166) such as GB",
                      v->quoted);
    memcpy(place(v), region, sizeof(region));
    return 0;
}

static int put_integer(const struct value *v)
{
    int64_t number = 0;
    int err = text_to_i64(v->text, v->len, v->key->min, v->key->max, &number);
    if (err && v->key->min == v->key->max)
        return refuse(v, "%s is not known, expected %" PRId64, v->quoted, v->key->min);
    if (err == -ERANGE)
        return refuse(v, "%s is out of range, expected %" PRId64 " to %" PRId64, v->quoted,
                      v->key->min, v->key->max);
    if (err)
        return refuse(v, "%s is not a whole number, expected %" PRId64 " to %" PRId64, v->quoted,
                      v->key->min, v->key->max);
    *(int32_t *)place(v) = (int32_t)number;
    return 0;
}

static int put_baud(const struct value *v)
{
    int64_t baud = 0;
    if (text_to_i64(v->text, v->len, v->key->min, v->key->max, &baud) ||
        !serial_baud_valid((int32_t)baud))
        return refuse(v, "%s is not a speed, expected one such as 9600, 115200 or 460800",
                      v->quoted);
    *(int32_t *)place(v) = (int32_t)baud;
    return 0;
}

static int put_bool(const struct value *v)
{
    static const struct {
        const char *word;
        bool meaning;
    } words[] = {{"true", true},   {"yes", true}, {"on", true},
                 {"false", false}, {"no", false}, {"off", false}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(v->text, words[i].word) == 0) {
            *(bool *)place(v) = words[i].meaning;
            return 0;
        }
    }
    return refuse(v, "%s is neither true nor false", v->quoted);
}

static int put_choice(const struct value *v)
{
    int choice = 0;
    for (const char *word = v->key->words; word; choice++) {
        const char *bar = strchr(word, '|');
        size_t len = bar ? (size_t)(bar - word) : strlen(word);
        if (len == v->len && memcmp(word, v->text, len) == 0) {
            memcpy(place(v), &choice, sizeof(choice));
            return 0;
        }
        word = bar ? bar + 1 : NULL;
    }
    return refuse(v, "%s is not known, expected one of %s", v->quoted, v->key->words);
}

/* Writes a duration as it is written in the file: in the largest unit that it fills. */
static void duration_text(int64_t ms, char ret_text[24])
{
    static const struct {
        int64_t ms;
        char unit;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
    size_t i = ms == 0 ? 3 : 0;
    while (i < 3 && ms % units[i].ms != 0)
        i++;
    (void)snprintf(ret_text, 24, "%" PRId64 "%c", ms / units[i].ms, units[i].unit);
}

static int put_duration(const struct value *v)
{
    const struct config_key *key = v->key;
    char least[24], most[24];
    int64_t ms = 0;
    if (key->words && strcmp(v->text, key->words) == 0) {
        *(int64_t *)place(v) = key->word_value;
        return 0;
    }
    int err = duration_parse(v->text, &ms);
    duration_text(key->min, least);
    duration_text(key->max, most);
    if (err == -EINVAL)
        return refuse(v, "%s is not a duration, expected %s to %s%s%s (units: s m h d)", v->quoted,
                      least, most, key->words ? " or " : "", key->words ? key->words : "");
    if (err || ms < key->min || ms > key->max)
        return refuse(v, "%s is out of range, expected %s to %s%s%s", v->quoted, least, most,
                      key->words ? " or " : "", key->words ? key->words : "");
    *(int64_t *)place(v) = ms;
    return 0;
}

static int put_clock(const struct value *v)
{
    struct hours_slot slot;
    char until[16];
    if (v->key->words && strcmp(v->text, v->key->words) == 0) {
        *(int32_t *)place(v) = (int32_t)v->key->word_value;
        return 0;
    }
    int n = snprintf(until, sizeof(until), "%.8s-24:00", v->text);
    if (v->len > 5 || n < 0 || hours_parse_slot(until, &slot))
        return refuse(v, "%s is not a time of day, expected such as \"21:00\"%s%s", v->quoted,
                      v->key->words ? " or " : "", v->key->words ? v->key->words : "");
    *(int32_t *)place(v) = slot.from_min;
    return 0;
}

/* "0.3": a digit, and up to three behind the point. */
static int put_fraction(const struct value *v)
{
    int64_t permille = 0;
    const char *point = strchr(v->text, '.');
    size_t whole = point ? (size_t)(point - v->text) : v->len;
    size_t places = point ? v->len - whole - 1 : 0;
    char digits[8] = "";
    if (whole == 1 && places <= 3 && (!point || places > 0)) {
        memcpy(digits, v->text, 1);
        memcpy(digits + 1, "000", 3);
        memcpy(digits + 1, v->text + v->len - places, places);
    }
    if (text_to_i64(digits, strlen(digits), v->key->min, v->key->max, &permille))
        return refuse(v, "%s is not a part of one, expected 0 to 1 such as 0.3", v->quoted);
    *(int32_t *)place(v) = (int32_t)permille;
    return 0;
}

/* "10_in_5m" */
static int put_rate(const struct value *v)
{
    const char *in = strstr(v->text, "_in_");
    struct policy_rate rate = {0};
    int64_t count = 0;
    bool off = strcmp(v->text, "off") == 0;
    if (!off &&
        (!in || text_to_i64(v->text, (size_t)(in - v->text), v->key->min, 1000, &count) != 0 ||
         duration_parse(in + 4, &rate.window_ms) != 0 || rate.window_ms < 1000 ||
         rate.window_ms > v->key->max))
        return refuse(v,
                      "%s is no count in a time, expected such as %s (2 to 1000, in 1s to 1d) or "
                      "off",
                      v->quoted, v->key->fallback);
    rate.count = (int32_t)count;
    *(struct policy_rate *)place(v) = rate;
    return 0;
}

static int put_mode(const struct value *v)
{
    uint32_t mode = 0;
    bool octal = v->len >= 3 && v->len <= 4 && strspn(v->text, "01234567") == v->len;
    for (size_t i = 0; i < v->len && octal; i++)
        mode = mode * 8 + (uint32_t)(v->text[i] - '0');
    if (!octal || mode < v->key->min || mode > v->key->max)
        return refuse(v,
                      "%s is not a mode, expected octal permissions of 0600 to 0777 such as 0660",
                      v->quoted);
    *(uint32_t *)place(v) = mode;
    return 0;
}

static int put_zone(const struct value *v)
{
    struct zone zone;
    int err = clock_zone(v->text, &zone);
    if (err == -ENOENT)
        return refuse(v, "no time zone %s on this machine, expected a name such as Europe/London",
                      v->quoted);
    if (err)
        return refuse(v, "%s is not a usable time zone, expected a name such as Europe/London",
                      v->quoted);
    *(struct zone *)place(v) = zone;
    return 0;
}

static int add_number(const struct value *v)
{
    struct policy_config *policy = &v->config->policy;
    char number[E164_MAX + 1] = "";
    int err = read_number(v, number);
    if (err)
        return err;
    for (size_t i = 0; i < policy->own_count; i++)
        if (strcmp(policy->own[i], number) == 0)
            return 0;
    if (policy->own_count == POLICY_OWN_MAX)
        return refuse(v, "one number too many, expected at most %d of all lines", POLICY_OWN_MAX);
    memcpy(policy->own[policy->own_count++], number, sizeof(number));
    return 0;
}

static int add_hours(const struct value *v)
{
    struct hours_slot slot;
    if (hours_parse_slot(v->text, &slot))
        return refuse(v, "%s is not a time of day from-to, expected such as \"08:00-17:30\"",
                      v->quoted);
    switch (hours_add(&v->config->policy.hours, (int)v->key->min, slot)) {
    case -ENOSPC:
        return refuse(v, "%s is one too many, expected at most %d a day", v->quoted,
                      HOURS_SLOT_MAX);
    case -EEXIST:
        return refuse(v, "%s overlaps another time of that day", v->quoted);
    }
    return 0;
}

static int add_at_line(const struct value *v)
{
    struct modem_config *modem = &v->line->modem;
    if (strncasecmp(v->text, "AT", 2) != 0)
        return refuse(v, "%s is not an AT command, expected one that starts with AT", v->quoted);
    for (size_t i = 0; i < v->len; i++)
        if (v->text[i] < ' ' || v->text[i] > '~')
            return refuse(v, "%s holds a character that no AT command has", v->quoted);
    if (v->len >= sizeof(modem->init[0]))
        return refuse(v, "%s is %zu characters long, expected at most %zu", v->quoted, v->len,
                      sizeof(modem->init[0]) - 1);
    if (modem->init_count == MODEM_INIT_MAX)
        return refuse(v, "%s is one too many, expected at most %d", v->quoted, MODEM_INIT_MAX);
    memcpy(modem->init[modem->init_count++], v->text, v->len + 1);
    return 0;
}

static int add_country(const struct value *v)
{
    struct policy_config *policy = &v->config->policy;
    bool word = strcmp(v->text, "own") == 0 || strcmp(v->text, "all") == 0;
    char region[3];
    if (!word && !read_country(v, region))
        return refuse(v, "%s is not a country, expected two letters such as GB, own or all",
                      v->quoted);
    if (policy->country_count == POLICY_COUNTRIES_MAX)
        return refuse(v, "%s is one too many, expected at most %d", v->quoted,
                      POLICY_COUNTRIES_MAX);
    char *place = policy->countries[policy->country_count++];
    return text_copy(place, sizeof(policy->countries[0]), word ? v->text : region);
}

static int add_prefix(const struct value *v)
{
    struct policy_config *policy = &v->config->policy;
    if (v->text[0] != '+' || v->len < 2 || v->len > E164_MAX ||
        strspn(v->text + 1, "0123456789") != v->len - 1)
        return refuse(v, "%s is not the beginning of a number, expected such as \"+4470\"",
                      v->quoted);
    if (policy->deny_count == POLICY_DENY_MAX)
        return refuse(v, "%s is one too many, expected at most %d", v->quoted, POLICY_DENY_MAX);
    memcpy(policy->deny[policy->deny_count++], v->text, v->len + 1);
    return 0;
}

static int add_language(const struct value *v)
{
    struct config *c = v->config;
    if (v->len != 2 || strspn(v->text, "abcdefghijklmnopqrstuvwxyz") != v->len)
        return refuse(v, "%s is not a language, expected two letters (ISO 639) such as en",
                      v->quoted);
    if (c->opt_out.language_count == CONFIG_LANGUAGES_MAX)
        return refuse(v, "%s is one too many, expected at most %d", v->quoted,
                      CONFIG_LANGUAGES_MAX);
    memcpy(c->opt_out.languages[c->opt_out.language_count++], v->text, v->len + 1);
    return 0;
}

static int add_word(const struct value *v)
{
    struct config *c = v->config;
    struct keyword_list list = {0};
    if (holds_control(v, false) || v->len >= KEYWORD_SIZE ||
        keyword_add(&list, KEYWORD_SECTION_STOP, v->text, v->len) != 0)
        return refuse(v, "%s is not a word, expected up to %d octets with a letter in them",
                      v->quoted, KEYWORD_SIZE - 1);
    if (c->opt_out.word_count == CONFIG_WORDS_MAX)
        return refuse(v, "%s is one too many, expected at most %d", v->quoted, CONFIG_WORDS_MAX);
    memcpy(c->opt_out.words[c->opt_out.word_count++], v->text, v->len + 1);
    return 0;
}

int config_value(const struct config_key *key, struct config *c, struct config_line *line,
                 const char *text, size_t len, char ret_what[CONFIG_WHAT_MAX])
{
    static int (*const put[])(const struct value *) = {
        [CONFIG_TEXT] = put_text,
        [CONFIG_NAME] = put_name,
        [CONFIG_PATH] = put_path,
        [CONFIG_DEVICE] = put_device,
        [CONFIG_NUMBER] = put_number,
        [CONFIG_TEMPLATE] = put_template,
        [CONFIG_COUNTRY] = put_country,
        [CONFIG_INTEGER] = put_integer,
        [CONFIG_BAUD] = put_baud,
        [CONFIG_BOOL] = put_bool,
        [CONFIG_CHOICE] = put_choice,
        [CONFIG_DURATION] = put_duration,
        [CONFIG_MODE] = put_mode,
        [CONFIG_ZONE] = put_zone,
        [CONFIG_NUMBERS] = add_number,
        [CONFIG_HOURS] = add_hours,
        [CONFIG_AT_LINES] = add_at_line,
        [CONFIG_WORDS] = add_word,
        [CONFIG_CLOCK] = put_clock,
        [CONFIG_FRACTION] = put_fraction,
        [CONFIG_RATE] = put_rate,
        [CONFIG_COUNTRIES] = add_country,
        [CONFIG_PIN] = put_pin,
        [CONFIG_PREFIXES] = add_prefix,
        [CONFIG_LANGUAGES] = add_language,
    };
    struct value v = {key, c, line, text, len, "", ret_what};

    assert(text[len] == '\0');
    assert(config_key_of_line(key) == (line != NULL));
    (void)config_quote(text, len, v.quoted);
    if (strlen(text) < len)
        return refuse(&v, "%s holds a NUL character, expected text", v.quoted);
    return put[key->kind](&v);
}

int config_holiday(struct config *c, const char *date, const char *name,
                   char ret_what[CONFIG_WHAT_MAX])
{
    static const struct config_key key = {.name = "holidays", .kind = CONFIG_HOLIDAYS};
    struct value v = {&key, c, NULL, name, strlen(name), "", ret_what};
    struct hours *hours = &c->policy.hours;
    struct holiday day = {0};

    (void)config_quote(date, strlen(date), v.quoted);
    if (hours_parse_date(date, &day))
        return refuse(&v, "%s is not a date, expected such as 2026-12-25, or 12-25 for every year",
                      v.quoted);
    (void)config_quote(name, v.len, v.quoted);
    if (v.len == 0 || v.len >= sizeof(day.name) || holds_control(&v, false))
        return refuse(&v, "%s is not a name, expected text of 1 to %zu octets", v.quoted,
                      sizeof(day.name) - 1);
    if (hours->holiday_count == HOURS_HOLIDAY_MAX)
        return refuse(&v, "one too many, expected at most %d", HOURS_HOLIDAY_MAX);
    memcpy(day.name, name, v.len + 1);
    hours->holiday[hours->holiday_count++] = day;
    return 0;
}
