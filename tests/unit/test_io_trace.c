/* tests/unit/test_io_trace.c - what went over a port, as its file tells it. */
#include "io/trace.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/textback-trace-XXXXXX";
static char path[64], link_path[64], old[72], content[16384];

static const char *read_back(void)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, content, sizeof(content) - 1);
    content[len > 0 ? len : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return content;
}

static void put(struct trace *t, char direction, const char *text)
{
    trace_bytes(t, "main", direction, (const uint8_t *)text, strlen(text));
}

int main(void)
{
    struct trace *t = NULL;
    struct stat st = {0};
    if (!mkdtemp(directory))
        return 1;
    snprintf(path, sizeof(path), "%s/trace", directory);
    snprintf(old, sizeof(old), "%s.old", path);
    snprintf(link_path, sizeof(link_path), "%s/link", directory);
    tap_ok(trace_new("/nowhere/trace", &t) == -ENOENT, "no such directory");
    tap_ok(trace_new(directory, &t) == -EISDIR, "a directory");
    tap_ok(symlink(path, link_path) == 0 && trace_new(link_path, &t) == -ELOOP, "a link");
    mode_t before = umask(0);
    bool made = mkfifo(old, 0644) == 0;
    umask(before);
    tap_ok(made && trace_new(old, &t) == -EINVAL, "a FIFO that nobody reads is not waited for");
    int reader = open(old, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    tap_ok(reader >= 0 && trace_new(old, &t) == -EINVAL && stat(old, &st) == 0 &&
               (st.st_mode & 0777) == 0644,
           "nor taken where somebody does, and it stays as it is");
    close(reader);
    unlink(old);
    put(NULL, '<', "x");
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    tap_ok(trace_new(path, &t) == 0 && stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
           "only the owner may read it, whoever made it");
    put(t, '<', "\r\n+CLIP: \"+44\\\"\x1b\x80\r\n");
    tap_ok(strstr(read_back(), "Z main < \"\\r\\n+CLIP: \\x22+44\\x5C\\x22\\x1B\\x80\\r\\n\"\n") !=
               NULL,
           "control characters and quotes are told, not written");
    put(t, '>', "AT+CPIN=\"1234\"\r");
    tap_ok(!strstr(read_back(), "1234") && strstr(content, "> \"AT+CPIN=****\"\n"), "no PIN");
    put(t, '>', "AT+CPIN?\r");
    tap_ok(strstr(read_back(), "> \"AT+CPIN?\\r\"\n") != NULL, "the question for it");
    char many[3001];
    memset(many, '~', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    put(t, '<', many);
    size_t count = 0;
    for (const char *at = read_back(); (at = strchr(at, '~')) != NULL; at++)
        count++;
    tap_ok(count == 3000, "more than one record holds");
    trace_free(t);
    tap_ok(truncate(path, TRACE_MAX) == 0 && trace_new(path, &t) == 0, "a full file");
    put(t, '>', "AT\r");
    tap_ok(stat(old, &st) == 0 && st.st_size == TRACE_MAX && strstr(read_back(), "\"AT\\r\"") &&
               stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
           "is set aside");
    trace_free(t);
    unlink(link_path);
    unlink(path);
    unlink(old);
    rmdir(directory);
    return tap_done();
}
