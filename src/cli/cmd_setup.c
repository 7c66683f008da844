#include "at/args.h"
#include "cli/alloc.h"
#include "cli/radio.h"
#include "io/control.h"
#include "setup_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: textback setup [--yes]\n\n"
    "A guided first run: finds the modem, asks for what is not known, writes the configuration\n"
    "(of -c, else /etc/textback/config.yaml as root, ~/.config/textback/config.yaml otherwise),\n"
    "and ends with a test call and a test text.  Answers may come from a file on standard "
    "input.\n\n"
    "  -y, --yes  replace a configuration that is there already; it is kept as FILE.old\n";

static const struct option options[] = {CLI_OPTIONS_YES, CLI_OPTIONS_COMMON};

/* Looks at the modem that was found: its SIM, and the number that this knows of itself. */
static void look_at_sim(struct setup *s)
{
    struct radio *radio;
    struct radio_answer answer;
    struct at_args a;
    char why[RADIO_WHY_SIZE], rest[256];
    if (radio_open(s->cli, s->line, &radio, why)) {
        printf("  %s\n", why);
        return;
    }
    if (radio_ask(radio, "AT+CPIN?", false, &answer) == 0) {
        s->wants_pin = strstr(answer.lines, "SIM PIN") != NULL;
        if (s->wants_pin)
            puts("  Its SIM wants a PIN.");
        else if (!strstr(answer.lines, "READY"))
            puts("  Its SIM is not ready: textback doctor will tell what mends that.");
    }
    if (radio_ask(radio, "AT+CNUM", false, &answer) == 0 &&
        radio_line(&answer, "+CNUM:", rest, sizeof(rest))) {
        at_args_parse(rest, &a);
        (void)at_args_copy(&a, 1, s->own, sizeof(s->own));
    }
    radio_free(radio);
}

/* Asks a port, and tells which modem is behind it. Returns whether one is. */
static bool ask_port(const struct port_info *port, struct probe *probe)
{
    char why[SERIAL_ERROR_MAX];
    if (radio_probe(port, probe, why)) {
        printf("  %s\n", why);
        return false;
    }
    if (probe->state != PROBE_MODEM || !probe->imei[0])
        return false;
    printf("  %s, IMEI %s, at %s\n", probe->model[0] ? probe->model : "a modem", probe->imei,
           port->path);
    return true;
}

/* Looks for further modems behind the ports after that of the first, and tells what becomes of
 * them. Other ports of a modem are passed over, and what may be no modem at all. */
static void tell_others(const struct port_info *ports, size_t count, size_t first,
                        struct probe *probe)
{
    bool found[PORTS_MAX] = {false};
    char imei[DEVICE_IMEI_SIZE] = "";
    size_t others = 0;
    found[first] = true;
    for (size_t i = first + 1; i < count; i++) {
        bool same = ports[i].rank > FAMILY_LIKELY;
        for (size_t k = first; k < i && !same; k++)
            same = found[k] && strcmp(ports[k].device, ports[i].device) == 0;
        found[i] = !same && ask_port(&ports[i], probe);
        if (found[i] && others++ == 0)
            memcpy(imei, probe->imei, sizeof(imei));
    }
    if (others > 0)
        printf("  This sets up the first. Each other gets an entry of its own under lines: in the\n"
               "  file, with its number and device: \"imei:%s\"%s; see textback-config(5).\n",
               imei, others > 1 ? " and so on" : "");
}

