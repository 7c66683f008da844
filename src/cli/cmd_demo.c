#include "cli/alloc.h"
#include "cli/cli.h"
#include "daemon/daemon.h"
#include "io/clock.h"
#include "modemsim/bench.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLER "+447700900321"
#define DEMO_WITHIN_MS 15000
#define STOP_WITHIN_MS 6000 /* the daemon stops within 5 s */
#define PATH_SIZE 160

static const char usage[] =
    "usage: textback demo [--keep]\n\n"
    "Shows it at work without a modem: a simulated one rings, the call is missed, the text goes\n"
    "out, the customer answers, and the conversation is shown. In a temporary directory, in a\n"
    "few seconds.\n\n"
    "      --keep  leave it running to play with, until Ctrl-C\n";

enum { OPTION_KEEP = CLI_OPTION_OWN };

static const struct option options[] = {{"keep", no_argument, NULL, OPTION_KEEP},
                                        CLI_OPTIONS_COMMON};

static const char script[] =
    "set ring 0.8\n"
    "set send 0.6\n"
    "set report 0.5\n"
    "wait ready\n"
    "pause 0.5\n"
    "call " CALLER " rings 2\n"
    "wait sent\n"
    "pause 1\n"
    "text " CALLER
    " \"Hi! The kitchen tap will not stop dripping, and now there is water under the "
    "sink too \xF0\x9F\x92\xA7 Could somebody come tomorrow before ten?\" gap 0.8\n"
    "wait idle\n";

struct demo {
    struct cli *cli;
    struct bench bench;
    struct mono began;
    char directory[PATH_SIZE - 32];
    pid_t daemon; /* 0: none runs */
    int alive;    /* hangs up when the daemon ends; -1 before it was started */
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* From here on Ctrl-C and its like are taken only while the simulated modem waits. */
static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], &action, NULL);
        sigaddset(&set, signals[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that has seen enough must not leave files behind */
}

static void path_of(const struct demo *d, const char *name, char ret_path[PATH_SIZE])
{
    snprintf(ret_path, PATH_SIZE, "%s/%s", d->directory, name);
}

static int make_directory(struct demo *d)
{
    const char *base = getenv("TMPDIR");
    const char *name = "textback-demo-XXXXXX";
    if (!base || base[0] != '/' || strlen(base) > 60) /* a socket's path is short */
        base = "/tmp";
    snprintf(d->directory, sizeof(d->directory), "%s/%s", base, name);
    if (mkdtemp(d->directory))
        return CLI_DONE;
    int code = cli_fail(d->cli, CLI_FAILED, "%s: %s", d->directory, strerror(errno));
    d->directory[0] = '\0';
    return code;
}

static int write_config(struct demo *d)
{
    char path[PATH_SIZE];
    path_of(d, "config.yaml", path);
    FILE *f = fopen(path, "we");
    if (!f)
        return cli_fail(d->cli, CLI_FAILED, "%s: %s", path, strerror(errno));
    fprintf(f,
            "version: 1\n"
            "business: {name: \"Brightwater Plumbing\", country: GB}\n"
            "lines:\n"
            "  - {name: main, number: \"+447700900123\", device: \"%s/modem\"}\n"
            "reply: {delay: 1s}\n"
            "store: {path: \"%s/textback.db\"}\n"
            "control: {socket: \"%s/control.sock\"}\n",
            d->directory, d->directory, d->directory);
    if (fclose(f) != 0)
        return cli_fail(d->cli, CLI_FAILED, "%s: %s", path, strerror(errno));
    return CLI_DONE;
}

/* The child: the daemon as `textback run` has it, its log in a file. Ends with its parent. */
_Noreturn static void run_daemon(struct demo *d, pid_t parent)
{
    char config[PATH_SIZE], log[PATH_SIZE];
    const struct daemon_options daemon = {.config_path = config, .root = cli_root()};
    path_of(d, "config.yaml", config);
    path_of(d, "daemon.log", log);
    int fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(CLI_FAILED);
    close(d->bench.master);
    close(d->bench.slave);
    close(d->bench.watch);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(CLI_FAILED);
    setpgid(0, 0); /* Ctrl-C is for the demo, which stops the daemon itself */
    _exit(daemon_run(&daemon) == DAEMON_DONE ? CLI_DONE : CLI_FAILED);
}

static int start_daemon(struct demo *d)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return cli_fail(d->cli, CLI_FAILED, "pipe: %s", strerror(errno));
    fflush(NULL);
    d->daemon = fork();
    if (d->daemon == 0)
        run_daemon(d, parent);
    close(ends[1]);
    d->alive = ends[0];
    if (d->daemon > 0)
        return CLI_DONE;
    d->daemon = 0;
    return cli_fail(d->cli, CLI_FAILED, "fork: %s", strerror(errno));
}

