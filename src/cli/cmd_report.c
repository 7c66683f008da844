#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/figures.h"
#include "cli/page.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: textback report [--html [FILE]] [--since TIME] [--until TIME] [--last DURATION] "
    "[--json]\n\n"
    "The figures of textback stats; with --html as one page with charts, for a browser, a phone or "
    "A4\npaper, that needs no network and no script.  FILE is written whole or not at all; only "
    "you "
    "can read\na new one, an old one keeps its mode.  - or no FILE is standard output.\n\n"
    "      --html [FILE]    write the page\n"
    "      --since TIME     not before: 7d, today, mon, 2026-11-23; else 30d\n"
    "      --until TIME     before\n"
    "      --last DURATION  the same as --since DURATION\n"
    "      --json           without --html: as textback stats\n";

enum { OPTION_HTML = CLI_OPTION_OWN, OPTION_SINCE, OPTION_UNTIL, OPTION_LAST };

/* The FILE of --html may be missing, so getopt() takes only --html=FILE for one: behind a blank it
 * is an operand. */
static const struct option options[] = {{"html", optional_argument, NULL, OPTION_HTML},
                                        {"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

static int print_page(const struct figures *f)
{
    if (f->cli->out.terminal)
        return cli_fail(f->cli, CLI_USAGE, "a page is nothing for a terminal: --html FILE");
    int err = page_print(stdout, f);
    return err ? cli_store_fail(f->cli, err) : CLI_DONE;
}

/* Returns CLI_DONE once the page is on the disk, or another code after telling. Takes `fd`. */
static int fill(const struct figures *f, int fd, const char *shown)
{
    FILE *to = fdopen(fd, "w");
    if (!to) {
        close(fd);
        return cli_fail(f->cli, CLI_FAILED, "%s: %s", shown, strerror(errno));
    }
    int err = page_print(to, f);
    bool good = fflush(to) == 0 && !ferror(to) && (fsync(fd) == 0 || errno == EINVAL); /* a pipe */
    int why = errno;
    fclose(to);
    if (err)
        return cli_store_fail(f->cli, err);
    return good ? CLI_DONE : cli_fail(f->cli, CLI_FAILED, "%s: %s", shown, strerror(why));
}

/* Beside `path`, then in its place: whoever reads it sees the old page or the new one. */
static int replace(const struct figures *f, const char *path, const char *shown, mode_t mode)
{
    char *fresh = cli_format("%s.XXXXXX", path);
    int code = CLI_DONE, fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0) {
        code = cli_fail(f->cli, CLI_FAILED, "%s: %s", shown, strerror(errno));
        free(fresh);
        return code;
    }
    if (fchmod(fd, mode)) {
        code = cli_fail(f->cli, CLI_FAILED, "%s: %s", shown, strerror(errno));
        close(fd);
    } else {
        code = fill(f, fd, shown);
    }
    if (code == CLI_DONE && rename(fresh, path))
        code = cli_fail(f->cli, CLI_FAILED, "%s: %s", shown, strerror(errno));
    if (code)
        unlink(fresh);
    free(fresh);
    return code;
}

static int write_page(const struct figures *f, const char *shown)
{
    struct stat there = {.st_mode = S_IFREG | 0600};
    int code;
    if (stat(shown, &there) == 0 && !S_ISREG(there.st_mode)) { /* such as /dev/stdout */
        int fd = open(shown, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        code = fd < 0 ? cli_fail(f->cli, CLI_FAILED, "%s: %s", shown, strerror(errno))
                      : fill(f, fd, shown);
    } else {
        char *path = realpath(shown, NULL); /* what a link names stays in its place */
        code = replace(f, path ? path : shown, shown, there.st_mode & 07777);
        free(path);
        if (code == CLI_DONE)
            cli_say(f->cli, "written to %s", shown);
    }
    return code;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
    struct figures f = {.cli = cli};
    struct when_span span = {0};
    const char *file = NULL;
    bool html = false;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        const char **const values[] = {&file, &span.since, &span.until, &span.last};
        if (c < OPTION_HTML || c > OPTION_LAST)
            return cli->exit;
        *values[c - OPTION_HTML] = optarg;
        html = html || c == OPTION_HTML;
    }
    if (html && !file && optind < argc)
        file = argv[optind++];
    if ((code = cli_operands(cli, argc, argv, 0, "")))
        return code;
    if (html && cli->json)
        return cli_fail(cli, CLI_USAGE, "--html and --json: one of them");
    if (file && !file[0])
        return cli_fail(cli, CLI_USAGE, "--html: the name of the file is empty");
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = figures_read(&f, &span)))
        return code;
    if (!html)
        return figures_print(&f);
    return file && strcmp(file, "-") != 0 ? write_page(&f, file) : print_page(&f);
}
