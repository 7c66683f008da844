/* tests/unit/test_io_hook.c - programs that end well, badly, late, never, and what they may not
 * have. */
#include "io/clock.h"
#include "io/hook.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct loop *loop;
static struct hook hook;
static char error[HOOK_ERROR_SIZE];

/* Runs `script` by sh until it ends; gives up after 20 s. */
static enum hook_state play(const char *script, const char *input, size_t len, int64_t limit_ms)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    struct loop_event events[LOOP_EVENTS_MAX];
    struct now now = clock_now();
    struct mono give_up = mono_after(now.mono, 20000);
    if (hook_start(&hook, loop, argv, "/etc/t.yaml", input, len, limit_ms, now) != 0)
        return HOOK_IDLE;
    while (hook_turn(&hook, loop, now) == HOOK_RUNS && now.mono.ms < give_up.ms) {
        loop_wait(loop, mono_min(give_up, hook_deadline(&hook)), events);
        now = clock_now();
    }
    hook_error(&hook, error);
    return hook.state;
}

static const struct row {
    const char *name, *script;
    int64_t limit_ms;
    enum hook_state state;
    const char *error;
} rows[] = {
    {"reads its input", "read line && test \"$line\" = '{\"id\":1}'", 20000, HOOK_DONE,
     "exit status 0"},
    {"does not read it", "exit 0", 20000, HOOK_DONE, "exit status 0"},
    {"fails", "exit 3", 20000, HOOK_FAILED, "exit status 3"},
    {"fails and says why", "echo no broker >&2; echo more; exit 1", 20000, HOOK_FAILED,
     "exit status 1: no broker"},
    {"says something without an end", "printf abc; exit 1", 20000, HOOK_FAILED,
     "exit status 1: abc"},
    {"dies", "kill -SEGV $$", 20000, HOOK_FAILED, "signal 11"},
    {"hangs", "exec cat /proc/self/fd/1", 50, HOOK_FAILED, "not done after 50 ms: killed"},
    {"hangs and says so", "echo waiting; trap '' TERM INT HUP; cat /proc/self/fd/1", 300,
     HOOK_FAILED, "not done after 300 ms: killed: waiting"},
    {"floods", "echo begin; while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done",
     20000, HOOK_FAILED, "signal 13: it prints too much: begin"},
    {"prints a lot, and enough is enough", "dd if=/dev/zero bs=1000 count=60 2>/dev/null", 20000,
     HOOK_DONE, NULL},
    {"has no descriptor but its three (and ls one)", "echo $(ls /proc/self/fd); exit 1", 20000,
     HOOK_FAILED, "exit status 1: 0 1 2 3"},
    {"is not told what systemd tells us", "echo \"$NOTIFY_SOCKET$WATCHDOG_USEC.$KEPT\"; exit 1",
     20000, HOOK_FAILED, "exit status 1: .here"},
    {"is told where the configuration is", "test $TEXTBACK_CONFIG = /etc/t.yaml", 20000, HOOK_DONE,
     NULL},
    {"catches signals like any other", "trap 'exit 7' TERM; kill $$; exit 1", 20000, HOOK_FAILED,
     "exit status 7"},
};

static void test_rows(void)
{
    static const char input[] = "{\"id\":1}\n";
    int spare = open("/dev/null", O_RDONLY); /* without O_CLOEXEC: a library may do that */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum hook_state state = play(rows[i].script, input, sizeof(input) - 1, rows[i].limit_ms);
        if (!tap_ok(state == rows[i].state && (!rows[i].error || strcmp(error, rows[i].error) == 0),
                    "%s", rows[i].name))
            tap_diag("state %d, %s", (int)state, error);
    }
    close(spare);
}

/* Whatever it started ends with it, so that it cannot be asked for 1000 events and leave 1000
 * programs. */