/* Finds the modem, or lets the owner try again. */
static int find_modem(struct setup *s)
{
    struct port_info *ports = cli_alloc(PORTS_MAX, sizeof(*ports));
    struct probe *probe = cli_alloc(1, sizeof(*probe));
    char odd[PORTS_ODD_SIZE];
    int code = CLI_DONE;
    for (bool again = true; again && !s->imei[0] && !code;) {
        puts("Looking for the modem ...");
        size_t count = ports_list(cli_root(), ports, PORTS_MAX);
        for (size_t i = 0; i < count && !s->imei[0]; i++) {
            if (ports[i].rank == FAMILY_NEVER || !ask_port(&ports[i], probe))
                continue;
            memcpy(s->imei, probe->imei, sizeof(s->imei));
            tell_others(ports, count, i, probe);
        }
        if (s->imei[0])
            break;
        if (ports_without(cli_root(), odd))
            printf("  %s.\n", odd);
        puts("  None was found. Plug it in; a modem needs half a minute to start.");
        const char *answer = setup_ask("Enter looks again, \"go\" goes on without it:", "");
        if (!answer)
            code = setup_stopped(s);
        again = answer && strcmp(answer, "go") != 0;
    }
    if (s->imei[0])
        look_at_sim(s);
    free(probe);
    free(ports);
    return code;
}

/* Makes the directories that the file lies in. */
static void make_directories(const char *path)
{
    char directory[CONFIG_PATH_MAX];
    (void)text_copy(directory, sizeof(directory), path);
    for (char *slash = directory + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        (void)mkdir(directory, 0755); /* opening the file tells what is wrong with it */
    }
}

/* A configuration that is not the system's keeps its data beside it. */
static int add_places(struct setup *s)
{
    char real[PATH_MAX], place[PATH_MAX + 16], directory[CONFIG_PATH_MAX];
    make_directories(s->path);
    if (strcmp(s->path, SETUP_SYSTEM_PATH) == 0)
        return CLI_DONE;
    (void)text_copy(directory, sizeof(directory), s->path);
    char *slash = strrchr(directory, '/');
    if (slash)
        *slash = '\0';
    if (!realpath(slash ? directory : ".", real))
        return cli_fail(s->cli, CLI_FAILED, "%s: %s", directory, strerror(errno));
    snprintf(place, sizeof(place), "%s/textback.db", real);
    setup_add(s, "store:\n  path: ", place);
    snprintf(place, sizeof(place), "%s/control.sock", real);
    setup_add(s, "control:\n  socket: ", place);
    return CLI_DONE;
}

/* Where the file is written when nobody says it. */
static int choose_path(struct setup *s)
{
    const char *named = s->cli->config_path ? s->cli->config_path : getenv("TEXTBACK_CONFIG");
    const char *home = getenv("HOME");
    struct text t;
    text_init(&t, s->path, sizeof(s->path));
    if (named && named[0])
        text_add(&t, named);
    else if (geteuid() == 0)
        text_add(&t, SETUP_SYSTEM_PATH);
    else
        text_addf(&t, "%s/.config/textback/config.yaml", home ? home : "");
    if (!text_ok(&t))
        return cli_fail(s->cli, CLI_USAGE, "the path of the configuration is too long");
    if (!(named && named[0]) && geteuid() != 0)
        printf("This makes %s, for a daemon that you run yourself.\n"
               "The service reads " SETUP_SYSTEM_PATH ": sudo textback setup\n",
               s->path);
    return CLI_DONE;
}

/* Nobody is to answer all the questions for a file that cannot be written then. Looks at the
 * nearest directory that is there, and makes none. */
static int check_place(struct setup *s)
{
    char directory[CONFIG_PATH_MAX + 2];
    struct stat st;
    if (stat(s->path, &st) == 0 && !S_ISREG(st.st_mode))
        return cli_fail(s->cli, CLI_USAGE, "%s: not a regular file, expected the configuration",
                        s->path);
    snprintf(directory, sizeof(directory), "%s%s", strchr(s->path, '/') ? "" : "./", s->path);
    for (char *slash; (slash = strrchr(directory, '/')) != NULL; *slash = '\0') {
        memcpy(slash, "/.", sizeof("/.")); /* with which a file is no directory */
        int err = access(directory, W_OK | X_OK) ? errno : 0;
        if (err && err != ENOENT)
            return cli_fail(s->cli, CLI_FAILED, "%s: %s%s", s->path, strerror(err),
                            err == EACCES ? " (that of the service: sudo textback setup)" : "");
        if (!err)
            break;
    }
    return CLI_DONE;
}

