/* include/io/serial.h - the port of one modem: real serial ports through libserialport, any other
 * path (a pty, socat, ser2net) through termios; raw, 8N1, non-blocking, for us alone. The lock is
 * flock(2) on the device itself: it needs no directory, works for every user who may open the port,
 * and ends with the process however that ends. Real ports get TIOCEXCL as well, against programs
 * that ask for no lock. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_ERROR_MAX 256

struct serial;

/* Returns whether a port can be set to this speed: 1200 .. 921600, the usual steps. */
bool serial_baud_valid(int32_t baud);

/* Returns whether `path` (no link) is a port that libserialport can describe: one of a device, as
 * `sysfs_tty` ("/sys/class/tty") tells. */
bool serial_is_described(const char *sysfs_tty, const char *path);

/* Opens and locks `path` at `baud` (valid, asserted); links are followed. Returns 0, or -ENOENT (no
 * such port), -EBUSY (locked; `ret_error` names the process where it can be found), -EACCES,
 * -ENOTTY (not a serial port), -EPIPE (the port refuses control lines: not the AT port), -EIO. */
int serial_open(const char *path, int32_t baud, struct serial **ret,
                char ret_error[SERIAL_ERROR_MAX]);

int serial_fd(const struct serial *s); /* for epoll; never read or written by others */

/* read(2) and write(2) semantics without blocking: octets, -EAGAIN, or -EIO where the port is gone
 * (end of file, hang-up). */
int serial_read(struct serial *s, uint8_t *buf, size_t cap);
int serial_write(struct serial *s, const uint8_t *buf, size_t len);

/* Unlocks and closes at once, whatever output is pending (never waits for a stalled modem). Takes
 * NULL. */
void serial_close(struct serial *s);
