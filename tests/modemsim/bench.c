/* tests/modemsim/bench.c - one turn of the simulated modem on its pty. */
#include "modemsim/bench.h"
#include "io/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define READ_MAX 4096

static void trace(const struct bench *b, char direction, const uint8_t *bytes, size_t len)
{
    if (!b->trace || len == 0)
        return;
    fprintf(b->trace, "%.3f %c \"", (double)clock_now().mono.ms / 1000, direction);
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] >= ' ' && bytes[i] < 0x7F && bytes[i] != '"' && bytes[i] != '\\')
            fputc(bytes[i], b->trace);
        else
            fprintf(b->trace, "\\x%02X", bytes[i]);
    }
    fputs("\"\n", b->trace);
    fflush(b->trace);
}

/* The line discipline must neither echo nor change anything, whatever the last host has set. */
static void make_raw(int fd)
{
    struct termios t;
    if (tcgetattr(fd, &t) == 0) {
        cfmakeraw(&t);
        (void)tcsetattr(fd, TCSANOW, &t);
    }
}

static void unplug(struct bench *b)
{
    if (b->link[0])
        (void)unlink(b->link);
    close(b->watch);
    close(b->slave);
    close(b->master);
    b->watch = b->slave = b->master = -1;
    if (b->hosts > 0)
        sim_closed(&b->sim);
    b->hosts = 0;
}

static int plug(struct bench *b)
{
    b->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (b->master < 0 || grantpt(b->master) != 0 || unlockpt(b->master) != 0 ||
        ptsname_r(b->master, b->path, sizeof(b->path)) != 0)
        return -errno;
    b->slave = open(b->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (b->slave < 0)
        return -errno;
    make_raw(b->slave);
    b->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (b->watch < 0 || inotify_add_watch(b->watch, b->path, IN_OPEN | IN_CLOSE) < 0)
        return -errno;
    if (b->link[0]) {
        (void)unlink(b->link);
        if (symlink(b->path, b->link) != 0)
            return -errno;
    }
    return 0;
}

int bench_open(struct bench *b, const char *link, const char *name)
{
    *b = (struct bench){.master = -1, .slave = -1, .watch = -1};
    sim_init(&b->sim);
    script_init(&b->script, name);
    int err = snprintf(b->link, sizeof(b->link), "%s", link ? link : "") < BENCH_PATH_MAX
                  ? plug(b)
                  : -ENAMETOOLONG;
    if (err != 0)
        fprintf(stderr, "modemsim: %s: %s\n", link ? link : "pty", strerror(-err));
    return err;
}

void bench_close(struct bench *b)
{
    if (b->master >= 0)
        unplug(b);
}

/* The last host is gone: its lock and what it has not read must not meet the next one. */
static void host_gone(struct bench *b)
{
    (void)ioctl(b->slave, TIOCNXCL);
    (void)tcflush(b->slave, TCIFLUSH);
    make_raw(b->slave);
    sim_closed(&b->sim);
}

static void watch_read(struct bench *b)
{
    union {
        struct inotify_event event; /* for its alignment */
        char bytes[READ_MAX];
    } buf;
    ssize_t len = read(b->watch, buf.bytes, sizeof(buf.bytes));
    for (ssize_t at = 0; at < len;) {
        struct inotify_event event;
        memcpy(&event, buf.bytes + at, sizeof(event));
        at += (ssize_t)(sizeof(event) + event.len);
        if ((event.mask & IN_OPEN) && ++b->hosts == 1)
            sim_opened(&b->sim);
        if ((event.mask & IN_CLOSE) && b->hosts > 0 && --b->hosts == 0)
            host_gone(b);
    }
}

static void master_read(struct bench *b)
{
    uint8_t bytes[READ_MAX];
    ssize_t len;
    while ((len = read(b->master, bytes, sizeof(bytes))) > 0) {
        trace(b, '>', bytes, (size_t)len);
        sim_feed(&b->sim, clock_now(), bytes, (size_t)len);
    }
}

static void master_write(struct bench *b)
{
    size_t len = 0;
    const uint8_t *bytes = sim_output(&b->sim, &len);
    if (b->hosts == 0) { /* nobody hears it */
        sim_written(&b->sim, len);
    } else if (len > 0) {
        ssize_t written = write(b->master, bytes, len);
        trace(b, '<', bytes, written > 0 ? (size_t)written : 0);
        sim_written(&b->sim, written > 0 ? (size_t)written : 0);
    }
}

/* How long to wait: until the next thing to do. Returns NULL where there is none. */
static const struct timespec *wait_time(const struct bench *b, struct mono until, struct mono now,
                                        struct timespec *buf)
{
    struct mono next = mono_min(until, sim_deadline(&b->sim));
    if (b->state == SCRIPT_WAITING)
        next = mono_min(next, script_deadline(&b->script));
    if (next.ms == MONO_NEVER.ms)
        return NULL;
    int64_t ms = next.ms > now.ms ? next.ms - now.ms : 0;
    *buf = (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000)};
    return buf;
}

int bench_turn(struct bench *b, int fd, struct mono until)
{
    struct now now = clock_now();
    sim_expire(&b->sim, now);
    enum script_state before = b->state;
    b->state = script_run(&b->script, &b->sim, now);
    sim_expire(&b->sim, now);
    if (!b->sim.plugged && b->master >= 0)
        unplug(b);
    int err = b->sim.plugged && b->master < 0 ? plug(b) : 0;
    if (err != 0)
        return err;
    if (b->master >= 0)
        master_write(b);
    if (b->state != before || b->state > SCRIPT_WAITING || b->sim.said_len > 0)
        return 0; /* the caller should know before anything else happens */
    struct pollfd fds[] = {
        {.fd = b->master, .events = (short)(b->sim.out_len > 0 ? POLLIN | POLLOUT : POLLIN)},
        {.fd = b->watch, .events = POLLIN},
        {.fd = fd, .events = POLLIN},
    };
    struct timespec wait;
    sigset_t none;
    sigemptyset(&none);
    if (ppoll(fds, 3, wait_time(b, until, now.mono, &wait), &none) < 0)
        return -errno;
    /* Bytes first: what a host wrote before it went away was heard. */
    if (fds[0].revents)
        master_read(b);
    if (fds[1].revents)
        watch_read(b);
    return fds[2].revents != 0;
}
