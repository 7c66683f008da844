#include "io/trace.h"
#include "base/text.h"
#include "base/time.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORD_BYTES_MAX 1024 /* more go into the next record */

struct trace {
    int fd;
    int64_t octets; /* in the file */
    char path[PATH_MAX - 8];
};

/* Opens the file. Whoever made it, only its owner may read it; what is no file stays as it is, and
 * a FIFO that nobody reads, or a line without a carrier, is not waited for. */
static int open_file(struct trace *t)
{
    struct stat st;
    t->fd =
        open(t->path,
             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (t->fd < 0)
        return errno == ENXIO ? -EINVAL : -errno;
    int err = fstat(t->fd, &st) ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
    if (err == 0 && fchmod(t->fd, 0600))
        err = -errno;
    if (err == 0) {
        t->octets = st.st_size;
        return 0;
    }
    close(t->fd);
    t->fd = -1;
    return err;
}

int trace_new(const char *path, struct trace **ret)
{
    struct trace *t = malloc(sizeof(*t));
    if (!t)
        return -ENOMEM;
    int err = text_copy(t->path, sizeof(t->path), path);
    if (!err)
        err = open_file(t);
    if (err) {
        free(t);
        return err;
    }
    *ret = t;
    return 0;
}

void trace_free(struct trace *t)
{
    if (!t)
        return;
    if (t->fd >= 0)
        close(t->fd);
    free(t);
}

/* Begins a new file once this one is full. */
static void turn_over(struct trace *t)
{
    char old[PATH_MAX];
    if (t->octets < TRACE_MAX)
        return;
    close(t->fd);
    snprintf(old, sizeof(old), "%s.old", t->path);
    (void)rename(t->path, old);
    (void)open_file(t);
}

static void add_octet(struct text *record, uint8_t octet)
{
    if (octet == '\r')
        text_add(record, "\\r");
    else if (octet == '\n')
        text_add(record, "\\n");
    else if (octet < ' ' || octet > '~' || octet == '"' || octet == '\\')
        text_addf(record, "\\x%02X", octet);
    else
        text_add_char(record, (char)octet);
}

/* Returns how many octets of a command hold no secret: all, or up to the PIN. */
static size_t before_pin(char direction, const uint8_t *bytes, size_t len)
{
    static const char *const commands[] = {"AT+CPIN=", "AT^CPIN="};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && direction == '>'; i++) {
        size_t at = strlen(commands[i]);
        const uint8_t *found = memmem(bytes, len, commands[i], at);
        if (found)
            return (size_t)(found - bytes) + at;
    }
    return len;
}

static void write_record(struct trace *t, const char *line, char direction, const uint8_t *bytes,
                         size_t len)
{
    char buf[RECORD_BYTES_MAX * 4 + 128];
    char at[TIME_RFC3339_SIZE];
    struct timespec now;
    struct text record;
    size_t shown = before_pin(direction, bytes, len);
    clock_gettime(CLOCK_REALTIME, &now);
    wall_rfc3339((struct wall){now.tv_sec}, at);
    at[strcspn(at, "Z")] = '\0';
    text_init(&record, buf, sizeof(buf));
    text_addf(&record, "%s.%03dZ %s %c \"", at, (int)(now.tv_nsec / 1000000), line, direction);
    for (size_t i = 0; i < shown; i++)
        add_octet(&record, bytes[i]);
    text_add(&record, shown < len ? "****\"\n" : "\"\n");
    turn_over(t);
    if (t->fd >= 0 && text_ok(&record) && write(t->fd, buf, record.len) == (ssize_t)record.len)
        t->octets += (int64_t)record.len;
}

void trace_bytes(struct trace *t, const char *line, char direction, const uint8_t *bytes,
                 size_t len)
{
    while (t && len > 0) {
        size_t part = len < RECORD_BYTES_MAX ? len : RECORD_BYTES_MAX;
        write_record(t, line, direction, bytes, part);
        bytes += part;
        len -= part;
    }
}
