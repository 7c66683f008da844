#include "io/clock.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_FILE_MAX 65536 /* octets of a TZif file; real ones have 4,000 */
#define CLOCK_PATH_MAX 256

/* Beyond 2038, and files beyond 2 GB: meson.build sees to both where long has 32 bits. */
static_assert(sizeof(time_t) == 8, "time_t has 64 bits");
static_assert(sizeof(off_t) == 8, "off_t has 64 bits");

struct now clock_now(void)
{
    struct timespec mono, wall;
    int failed = clock_gettime(CLOCK_BOOTTIME, &mono) | clock_gettime(CLOCK_REALTIME, &wall);
    assert(!failed);
    return (struct now){.mono.ms = (int64_t)mono.tv_sec * 1000 + mono.tv_nsec / 1000000,
                        .wall.s = wall.tv_sec};
}

/* Reads up to `cap` octets of a file; a longer one is cut. Returns the count or -errno. */
static ssize_t read_file(const char *path, char *buf, size_t cap)
{
    size_t len = 0;
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    while (n > 0 && len < cap) {
        n = read(fd, buf + len, cap - len);
        len += n > 0 ? (size_t)n : 0;
    }
    int err = n < 0 ? -errno : 0;
    close(fd);
    return err ? err : (ssize_t)len;
}

/* The rules stand between the last two newlines of a file of version 2 or later: RFC 8536 3.3. */
static int read_rules(const char *path, struct zone *ret)
{
    static const char magic[] = "TZif";
    char buf[CLOCK_FILE_MAX];
    ssize_t n = read_file(path, buf, sizeof(buf));
    if (n < 0)
        return n == -ENOENT || n == -ENOTDIR ? -ENOENT : -EINVAL;
    size_t len = (size_t)n;
    if (len < 6 || len == sizeof(buf) || memcmp(buf, magic, 4) != 0 || buf[4] < '2' ||
        buf[len - 1] != '\n')
        return -EINVAL;
    buf[len - 1] = '\0';
    const char *footer = memrchr(buf, '\n', len - 1);
    return footer ? zone_parse(ret, footer + 1) : -EINVAL;
}

/* A name is a path below the zone directory and cannot leave it. */
static int named_zone(const char *name, struct zone *ret)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    const char *directory = getenv("TZDIR");
    char path[CLOCK_PATH_MAX];
    struct text t;

    if (strcmp(name, "UTC") == 0)
        return zone_parse(ret, "UTC0");
    if (name[0] == '\0' || name[0] == '/' || name[strspn(name, allowed)] != '\0')
        return -EINVAL;
    text_init(&t, path, sizeof(path));
    text_add(&t, directory && directory[0] ? directory : "/usr/share/zoneinfo");
    text_addf(&t, "/%s", name);
    return text_ok(&t) ? read_rules(path, ret) : -EINVAL;
}

/* $TZ is read as tzset(3) does it. */
static int system_zone(struct zone *ret)
{
    const char *tz = getenv("TZ");
    int err;
    if (!tz) {
        err = read_rules("/etc/localtime", ret);
        return err == -ENOENT ? zone_parse(ret, "UTC0") : err;
    }
    tz += tz[0] == ':';
    if (tz[0] == '\0')
        return zone_parse(ret, "UTC0");
    if (tz[0] == '/')
        return read_rules(tz, ret);
    err = named_zone(tz, ret);
    return err ? zone_parse(ret, tz) : 0;
}

int clock_zone(const char *name, struct zone *ret)
{
    struct zone zone;
    int err = strcmp(name, "system") == 0 ? system_zone(&zone) : named_zone(name, &zone);
    if (!err)
        *ret = zone;
    return err;
}
