#include "cli/output.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/alloc.h"
#include "io/clock.h"
#include "numbering/e164.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#define DAY_S 86400
#define READABLE 100 /* columns: longer lines are hard to read */

static int columns_of_stdout(bool terminal)
{
    const char *columns = getenv("COLUMNS");
    int64_t given;
    struct winsize size;
    if (columns && text_to_i64(columns, strlen(columns), 20, 1000, &given) == 0)
        return (int)given;
    if (!terminal)
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

void output_measure(struct output *out)
{
    struct winsize size;
    out->width = columns_of_stdout(out->terminal);
    out->height = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= 4)
        out->height = size.ws_row;
}

void output_init(struct output *out)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    *out = (struct output){.terminal = isatty(STDOUT_FILENO) == 1, .now = clock_now()};
    out->colour = out->terminal && !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
    output_measure(out);
    out->unicode = setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    out->wide = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (clock_zone("system", &out->zone))
        out->zone = (struct zone){0}; /* UTC */
}

void output_free(struct output *out)
{
    if (out->wide)
        freelocale(out->wide);
    out->wide = (locale_t)0;
}

/* Returns whether the shell finds the program that `command` begins with. */
static bool can_start(const char *command)
{
    char program[256], path[512];
    size_t len = strcspn(command, " \t");
    const char *directories = getenv("PATH");
    if (len >= sizeof(program))
        return false;
    memcpy(program, command, len);
    program[len] = '\0';
    if (strpbrk(program, "='\"\\$`(;&|<>")) /* more than a name: the shell's affair */
        return true;
    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    for (const char *d = directories ? directories : ""; *d; d += *d == ':') {
        int n = (int)strcspn(d, ":");
        int need = snprintf(path, sizeof(path), "%.*s/%s", n, n > 0 ? d : ".", program);
        if (need > 0 && (size_t)need < sizeof(path) && access(path, X_OK) == 0)
            return true;
        d += n;
    }
    return false;
}

const char *output_pager(void)
{
    const char *pager = getenv("PAGER");
    return pager ? pager : "less -FRX";
}

