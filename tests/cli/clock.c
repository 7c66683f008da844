/* tests/cli/clock.c - loaded before libc, it stops the wall clock at $TEXTBACK_TEST_CLOCK (seconds
 * since 1970), so that screens with times in them can be compared. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_clock_gettime64 /* where long has 32 bits, the other call fills the smaller struct */
#define CLOCK_CALL SYS_clock_gettime64
#else
#define CLOCK_CALL SYS_clock_gettime
#endif

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    const char *stopped = getenv("TEXTBACK_TEST_CLOCK");
    if (clock == CLOCK_REALTIME && stopped) {
        *ret = (struct timespec){.tv_sec = (time_t)strtoll(stopped, NULL, 10)};
        return 0;
    }
    return (int)syscall(CLOCK_CALL, clock, ret);
}
