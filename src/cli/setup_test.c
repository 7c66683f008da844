#include "cli/watch.h"
#include "io/clock.h"
#include "io/control.h"
#include "setup_parts.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_WITHIN_MS 60000
#define CALL_WITHIN_MS 180000
#define LOOK_EVERY_MS 500

static bool is_ready(const struct setup *s)
{
    char status[CONTROL_ANSWER_MAX];
    return control_ask(s->config->control_socket, "status", status, sizeof(status)) == 0 &&
           strstr(status, "\"state\":\"ready\"");
}

/* The child: ends with its parent, or it would have the modem when the service starts. */
_Noreturn static void run_daemon(const struct setup *s, pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && null >= 0 &&
        dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
        execl("/proc/self/exe", "textback", "-c", s->path, "run", (char *)NULL);
    _exit(CLI_FAILED);
}

/* Starts a daemon for the test, unless one runs: `*ret` is 0 where none is ours. Returns whether
 * its modem is ready in time. */
static bool start_daemon(const struct setup *s, pid_t *ret)
{
    char status[CONTROL_ANSWER_MAX];
    struct mono until = mono_after(clock_now().mono, READY_WITHIN_MS);
    struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
    if (control_ask(s->config->control_socket, "status", status, sizeof(status)) != 0) {
        pid_t parent = getpid();
        fflush(NULL);
        *ret = fork();
        if (*ret == 0)
            run_daemon(s, parent);
    }
    puts("Waiting for the modem and its network ...");
    while (!is_ready(s)) {
        if (clock_now().mono.ms > until.ms || nanosleep(&pause, NULL))
            return false;
    }
    return true;
}

/* Tells what happens from event `after` on. Returns whether the text has left. */
static bool tell_events(struct setup *s, int64_t *after)
{
    static const struct {
        const char *type, *words;
    } told[] = {{"call.ringing", "  It rings."},
                {"call.missed", "  Missed, as it should be."},
                {"message.queued", "  The text is queued."},
                {"message.sent", "  The text has left."}};
    struct store_rows *rows;
    struct event_row event;
    bool sent = false;
    if (event_list(s->cli->store, *after, 100, &rows))
        return false;
    while (event_next(rows, &event) > 0) {
        *after = event.id;
        sent = sent || strcmp(event.type, "message.sent") == 0;
        for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
            if (strcmp(event.type, told[i].type) == 0)
                puts(told[i].words);
    }
    store_rows_free(rows);
    fflush(stdout);
    return sent;
}

/* A call that is missed, and its text. */
static int test_call(struct setup *s)
{
    struct watch *watch;
    int64_t after = 0;
    bool sent = false;
    struct mono until = mono_after(clock_now().mono, CALL_WITHIN_MS);
    s->cli->config_path = s->path;
    int code = cli_store(s->cli, CLI_NEED_CONFIG, STORE_EXISTING);
    if (code || (code = watch_new(s->cli, &watch)))
        return code;
    (void)event_last_id(s->cli->store, &after);
    printf("Now ring %s from another phone, let it ring three times, and hang up.\n",
           s->config->lines[0].number);
    fflush(stdout);
    do
        sent = tell_events(s, &after);
    while (!sent && watch_wait(watch, until) == WATCH_WRITTEN);
    watch_free(watch);
    if (!sent)
        return cli_fail(s->cli, CLI_TIMED_OUT,
                        "no text has left: textback calls and textback why CALL tell why, "
                        "textback doctor what is wrong");
    puts("All works: it should be on that phone by now.");
    return CLI_DONE;
}

/* How the daemon is started for good. */
static void tell_start(const struct setup *s)
{
    if (strcmp(s->path, SETUP_SYSTEM_PATH) == 0)
        puts("Start it for good with: sudo systemctl enable --now textback");
    else
        printf("Start it with: textback -c %s run\n"
               "(The service reads " SETUP_SYSTEM_PATH ", which sudo textback setup writes.)\n",
               s->path);
}

int setup_test(struct setup *s)
{
    int code = CLI_DONE;
    pid_t daemon = 0;
    if (!s->imei[0] || !setup_ask_yes("Test it with a call?", true)) {
        tell_start(s);
        return CLI_DONE;
    }
    free(s->cli->config); /* that of before: the new file counts */
    s->cli->config = NULL;
    if (start_daemon(s, &daemon))
        code = test_call(s);
    else
        code = cli_fail(s->cli, CLI_MODEM,
                        "the modem is not ready: textback doctor tells what mends it");
    if (daemon > 0) {
        kill(daemon, SIGTERM);
        (void)waitpid(daemon, NULL, 0);
    }
    if (!code)
        tell_start(s);
    return code;
}
