#include "io/serial.h"
#include "base/text.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#define SERIAL_NAME_MAX 64
#define SERIAL_CLOSE_MS 20 /* how long a close may wait for a stalled modem */

struct serial {
    int fd;
    bool real;   /* of a device; else a pty or the like */
    bool locked; /* false: the port is another's and stays as it is */
};

static const struct {
    int32_t baud;
    speed_t speed;
} speeds[] = {
    {1200, B1200},     {2400, B2400},     {4800, B4800},     {9600, B9600},     {19200, B19200},
    {38400, B38400},   {57600, B57600},   {115200, B115200}, {230400, B230400}, {460800, B460800},
    {500000, B500000}, {576000, B576000}, {921600, B921600},
};

/* Returns the place of a speed in the table, or -1. */
static int find_speed(int32_t baud)
{
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
        if (speeds[i].baud == baud)
            return (int)i;
    return -1;
}

bool serial_baud_valid(int32_t baud)
{
    return find_speed(baud) >= 0;
}

bool serial_is_described(const char *sysfs_tty, const char *path)
{
    static const char dev[] = "/dev/";
    char entry[PATH_MAX];
    struct text t;
    if (strncmp(path, dev, strlen(dev)) != 0)
        return false;
    text_init(&t, entry, sizeof(entry));
    text_addf(&t, "%s/%s/device", sysfs_tty, path + strlen(dev));
    return text_ok(&t) && access(entry, F_OK) == 0;
}

/* Reads the first line of a small file of /proc. Returns whether there is one. */
static bool first_line(const char *path, char *buf, int cap)
{
    FILE *file = fopen(path, "re");
    bool got = file && fgets(buf, cap, file);
    if (got)
        buf[strcspn(buf, "\n")] = '\0';
    if (file)
        fclose(file);
    return got;
}

/* Returns the process with a lock of flock(2) on this file, 0 where none can be seen: proc(5). */
static pid_t find_locker(const struct stat *st)
{
    char line[256], what[64];
    long pid = 0, found = 0;
    FILE *locks = fopen("/proc/locks", "re");
    (void)snprintf(what, sizeof(what), " %02x:%02x:%" PRIu64 " ", major(st->st_dev),
                   minor(st->st_dev), (uint64_t)st->st_ino);
    while (locks && !found && fgets(line, sizeof(line), locks)) {
        const char *lock = strstr(line, "FLOCK");
        if (lock && strstr(lock, what) && sscanf(lock, "%*s %*s %*s %ld", &pid) == 1)
            found = pid;
    }
    if (locks)
        fclose(locks);
    return (pid_t)found;
}

/* Returns whether the process has this device open; also false where we may not look. */
static bool has_open(const char *pid, dev_t device)
{
    char path[PATH_MAX];
    struct dirent *entry;
    struct stat st;
    bool found = false;
    (void)snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
    DIR *directory = opendir(path);
    while (directory && !found && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        found = fstatat(dirfd(directory), entry->d_name, &st, 0) == 0 && S_ISCHR(st.st_mode) &&
                st.st_rdev == device;
    }
    if (directory)
        closedir(directory);
    return found;
}

/* Returns another process that has this device open, 0 where none can be seen. */
static pid_t find_opener(dev_t device)
{
    struct dirent *entry;
    int64_t pid = 0, found = 0;
    DIR *proc = opendir("/proc");
    while (proc && !found && (entry = readdir(proc)) != NULL) {
        const char *name = entry->d_name;
        if (text_to_i64(name, strlen(name), 1, INT_MAX, &pid) == 0 && pid != getpid() &&
            has_open(name, device))
            found = pid;
    }
    if (proc)
        closedir(proc);
    return (pid_t)found;
}

/* Says who has the port. Returns -EBUSY. */
static int refuse_busy(const char *path, char ret_error[SERIAL_ERROR_MAX])
{
    char name[SERIAL_NAME_MAX] = "", comm[64];
    struct stat st;
    pid_t holder = 0;
    if (stat(path, &st) == 0) {
        holder = find_locker(&st);
        if (holder <= 0)
            holder = find_opener(st.st_rdev);
    }
    (void)snprintf(comm, sizeof(comm), "/proc/%ld/comm", (long)holder);
    if (holder <= 0 || !first_line(comm, name, sizeof(name)))
        (void)snprintf(ret_error, SERIAL_ERROR_MAX, "%.180s: another program has it open", path);
    else
        (void)snprintf(ret_error, SERIAL_ERROR_MAX, "%.140s: %s (process %ld) has it open", path,
                       name, (long)holder);
    return -EBUSY;
}

/* Sorts what opening failed with. */
static int refuse_open(const char *path, int error, char ret_error[SERIAL_ERROR_MAX])
{
    const char *what = strerror(error);
    char mend[SERIAL_NAME_MAX + 64];
    int result = -EIO;
    if (error == EBUSY)
        return refuse_busy(path, ret_error);
    if (error == ENOENT || error == ENOTDIR || error == ENXIO || error == ENODEV) {
        what = "no such port";
        result = -ENOENT;
    } else if (error == EACCES || error == EPERM) {
        const struct passwd *user = getpwuid(geteuid());
        (void)snprintf(mend, sizeof(mend),
                       "not permitted: sudo adduser %.40s dialout, then log in again",
                       user ? user->pw_name : "USER");
        what = mend;
        result = -EACCES;
    } else if (error == ENOTTY) {
        what = "not a serial port";
        result = -ENOTTY;
    } else if (error == EPIPE) {
        what = "the port refuses control lines; it is not the modem's AT port";
        result = -EPIPE;
    }
    (void)snprintf(ret_error, SERIAL_ERROR_MAX, "%.120s: %s", path, what);
    return result;
}

