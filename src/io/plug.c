#include "io/plug.h"
#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define READ_SIZE 4096

int plug_watch(const char *directory)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (inotify_add_watch(fd, directory, IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) < 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    return fd;
}

static bool is_port(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    return event->len > 0 &&
           (strncmp(event->name, "tty", 3) == 0 || strcmp(event->name, "serial") == 0);
}

bool plug_news(int fd)
{
    alignas(struct inotify_event) char buffer[READ_SIZE];
    bool news = false;
    ssize_t got;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(buffer + at);
            news = news || is_port(event);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
    return news;
}
