#include "io/hook.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENVIRONMENT_MAX 256 /* variables; the others are not passed on */

/* Our own business with the service manager. */
static bool is_private(const char *variable)
{
    static const char *const begins[] = {"NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_",
                                         "TEXTBACK_CONFIG="};
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
        if (strncmp(variable, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static void environment(char *config, char *ret[ENVIRONMENT_MAX + 2])
{
    size_t count = 0;
    for (char **v = environ; v && *v && count < ENVIRONMENT_MAX; v++)
        if (!is_private(*v))
            ret[count++] = *v;
    ret[count++] = config;
    ret[count] = NULL;
}

/* A file in memory, so that nobody waits for a program that does not read. */
static int input_file(const char *input, size_t len)
{
    int fd = memfd_create("event", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t written = write(fd, input, len);
    if (written == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    int err = written < 0 ? -errno : -EIO;
    close(fd);
    return err;
}

/* Starts the program with `in` as its input and `out` for all it prints, and no other descriptor.
 * Returns 0 or -errno. */
static int spawn(const char *const *argv, char **env, int in, int out, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int err = posix_spawn_file_actions_init(&files);
    if (err)
        return -err;
    err = posix_spawnattr_init(&attributes);
    if (err) {
        posix_spawn_file_actions_destroy(&files);
        return -err;
    }
    if ((err = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO)) ||
        (err = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO)) ||
        (err = posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO)) ||
        (err = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1)) ||
        (err = posix_spawnattr_setsigmask(&attributes, &none)) ||
        (err = posix_spawnattr_setsigdefault(&attributes, &all)) ||
        (err = posix_spawnattr_setpgroup(&attributes, 0)) ||
        (err = posix_spawnattr_setflags(
             &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)))
        goto out;
    err = posix_spawn(ret_pid, argv[0], &files, &attributes, (char *const *)argv, env);
out:
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return -err;
}

/* All of its group, while its leader is not reaped and so the number is its own. There is no group
 * yet where posix_spawn() does not wait until the program runs. */
static void kill_group(const struct hook *h)
{
    if (kill(-h->pid, SIGKILL) != 0)
        (void)kill(h->pid, SIGKILL);
}

static void close_output(struct hook *h, struct loop *loop)
{
    if (h->output < 0)
        return;
    loop_remove(loop, h->output);
    close(h->output);
    h->output = -1;
}

/* Watches what was started. Takes `output`; on an error nothing of it is left. */
static int adopt(struct hook *h, struct loop *loop, pid_t pid, int output)
{
    *h = (struct hook){.state = HOOK_RUNS, .pid = pid, .output = output};
    h->process = pidfd_open(pid, 0);
    int err = h->process < 0 ? -errno : loop_add(loop, h->process, h);
    if (err == 0)
        err = loop_add(loop, output, h);
    if (err == 0)
        return 0;
    kill_group(h);
    (void)waitpid(pid, NULL, 0);
    if (h->process >= 0) {
        loop_remove(loop, h->process);
        close(h->process);
    }
    close(output);
    *h = (struct hook){.state = HOOK_IDLE};
    return err;
}

int hook_start(struct hook *h, struct loop *loop, const char *const *argv, const char *config,
               const char *input, size_t len, int64_t limit_ms, struct now now)
{
    char *env[ENVIRONMENT_MAX + 2], variable[4096 + 32];
    int ends[2], in = -1;
    pid_t pid;
    assert(h->state != HOOK_RUNS);
    assert(argv[0]);
    *h = (struct hook){.state = HOOK_IDLE};
    if (len > HOOK_INPUT_MAX || strlen(config) > 4096)
        return -EMSGSIZE;
    snprintf(variable, sizeof(variable), "TEXTBACK_CONFIG=%s", config);
    environment(variable, env);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -errno;
    int err = in = input_file(input, len);
    if (in >= 0 && (in <= STDERR_FILENO || ends[1] <= STDERR_FILENO))
        err = -EBADF; /* ours are closed: what would be read and written is not what is meant */
    if (err >= 0 && fcntl(ends[1], F_SETFL, 0) < 0) /* the program's end waits like any other */
        err = -errno;
    if (err >= 0)
        err = spawn(argv, env, in, ends[1], &pid);
    close(ends[1]);
    if (in >= 0)
        close(in);
    if (err < 0) {
        close(ends[0]);
        return err;
    }
    err = adopt(h, loop, pid, ends[0]);
    h->limit_ms = limit_ms;
    h->deadline = mono_after(now.mono, limit_ms);
    return err;
}

static void keep_line(struct hook *h, const char *text, size_t len)
{
    for (size_t i = 0; i < len && !h->line_ended; i++) {
        h->line_ended = text[i] == '\n';
        if (!h->line_ended && h->said_len < sizeof(h->said) - 1)
            h->said[h->said_len++] = text[i];
    }
}

/* Reads once: a program that prints all day must not hold up the others. */
static void read_output(struct hook *h, struct loop *loop)
{
    char buf[4096];
    if (h->output < 0)
        return;
    ssize_t n = read(h->output, buf, sizeof(buf));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0) {
        keep_line(h, buf, (size_t)n);
        h->read += (size_t)n;
    }
    if (n <= 0 || h->read >= HOOK_OUTPUT_MAX)
        close_output(h, loop);
}

/* Returns whether the program has ended; what it left behind is ended, too. */
static bool reap(struct hook *h, struct loop *loop)
{
    siginfo_t info = {0};
    int peek = waitid(P_PIDFD, (id_t)h->process, &info, WEXITED | WNOHANG | WNOWAIT);
    if (peek == 0 && info.si_pid == 0)
        return false;
    kill_group(h);
    read_output(h, loop);
    (void)waitid(P_PIDFD, (id_t)h->process, &info, WEXITED | WNOHANG);
    h->code = info.si_code;
    h->status = info.si_status;
    close_output(h, loop);
    loop_remove(loop, h->process);
    close(h->process);
    h->state = h->code == CLD_EXITED && h->status == 0 && !h->late ? HOOK_DONE : HOOK_FAILED;
    return true;
}

enum hook_state hook_turn(struct hook *h, struct loop *loop, struct now now)
{
    if (h->state != HOOK_RUNS)
        return h->state;
    if (!h->late && now.mono.ms >= h->deadline.ms) {
        h->late = true;
        kill_group(h);
    }
    if (!reap(h, loop))
        read_output(h, loop);
    return h->state;
}

struct mono hook_deadline(const struct hook *h)
{
    return h->state == HOOK_RUNS && !h->late ? h->deadline : MONO_NEVER;
}

void hook_error(const struct hook *h, char ret[HOOK_ERROR_SIZE])
{
    struct text t;
    text_init(&t, ret, HOOK_ERROR_SIZE);
    if (h->late)
        text_addf(&t, "not done after %lld ms: killed", (long long)h->limit_ms);
    else if (h->code == CLD_EXITED)
        text_addf(&t, "exit status %d", h->status);
    else
        text_addf(&t, "signal %d%s", h->status,
                  h->read >= HOOK_OUTPUT_MAX ? ": it prints too much" : "");
    if (h->said_len > 0)
        text_addf(&t, ": %.*s", (int)h->said_len, h->said);
}

void hook_stop(struct hook *h, struct loop *loop)
{
    if (h->state == HOOK_RUNS) {
        kill_group(h);
        (void)waitpid(h->pid, NULL, 0);
        close_output(h, loop);
        loop_remove(loop, h->process);
        close(h->process);
    }
    *h = (struct hook){.state = HOOK_IDLE};
}
