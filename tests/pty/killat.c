/* tests/pty/killat.c - preloaded into the daemon: ends it with SIGKILL at its N-th step that
 * outlives it (a flush to the disk, or bytes to a terminal), and lets its clocks run ahead.  From
 * the environment: KILLAT_STEP=N      which step, from 1 KILLAT_AFTER=1     after the step, else
 * right before it KILLAT_AHEAD_S=N   seconds that all clocks are ahead */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* What the C library calls the functions with a time_t of 64 bits. */
#if __SIZEOF_LONG__ == 4
#define CLOCK_GETTIME "__clock_gettime64"
#define TIMERFD_SETTIME "__timerfd_settime64"
#else
#define CLOCK_GETTIME "clock_gettime"
#define TIMERFD_SETTIME "timerfd_settime"
#endif

static long number(const char *name)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : 0;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Adds an octet to the file that arms us. Returns whether it is there. */
static bool armed(void)
{
    const char *path = getenv("KILLAT_ARMED");
    int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool counted = write(fd, "+", 1) == 1; /* no terminal: no step */
    close(fd);
    return counted;
}

/* Counts a step on entry (`after` false) and dies there or on leaving it. */
static void step(bool after)
{
    static long steps;
    if (!after && armed())
        steps++;
    if (steps > 0 && steps == number("KILLAT_STEP") && after == (number("KILLAT_AFTER") == 1))
        kill(getpid(), SIGKILL);
}

int fsync(int fd)
{
    int (*next)(int) = (int (*)(int))real("fsync");
    step(false);
    int result = next(fd);
    step(true);
    return result;
}

int fdatasync(int fd)
{
    int (*next)(int) = (int (*)(int))real("fdatasync");
    step(false);
    int result = next(fd);
    step(true);
    return result;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t (*next)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))real("write");
    if (!isatty(fd))
        return next(fd, bytes, len);
    step(false);
    ssize_t result = next(fd, bytes, len);
    step(true);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int (*next)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))real(CLOCK_GETTIME);
    int result = next(clock, ret);
    ret->tv_sec += number("KILLAT_AHEAD_S");
    return result;
}

/* The timer runs on the real clock. */
int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    int (*next)(int, int, const struct itimerspec *, struct itimerspec *) =
        (int (*)(int, int, const struct itimerspec *, struct itimerspec *))real(TIMERFD_SETTIME);
    struct itimerspec at = *new;
    long ahead = number("KILLAT_AHEAD_S");
    bool set = at.it_value.tv_sec != 0 || at.it_value.tv_nsec != 0;
    if (set && (flags & TFD_TIMER_ABSTIME))
        at.it_value.tv_sec = at.it_value.tv_sec > ahead ? at.it_value.tv_sec - ahead : 1;
    return next(fd, flags, &at, old);
}
