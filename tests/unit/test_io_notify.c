/* tests/unit/test_io_notify.c - datagrams to the service manager, and its watchdog. */
#include "io/notify.h"
#include "tap.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct row {
    const char *period, *pid; /* pid "self": ours */
    int64_t ms;
} rows[] = {
    {NULL, NULL, 0},           {"", NULL, 0},        {"abc", NULL, 0},
    {"-5", NULL, 0},           {"30000000", "1", 0}, {"30000000", "x", 0},
    {"30000000", NULL, 15000}, {"1", NULL, 1},       {"30000000", "self", 15000},
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* Listens at `path` ("@x" is abstract) and hears what is sent there. */
static void test_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char heard[64] = "";
    size_t len = strlen(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    tap_ok(bind(fd, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0,
           "a socket");
    set("NOTIFY_SOCKET", path);
    tap_ok(notify_send("READY=1") == 1 && recv(fd, heard, sizeof(heard) - 1, 0) == 7 &&
               strcmp(heard, "READY=1") == 0,
           "%s hears", path[0] == '@' ? "an abstract one" : "a path");
    close(fd);
    tap_ok(notify_send("READY=1") == -ECONNREFUSED, "nobody listens");
}

int main(void)
{
    char directory[] = "/tmp/textback-notify-XXXXXX", path[64], longer[200];
    char pid[24];
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *whose = rows[i].pid;
        set("WATCHDOG_USEC", rows[i].period);
        set("WATCHDOG_PID", whose && strcmp(whose, "self") == 0 ? pid : whose);
        tap_ok(notify_watchdog_ms() == rows[i].ms, "watchdog row %zu", i);
    }
    memset(longer, 'a', sizeof(longer) - 1);
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    set("NOTIFY_SOCKET", NULL);
    tap_ok(notify_send("READY=1") == 0, "not under a service manager");
    set("NOTIFY_SOCKET", "relative");
    tap_ok(notify_send("READY=1") == -EINVAL, "no path");
    set("NOTIFY_SOCKET", longer);
    tap_ok(notify_send("READY=1") == -EINVAL, "a long path");
    set("NOTIFY_SOCKET", "/nowhere/at/all");
    tap_ok(notify_send("READY=1") == -ENOENT, "no socket");
    if (!mkdtemp(directory))
        return 1;
    snprintf(path, sizeof(path), "%s/s", directory);
    test_socket(path);
    unlink(path);
    rmdir(directory);
    snprintf(path, sizeof(path), "@textback-notify-%s", pid);
    test_socket(path);
    return tap_done();
}
