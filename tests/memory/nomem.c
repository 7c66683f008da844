/* From the environment, where this is preloaded: NOMEM_AT=N   which allocation fails, from 1;
 * NOMEM_WHO=sqlite|others of which; NOMEM_MORE=1   all after it fail, too; NOMEM_COUNT=FILE   gets
 * how many there were. */
#include "nomem.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool armed, all_after;
    enum nomem_who who;
    long count, fail_at;
    uintptr_t sqlite, sqlite_end; /* where libsqlite3 lies */
} nomem;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);

static int find_sqlite(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (!strstr(info->dlpi_name, "libsqlite3"))
        return 0;
    nomem.sqlite = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > nomem.sqlite_end)
            nomem.sqlite_end = end;
    }
    return 1;
}

void nomem_arm(enum nomem_who who, long fail_at, bool all_after)
{
    if (!nomem.sqlite)
        (void)dl_iterate_phdr(find_sqlite, NULL);
    nomem.who = who;
    nomem.fail_at = fail_at;
    nomem.all_after = all_after;
    nomem.count = 0;
    nomem.armed = true;
}

long nomem_disarm(void)
{
    nomem.armed = false;
    return nomem.count;
}

static bool fails(const void *caller)
{
    uintptr_t from = (uintptr_t)caller;
    bool sqlite = from >= nomem.sqlite && from < nomem.sqlite_end;
    if (!nomem.armed || (nomem.who != NOMEM_ALL && sqlite != (nomem.who == NOMEM_SQLITE)))
        return false;
    nomem.count++;
    if (nomem.count != nomem.fail_at && !(nomem.all_after && nomem.count > nomem.fail_at))
        return false;
    errno = ENOMEM;
    return nomem.fail_at > 0;
}

void *malloc(size_t size)
{
    if (!next_malloc)
        next_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    return fails(__builtin_return_address(0)) ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (!next_calloc)
        next_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
    return fails(__builtin_return_address(0)) ? NULL : next_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    if (!next_realloc)
        next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
    return fails(__builtin_return_address(0)) ? NULL : next_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
    if (!next_realloc)
        next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
    size_t octets;
    if (__builtin_mul_overflow(count, size, &octets)) {
        errno = ENOMEM;
        return NULL;
    }
    return fails(__builtin_return_address(0)) ? NULL : next_realloc(memory, octets);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("NOMEM_AT"), *who = getenv("NOMEM_WHO");
    if (at)
        nomem_arm(who && strcmp(who, "sqlite") == 0 ? NOMEM_SQLITE : NOMEM_OTHERS,
                  strtol(at, NULL, 10), getenv("NOMEM_MORE") != NULL);
}

__attribute__((destructor)) static void end(void)
{
    char text[24];
    const char *path = getenv("NOMEM_COUNT");
    long count = nomem_disarm();
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    (void)!write(fd, text, (size_t)snprintf(text, sizeof(text), "%ld", count));
    close(fd);
}