/* Raw, 8N1, no flow control; and a read that finds nothing says so: with VMIN 0, as libserialport
 * leaves it, it would return 0, which is what an unplugged port returns. */
static int set_raw(int fd, speed_t speed)
{
    struct termios t;
    if (tcgetattr(fd, &t))
        return errno;
    cfmakeraw(&t);
    t.c_cflag |= CLOCAL | CREAD;
    t.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    if (cfsetspeed(&t, speed) || tcsetattr(fd, TCSANOW, &t))
        return errno;
    return 0;
}

/* Opens and locks; nothing is changed until both are done, as the port may be another's. Returns 0
 * or an errno. */
static int open_locked(struct serial *s, const char *path)
{
    s->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (s->fd < 0)
        return errno == EISDIR || errno == EINVAL ? ENOTTY : errno;
    if (!isatty(s->fd))
        return ENOTTY;
    s->locked = flock(s->fd, LOCK_EX | LOCK_NB) == 0;
    return s->locked ? 0 : errno == EWOULDBLOCK ? EBUSY : errno;
}

/* Has libserialport set what only a real port has: speed and control lines. Its own descriptor
 * need not stay for that. Returns 0 or an errno. */
static int set_port(const char *path, int32_t baud)
{
    struct sp_port *port;
    int error = 0;
    if (sp_get_port_by_name(path, &port) != SP_OK)
        return ENOTTY;
    if (sp_open(port, SP_MODE_READ_WRITE) != SP_OK || sp_set_baudrate(port, baud) != SP_OK ||
        sp_set_bits(port, 8) != SP_OK || sp_set_parity(port, SP_PARITY_NONE) != SP_OK ||
        sp_set_stopbits(port, 1) != SP_OK ||
        sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) != SP_OK) {
        error = sp_last_error_code();
        error = error ? error : EIO;
    }
    (void)sp_close(port); /* ours is still open, so this one waits for nothing */
    sp_free_port(port);
    return error;
}

int serial_open(const char *path, int32_t baud, struct serial **ret,
                char ret_error[SERIAL_ERROR_MAX])
{
    char real[PATH_MAX]; /* libserialport does not follow links */
    int speed = find_speed(baud), error;
    struct serial *s;

    assert(speed >= 0);
    if (!realpath(path, real))
        return refuse_open(path, errno, ret_error);
    s = malloc(sizeof(*s));
    if (!s)
        return refuse_open(path, ENOMEM, ret_error);
    *s = (struct serial){.fd = -1};
    s->real = serial_is_described("/sys/class/tty", real);
    error = open_locked(s, real);
    if (!error && s->real)
        error = set_port(real, baud);
    if (!error)
        error = set_raw(s->fd, speeds[speed].speed);
    /* Not for a pty: there it would outlive us for as long as the other end is open. */
    if (!error && s->real && ioctl(s->fd, TIOCEXCL))
        error = errno;
    if (error) {
        serial_close(s);
        return refuse_open(path, error, ret_error);
    }
    *ret = s;
    return 0;
}

int serial_fd(const struct serial *s)
{
    return s->fd;
}

/* Sorts what read(2) or write(2) said. */
static int transferred(ssize_t n)
{
    if (n > 0)
        return (int)n;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? -EAGAIN : -EIO;
}

int serial_read(struct serial *s, uint8_t *buf, size_t cap)
{
    assert(cap > 0);
    assert(cap <= INT_MAX);
    return transferred(read(s->fd, buf, cap));
}

int serial_write(struct serial *s, const uint8_t *buf, size_t len)
{
    assert(len > 0);
    assert(len <= INT_MAX);
    return transferred(write(s->fd, buf, len));
}

static void wake(int signal)
{
    (void)signal;
}

/* Closes a real port. The kernel would wait up to 30 s for output that a stalled modem does not
 * take. Only root may tell it not to wait (closing_wait); for others a timer's signal ends the
 * wait. */
static void close_port(int fd)
{
    const struct itimerval soon = {{0, SERIAL_CLOSE_MS * 1000}, {0, SERIAL_CLOSE_MS * 1000}};
    const struct sigaction woken = {.sa_handler = wake};
    struct sigaction before;
    struct itimerval timer_before;
    struct serial_struct settings;
    sigset_t alarm, mask_before;

    (void)ioctl(fd, TIOCNXCL);
    (void)tcflush(fd, TCIOFLUSH);
    if (ioctl(fd, TIOCGSERIAL, &settings) == 0) {
        settings.closing_wait = ASYNC_CLOSING_WAIT_NONE;
        (void)ioctl(fd, TIOCSSERIAL, &settings);
    }
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigaction(SIGALRM, &woken, &before);
    sigprocmask(SIG_UNBLOCK, &alarm, &mask_before);
    setitimer(ITIMER_REAL, &soon, &timer_before);
    close(fd);
    setitimer(ITIMER_REAL, &timer_before, NULL);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    sigaction(SIGALRM, &before, NULL);
}

void serial_close(struct serial *s)
{
    if (!s)
        return;
    if (s->real && s->locked)
        close_port(s->fd);
    else if (s->fd >= 0)
        close(s->fd);
    free(s);
}