void output_page(struct output *out)
{
    const char *pager = output_pager();
    int ends[2];
    if (!out->terminal || out->pager || !pager[0] || strcmp(pager, "cat") == 0)
        return;
    /* Where something fails, the list is shown without a pager. */
    if (!can_start(pager) || fflush(stdout))
        return;
    out->screen = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (out->screen < 0)
        return;
    if (pipe2(ends, O_CLOEXEC)) {
        close(out->screen);
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    if (pid > 0) {
        dup2(ends[1], STDOUT_FILENO);
        signal(SIGPIPE, SIG_IGN); /* leaving the pager early is no accident */
        out->pager = pid;
    }
    close(ends[0]);
    close(ends[1]);
}

static void wait_pager(struct output *out)
{
    int status = 0;
    while (waitpid(out->pager, &status, 0) < 0 && errno == EINTR)
        ;
    out->pager = 0;
    out->pager_exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool output_shown(struct output *out)
{
    bool written = fflush(stdout) == 0 || (out->pager && errno == EPIPE);
    if (!out->pager)
        return written;
    clearerr(stdout);
    dup2(out->screen, STDOUT_FILENO); /* tells the pager that this is all */
    close(out->screen);
    wait_pager(out);
    return written && out->pager_exit == 0;
}

int output_finish(struct output *out)
{
    int err = fflush(stdout) ? -errno : 0;
    if (ferror(stdout) && !err)
        err = -EIO;                   /* an earlier write, whose reason is gone */
    if (close(STDOUT_FILENO) && !err) /* tells the pager that this is all; NFS tells us here */
        err = -errno;
    if (out->pager) {
        wait_pager(out);
        if (err == -EPIPE)
            err = 0;
    }
    return err;
}

char *output_printable(const char *text, bool keep_newlines)
{
    size_t len = strlen(text);
    char *printable = cli_alloc(4 * len + 1, 1);
    utf8_printable(text, len, keep_newlines, printable, 4 * len + 1);
    return printable;
}

char *output_data(const char *text)
{
    size_t len = strlen(text), n = 0, octets;
    if (isatty(STDOUT_FILENO))
        return output_printable(text, true);
    char *data = cli_alloc(strlen(UTF8_REPLACEMENT_OCTETS) * len + 1, 1);
    for (size_t i = 0; i < len; i += octets) {
        uint32_t code;
        octets = utf8_decode(text + i, len - i, &code);
        if (octets == 0)
            octets = 1, code = UTF8_REPLACEMENT;
        n += utf8_encode(code, data + n);
    }
    return data;
}

/* Returns the octets of the character that printable text begins with. */
static size_t character(const char *s, size_t len, int *ret_width)
{
    uint32_t code;
    size_t octets = utf8_decode(s, len, &code);
    int width = octets ? wcwidth((wchar_t)code) : 1;
    *ret_width = width >= 0 ? width : 1;
    return octets ? octets : 1;
}

int output_width(const struct output *out, const char *printable, size_t len)
{
    locale_t before = out->wide ? uselocale(out->wide) : (locale_t)0;
    int sum = 0, width;
    for (size_t i = 0; i < len; sum += width)
        i += character(printable + i, len - i, &width);
    if (before)
        uselocale(before);
    return sum;
}

size_t output_fit(const struct output *out, const char *printable, int columns, int *ret_width)
{
    locale_t before = out->wide ? uselocale(out->wide) : (locale_t)0;
    size_t len = strlen(printable), i = 0;
    int sum = 0;
    while (i < len) {
        int width;
        size_t octets = character(printable + i, len - i, &width);
        if (width > columns - sum)
            break;
        sum += width;
        i += octets;
    }
    if (before)
        uselocale(before);
    *ret_width = sum;
    return i;
}

void output_style(const struct output *out, enum output_style style, const char *text)
{
    static const char *const codes[] = {
        [OUTPUT_PLAIN] = "",  [OUTPUT_BOLD] = "1",  [OUTPUT_DIM] = "2",
        [OUTPUT_GOOD] = "32", [OUTPUT_WARN] = "33", [OUTPUT_BAD] = "31"};
    if (!out->colour || style == OUTPUT_PLAIN || !text[0])
        fputs(text, stdout);
    else
        printf("\033[%sm%s\033[0m", codes[style], text);
}

/* Returns how many octets of the line `s` (`len` octets) go onto the next screen line: up to the
 * last blank that fits, else as much as fits. */
static size_t fold(const struct output *out, const char *s, size_t len, int columns)
{
    int width;
    size_t fits = output_fit(out, s, columns, &width);
    if (fits >= len)
        return len;
    for (size_t i = fits; i > 0; i--) {
        if (s[i] == ' ')
            return i;
    }
    return fits > 0 ? fits : 1;
}

void output_paragraph(const struct output *out, int indent, const char *text)
{
    output_paragraph_style(out, OUTPUT_PLAIN, indent, text);
}

/* Prints `len` octets of printable text that is ours to write into. */
static void print_line(const struct output *out, enum output_style style, char *line, size_t len)
{
    char next = line[len];
    line[len] = '\0';
    output_style(out, style, line);
    line[len] = next;
    putchar('\n');
}

void output_paragraph_style(const struct output *out, enum output_style style, int indent,
                            const char *text)
{
    char *printable = output_printable(text, true);
    int width = out->width < READABLE ? out->width : READABLE;
    int columns = width > indent + 20 ? width - indent : 20;
    bool first = true;
    for (char *line = printable, *end; line; line = end ? end + 1 : NULL, first = false) {
        end = strchr(line, '\n');
        size_t left = end ? (size_t)(end - line) : strlen(line);
        if (!first)
            printf("%*s", left ? indent : 0, "");
        while (out->width > 0 && output_width(out, line, left) > columns) {
            size_t octets = fold(out, line, left, columns);
            print_line(out, style, line, octets);
            printf("%*s", indent, "");
            while (octets < left && line[octets] == ' ')
                octets++;
            line += octets;
            left -= octets;
        }
        print_line(out, style, line, left);
    }
    free(printable);
}

static struct wall midnight_before(const struct zone *zone, struct wall t)
{
    struct civil day = zone_civil(zone, t);
    day.hour = day.minute = day.second = 0;
    return zone_wall(zone, &day);
}

struct wall output_midnight(const struct output *out, struct wall t, int days_ago)
{
    struct wall today = midnight_before(&out->zone, t);
    int64_t noon_s = today.s - (int64_t)days_ago * DAY_S + DAY_S / 2; /* days have 23 to 25 hours */
    return midnight_before(&out->zone, (struct wall){noon_s});
}

const char *output_day(int weekday)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    assert(weekday >= 0 && weekday < 7);
    return days[weekday];
}

const char *output_month(int month)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    assert(month >= 1 && month <= 12);
    return months[month - 1];
}

