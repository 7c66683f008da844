/* tests/unit/test_io_serial.c - a pty for a modem: refused ports, octets, silence, a lost modem, a
 * stalled one, and the lock. */
#include "io/serial.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char directory[] = "/tmp/textback-serial-XXXXXX";
static char error[SERIAL_ERROR_MAX];

/* Opens a pty; returns our end, and the name of the other one. */
static int open_pty(char ret_path[64])
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, ret_path, 64))
        return -1;
    return fd;
}

static void test_refused(void)
{
    struct serial *s = NULL;
    char path[64];
    snprintf(path, sizeof(path), "%s/none", directory);
    tap_ok(serial_open(path, 115200, &s, error) == -ENOENT && strstr(error, "no such port"),
           "none");
    tap_ok(serial_open("/dev/null", 115200, &s, error) == -ENOTTY &&
               strcmp(error, "/dev/null: not a serial port") == 0,
           "no terminal");
    tap_ok(serial_open(directory, 115200, &s, error) == -ENOTTY, "a directory");
    snprintf(path, sizeof(path), "%s/file", directory);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    tap_ok(serial_open(path, 115200, &s, error) == -ENOTTY, "a file");
    if (geteuid() == 0)
        tap_skip("a port that is not ours", "root may open it");
    else
        tap_ok(chmod(path, 0) == 0 && serial_open(path, 115200, &s, error) == -EACCES,
               "a port that is not ours");
    unlink(path);
    mkfifo(path, 0600);
    tap_ok(serial_open(path, 115200, &s, error) == -ENOTTY, "a pipe");
    unlink(path);
    tap_ok(!serial_baud_valid(0) && !serial_baud_valid(115201) && serial_baud_valid(115200),
           "speeds");
}

static void test_octets(void)
{
    char path[64], link[64];
    uint8_t buf[64];
    struct serial *s = NULL;
    int modem = open_pty(path);
    snprintf(link, sizeof(link), "%s/by-id", directory);
    tap_ok(symlink(path, link) == 0 && serial_open(link, 9600, &s, error) == 0, "open by a link");
    tap_ok(serial_read(s, buf, sizeof(buf)) == -EAGAIN, "silence is no hang-up");
    tap_ok(write(modem, "\r\nO\0K\xFF\x11\x13\x04\r", 10) == 10 &&
               serial_read(s, buf, sizeof(buf)) == 10 &&
               memcmp(buf, "\r\nO\0K\xFF\x11\x13\x04\r", 10) == 0,
           "octets come as they are");
    tap_ok(serial_write(s, (const uint8_t *)"AT\r\x1a\n", 5) == 5 &&
               read(modem, buf, sizeof(buf)) == 5 && memcmp(buf, "AT\r\x1a\n", 5) == 0,
           "and go as they are, without an echo");
    struct termios t;
    tap_ok(tcgetattr(serial_fd(s), &t) == 0 && cfgetospeed(&t) == B9600 && t.c_cc[VMIN] == 1,
           "the speed");
    int n;
    size_t sent = 0;
    memset(buf, 'a', sizeof(buf));
    while ((n = serial_write(s, buf, sizeof(buf))) > 0)
        sent += (size_t)n;
    tap_ok(n == -EAGAIN && sent > 0, "a modem that takes nothing does not stop us");
    serial_close(s);
    tap_ok(serial_open(path, 115200, &s, error) == 0, "closed at once, and open again");
    close(modem);
    tap_ok(serial_read(s, buf, sizeof(buf)) == -EIO && serial_write(s, buf, 1) == -EIO,
           "a modem that is gone");
    serial_close(s);
    serial_close(NULL);
    unlink(link);
}

/* Has another process open the port; returns it once it has said how that went. */
static pid_t open_elsewhere(const char *path, int *ret_err)
{
    int outlet[2];
    if (pipe(outlet))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        struct serial *s;
        int err = serial_open(path, 115200, &s, error);
        if (write(outlet[1], &err, sizeof(err)) == (ssize_t)sizeof(err))
            pause();
        _exit(0);
    }
    if (read(outlet[0], ret_err, sizeof(*ret_err)) != (ssize_t)sizeof(*ret_err))
        *ret_err = -EIO;
    close(outlet[0]);
    close(outlet[1]);
    return pid;
}

static void test_lock(void)
{
    char path[64], want[32];
    struct serial *s = NULL, *second = NULL;
    int modem = open_pty(path), err;
    pid_t pid = open_elsewhere(path, &err);
    snprintf(want, sizeof(want), "(process %ld)", (long)pid);
    tap_ok(err == 0 && serial_open(path, 115200, &s, error) == -EBUSY, "locked by another process");
    tap_ok(strstr(error, want) && strstr(error, "test_"), "which is named: %s", want);
    tap_diag("%s", error);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    tap_ok(serial_open(path, 115200, &s, error) == 0, "a lock ends with its process");
    tap_ok(serial_open(path, 115200, &second, error) == -EBUSY, "locked against ourselves");
    serial_close(s);
    tap_ok(serial_open(path, 115200, &s, error) == 0, "closing unlocks");
    serial_close(s);
    close(modem);
}

/* Which ports libserialport can describe: those of a device, as sysfs tells. */
static void test_described(void)
{
    char sysfs[64], port[80], device[96];
    snprintf(sysfs, sizeof(sysfs), "%s/tty", directory);
    snprintf(port, sizeof(port), "%s/ttyUSB0", sysfs);
    snprintf(device, sizeof(device), "%s/device", port);
    mkdir(sysfs, 0700);
    mkdir(port, 0700);
    tap_ok(!serial_is_described(sysfs, "/dev/ttyUSB0"), "a terminal without a device");
    mkdir(device, 0700);
    tap_ok(serial_is_described(sysfs, "/dev/ttyUSB0"), "a port");
    tap_ok(!serial_is_described(sysfs, "/dev/ttyUSB1"), "another port");
    tap_ok(!serial_is_described(sysfs, "/dev/pts/0"), "a pty");
    tap_ok(!serial_is_described(sysfs, "/tmp/ttyUSB0"), "not below /dev");
    rmdir(device);
    rmdir(port);
    rmdir(sysfs);
}

int main(void)
{
    if (!mkdtemp(directory))
        return 1;
    test_refused();
    test_octets();
    test_lock();
    test_described();
    rmdir(directory);
    return tap_done();
}
