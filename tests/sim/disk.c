#include "disk.h"
#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512
#define INDEX_MAX (32768 * 8)           /* more than any WAL of these worlds has */
#define NOW_MS INT64_C(212662152000000) /* a Julian day: nobody here asks SQLite for the time */

/* One connection's view of a file. */
struct handle {
    sqlite3_file base;
    struct disk_file *file;
    int level;                  /* its lock: SQLITE_LOCK_* */
    bool mapped;                /* the WAL index */
    unsigned shared, exclusive; /* its locks there, a bit each */
};

static struct disk *disk;
static sqlite3_vfs vfs;
static sqlite3_io_methods methods;

static struct handle *handle(sqlite3_file *f)
{
    return (struct handle *)(void *)f;
}

static struct disk_file *file(sqlite3_file *f)
{
    return handle(f)->file;
}

static uint64_t draw(void)
{
    disk->random = disk->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return disk->random >> 33;
}

/* Returns SQLITE_OK where the disk takes a change. */
static int change(int bad)
{
    disk->calls++;
    if (disk->calls == disk->die_at)
        disk->dead = true;
    if (disk->dead)
        return bad;
    if (disk->full)
        return SQLITE_FULL;
    if (disk->bad_in_k == 0 || draw() % 1000 >= (uint64_t)disk->bad_in_k)
        return SQLITE_OK;
    disk->failed++;
    return bad;
}

static void *grown(void *bytes, size_t from, size_t to)
{
    uint8_t *p = realloc(bytes, to);
    assert(p);
    memset(p + from, 0, to - from);
    return p;
}

static void reserve(struct disk_content *c, size_t size)
{
    size_t cap = c->cap ? c->cap : 65536;
    while (cap < size)
        cap *= 2;
    if (cap > c->cap)
        c->bytes = grown(c->bytes, c->cap, cap);
    c->cap = cap;
}

static void touch(struct disk_file *f, size_t from, size_t to)
{
    size_t first = from / SECTOR, last = (to + SECTOR - 1) / SECTOR;
    if (f->dirty_from == f->dirty_to)
        f->dirty_from = f->dirty_to = first;
    memset(f->dirty + first, 1, last - first);
    f->dirty_from = first < f->dirty_from ? first : f->dirty_from;
    f->dirty_to = last > f->dirty_to ? last : f->dirty_to;
}

/* Makes each dirty sector safe, or each second one. */
static void settle(struct disk_file *f, bool all)
{
    uint8_t *i, *end = f->dirty + f->dirty_to;
    reserve(&f->safe, f->now.cap);
    for (i = f->dirty + f->dirty_from; i < end && (i = memchr(i, 1, (size_t)(end - i))); i++) {
        size_t at = (size_t)(i - f->dirty) * SECTOR;
        if (all || draw() % 2 == 0)
            memcpy(f->safe.bytes + at, f->now.bytes + at, SECTOR);
        *i = 0;
    }
    f->dirty_from = f->dirty_to = 0;
    if (all || draw() % 2 == 0)
        f->safe.size = f->now.size;
}

static void drop(struct disk_file *f)
{
    free(f->now.bytes);
    free(f->safe.bytes);
    free(f->dirty);
    free(f->index);
    *f = (struct disk_file){0};
}

static struct disk_file *find(const char *name)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    return NULL;
}

/* A free place; one of a deleted file that is still open is not. */
static struct disk_file *create(const char *name)
{
    size_t i = 0;
    while (i < DISK_FILES_MAX && (disk->files[i].name[0] || disk->files[i].opens > 0))
        i++;
    if (i == DISK_FILES_MAX || strlen(name) >= DISK_NAME_MAX)
        return NULL;
    memcpy(disk->files[i].name, name, strlen(name) + 1);
    return &disk->files[i];
}

