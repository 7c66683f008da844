#include "base/text.h"
#include "base/utf8.h"
#include "config_put.h"
#include "io/clock.h"
#include "io/serial.h"
#include "modem/device.h"
#include "numbering/e164.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

int config_put_refuse(const struct config_put *v, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(v->what, CONFIG_WHAT_MAX, format, ap);
    va_end(ap);
    return -EINVAL;
}

static void *place(const struct config_put *v)
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

bool config_put_control(const struct config_put *v, bool newlines)
{
    uint32_t code;
    for (size_t i = 0, n; i < v->len; i += n) {
        n = utf8_decode(v->text + i, v->len - i, &code);
        if (n == 0 || (utf8_is_control(code) && !(newlines && code == '\n')))
            return true;
    }
    return false;
}

static int put_text(const struct config_put *v)
{
    if (config_put_control(v, v->key->kind == CONFIG_TEMPLATE))
        return config_put_refuse(v, "%s holds a control character, expected text", v->quoted);
    if (v->len < (size_t)v->key->min)
        return config_put_refuse(v, "is empty, expected text");
    if (v->len >= v->key->cap)
        return config_put_refuse(v, "is %zu octets long, expected at most %zu", v->len,
                                 v->key->cap - 1);
    memcpy(place(v), v->text, v->len + 1);
    return 0;
}

static int put_name(const struct config_put *v)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (strspn(v->text, allowed) != v->len)
        return config_put_refuse(v, "%s is not a name, expected letters, digits, - and _",
                                 v->quoted);
    return put_text(v);
}

static int put_path(const struct config_put *v)
{
    bool none = v->len == 0 && v->key->fallback && v->key->fallback[0] == '\0';
    if (v->text[0] != '/' && !none)
        return config_put_refuse(v, "%s is not a whole path, expected one that starts with \"/\"",
                                 v->quoted);
    return put_text(v);
}

static int put_device(const struct config_put *v)
{
    struct device_wish wish;
    if (device_parse(v->text, &wish))
        return config_put_refuse(v,
                                 "%s is no modem, expected auto, a path that starts with \"/\", "
                                 "usb:VID:PID, usb:VID:PID:SERIAL or imei:DIGITS",
                                 v->quoted);
    return put_text(v);
}

int config_put_number(const struct config_put *v, char ret_number[E164_MAX + 1])
{
    enum e164_err err = e164_parse(v->text, v->len, v->config->policy.region, ret_number);
    if (err != E164_OK)
        return config_put_refuse(v, "%s %s, expected a telephone number such as +447700900123",
                                 v->quoted, e164_err_str(err));
    return 0;
}

static int put_number(const struct config_put *v)
{
    char number[E164_MAX + 1] = "";
    bool none = v->len == 0 && v->key->fallback && v->key->fallback[0] == '\0';
    int err = none ? 0 : config_put_number(v, number);
    if (!err)
        memcpy(place(v), number, sizeof(number));
    return err;
}

/* Reads the first line of the file that a secret is kept in. */
static int read_secret(const struct config_put *v, char *buf, size_t cap)
{
    const char *path = v->text + strlen("file:");
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(buf, 1, cap - 1, file) : 0;
    bool failed = !file || ferror(file);
    int err = errno;
    if (file)
        fclose(file);
    if (failed) {
        (void)config_put_refuse(v, "%s: %s", v->quoted, strerror(err));
        return config_errno(err);
    }
    buf[len] = '\0';
    buf[strcspn(buf, "\r\n")] = '\0';
    return 0;
}

/* What is wrong is said without the PIN. */
static int put_pin(const struct config_put *v)
{
    char pin[32];
    bool file = strncmp(v->text, "file:/", 6) == 0;
    int err = file ? read_secret(v, pin, sizeof(pin)) : 0;
    if (err)
        return err;
    const char *digits = file ? pin : v->text;
    size_t len = strlen(digits);
    bool none = !file && len == 0;
    if (!none && (len < 4 || len > 8 || strspn(digits, "0123456789") != len))
        return config_put_refuse(v, "%sis no PIN, expected 4 to 8 digits or file:/path",
                                 file ? "what the file holds " : "");
    return text_copy(place(v), v->key->cap, digits);
}

