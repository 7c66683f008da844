/* tests/unit/test_io_plug.c - a port that comes is noticed, and nothing else is. */
#include "io/plug.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static const char *in(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static void make(const char *name)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        tap_diag("%s: %s", in(name), strerror(errno));
    else
        close(fd);
}

static void come(void)
{
    make("ttyUSB0");
}

static void come_as_link(void)
{
    if (symlink("/dev/null", in("ttyACM3")))
        tap_diag("%s", strerror(errno));
}

static void get_permissions(void)
{
    chmod(in("ttyUSB0"), 0660);
}

static void get_another_name(void)
{
    char to[128];
    snprintf(to, sizeof(to), "%s", in("ttyUSB7"));
    rename(in("ttyUSB0"), to);
}

static void get_links(void)
{
    mkdir(in("serial"), 0700);
}

static void something_else_comes(void)
{
    make("sda1");
    make("serialized");
    chmod(in("sda1"), 0660);
}

static void be_written_to(void)
{
    int fd = open(in("ttyUSB7"), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "AT\r", 3) != 3)
        tap_diag("%s", strerror(errno));
    close(fd);
}

static void go(void)
{
    unlink(in("ttyUSB7"));
}

static void come_with_much_else(void)
{
    char name[32];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "loop%d", i);
        make(name);
        unlink(in(name));
    }
    make("ttyUSB0");
}

static const struct row {
    const char *name;
    void (*happen)(void);
    bool news;
} rows[] = {
    {"a port comes", come, true},
    {"a link to one comes", come_as_link, true},
    {"it gets its permissions", get_permissions, true},
    {"it gets another name", get_another_name, true},
    {"udev makes its links", get_links, true},
    {"something else comes", something_else_comes, false},
    {"somebody writes to a port", be_written_to, false},
    {"a port goes", go, false},
    {"a port comes among much else", come_with_much_else, true},
};

int main(void)
{
    snprintf(directory, sizeof(directory), "%s/textback-plug-XXXXXX", P_tmpdir);
    if (!mkdtemp(directory))
        return 1;
    int fd = plug_watch(directory);
    tap_ok(fd >= 0 && !plug_news(fd), "nothing has happened yet");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rows[i].happen();
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        bool ready = poll(&wait, 1, 0) == 1;
        tap_ok(plug_news(fd) == rows[i].news && (ready || !rows[i].news), "%s", rows[i].name);
        tap_ok(!plug_news(fd) && poll(&wait, 1, 0) == 0, "and is told once");
    }
    close(fd);
    tap_ok(plug_watch(in("sda1")) == -ENOTDIR && plug_watch(in("nothing")) == -ENOENT,
           "what is no directory cannot be watched");
    for (size_t i = 0; i < 4; i++)
        unlink(in((const char *const[]){"ttyUSB0", "ttyACM3", "sda1", "serialized"}[i]));
    rmdir(in("serial"));
    tap_ok(rmdir(directory) == 0, "nothing was left");
    return tap_done();
}
