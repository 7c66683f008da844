/* tests/unit/test_io_log.c - what reaches stderr, line by line. */
#include "io/log.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int outlet[2], kept;

/* Collects what was logged since the last time. */
static const char *logged(void)
{
    static char text[4096];
    ssize_t n;
    if (write(outlet[1], "", 1) != 1) /* so that read() never waits */
        return "";
    n = read(outlet[0], text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

int main(void)
{
    char hostile[2000];
    if (pipe(outlet))
        return 1;
    fflush(stdout);
    kept = dup(STDERR_FILENO);
    dup2(outlet[1], STDERR_FILENO);
    unsetenv("JOURNAL_STREAM");

    log_set(CONFIG_LOG_INFO, false);
    log_debug("not told");
    log_info("line %s: %d", "main", 5);
    tap_ok(strcmp(logged(), "info: line main: 5\n") == 0,
           "a line; what is below the level is not told");
    log_error("a\nb\x1b[31m%s", "\xFF");
    tap_ok(strcmp(logged(), "error: a<0A>b<1B>[31m\uFFFD\n") == 0, "foreign bytes are harmless");
    memset(hostile, '\x1b', sizeof(hostile) - 1);
    hostile[sizeof(hostile) - 1] = '\0';
    log_warning("%s", hostile);
    const char *text = logged();
    tap_ok(strlen(text) < 1200 && text[strlen(text) - 1] == '\n',
           "a long line is cut and still ends");
    log_set(CONFIG_LOG_ERROR, false);
    log_warning("not told");
    tap_ok(strcmp(logged(), "") == 0, "errors only");
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_set(CONFIG_LOG_DEBUG, true);
    log_debug("x");
    tap_ok(strcmp(logged(), "<7>debug: x\n") == 0, "for the journal, with the level it keeps");

    tap_ok(strcmp(log_number("+447700900321"), "+4477*****321") == 0, "a masked number");
    tap_ok(strcmp(log_number("12345678"), "********") == 0, "a short one is masked whole");
    tap_ok(strcmp(log_number(""), "") == 0, "none");
    log_set(CONFIG_LOG_INFO, false);
    const char *first = log_number("+1"), *second = log_number("\x1b[2J");
    tap_ok(strcmp(first, "+1") == 0 && strcmp(second, "<1B>[2J") == 0,
           "numbers as they are, harmless");
    memset(hostile, '7', sizeof(hostile) - 1);
    tap_ok(strlen(log_number(hostile)) < 64, "a long one is cut");
    dup2(kept, STDERR_FILENO);
    return tap_done();
}
