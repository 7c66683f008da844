#include "io/notify.h"
#include "base/text.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0, state_len = strlen(state);
    int result = 1;

    if (len == 0)
        return 0;
    if (len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
        return -EINVAL;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') /* the abstract name space: unix(7) */
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (sendto(fd, state, state_len, MSG_NOSIGNAL, (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
        result = -errno;
    close(fd);
    return result;
}

int64_t notify_watchdog_ms(void)
{
    const char *period = getenv("WATCHDOG_USEC"), *whose = getenv("WATCHDOG_PID");
    int64_t us = 0, pid = 0;
    if (!period || text_to_i64(period, strlen(period), 1, INT64_MAX, &us))
        return 0;
    if (whose && (text_to_i64(whose, strlen(whose), 1, INT64_MAX, &pid) || pid != getpid()))
        return 0;
    return us < 2000 ? 1 : us / 2000;
}
