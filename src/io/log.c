#include "io/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "io/clock.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

/* The one thing that is the process's own: where its errors go. */
static struct {
    enum config_log_level level;
    bool mask_numbers;
    struct zone zone; /* of the times on a terminal */
} settings = {.level = CONFIG_LOG_INFO};

void log_set(enum config_log_level level, bool mask_numbers)
{
    settings.level = level;
    settings.mask_numbers = mask_numbers;
    if (clock_zone("system", &settings.zone))
        settings.zone = (struct zone){0};
}

/* Writes what stands before the text: on a terminal the time, for the journal the level that it
 * keeps with the line (sd-daemon(3)), and the level's name. */
static void add_head(struct text *line, enum config_log_level level)
{
    static const struct {
        const char *name;
        int priority;
    } levels[] = {
        [CONFIG_LOG_ERROR] = {"error", 3},
        [CONFIG_LOG_WARNING] = {"warning", 4},
        [CONFIG_LOG_INFO] = {"info", 6},
        [CONFIG_LOG_DEBUG] = {"debug", 7},
    };
    if (isatty(STDERR_FILENO)) {
        struct civil c = zone_civil(&settings.zone, clock_now().wall);
        text_addf(line, "%02d:%02d:%02d ", c.hour, c.minute, c.second);
    } else if (getenv("JOURNAL_STREAM")) {
        text_addf(line, "<%d>", levels[level].priority);
    }
    text_addf(line, "%s: ", levels[level].name);
}

__attribute__((format(printf, 2, 0))) static void write_line(enum config_log_level level,
                                                             const char *format, va_list ap)
{
    char said[LOG_LINE_MAX / 2], safe[LOG_LINE_MAX], buf[LOG_LINE_MAX + 64];
    struct text line;
    if (level > settings.level)
        return;
    (void)vsnprintf(said, sizeof(said), format, ap);
    (void)utf8_printable(said, strlen(said), false, safe, sizeof(safe));
    text_init(&line, buf, sizeof(buf));
    add_head(&line, level);
    text_add(&line, safe);
    text_add_char(&line, '\n');
    ssize_t written = write(STDERR_FILENO, buf, line.len); /* whole lines do not mix */
    (void)written; /* nowhere is left to say that it failed */
}

void log_error(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_line(CONFIG_LOG_ERROR, format, ap);
    va_end(ap);
}

void log_warning(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_line(CONFIG_LOG_WARNING, format, ap);
    va_end(ap);
}

void log_info(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_line(CONFIG_LOG_INFO, format, ap);
    va_end(ap);
}

void log_debug(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_line(CONFIG_LOG_DEBUG, format, ap);
    va_end(ap);
}

const char *log_number(const char *number)
{
    enum { SHOWN_FIRST = 5, SHOWN_LAST = 3, TURNS = 4 };
    static char turns[TURNS][64];
    static size_t turn;
    char *shown = turns[turn++ % TURNS];
    size_t len = utf8_printable(number, strlen(number), false, shown, sizeof(turns[0]));
    size_t first = len > SHOWN_FIRST + SHOWN_LAST ? SHOWN_FIRST : 0;
    size_t last = first ? SHOWN_LAST : 0;
    if (settings.mask_numbers)
        memset(shown + first, '*', len - first - last);
    return shown;
}
