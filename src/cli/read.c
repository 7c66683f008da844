#include "cli/read.h"
#include "base/utf8.h"
#include "cli/alloc.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int read_check(const struct cli *cli, const char *what, size_t max, const char *text)
{
    size_t len = strlen(text);
    if (len == 0)
        return cli_fail(cli, CLI_USAGE, "the %s is empty", what);
    if (len > max)
        return cli_fail(cli, CLI_REFUSED, "the %s is too long: over %zu octets", what, max);
    if (utf8_valid_prefix(text, len) < len)
        return cli_fail(cli, CLI_USAGE, "the %s is not UTF-8", what);
    if (strspn(text, " \t\r\n") == len)
        return cli_fail(cli, CLI_USAGE, "the %s holds nothing but blanks", what);
    return CLI_DONE;
}

static int read_all(const struct cli *cli, const char *what, size_t max, FILE *from, char **ret)
{
    size_t cap = max + 3; /* a line end and one octet too many */
    char *text = cli_alloc(cap, 1);
    size_t len = fread(text, 1, cap - 1, from);
    int code = CLI_DONE;
    bool utf16 = len >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
    if (ferror(from))
        code = cli_fail(cli, CLI_FAILED, "the %s cannot be read: %s", what, strerror(errno));
    else if (utf16)
        code = cli_fail(cli, CLI_USAGE, "the %s is UTF-16: save it as UTF-8", what);
    else if (memchr(text, '\0', len))
        code = cli_fail(cli, CLI_USAGE, "the %s holds a NUL", what);
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    text[len] = '\0';
    if (code == CLI_DONE && len > max)
        code = cli_fail(cli, CLI_REFUSED, "the %s is too long: over %zu octets", what, max);
    if (code)
        free(text);
    else
        *ret = text;
    return code;
}

int read_stdin(const struct cli *cli, const char *what, size_t max, char **ret)
{
    return read_all(cli, what, max, stdin, ret);
}

int read_file(const struct cli *cli, const char *what, size_t max, const char *path, char **ret)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
    int code = read_all(cli, what, max, file, ret);
    fclose(file);
    return code;
}

static const char *editor(void)
{
    const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");
    if (visual && visual[0])
        return visual;
    return plain && plain[0] ? plain : "vi";
}

/* $EDITOR may be a command with arguments, as everywhere; the file is an argument of its own. */
static bool edit(const char *path)
{
    int status;
    char *command = cli_format("%s \"$1\"", editor());
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
        _exit(127);
    }
    free(command);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int read_editor(const struct cli *cli, const char *what, size_t max, const char *text, char **ret)
{
    const char *directory = getenv("TMPDIR");
    char *path =
        cli_format("%s/textback-XXXXXX.txt", directory && directory[0] ? directory : "/tmp");
    FILE *file = NULL;
    int code = CLI_FAILED, fd;
    if ((fd = mkostemps(path, 4, O_CLOEXEC)) < 0) {
        cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
        free(path);
        return CLI_FAILED;
    }
    if (!(file = fdopen(fd, "r+"))) {
        cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
        close(fd);
        goto out;
    }
    fprintf(file, "%s\n", text);
    if (fflush(file)) {
        cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (!edit(path)) {
        cli_fail(cli, CLI_FAILED, "the editor failed: %s", editor());
        goto out;
    }
    fclose(file); /* an editor may have put another file in its place */
    file = fopen(path, "re");
    if (file)
        code = read_all(cli, what, max, file, ret);
    else
        cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
out:
    if (file)
        fclose(file);
    unlink(path);
    free(path);
    return code;
}