static struct mono mono_now(void)
{
    return clock_now().mono;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct demo *d, const char *format,
                                                       ...)
{
    va_list ap;
    va_start(ap, format);
    printf("%5.1f s  ", (double)(mono_now().ms - d->began.ms) / 1000);
    vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
}

/* Tells a report of the simulator in the words of the story. */
static void narrate(const struct demo *d, const char *report)
{
    static const struct {
        const char *begin, *words;
        bool rest; /* what follows `begin` belongs to it */
    } words[] = {
        {"ready", "the modem is set up and waits for calls", false},
        {"ringing ", "the phone rings: ", true},
        {"ended ", "the caller hangs up, nobody has answered", false},
        {"sent ", "a text leaves for ", true},
        {"stored ", "the customer's answer comes in, one part of it", false},
        {"report ", "delivered, says the network, to ", true},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i].begin);
        if (strncmp(report, words[i].begin, len) == 0)
            tell(d, "%s%.*s", words[i].words, words[i].rest ? (int)strcspn(report + len, " ") : 0,
                 report + len);
    }
}

static void narrate_all(struct demo *d)
{
    char report[SIM_SAY_MAX];
    while (sim_report(&d->bench.sim, report))
        narrate(d, report);
}

/* Prints the log of a daemon that failed. */
static void show_log(const struct demo *d)
{
    char path[PATH_SIZE], line[1024];
    path_of(d, "daemon.log", path);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f))
        fprintf(stderr, "  %s", line);
    if (f)
        fclose(f);
}

/* The story: until the script has run, or something went wrong. */
static int play(struct demo *d)
{
    struct mono end = mono_after(d->began, DEMO_WITHIN_MS);
    if (script_add(&d->bench.script, script, sizeof(script) - 1) != 0)
        return cli_fail(d->cli, CLI_FAILED, "the script is too long");
    do {
        int ready = bench_turn(&d->bench, d->alive, end);
        narrate_all(d);
        if (stop)
            return cli_fail(d->cli, CLI_FAILED, "interrupted");
        if (ready < 0 && ready != -EINTR)
            return cli_fail(d->cli, CLI_FAILED, "the simulated modem: %s", strerror(-ready));
        if (ready > 0 || mono_now().ms >= end.ms) {
            int code =
                cli_fail(d->cli, CLI_FAILED,
                         "%s; its log:", ready > 0 ? "the daemon has ended" : "it takes too long");
            show_log(d);
            return code;
        }
    } while (d->bench.state == SCRIPT_WAITING);
    if (d->bench.state == SCRIPT_HUNGRY)
        return CLI_DONE;
    return cli_fail(d->cli, CLI_FAILED, "%s", d->bench.script.error);
}

/* Runs `textback thread` in a child of its own: it may page, and close stdout. */
static int show_thread(struct demo *d)
{
    char config[PATH_SIZE];
    char *argv[] = {"textback", "-c", config, "thread", CALLER, "--peek", NULL};
    int status = 0;
    path_of(d, "config.yaml", config);
    printf("\nThe conversation, as `textback thread` shows it:\n\n");
    fflush(NULL);
    pid_t child = fork();
    optind = 0; /* glibc: start anew */
    if (child == 0)
        exit(cli_main((int)(sizeof(argv) / sizeof(argv[0])) - 1, argv));
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return cli_fail(d->cli, CLI_FAILED, "the conversation cannot be shown");
    return CLI_DONE;
}