void output_time(const struct output *out, struct wall t, char ret[OUTPUT_TIME_SIZE])
{
    int64_t away = t.s - out->now.wall.s;
    struct civil c = zone_civil(&out->zone, t), today = zone_civil(&out->zone, out->now.wall);
    struct text text;
    text_init(&text, ret, OUTPUT_TIME_SIZE);
    if (t.s == 0)
        return;
    if (away < -180 * DAY_S || away > 180 * DAY_S) {
        text_addf(&text, "%d %s %d", c.day, output_month(c.month), c.year);
        return;
    }
    if (away < -6 * DAY_S || away > 6 * DAY_S)
        text_addf(&text, "%d %s ", c.day, output_month(c.month));
    else if (c.day != today.day)
        text_addf(&text, "%s ", output_day(c.weekday));
    text_addf(&text, "%02d:%02d", c.hour, c.minute);
}

void output_duration(int64_t seconds, char ret[OUTPUT_TIME_SIZE])
{
    struct text text;
    text_init(&text, ret, OUTPUT_TIME_SIZE);
    if (seconds < 0)
        seconds = 0;
    int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    if (seconds < 60)
        text_addf(&text, "%d s", (int)seconds);
    else if (minutes < 60)
        text_addf(&text, "%d min", (int)minutes);
    else if (hours < 48)
        text_addf(&text, "%d h %02d min", (int)hours, (int)(minutes % 60));
    else
        text_addf(&text, "%" PRId64 " days", days);
}

void output_number(const struct output *out, const char *number, char ret[OUTPUT_NUMBER_SIZE])
{
    char national[E164_NATIONAL_MAX + 1];
    if (number[0] == '+' && out->region[0]) {
        e164_national(number, out->region, national);
        number = national;
    }
    if (text_copy(ret, OUTPUT_NUMBER_SIZE, number))
        text_copy(ret, OUTPUT_NUMBER_SIZE, "?"); /* longer than any number that the store takes */
}

static struct {
    FILE *stream; /* NULL: nothing is kept */
    char *text;
    size_t len;
} held;

void output_hold(void)
{
    assert(!held.stream);
    held.stream = open_memstream(&held.text, &held.len);
    if (!held.stream)
        cli_no_memory();
}

void output_release(void)
{
    if (!held.stream)
        return;
    bool kept = fflush(held.stream) == 0 && !ferror(held.stream);
    if (kept)
        fwrite(held.text, 1, held.len, stdout);
    fclose(held.stream); /* may have no memory to make it shorter, of which it says nothing */
    held.stream = NULL;
    free(held.text);
    if (!kept)
        cli_no_memory();
}

FILE *output_stream(void)
{
    return held.stream ? held.stream : stdout;
}

static void put_stdout(void *sink, const char *octets, size_t len)
{
    fwrite(octets, 1, len, sink); /* output_finish() looks whether it worked */
}

void output_json(struct json *j)
{
    json_init(j, put_stdout, output_stream());
}

void output_json_begin(struct json *j)
{
    output_json(j);
    json_object(j);
    json_key_i64(j, "v", 1);
}

void output_json_end(struct json *j)
{
    json_object_end(j);
    fputc('\n', output_stream());
}

void output_json_wall(struct json *j, const char *key, struct wall t)
{
    char text[TIME_RFC3339_SIZE];
    if (t.s != 0)
        wall_rfc3339(t, text);
    json_key_string(j, key, t.s != 0 ? text : NULL);
}
