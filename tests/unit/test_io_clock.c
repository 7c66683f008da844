/* tests/unit/test_io_clock.c - zones from files that are none, by name and from the environment. */
#include "io/clock.h"
#include "tap.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUMMER INT64_C(1782907200) /* 2026-07-01T12:00:00Z */

#define OCTETS(string) string, sizeof(string) - 1

/* Files in the zone directory; only the header's version and the footer matter. */
static const struct file {
    const char *name, *octets;
    size_t len;
} files[] = {
    {"Empty", OCTETS("")},
    {"Short", OCTETS("TZif2")},
    {"Other", OCTETS("GIF89a\n\nUTC0\n")},
    {"Version1", OCTETS("TZif\0....\n\nGMT0\n")},
    {"NoFooter", OCTETS("TZif2.....")},
    {"OpenFooter", OCTETS("TZif2.....\nGMT0")},
    {"EmptyFooter", OCTETS("TZif2.....\n\n")},
    {"BadFooter", OCTETS("TZif2.....\nwhat?\n")},
    {"Good", OCTETS("TZif2.....\n.\nGMT0BST,M3.5.0/1,M10.5.0\n")},
};

static const struct row {
    const char *name, *tz; /* $TZ, NULL: not set */
    int err;
    int32_t offset_s;
} rows[] = {
    {"", NULL, -EINVAL, 0},
    {"/etc/localtime", NULL, -EINVAL, 0},
    {"../Good", NULL, -EINVAL, 0},
    {"Good\n", NULL, -EINVAL, 0},
    {"None", NULL, -ENOENT, 0},
    {"Good/None", NULL, -ENOENT, 0},
    {".", NULL, -EINVAL, 0},
    {"Empty", NULL, -EINVAL, 0},
    {"Short", NULL, -EINVAL, 0},
    {"Other", NULL, -EINVAL, 0},
    {"Version1", NULL, -EINVAL, 0},
    {"NoFooter", NULL, -EINVAL, 0},
    {"OpenFooter", NULL, -EINVAL, 0},
    {"EmptyFooter", NULL, -EINVAL, 0},
    {"BadFooter", NULL, -EINVAL, 0},
    {"Good", NULL, 0, 3600},
    {"UTC", NULL, 0, 0},
    {"system", "Good", 0, 3600},
    {"system", ":Good", 0, 3600},
    {"system", "", 0, 0},
    {"system", "CET-1CEST,M3.5.0,M10.5.0/3", 0, 7200},
    {"system", "/nowhere/at/all", -ENOENT, 0},
    {"system", "nonsense", -EINVAL, 0},
};

int main(void)
{
    char directory[] = "/tmp/textback-zones-XXXXXX", path[64];
    struct zone zone;
    if (!mkdtemp(directory))
        return 1;
    setenv("TZDIR", directory, 1);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
        FILE *file = fopen(path, "we");
        tap_ok(file && fwrite(files[i].octets, 1, files[i].len, file) == files[i].len, "%s",
               files[i].name);
        if (file)
            fclose(file);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        int32_t offset_s = 0;
        unsetenv("TZ");
        if (row->tz)
            setenv("TZ", row->tz, 1);
        int err = clock_zone(row->name, &zone);
        if (!err)
            offset_s = zone_offset_s(&zone, (struct wall){SUMMER});
        if (!tap_ok(err == row->err && offset_s == row->offset_s, "row %zu, TZ %s", i,
                    row->tz ? row->tz : "not set"))
            tap_diag("%s: %d, %d s", row->name, err, offset_s);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
        unlink(path);
    }
    rmdir(directory);

    struct now first = clock_now(), second = clock_now();
    tap_ok(first.mono.ms > 0 && second.mono.ms >= first.mono.ms &&
               second.mono.ms < first.mono.ms + 60000,
           "the monotonic clock runs");
    tap_ok(second.wall.s >= first.wall.s, "the wall clock");
    return tap_done();
}