static int file_lock(sqlite3_file *sf, int level)
{
    struct handle *h = handle(sf);
    struct disk_file *f = h->file;
    if (level <= h->level)
        return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED && f->level >= SQLITE_LOCK_PENDING)
        return SQLITE_BUSY;
    if (level > SQLITE_LOCK_SHARED && f->level > SQLITE_LOCK_SHARED &&
        h->level <= SQLITE_LOCK_SHARED)
        return SQLITE_BUSY;
    f->shared += h->level == SQLITE_LOCK_NONE;
    if (level == SQLITE_LOCK_EXCLUSIVE && f->shared > 1) {
        f->level = h->level = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    h->level = level;
    if (level > SQLITE_LOCK_SHARED)
        f->level = level;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *sf, int level)
{
    struct handle *h = handle(sf);
    if (level >= h->level)
        return SQLITE_OK;
    if (h->level > SQLITE_LOCK_SHARED)
        h->file->level = SQLITE_LOCK_NONE;
    h->file->shared -= level == SQLITE_LOCK_NONE;
    h->level = level;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *f, int *ret)
{
    *ret = file(f)->level > SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

static int file_close(sqlite3_file *sf)
{
    struct disk_file *f = file(sf);
    (void)file_unlock(sf, SQLITE_LOCK_NONE);
    if (--f->opens == 0 && f->name[0] == '\0')
        drop(f);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *sf, void *buf, int len, sqlite3_int64 at)
{
    const struct disk_content *c = &file(sf)->now;
    size_t want = (size_t)len, from = (size_t)at;
    size_t have = from >= c->size ? 0 : c->size - from < want ? c->size - from : want;
    if (have > 0)
        memcpy(buf, c->bytes + from, have);
    if (have == want)
        return SQLITE_OK;
    memset((char *)buf + have, 0, want - have);
    return SQLITE_IOERR_SHORT_READ;
}

static void put(struct disk_file *f, const void *bytes, size_t len, size_t from)
{
    size_t to = from + len, cap = f->now.cap;
    reserve(&f->now, to);
    if (f->now.cap > cap)
        f->dirty = grown(f->dirty, cap / SECTOR, f->now.cap / SECTOR);
    memcpy(f->now.bytes + from, bytes, len);
    f->now.size = to > f->now.size ? to : f->now.size;
    touch(f, from, to);
}

static int file_write(sqlite3_file *sf, const void *buf, int len, sqlite3_int64 at)
{
    int rc = change(SQLITE_IOERR_WRITE);
    if (rc == SQLITE_OK)
        put(file(sf), buf, (size_t)len, (size_t)at);
    return rc;
}

static int file_truncate(sqlite3_file *sf, sqlite3_int64 size)
{
    struct disk_file *f = file(sf);
    int rc = change(SQLITE_IOERR_TRUNCATE);
    if (rc != SQLITE_OK || (size_t)size >= f->now.size)
        return rc;
    memset(f->now.bytes + size, 0, f->now.size - (size_t)size);
    touch(f, (size_t)size, f->now.size);
    f->now.size = (size_t)size;
    return SQLITE_OK;
}

/* What could not be synced is clean afterwards all the same, as on Linux: a later sync does not
 * save it. */
static int file_sync(sqlite3_file *sf, int flags)
{
    struct disk_file *f = file(sf);
    int rc = change(SQLITE_IOERR_FSYNC);
    (void)flags;
    if (f->now.cap == 0)
        return rc;
    if (rc == SQLITE_OK) {
        settle(f, true);
    } else if (!disk->dead) {
        memset(f->dirty + f->dirty_from, 0, f->dirty_to - f->dirty_from);
        f->dirty_from = f->dirty_to = 0;
    }
    return rc;
}

static int file_size(sqlite3_file *sf, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)file(sf)->now.size;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    (void)f;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *f)
{
    (void)f;
    return 4096;
}

static int file_traits(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as Linux has it */
}

static int shm_map(sqlite3_file *sf, int page, int size, int extend, void volatile **ret)
{
    struct handle *h = handle(sf);
    struct disk_file *f = h->file;
    size_t end = (size_t)(page + 1) * (size_t)size;
    f->index_opens += !h->mapped;
    h->mapped = true;
    *ret = NULL;
    if (end > f->index_size && !extend)
        return SQLITE_OK;
    if (end > INDEX_MAX)
        return SQLITE_NOMEM;
    if (!f->index)
        f->index = calloc(1, INDEX_MAX); /* at once: connections keep addresses of it */
    f->index_size = end > f->index_size ? end : f->index_size;
    *ret = f->index ? f->index + (size_t)page * (size_t)size : NULL;
    return f->index ? SQLITE_OK : SQLITE_NOMEM;
}

/* Takes all of `mask`, or nothing. */
static bool shm_take(struct handle *h, unsigned mask, bool shared)
{
    struct disk_file *f = h->file;
    for (unsigned i = 0; i < DISK_LOCKS; i++) {
        unsigned bit = 1U << i;
        int others = f->index_shared[i] - ((h->shared & bit) != 0);
        if ((mask & bit) &&
            ((f->index_locked[i] && !(h->exclusive & bit)) || (!shared && others > 0)))
            return false;
    }
    for (unsigned i = 0; i < DISK_LOCKS; i++) {
        f->index_shared[i] += shared && (mask >> i & 1) && !(h->shared >> i & 1);
        f->index_locked[i] |= !shared && (mask >> i & 1);
    }
    h->shared |= shared ? mask : 0;
    h->exclusive |= shared ? 0 : mask;
    return true;
}

static void shm_drop(struct handle *h, unsigned mask)
{
    for (unsigned i = 0; i < DISK_LOCKS; i++) {
        h->file->index_shared[i] -= ((mask & h->shared) >> i & 1) != 0;
        if ((mask & h->exclusive) >> i & 1)
            h->file->index_locked[i] = 0;
    }
    h->shared &= ~mask;
    h->exclusive &= ~mask;
}

