#include "cli/watch.h"
#include "cli/alloc.h"
#include "io/clock.h"
#include "io/loop.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

struct watch {
    struct store *store;
    struct loop *loop;
    int inotify;
    int resizes;             /* signalfd of SIGWINCH; -1: not watched */
    bool news;               /* somebody has written, and is not done as far as is known */
    char name[NAME_MAX + 1]; /* of the database in its directory; its log is NAME-wal */
};

/* Splits the database's path and watches its directory. Returns 0 or -errno. */
static int watch_directory(struct watch *w, const char *path)
{
    char *directory = realpath(path, NULL);
    int err = 0;
    if (!directory)
        return -errno;
    char *slash = strrchr(directory, '/');
    snprintf(w->name, sizeof(w->name), "%s", slash + 1);
    slash[slash == directory] = '\0';
    w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->inotify < 0 || inotify_add_watch(w->inotify, directory, IN_MODIFY) < 0)
        err = -errno;
    free(directory);
    return err;
}

int watch_new(struct cli *cli, struct watch **ret)
{
    struct watch *w = cli_alloc(1, sizeof(*w));
    struct stat out;
    w->inotify = w->resizes = -1;
    w->store = cli->store;
    int err = loop_new(&w->loop);
    if (err == 0)
        err = watch_directory(w, cli_store_path(cli));
    if (err == 0)
        err = loop_add(w->loop, w->inotify, w);
    if (err == 0 && fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode))
        err = loop_add(w->loop, STDOUT_FILENO, &w->name); /* tells when its reader goes away */
    if (err) {
        watch_free(w);
        return cli_fail(cli, CLI_FAILED, "cannot watch the database: %s", strerror(-err));
    }
    *ret = w;
    return CLI_DONE;
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    loop_free(w->loop);
    if (w->inotify >= 0)
        close(w->inotify);
    if (w->resizes >= 0)
        close(w->resizes);
    free(w);
}

int watch_resizes(struct watch *w)
{
    sigset_t resize;
    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    w->resizes = signalfd(-1, &resize, SFD_NONBLOCK | SFD_CLOEXEC);
    if (w->resizes < 0)
        return -errno;
    sigprocmask(SIG_BLOCK, &resize, NULL); /* the program ends with the watch */
    return loop_add(w->loop, w->resizes, &w->resizes);
}

/* Reads all that inotify has to tell. Returns whether it is about the database. */
static bool written(struct watch *w)
{
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    size_t len = strlen(w->name);
    bool ours = false;
    for (ssize_t got; (got = read(w->inotify, events, sizeof(events))) > 0;) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *e = (const void *)(events + at);
            if (e->mask & IN_Q_OVERFLOW)
                ours = true;
            else if (e->len > 0 && strncmp(e->name, w->name, len) == 0 &&
                     (!e->name[len] || strcmp(e->name + len, "-wal") == 0))
                ours = true;
            at += (ssize_t)(sizeof(*e) + e->len);
        }
    }
    return ours;
}

/* The log is written before it is synced and the commit can be seen, and nothing tells when it can:
 * the writer holds the lock until then, so wait for the lock. Returns whether the writer is done: a
 * card may take longer to sync than the store waits. */
static bool wait_for_writer(struct store *store)
{
    int err = store_begin(store);
    store_rollback(store);
    return err != -EBUSY;
}

enum watch_end watch_wait(struct watch *w, struct mono deadline)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    for (;;) {
        int n = loop_wait(w->loop, w->news ? (struct mono){0} : deadline, events);
        bool resized = false;
        struct signalfd_siginfo info;
        if (n < 0)
            return WATCH_STOPPED;
        for (int i = 0; i < n; i++) {
            if (!events[i].who || (events[i].who == w->name && (events[i].ready & LOOP_GONE)))
                return WATCH_STOPPED;
            if (events[i].who == &w->resizes)
                resized = read(w->resizes, &info, sizeof(info)) > 0;
            if (events[i].who == w)
                w->news = written(w) || w->news;
        }
        if (w->news && wait_for_writer(w->store)) {
            w->news = false;
            return WATCH_WRITTEN;
        }
        if (resized)
            return WATCH_RESIZED;
        if (clock_now().mono.ms >= deadline.ms)
            return WATCH_TIMEOUT;
    }
}
