/* tests/memory/test_edges.c - each allocation of reading a configuration, of the control socket,
 * the loop, the trace and a hook fails: the error of the machine, never one of the file, nothing is
 * left open, and with memory it works. */
#include "io/config.h"
#include "io/control.h"
#include "io/hook.h"
#include "io/loop.h"
#include "io/trace.h"
#include "nomem.h"
#include "tap.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES_MAX 100000

/* libyaml itself loses some of what it has where it gets no more. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libyaml";
}

static char dir[] = "/tmp/textback-XXXXXX";
static char socket_path[64], trace_path[64], pin_path[64];
static struct loop *loop;
static char said[CONFIG_ERROR_MAX], short_config[8192];

static int open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    int count = 0;
    while (d && readdir(d))
        count++;
    if (d)
        closedir(d);
    return count;
}

/* Each does its thing and undoes it; 0 or the error. */
static int read_config(void)
{
    static struct config config;
    return config_read("config.example.yaml", &config, said);
}

static int read_short_config(void)
{
    static struct config config;
    return config_parse("it", short_config, strlen(short_config), &config, said);
}

static int listen_once(void)
{
    struct control *c = NULL;
    int err = control_listen(socket_path, 0600, loop, &c, said);
    if (err == 0)
        control_free(c);
    return err;
}

static int loop_once(void)
{
    struct loop *l = NULL;
    int err = loop_new(&l);
    if (err == 0)
        loop_free(l);
    return err;
}

static int trace_once(void)
{
    struct trace *t = NULL;
    int err = trace_new(trace_path, &t);
    if (err == 0)
        trace_free(t);
    return err;
}

static int hook_once(void)
{
    static const char *const argv[] = {"/bin/true", NULL};
    struct hook hook = {.state = HOOK_IDLE};
    int err = hook_start(&hook, loop, argv, "config", "{}\n", 3, 1000, (struct now){{1000}, {0}});
    if (err == 0)
        hook_stop(&hook, loop);
    return err;
}

/* Lets each allocation fail, alone and with all after it. */
static void test(int (*act)(void), int expected, long least, const char *name)
{
    long failures = 0;
    const char *what = NULL;
    for (int more = 0; more < 2 && !what; more++) {
        int err = -1, files = open_files();
        for (long n = 1; err != 0 && n < TRIES_MAX && !what; n++) {
            said[0] = '\0';
            nomem_arm(NOMEM_ALL, n, more);
            err = act();
            bool all = nomem_disarm() < n;
            failures += err != 0;
            if (err != 0 && err != expected)
                what = "another error";
            else if (err == 0 && !all) /* it can do without */
                err = -1;
            else if (open_files() != files)
                what = "a file left open";
            if (what)
                tap_diag("allocation %ld%s: %s: %d %s", n, more ? " and all after it" : "", what,
                         err, said);
        }
    }
    tap_ok(!what && failures >= least, "%s: %ld failures", name, failures);
}

int main(void)
{
    char here[4096];
    FILE *pin = mkdtemp(dir) && snprintf(pin_path, sizeof(pin_path), "%s/pin", dir) > 0
                    ? fopen(pin_path, "we")
                    : NULL;
    if (!pin || fputs("1234\n", pin) < 0 || fclose(pin) != 0 || loop_new(&loop) != 0)
        return 1;
    if (!getcwd(here, sizeof(here)))
        return 1;
    snprintf(short_config, sizeof(short_config),
             "version: 1\nbusiness: {name: B, country: GB}\nlines:\n"
             "  - {name: main, number: \"+447700900123\", device: /dev/null, pin: \"file:%s\"}\n"
             "opt_out: {directory: %s/data/opt-out, languages: [en, de]}\n",
             pin_path, here);
    snprintf(socket_path, sizeof(socket_path), "%s/socket", dir);
    snprintf(trace_path, sizeof(trace_path), "%s/trace", dir);
    test(read_short_config, -EAGAIN, 100, "a configuration");
    test(read_config, -EAGAIN, 100, "the longest configuration");
    test(listen_once, -ENOMEM, 2, "the control socket");
    test(loop_once, -ENOMEM, 2, "the loop");
    test(trace_once, -ENOMEM, 2, "the trace");
    test(hook_once, -ENOMEM, 2, "a hook");
    loop_free(loop);
    unlink(trace_path);
    unlink(pin_path);
    rmdir(dir);
    return tap_done();
}