static int put_template(const struct config_put *v)
{
    struct template_error mistake;
    char text[TEMPLATE_MAX];
    if (config_put_control(v, true) || v->len < (size_t)v->key->min || v->len >= sizeof(text))
        return put_text(v);
    if (template_check(v->text, &mistake) < 0)
        return config_put_refuse(v, "character %zu: %s", mistake.column, mistake.what);
    return put_text(v);
}

bool config_put_region(const struct config_put *v, char ret_region[3])
{
    memset(ret_region, 0, 3);
    for (size_t i = 0; i < 2 && v->len == 2; i++)
        ret_region[i] =
            (char)(v->text[i] - (v->text[i] >= 'a' && v->text[i] <= 'z' ? 'a' - 'A' : 0));
    return numbering_region_valid(ret_region);
}

static int put_country(const struct config_put *v)
{
    char region[3];
    if (!config_put_region(v, region))
        return config_put_refuse(
            v, "%s is not a country, expected two letters (ISO 3166) such as GB", v->quoted);
    memcpy(place(v), region, sizeof(region));
    return 0;
}

static int put_integer(const struct config_put *v)
{
    int64_t number = 0;
    int err = text_to_i64(v->text, v->len, v->key->min, v->key->max, &number);
    if (err && v->key->min == v->key->max)
        return config_put_refuse(v, "%s is not known, expected %" PRId64, v->quoted, v->key->min);
    if (err == -ERANGE)
        return config_put_refuse(v, "%s is out of range, expected %" PRId64 " to %" PRId64,
                                 v->quoted, v->key->min, v->key->max);
    if (err)
        return config_put_refuse(v, "%s is not a whole number, expected %" PRId64 " to %" PRId64,
                                 v->quoted, v->key->min, v->key->max);
    *(int32_t *)place(v) = (int32_t)number;
    return 0;
}

static int put_baud(const struct config_put *v)
{
    int64_t baud = 0;
    if (text_to_i64(v->text, v->len, v->key->min, v->key->max, &baud) ||
        !serial_baud_valid((int32_t)baud))
        return config_put_refuse(
            v, "%s is not a speed, expected one such as 9600, 115200 or 460800", v->quoted);
    *(int32_t *)place(v) = (int32_t)baud;
    return 0;
}

static int put_bool(const struct config_put *v)
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
    return config_put_refuse(v, "%s is neither true nor false", v->quoted);
}

static int put_choice(const struct config_put *v)
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
    return config_put_refuse(v, "%s is not known, expected one of %s", v->quoted, v->key->words);
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

static int put_duration(const struct config_put *v)
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
        return config_put_refuse(v, "%s is not a duration, expected %s to %s%s%s (units: s m h d)",
                                 v->quoted, least, most, key->words ? " or " : "",
                                 key->words ? key->words : "");
    if (err || ms < key->min || ms > key->max)
        return config_put_refuse(v, "%s is out of range, expected %s to %s%s%s", v->quoted, least,
                                 most, key->words ? " or " : "", key->words ? key->words : "");
    *(int64_t *)place(v) = ms;
    return 0;
}

static int put_clock(const struct config_put *v)
{
    struct hours_slot slot;
    char until[16];
    if (v->key->words && strcmp(v->text, v->key->words) == 0) {
        *(int32_t *)place(v) = (int32_t)v->key->word_value;
        return 0;
    }
    int n = snprintf(until, sizeof(until), "%.8s-24:00", v->text);
    if (v->len > 5 || n < 0 || hours_parse_slot(until, &slot))
        return config_put_refuse(v, "%s is not a time of day, expected such as \"21:00\"%s%s",
                                 v->quoted, v->key->words ? " or " : "",
                                 v->key->words ? v->key->words : "");
    *(int32_t *)place(v) = slot.from_min;
    return 0;
}

