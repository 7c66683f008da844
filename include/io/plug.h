/* include/io/plug.h - tells that a serial port may have come: names that appear in /dev, and the
 * permissions that udev gives them a moment later (inotify(7)).  A modem that is plugged in, or
 * that comes back from a reset, so need not wait for the next try.  Nothing polls, and nothing but
 * the directory itself is read, so that it works for anybody and without udev. */
#pragma once
#include <stdbool.h>

/* Begins to watch `directory`, "/dev" but for tests. Returns a descriptor for the loop, not
 * blocking, to be closed by the caller; or -errno: -ENOENT, -EACCES, -EMFILE, -ENOSPC (no more
 * watches for this user). */
int plug_watch(const char *directory);

/* Reads what has happened. Returns whether a port may have come: a name that begins with "tty", or
 * "serial", the directory of links by which udev calls them; or more happened than the kernel could
 * note. */
bool plug_news(int fd);