static void invite(const struct demo *d)
{
    char self[256];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[len > 0 ? len : 0] = '\0';
    printf("\nIt goes on running. In another terminal:\n\n");
    static const char *const tries[] = {"inbox", "why c1", "status",
                                        "reply " CALLER " \"We come at nine.\"", "events"};
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        printf("  %s -c %s/config.yaml %s\n", len > 0 ? self : "textback", d->directory, tries[i]);
    printf("\nTyped here, what the simulated people do:\n\n"
           "  call +447700900322\n"
           "  text +447700900322 \"How much is a new boiler?\"\n\n"
           "Ctrl-C ends it and removes %s\n\n",
           d->directory);
    fflush(stdout);
}

/* Takes commands for the simulator from standard input. Returns false at its end. */
static bool take_command(struct demo *d)
{
    char bytes[512];
    ssize_t len = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (len > 0 && script_add(&d->bench.script, bytes, (size_t)len) != 0)
        cli_note(d->cli, "too many commands at once: some are lost");
    return len > 0;
}

/* What is wrong with a command, without the NAME:LINE: that those in a file have. */
static const char *complaint(const struct demo *d)
{
    const char *space = strchr(d->bench.script.error, ' ');
    return space ? space + 1 : d->bench.script.error;
}

static int keep(struct demo *d)
{
    bool more = true;
    invite(d);
    while (!stop) {
        int ready = bench_turn(&d->bench, more ? STDIN_FILENO : d->alive, MONO_NEVER);
        narrate_all(d);
        if (ready < 0 && ready != -EINTR)
            return cli_fail(d->cli, CLI_FAILED, "the simulated modem: %s", strerror(-ready));
        if (waitpid(d->daemon, NULL, WNOHANG) != 0) {
            d->daemon = 0;
            cli_fail(d->cli, CLI_FAILED, "the daemon has ended; its log:");
            show_log(d);
            return CLI_FAILED;
        }
        if (d->bench.state > SCRIPT_WAITING)
            cli_note(d->cli, "%s", complaint(d));
        if (ready > 0 && more)
            more = take_command(d);
    }
    return CLI_DONE;
}

/* Stops the daemon, by force if need be. */
static void stop_daemon(struct demo *d)
{
    char report[SIM_SAY_MAX];
    struct mono end = mono_after(mono_now(), STOP_WITHIN_MS);
    if (d->daemon == 0)
        return;
    kill(d->daemon, SIGTERM);
    while (mono_now().ms < end.ms && bench_turn(&d->bench, d->alive, end) <= 0)
        while (sim_report(&d->bench.sim, report))
            ; /* the modem answers to the end, but the story is over */
    kill(d->daemon, SIGKILL);
    waitpid(d->daemon, NULL, 0);
    d->daemon = 0;
}

static void remove_files(struct demo *d)
{
    DIR *dir = d->directory[0] ? opendir(d->directory) : NULL;
    struct dirent *entry;
    if (!dir)
        return;
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    if (rmdir(d->directory) != 0)
        cli_note(d->cli, "%s: %s", d->directory, strerror(errno));
}

static int run(struct demo *d, bool keep_running)
{
    char link[PATH_SIZE];
    int code = make_directory(d);
    if (code != CLI_DONE || (code = write_config(d)) != CLI_DONE)
        return code;
    path_of(d, "modem", link);
    if (bench_open(&d->bench, link, "demo") != 0)
        return CLI_FAILED; /* told already */
    printf(
        "Brightwater Plumbing, +447700900123, on a simulated modem. Nobody is in to answer.\n\n");
    d->began = mono_now();
    if ((code = start_daemon(d)) != CLI_DONE || (code = play(d)) != CLI_DONE ||
        (code = show_thread(d)) != CLI_DONE)
        return code;
    return keep_running ? keep(d) : CLI_DONE;
}

int cmd_demo(struct cli *cli, int argc, char **argv)
{
    bool keep_running = false;
    int c, code;
    while ((c = cli_option(cli, argc, argv, options, usage)) != -1) {
        if (c == CLI_OPTION_STOP)
            return cli->exit;
        keep_running = true;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")))
        return code;
    struct demo *d = cli_alloc(1, sizeof(*d));
    d->cli = cli;
    d->alive = d->bench.master = d->bench.slave = d->bench.watch = -1;
    take_signals();
    code = run(d, keep_running);
    stop_daemon(d);
    bench_close(&d->bench);
    if (d->alive >= 0)
        close(d->alive);
    remove_files(d);
    free(d);
    return code;
}
