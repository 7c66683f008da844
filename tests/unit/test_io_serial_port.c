/* tests/unit/test_io_serial_port.c - the way through libserialport, with a pty in the clothes of a
 * serial port: in a mount name space of our own it lies over the port's place in /dev, and the
 * requests that a pty does not know are answered here. */
#include "io/clock.h"
#include "io/serial.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int modem = -1;
static char port[64];
static char error[SERIAL_ERROR_MAX];

static int lines_error;     /* what setting the control lines fails with, 0: nothing */
static int stalled_fd = -1; /* whose close() waits for output that nobody takes */
static bool exclusive;      /* TIOCEXCL is in force */

/* The control lines of a serial port. */
static int answer(int fd, unsigned long request, void *argument)
{
    if (request == TIOCMGET) {
        *(int *)argument = TIOCM_DTR | TIOCM_RTS;
        return 0;
    }
    if (request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC) {
        errno = lines_error;
        return lines_error ? -1 : 0;
    }
    exclusive = request == TIOCEXCL || (exclusive && request != TIOCNXCL);
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* Found here before libc's. */
int ioctl(int fd, unsigned long request, ...)
{
    va_list ap;
    va_start(ap, request);
    void *argument = va_arg(ap, void *);
    va_end(ap);
    return answer(fd, request, argument);
}

/* Where time_t had 32 bits, that is the name for us only: libserialport knows the old one. */
#if defined(__USE_TIME_BITS64) && __TIMESIZE == 32
int ioctl_of_old(int fd, unsigned long request, ...) __asm__("ioctl");

int ioctl_of_old(int fd, unsigned long request, ...)
{
    va_list ap;
    va_start(ap, request);
    void *argument = va_arg(ap, void *);
    va_end(ap);
    return answer(fd, request, argument);
}
#endif

int close(int fd)
{
    if (fd == stalled_fd) {
        struct timespec wait = {.tv_sec = 30}; /* the kernel's closing_wait */
        (void)nanosleep(&wait, NULL);
        stalled_fd = -1;
    }
    return (int)syscall(SYS_close, fd);
}

/* Puts a pty in the place of the first serial port there is. Returns what is missing, or NULL. */
static const char *dress_up(void)
{
    glob_t found;
    char path[64] = "";
    struct stat a, b;
    if (glob("/sys/class/tty/*/device", 0, NULL, &found) == 0) {
        const char *name = found.gl_pathv[0] + strlen("/sys/class/tty/");
        snprintf(port, sizeof(port), "/dev/%.*s", (int)strcspn(name, "/"), name);
    }
    globfree(&found);
    if (!port[0] || stat(port, &a))
        return "this machine has no serial port";
    modem = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (modem < 0 || grantpt(modem) || unlockpt(modem) || ptsname_r(modem, path, sizeof(path)))
        return "no pty";
    if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
        return "no mount name space of our own";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount(path, port, NULL, MS_BIND, NULL) || stat(path, &a) || stat(port, &b) ||
        a.st_rdev != b.st_rdev)
        return "a pty cannot take the place of a port here";
    return NULL;
}

static void test_port(void)
{
    struct serial *s = NULL, *second = NULL;
    struct termios t;
    uint8_t buf[16];

    lines_error = EPIPE;
    tap_ok(serial_open(port, 115200, &s, error) == -EPIPE &&
               strstr(error, "not the modem's AT port"),
           "a port that refuses control lines");
    lines_error = 0;
    if (!tap_ok(serial_open(port, 9600, &s, error) == 0, "open")) {
        tap_diag("%s", error);
        return;
    }
    tap_ok(tcgetattr(serial_fd(s), &t) == 0 && cfgetospeed(&t) == B9600 && !(t.c_cflag & CRTSCTS) &&
               (t.c_cflag & CSIZE) == CS8,
           "9600 8N1");
    tap_ok(serial_read(s, buf, sizeof(buf)) == -EAGAIN, "silence is no hang-up");
    tap_ok(exclusive, "for us alone");
    tap_ok(serial_open(port, 115200, &second, error) == -EBUSY && exclusive &&
               tcgetattr(serial_fd(s), &t) == 0 && cfgetospeed(&t) == B9600 &&
               serial_read(s, buf, sizeof(buf)) == -EAGAIN,
           "who is refused changes nothing");
    tap_ok(write(modem, "\nOK\r", 4) == 4 && serial_read(s, buf, sizeof(buf)) == 4 &&
               memcmp(buf, "\nOK\r", 4) == 0 && serial_write(s, buf, 4) == 4 &&
               read(modem, buf, sizeof(buf)) == 4,
           "octets");

    struct mono began = clock_now().mono;
    stalled_fd = serial_fd(s);
    serial_close(s);
    tap_ok(stalled_fd == -1 && clock_now().mono.ms < began.ms + 1000, "a stalled modem is closed");
    tap_ok(!exclusive, "and free for others");

    tap_ok(serial_open(port, 115200, &s, error) == 0, "open again");
    close(modem);
    tap_ok(serial_read(s, buf, sizeof(buf)) == -EIO && serial_write(s, buf, 1) == -EIO,
           "unplugged");
    serial_close(s);
}

int main(void)
{
    const char *missing = dress_up();
    if (missing)
        tap_skip("a serial port", missing);
    else
        test_port();
    return tap_done();
}
