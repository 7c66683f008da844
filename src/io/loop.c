#include "io/loop.h"
#include "io/clock.h"
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct loop {
    int epoll, signals, timer;
    struct mono armed; /* what the timer is set to */
    sigset_t blocked_before;
    struct sigaction pipe_before;
};

static int watch(struct loop *l, int operation, int fd, void *who, bool want_out)
{
    struct epoll_event event = {.events = EPOLLIN | (want_out ? EPOLLOUT : 0U), .data.ptr = who};
    return epoll_ctl(l->epoll, operation, fd, &event) ? -errno : 0;
}

static void close_all(struct loop *l)
{
    if (l->timer >= 0)
        close(l->timer);
    if (l->signals >= 0)
        close(l->signals);
    if (l->epoll >= 0)
        close(l->epoll);
}

int loop_new(struct loop **ret)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t taken;
    struct loop *l = malloc(sizeof(*l));
    if (!l)
        return -ENOMEM;
    sigemptyset(&taken);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGHUP);
    *l = (struct loop){.armed = MONO_NEVER};
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->signals = signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
    l->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->epoll < 0 || l->signals < 0 || l->timer < 0 ||
        watch(l, EPOLL_CTL_ADD, l->signals, &l->signals, false) ||
        watch(l, EPOLL_CTL_ADD, l->timer, &l->timer, false)) {
        int err = -errno;
        close_all(l);
        free(l);
        return err;
    }
    sigprocmask(SIG_BLOCK, &taken, &l->blocked_before);
    sigaction(SIGPIPE, &ignore, &l->pipe_before);
    *ret = l;
    return 0;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    close_all(l);
    sigaction(SIGPIPE, &l->pipe_before, NULL);
    sigprocmask(SIG_SETMASK, &l->blocked_before, NULL);
    free(l);
}

int loop_add(struct loop *l, int fd, void *who)
{
    assert(who);
    return watch(l, EPOLL_CTL_ADD, fd, who, false);
}

int loop_want_out(struct loop *l, int fd, void *who, bool want_out)
{
    assert(who);
    return watch(l, EPOLL_CTL_MOD, fd, who, want_out);
}

void loop_remove(struct loop *l, int fd)
{
    (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* Sets the timer. An absolute time on CLOCK_BOOTTIME also ends a wait that the machine slept
 * through, which a timeout of epoll_wait() does not. */
static int arm(struct loop *l, struct mono deadline)
{
    struct itimerspec at = {{0, 0}, {0, 0}}; /* all zero: never */
    if (deadline.ms == l->armed.ms)
        return 0;
    if (deadline.ms != MONO_NEVER.ms) {
        at.it_value.tv_sec = (time_t)(deadline.ms / 1000);
        at.it_value.tv_nsec = (long)(deadline.ms % 1000) * 1000000;
    }
    if (timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &at, NULL))
        return -errno;
    l->armed = deadline;
    return 0;
}

/* Returns what became ready at one of the caller's descriptors. */
static struct loop_event descriptor_event(const struct epoll_event *event)
{
    unsigned ready = 0;
    if (event->events & EPOLLIN)
        ready |= LOOP_IN;
    if (event->events & EPOLLOUT)
        ready |= LOOP_OUT;
    if (event->events & (EPOLLHUP | EPOLLERR))
        ready |= LOOP_GONE;
    return (struct loop_event){.who = event->data.ptr, .ready = ready};
}

int loop_wait(struct loop *l, struct mono deadline, struct loop_event ret_events[LOOP_EVENTS_MAX])
{
    struct epoll_event ready[LOOP_EVENTS_MAX];
    bool due = deadline.ms <= clock_now().mono.ms;
    int count = 0, n, err = due ? 0 : arm(l, deadline);
    if (err)
        return err;
    do
        n = epoll_wait(l->epoll, ready, LOOP_EVENTS_MAX, due ? 0 : -1);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++) {
        struct signalfd_siginfo info;
        if (ready[i].data.ptr == &l->timer) {
            continue; /* the deadline: every later one sets the timer anew */
        } else if (ready[i].data.ptr != &l->signals) {
            ret_events[count++] = descriptor_event(&ready[i]);
        } else if (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
            ret_events[count++] = (struct loop_event){.signal = (int)info.ssi_signo};
        }
    }
    return count;
}