static void test_children(void)
{
    char path[] = "/tmp/textback-hook-XXXXXX", script[128], buf[32] = "";
    int fd = mkstemp(path);
    snprintf(script, sizeof(script), "tail -f /dev/null & echo $! >%s", path);
    enum hook_state state = play(script, "", 0, 20000);
    long pid = read(fd, buf, sizeof(buf) - 1) > 0 ? strtol(buf, NULL, 10) : 0;
    bool gone = false;
    for (int i = 0; i < 200 && !gone; i++) { /* whoever inherits it has to reap it */
        char stat[64], state_of = 'X';
        snprintf(stat, sizeof(stat), "/proc/%ld/stat", pid);
        FILE *f = fopen(stat, "re");
        gone = !f || fscanf(f, "%*d %*s %c", &state_of) != 1 || state_of == 'Z' || state_of == 'X';
        if (f)
            fclose(f);
        if (!gone)
            usleep(10000);
    }
    tap_ok(state == HOOK_DONE && pid > 0 && gone, "what it leaves behind is ended");
    close(fd);
    unlink(path);
}

/* Whether posix_spawn() tells that a program cannot be started: under qemu-user, where vfork() is
 * fork(), it is the child alone that finds out. */
static bool start_is_told(void)
{
    char missing[] = "/no/such/program";
    char *const argv[] = {missing, NULL};
    pid_t pid;
    if (posix_spawn(&pid, missing, NULL, NULL, argv, NULL) != 0)
        return true;
    waitpid(pid, NULL, 0);
    return false;
}

static void test_no_program(void)
{
    const char *const missing[] = {"/no/such/program", NULL};
    const char *const text[] = {"/etc/passwd", NULL};
    struct now now = clock_now();
    if (!start_is_told()) {
        tap_skip("a missing program", "posix_spawn() does not tell, as under qemu-user");
        tap_skip("a file that is no program", "posix_spawn() does not tell, as under qemu-user");
        return;
    }
    tap_ok(hook_start(&hook, loop, missing, "", "", 0, 1000, now) == -ENOENT &&
               hook.state == HOOK_IDLE,
           "a missing program");
    tap_ok(hook_start(&hook, loop, text, "", "", 0, 1000, now) == -EACCES &&
               hook.state == HOOK_IDLE,
           "a file that is no program");
}

static void test_input(void)
{
    const char *const missing[] = {"/no/such/program", NULL};
    struct now now = clock_now();
    char *big = calloc(1, HOOK_INPUT_MAX + 1);
    tap_ok(hook_start(&hook, loop, missing, "", big, HOOK_INPUT_MAX + 1, 1000, now) == -EMSGSIZE,
           "too much input");
    memset(big, 'x', HOOK_INPUT_MAX);
    tap_ok(play("test $(wc -c) = 1048576", big, HOOK_INPUT_MAX, 20000) == HOOK_DONE,
           "as much input as there may be");
    free(big);
}

static void test_stop(void)
{
    const char *const argv[] = {"/bin/sh", "-c", "tail -f /dev/null", NULL};
    struct now now = clock_now();
    int err = hook_start(&hook, loop, argv, "", "", 0, 60000, now);
    pid_t pid = hook.pid;
    hook_stop(&hook, loop);
    tap_ok(err == 0 && kill(pid, 0) != 0 && errno == ESRCH && hook.state == HOOK_IDLE,
           "stopped, and waited for");
    hook_stop(&hook, loop);
    tap_ok(hook.state == HOOK_IDLE, "one that does not run");
}

int main(void)
{
    if (dup(STDOUT_FILENO) < 0 || /* without FD_CLOEXEC: a hook must not have it all the same */
        loop_new(&loop) != 0)
        return 1;
    setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
    setenv("WATCHDOG_USEC", "1", 1);
    setenv("KEPT", "here", 1);
    test_rows();
    test_children();
    test_no_program();
    test_input();
    test_stop();
    loop_free(loop);
    return tap_done();
}
