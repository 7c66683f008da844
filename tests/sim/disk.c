#include "disk.h"
#include <sqlite3.h>
#include <stddef.h>

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static struct disk *disk;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static sqlite3_io_methods methods;

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)(void *)f)->real;
}

/* Returns SQLITE_OK where the disk takes a change. */
static int change(void)
{
    disk->writes++;
    if (disk->writes == disk->die_at)
        disk->dead = true;
    if (disk->dead)
        return SQLITE_IOERR_WRITE;
    return disk->full ? SQLITE_FULL : SQLITE_OK;
}

static int file_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int file_read(sqlite3_file *f, void *buf, int len, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), buf, len, at);
}

static int file_write(sqlite3_file *f, const void *buf, int len, sqlite3_int64 at)
{
    int rc = change();
    return rc == SQLITE_OK ? real(f)->pMethods->xWrite(real(f), buf, len, at) : rc;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = change();
    return rc == SQLITE_OK ? real(f)->pMethods->xTruncate(real(f), size) : rc;
}

/* The file lies in memory: what was written stays. */
static int file_sync(sqlite3_file *f, int flags)
{
    (void)f;
    (void)flags;
    return change();
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_reserved(sqlite3_file *f, int *ret)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int file_traits(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, ret);
}

static int shm_lock(sqlite3_file *f, int offset, int count, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
}

static void shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static int vfs_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *f, int flags, int *ret)
{
    struct file *file = (struct file *)(void *)f;
    (void)v;
    file->real = (sqlite3_file *)(void *)(file + 1);
    f->pMethods = NULL;
    int rc = real_vfs->xOpen(real_vfs, name, file->real, flags, ret);
    if (file->real->pMethods)
        f->pMethods = &methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    int rc = change();
    return rc == SQLITE_OK ? real_vfs->xDelete(real_vfs, name, sync) : rc;
}

static int vfs_random(sqlite3_vfs *v, int len, char *out)
{
    (void)v;
    for (int i = 0; i < len; i++) {
        disk->random = disk->random * UINT64_C(6364136223846793005) + 1;
        out[i] = (char)(disk->random >> 56);
    }
    return len;
}

int disk_install(struct disk *d)
{
    disk = d;
    if (real_vfs)
        return 0;
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return -1;
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
    vfs = *real_vfs;
    vfs.zName = "disk";
    vfs.pNext = NULL;
    vfs.szOsFile += (int)sizeof(struct file);
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xRandomness = vfs_random;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK ? 0 : -1;
}