/* Within one day, since it is told apart by the day on which it opens. */
static int put_window(const struct config_put *v)
{
    struct hours_slot slot;
    if (hours_parse_slot(v->text, &slot) || slot.to_min > 24 * 60)
        return config_put_refuse(
            v, "%s is not a time of one day from-to, expected such as \"09:00-20:00\"", v->quoted);
    *(struct hours_slot *)place(v) = slot;
    return 0;
}

/* "0.3": a digit, and up to three behind the point. */
static int put_fraction(const struct config_put *v)
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
        return config_put_refuse(v, "%s is not a part of one, expected 0 to 1 such as 0.3",
                                 v->quoted);
    *(int32_t *)place(v) = (int32_t)permille;
    return 0;
}

/* "10_in_5m" */
static int put_rate(const struct config_put *v)
{
    const char *in = strstr(v->text, "_in_");
    struct policy_rate rate = {0};
    int64_t count = 0;
    bool off = strcmp(v->text, "off") == 0;
    if (!off &&
        (!in || text_to_i64(v->text, (size_t)(in - v->text), v->key->min, 1000, &count) != 0 ||
         duration_parse(in + 4, &rate.window_ms) != 0 || rate.window_ms < 1000 ||
         rate.window_ms > v->key->max))
        return config_put_refuse(
            v,
            "%s is no count in a time, expected such as %s (2 to 1000, in 1s to 1d) or "
            "off",
            v->quoted, v->key->fallback);
    rate.count = (int32_t)count;
    *(struct policy_rate *)place(v) = rate;
    return 0;
}

static int put_mode(const struct config_put *v)
{
    uint32_t mode = 0;
    bool octal = v->len >= 3 && v->len <= 4 && strspn(v->text, "01234567") == v->len;
    for (size_t i = 0; i < v->len && octal; i++)
        mode = mode * 8 + (uint32_t)(v->text[i] - '0');
    if (!octal || mode < v->key->min || mode > v->key->max)
        return config_put_refuse(
            v, "%s is not a mode, expected octal permissions of 0600 to 0777 such as 0660",
            v->quoted);
    *(uint32_t *)place(v) = mode;
    return 0;
}

static int put_zone(const struct config_put *v)
{
    struct zone zone;
    int err = clock_zone(v->text, &zone);
    if (err == -ENOENT)
        return config_put_refuse(
            v, "no time zone %s on this machine, expected a name such as Europe/London", v->quoted);
    if (err) {
        (void)config_put_refuse(
            v, "%s is not a usable time zone, expected a name such as Europe/London", v->quoted);
        return config_errno(-err);
    }
    *(struct zone *)place(v) = zone;
    return 0;
}

int config_value(const struct config_key *key, struct config *c, struct config_line *line,
                 const char *text, size_t len, char ret_what[CONFIG_WHAT_MAX])
{
    static int (*const put[])(const struct config_put *) = {
        [CONFIG_TEXT] = put_text,       [CONFIG_NAME] = put_name,
        [CONFIG_PATH] = put_path,       [CONFIG_DEVICE] = put_device,
        [CONFIG_NUMBER] = put_number,   [CONFIG_TEMPLATE] = put_template,
        [CONFIG_COUNTRY] = put_country, [CONFIG_INTEGER] = put_integer,
        [CONFIG_BAUD] = put_baud,       [CONFIG_BOOL] = put_bool,
        [CONFIG_CHOICE] = put_choice,   [CONFIG_DURATION] = put_duration,
        [CONFIG_MODE] = put_mode,       [CONFIG_ZONE] = put_zone,
        [CONFIG_CLOCK] = put_clock,     [CONFIG_FRACTION] = put_fraction,
        [CONFIG_RATE] = put_rate,       [CONFIG_WINDOW] = put_window,
        [CONFIG_PIN] = put_pin,
    };
    struct config_put v = {key, c, line, text, len, "", ret_what};

    assert(text[len] == '\0');
    assert(config_key_of_line(key) == (line != NULL));
    (void)config_quote(text, len, v.quoted);
    if (strlen(text) < len)
        return config_put_refuse(&v, "%s holds a NUL character, expected text", v.quoted);
    return config_kind_is_list(key->kind) ? config_put_add(&v) : put[key->kind](&v);
}