static int shm_lock(sqlite3_file *sf, int offset, int count, int flags)
{
    unsigned mask = ((1U << count) - 1) << offset;
    if (flags & SQLITE_SHM_LOCK)
        return shm_take(handle(sf), mask, flags & SQLITE_SHM_SHARED) ? SQLITE_OK : SQLITE_BUSY;
    shm_drop(handle(sf), mask);
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *f)
{
    (void)f;
}

static int shm_unmap(sqlite3_file *sf, int remove)
{
    struct handle *h = handle(sf);
    struct disk_file *f = h->file;
    (void)remove; /* the memory goes with the last who uses it, as after a crash */
    shm_drop(h, (1U << DISK_LOCKS) - 1);
    f->index_opens -= h->mapped;
    h->mapped = false;
    if (f->index_opens > 0)
        return SQLITE_OK;
    free(f->index);
    f->index = NULL;
    f->index_size = 0;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *sf, int flags, int *ret)
{
    struct handle *h = handle(sf);
    (void)v;
    *h = (struct handle){0};
    h->file = name ? find(name) : NULL;
    if (!h->file && name)
        h->file = change(SQLITE_CANTOPEN) == SQLITE_OK ? create(name) : NULL;
    if (!h->file)
        return SQLITE_CANTOPEN;
    h->file->opens++;
    h->base.pMethods = &methods;
    if (ret)
        *ret = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
    struct disk_file *f = find(name);
    int rc = change(SQLITE_IOERR_DELETE);
    (void)v;
    (void)sync;
    if (rc != SQLITE_OK)
        return rc;
    if (!f)
        return SQLITE_IOERR_DELETE_NOENT;
    f->name[0] = '\0';
    if (f->opens == 0)
        drop(f);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
    const struct disk_file *f = find(name);
    (void)v;
    *ret = f && (flags != SQLITE_ACCESS_EXISTS || f->now.size > 0);
    return SQLITE_OK;
}

static int vfs_path(sqlite3_vfs *v, const char *name, int cap, char *ret)
{
    (void)v;
    if (strlen(name) >= (size_t)cap)
        return SQLITE_CANTOPEN;
    memcpy(ret, name, strlen(name) + 1);
    return SQLITE_OK;
}

static int vfs_random(sqlite3_vfs *v, int len, char *out)
{
    (void)v;
    for (int i = 0; i < len; i++)
        out[i] = (char)draw();
    return len;
}

/* Nobody else can go on meanwhile. */
static int vfs_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return us;
}

static int vfs_time(sqlite3_vfs *v, sqlite3_int64 *ret)
{
    (void)v;
    *ret = NOW_MS;
    return SQLITE_OK;
}

int disk_install(struct disk *d)
{
    bool again = disk != NULL;
    disk = d;
    if (again) {
        sqlite3_randomness(0, NULL); /* it begins anew, with what this disk has for it */
        return 0;
    }
    methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_unlock,
        .xCheckReservedLock = file_reserved,
        .xFileControl = file_control,
        .xSectorSize = file_sector,
        .xDeviceCharacteristics = file_traits,
        .xShmMap = shm_map,
        .xShmLock = shm_lock,
        .xShmBarrier = shm_barrier,
        .xShmUnmap = shm_unmap,
    };
    vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct handle),
        .mxPathname = DISK_NAME_MAX,
        .zName = "disk",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTimeInt64 = vfs_time,
    };
    /* One thread, and nobody asks how much memory is in use: no lock around each allocation. */
    if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
        sqlite3_initialize() != SQLITE_OK)
        return -1;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK ? 0 : -1;
}

void disk_power_cut(struct disk *d)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        struct disk_file *f = &d->files[i];
        assert(f->opens == 0);
        if (f->now.cap == 0)
            continue;
        settle(f, false);
        memcpy(f->now.bytes, f->safe.bytes, f->now.cap);
        f->now.size = f->safe.size;
        memset(f->now.bytes + f->now.size, 0, f->now.cap - f->now.size);
    }
}

const struct disk_content *disk_get(const struct disk *d, const char *name)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (strcmp(d->files[i].name, name) == 0)
            return &d->files[i].now;
    return NULL;
}

void disk_put(struct disk *d, const char *name, const void *bytes, size_t len)
{
    struct disk_file *f = find(name);
    assert(d == disk);
    if (f && len < f->now.size)
        memset(f->now.bytes + len, 0, f->now.size - len);
    if (!f)
        f = create(name);
    assert(f);
    put(f, bytes, len, 0);
    f->now.size = len;
    settle(f, true);
}

void disk_wipe(struct disk *d)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        assert(d->files[i].opens == 0);
        drop(&d->files[i]);
    }
}
