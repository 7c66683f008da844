/* tests/pty/faults.c - preloaded into a command: faults of the machine that cannot be made by
 * files. From the environment, beside the clock of tests/cli/clock.c: TEXTBACK_TEST_SYNC=0|1
 * whether the clock is synchronised; TEXTBACK_TEST_FULL=1   no room on any disk. */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_clock_adjtime64 /* where long has 32 bits, the other call fills a smaller struct */
#define ADJUST_CALL SYS_clock_adjtime64
#else
#define ADJUST_CALL SYS_clock_adjtime
#endif

int adjtimex(struct timex *t)
{
    const char *synchronised = getenv("TEXTBACK_TEST_SYNC");
    if (synchronised)
        return synchronised[0] == '1' ? TIME_OK : TIME_ERROR;
    return (int)syscall(ADJUST_CALL, CLOCK_REALTIME, t);
}

/* With 64-bit offsets <sys/statvfs.h> calls it statvfs64. */
int statvfs(const char *path, struct statvfs *ret)
{
    int (*real)(const char *, struct statvfs *) =
        (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs64");
    int err = real(path, ret);
    if (err == 0 && getenv("TEXTBACK_TEST_FULL"))
        ret->f_bavail = 0;
    return err;
}
