#include "modemsim/record.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512
#define ALIGNMENT 4096
#define LINE_MAX_OCTETS 65536 /* more than an escaped chunk of the port has */

static struct {
    int fd;
    int64_t octet;
    char line[LINE_MAX_OCTETS];
} record;

/* One line, filled up with NUL to whole sectors: a direct write takes nothing else. */
static ssize_t write_line(void *cookie, const char *bytes, size_t len)
{
    static _Alignas(ALIGNMENT) char sectors[LINE_MAX_OCTETS];
    size_t whole = (len + SECTOR - 1) / SECTOR * SECTOR;
    (void)cookie;
    if (whole > sizeof(sectors))
        return 0;
    memset(sectors, 0, whole);
    memcpy(sectors, bytes, len);
    return pwrite(record.fd, sectors, whole, record.octet) == (ssize_t)whole ? (ssize_t)len : 0;
}

FILE *record_open(const char *place)
{
    static const cookie_io_functions_t functions = {.write = write_line};
    const char *at = strrchr(place, '@');
    char device[256];
    if (!at || text_to_i64(at + 1, strlen(at + 1), 0, INT64_MAX, &record.octet) != 0 ||
        record.octet % ALIGNMENT != 0 ||
        snprintf(device, sizeof(device), "%.*s", (int)(at - place), place) >= (int)sizeof(device)) {
        errno = EINVAL;
        return NULL;
    }
    record.fd = open(device, O_WRONLY | O_DIRECT | O_CLOEXEC);
    FILE *file = record.fd < 0 ? NULL : fopencookie(NULL, "w", functions);
    if (file)
        setvbuf(file, record.line, _IOFBF, sizeof(record.line));
    return file;
}