/* What is there is replaced only where the owner says so; a package's, to be filled in, or one with
 * a mistake is likelier to go. It is left in cli->config where it is one. */
static int keep_before(struct setup *s)
{
    char error[CONFIG_ERROR_MAX];
    bool there = access(s->path, F_OK) == 0;
    bool whole = there && config_read(s->path, s->cli->config, error) == 0;
    if (!whole)
        config_defaults(s->cli->config);
    if (!there || s->cli->yes)
        return CLI_DONE;
    printf("%s is there already%s.\n", s->path, whole ? "" : ", and not complete");
    return setup_ask_yes("Replace it? It is kept with .old at its end.", !whole)
               ? CLI_DONE
               : cli_fail(s->cli, CLI_FAILED, "stopped: it stays as it is");
}

/* A daemon that runs has the modem, and would go on with the configuration of before. */
static int refuse_daemon(struct setup *s)
{
    char status[CONTROL_ANSWER_MAX];
    if (control_ask(s->cli->config->control_socket, "status", status, sizeof(status)) == 0)
        return cli_fail(s->cli, CLI_FAILED,
                        "the daemon runs and has the modem; stop it, then again: "
                        "sudo systemctl stop textback");
    config_defaults(s->cli->config);
    return CLI_DONE;
}

/* Returns 0 once all of it is on the disk, or an error number. */
static int write_whole(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, text, len);
        if (put < 0)
            return errno;
        text += put;
        len -= (size_t)put;
    }
    return fsync(fd) ? errno : 0;
}

/* Gives the file another name, too: whoever looks meanwhile finds it, and so it is where this is
 * cut off. Returns 0 also where there is none, or an error number. */
static int keep_old(const char *path, const char *old)
{
    if (access(path, F_OK))
        return 0;
    (void)unlink(old);
    if (link(path, old) == 0)
        return 0;
    return rename(path, old) ? errno : 0; /* a file system without links, such as a FAT */
}

/* Checks what was made, then puts it in its place, whole. */
static int write_file(struct setup *s)
{
    char error[CONFIG_ERROR_MAX], fresh[CONFIG_PATH_MAX + 8], old[CONFIG_PATH_MAX + 8];
    if (!text_ok(&s->text))
        return cli_fail(s->cli, CLI_FAILED, "the answers are too long");
    if (config_parse(s->path, s->file, s->text.len, s->config, error))
        return cli_fail(s->cli, CLI_CONFIG, "%s", error);
    snprintf(fresh, sizeof(fresh), "%s.new", s->path);
    snprintf(old, sizeof(old), "%s.old", s->path);
    (void)unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int err = fd < 0 || fchmod(fd, 0640) ? errno : write_whole(fd, s->file, s->text.len);
    if (fd >= 0)
        close(fd);
    if (!err)
        err = keep_old(s->path, old);
    if (!err && rename(fresh, s->path))
        err = errno;
    if (err) {
        (void)unlink(fresh); /* there may be a PIN in it */
        return cli_fail(s->cli, CLI_FAILED, "%s: %s", s->path, strerror(err));
    }
    printf("Written to %s.\n", s->path);
    return CLI_DONE;
}

int cmd_setup(struct cli *cli, int argc, char **argv)
{
    struct setup *s;
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")))
        return code;
    s = cli_alloc(1, sizeof(*s));
    s->cli = cli;
    s->config = cli_alloc(1, sizeof(*s->config));
    config_defaults(s->config);
    cli->config = cli_alloc(1, sizeof(*cli->config));
    s->line = &s->config->lines[0];
    s->line->baud = 115200;
    (void)text_copy(s->line->device, sizeof(s->line->device), "auto");
    text_init(&s->text, s->file, sizeof(s->file));
    if (!(code = choose_path(s)) && !(code = check_place(s)) && !(code = keep_before(s)) &&
        !(code = refuse_daemon(s)) && !(code = find_modem(s)) && !(code = setup_ask_all(s)) &&
        !(code = add_places(s)) && !(code = write_file(s)))
        code = setup_test(s);
    free(s->config);
    free(s);
    return code;
}
