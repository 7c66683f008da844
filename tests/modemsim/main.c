/* tests/modemsim/main.c - the simulated modem as a program: commands in, reports out. */
#include "modemsim/bench.h"
#include "modemsim/record.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_TIMEOUT = 1, EXIT_INVALID = 2 };

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void help(void)
{
    printf("usage: modemsim [--link PATH] [--script FILE] [--trace] [--record PLACE]\n"
           "A simulated GSM modem on a pseudo terminal. Prints `port PATH`, then what happens, one "
           "line each.\n"
           "Takes commands from FILE and then from standard input, and ends when that ends.\n"
           "  --link PATH    a symbolic link to the port, also after replug\n"
           "  --script FILE  commands to begin with\n"
           "  --trace        bytes of both directions on standard error\n"
           "  --record PLACE the same at DEVICE@OCTET of a disk, before it is answered\n"
           "  --help         this\n"
           "Exit: 0 done, 1 a wait took too long, 2 a command of FILE or an option makes no sense\n"
           "(one from standard input is told and skipped)\n\n");
    script_help(stdout);
}

static void print_reports(struct bench *b)
{
    char line[SIM_SAY_MAX];
    while (sim_report(&b->sim, line))
        puts(line);
}

/* Takes what is there. Returns false at the end, and then the last line is whole. */
static bool read_commands(struct bench *b, int fd)
{
    char bytes[4096];
    ssize_t len = read(fd, bytes, sizeof(bytes));
    if (len < 0 && errno == EINTR)
        return true;
    if (script_add(&b->script, len > 0 ? bytes : "\n", len > 0 ? (size_t)len : 1) != 0)
        fprintf(stderr, "modemsim: commands come faster than they run: some are lost\n");
    return len > 0;
}

static int run(struct bench *b, int fd)
{
    bool more = true;
    setvbuf(stdout, NULL, _IOLBF, 0); /* whoever drives it waits for lines */
    printf("port %s\n", b->path);
    for (;;) {
        bool read_now = more && b->state == SCRIPT_HUNGRY;
        bool last = !more && b->state == SCRIPT_HUNGRY; /* what there is runs, then it ends */
        int ready = bench_turn(b, read_now ? fd : -1, last ? (struct mono){0} : MONO_NEVER);
        print_reports(b);
        if (stop || b->state == SCRIPT_QUIT)
            return 0;
        if (b->state == SCRIPT_INVALID && fd == STDIN_FILENO) { /* typed: the next line may do */
            fprintf(stderr, "%s\n", b->script.error);
            b->state = SCRIPT_HUNGRY;
            continue;
        }
        if (b->state == SCRIPT_FAILED || b->state == SCRIPT_INVALID) {
            fprintf(stderr, "%s\n", b->script.error);
            return b->state == SCRIPT_FAILED ? EXIT_TIMEOUT : EXIT_INVALID;
        }
        if (ready < 0 && ready != -EINTR) {
            fprintf(stderr, "modemsim: %s\n", strerror(-ready));
            return EXIT_TIMEOUT;
        }
        if (ready > 0 && read_now && !read_commands(b, fd)) {
            if (fd == STDIN_FILENO)
                more = false;
            close(fd);
            fd = STDIN_FILENO;
        } else if (!more && b->state == SCRIPT_HUNGRY) {
            return 0;
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"link", required_argument, NULL, 'l'}, {"script", required_argument, NULL, 's'},
        {"trace", no_argument, NULL, 't'},      {"record", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},       {0}};
    static struct bench bench;
    struct sigaction action = {.sa_handler = on_signal};
    const char *link = NULL, *script = NULL, *record = NULL;
    FILE *trace = NULL;
    int option, fd = STDIN_FILENO;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'l')
            link = optarg;
        else if (option == 's')
            script = optarg;
        else if (option == 't')
            trace = stderr;
        else if (option == 'r')
            record = optarg;
        else if (option == 'h')
            return help(), 0;
        else
            return EXIT_INVALID;
    }
    if (script && (fd = open(script, O_RDONLY | O_CLOEXEC)) < 0) {
        fprintf(stderr, "modemsim: %s: %s\n", script, strerror(errno));
        return EXIT_INVALID;
    }
    if (record && !(trace = record_open(record))) {
        fprintf(stderr, "modemsim: %s: %s\n", record, strerror(errno));
        return EXIT_INVALID;
    }
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int status = EXIT_TIMEOUT;
    if (bench_open(&bench, link, script ? script : "stdin") == 0) {
        bench.trace = trace;
        status = run(&bench, fd);
    }
    bench_close(&bench);
    return status;
}
