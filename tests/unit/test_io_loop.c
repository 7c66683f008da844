/* tests/unit/test_io_loop.c - descriptors, signals and deadlines, one at a time and together. */
#include "io/clock.h"
#include "io/loop.h"
#include "tap.h"
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct loop_event events[LOOP_EVENTS_MAX];

static struct mono in_ms(int64_t ms)
{
    return (struct mono){clock_now().mono.ms + ms};
}

static int wait_ms(int64_t ms)
{
    return loop_wait(loop, in_ms(ms), events);
}

static void test_deadlines(void)
{
    struct mono due = in_ms(12);
    tap_ok(loop_wait(loop, (struct mono){0}, events) == 0, "a deadline long past returns at once");
    tap_ok(loop_wait(loop, due, events) == 0 && clock_now().mono.ms >= due.ms,
           "not before a deadline");
    tap_ok(clock_now().mono.ms < due.ms + 1000, "nor long after it");
    due = in_ms(5);
    tap_ok(loop_wait(loop, due, events) == 0 && clock_now().mono.ms >= due.ms, "and once more");
    due = in_ms(2);
    tap_ok(loop_wait(loop, due, events) == 0 && clock_now().mono.ms >= due.ms,
           "and an earlier one");
}

static void test_descriptors(void)
{
    int a[2], b[2];
    char byte = 'x';
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b))
        return;
    tap_ok(loop_add(loop, a[0], a) == 0 && loop_add(loop, b[0], b) == 0, "two descriptors");
    tap_ok(loop_add(loop, a[0], a) < 0, "a descriptor is added once");
    tap_ok(wait_ms(2) == 0, "silence");
    tap_ok(write(a[1], &byte, 1) == 1 && loop_wait(loop, MONO_NEVER, events) == 1 &&
               events[0].who == a && events[0].ready == LOOP_IN && events[0].signal == 0,
           "an octet");
    tap_ok(wait_ms(0) == 1 && events[0].who == a, "still there, also past the deadline");
    tap_ok(read(a[0], &byte, 1) == 1 && wait_ms(0) == 0, "taken");
    tap_ok(loop_want_out(loop, b[0], b, true) == 0 && wait_ms(1000) == 1 && events[0].who == b &&
               events[0].ready == LOOP_OUT,
           "room to write, where asked for");
    tap_ok(loop_want_out(loop, b[0], b, false) == 0 && wait_ms(2) == 0, "and not asked for");
    close(a[1]);
    tap_ok(write(b[1], &byte, 1) == 1 && wait_ms(1000) == 2, "two at once");
    const struct loop_event *of_a = events[0].who == a ? &events[0] : &events[1];
    tap_ok(of_a->who == a && (of_a->ready & LOOP_GONE), "hang-up");
    loop_remove(loop, a[0]);
    tap_ok(wait_ms(0) == 1 && events[0].who == b, "removed");
    loop_remove(loop, b[0]);
    close(a[0]);
    close(b[0]);
    close(b[1]);
}

static void test_signals(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        tap_ok(kill(getpid(), signals[i]) == 0 && loop_wait(loop, MONO_NEVER, events) == 1 &&
                   !events[0].who && events[0].signal == signals[i],
               "signal %d", signals[i]);
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGHUP);
    tap_ok(wait_ms(1000) == 1 && wait_ms(1000) == 1 && wait_ms(0) == 0, "two signals, one a turn");
    tap_ok(kill(getpid(), SIGPIPE) == 0, "SIGPIPE is ignored");
}

int main(void)
{
    sigset_t before, after;
    sigprocmask(SIG_SETMASK, NULL, &before);
    if (!tap_ok(loop_new(&loop) == 0, "loop_new"))
        return tap_done();
    test_deadlines();
    test_descriptors();
    test_signals();
    loop_free(loop);
    loop_free(NULL);
    sigprocmask(SIG_SETMASK, NULL, &after);
    tap_ok(sigismember(&before, SIGTERM) == sigismember(&after, SIGTERM), "signals as before");
    return tap_done();
}
