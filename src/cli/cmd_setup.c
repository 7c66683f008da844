#include "at/args.h"
#include "base/text.h"
#include "cli/alloc.h"
#include "cli/radio.h"
#include "cli/watch.h"
#include "io/clock.h"
#include "io/config_parts.h"
#include "io/control.h"
#include "policy/hours.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX 8192
#define READY_WITHIN_MS 60000
#define CALL_WITHIN_MS 180000
#define LOOK_EVERY_MS 500
#define DAYS 7
#define SYSTEM_PATH "/etc/textback/config.yaml"

static const char usage[] =
    "usage: textback setup [--yes]\n\n"
    "A guided first run: finds the modem, asks for what is not known, writes the configuration\n"
    "(of -c, else /etc/textback/config.yaml as root, ~/.config/textback/config.yaml otherwise),\n"
    "and ends with a test call and a test text.  Answers may come from a file on standard "
    "input.\n\n"
    "  -y, --yes  replace a configuration that is there already; it is kept as FILE.old\n";

static const struct option options[] = {CLI_OPTIONS_YES, CLI_OPTIONS_COMMON};

static const char *const days[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct setup {
    struct cli *cli;
    struct config *config; /* answers are tried on it */
    struct config_line *line;
    char path[CONFIG_PATH_MAX];
    char file[FILE_MAX]; /* the configuration that is written */
    struct text text;
    char hours[DAYS][HOURS_SLOT_MAX * 16]; /* "08:00-12:00, 13:00-17:30" */
    char imei[DEVICE_IMEI_SIZE], own[64];
    bool wants_pin;
    pid_t daemon; /* 0: none of ours */
};

/* Asks one question. Returns the answer without blanks around it, `fallback` for an empty one,
 * until the next question; NULL at the end of the input. */
static const char *ask(const char *question, const char *fallback)
{
    static char line[1024];
    printf("%s%s%s%s ", question, fallback[0] ? " [" : "", fallback, fallback[0] ? "]" : "");
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin)) {
        putchar('\n');
        return NULL;
    }
    if (!isatty(STDIN_FILENO))
        putchar('\n');
    char *start = line + strspn(line, " \t");
    size_t len = strcspn(start, "\r\n");
    while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t'))
        len--;
    start[len] = '\0';
    return start[0] ? start : fallback;
}

static bool ask_yes(const char *question, bool fallback)
{
    const char *answer = ask(question, fallback ? "yes" : "no");
    return answer && (answer[0] == 'y' || answer[0] == 'Y');
}

static int stopped(const struct setup *s)
{
    return cli_fail(s->cli, CLI_FAILED, "stopped: nothing was written");
}

static const struct config_key *find_key(const char *name)
{
    size_t count, i = 0;
    const struct config_key *keys = config_keys(&count);
    while (i < count && strcmp(keys[i].name, name) != 0)
        i++;
    assert(i < count);
    return &keys[i];
}

/* Adds `key: "value"` to the file. */
static void add_value(struct setup *s, const char *before, const char *value)
{
    text_add(&s->text, before);
    text_add_char(&s->text, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_add_char(&s->text, '\\');
        text_add_char(&s->text, *value);
    }
    text_add(&s->text, "\"\n");
}

/* Asks for the value of a key until it is one, and adds it. An empty answer to a key that need not
 * be there adds nothing. Returns CLI_DONE, or CLI_FAILED at the end of the input. */
static int ask_key(struct setup *s, const char *question, const char *name, const char *fallback,
                   const char *before)
{
    const struct config_key *key = find_key(name);
    struct config_line *line = config_key_of_line(key) ? s->line : NULL;
    char what[CONFIG_WHAT_MAX];
    for (;;) {
        const char *answer = ask(question, fallback);
        if (!answer)
            return stopped(s);
        if (!answer[0] && key->fallback)
            return CLI_DONE;
        if (config_value(key, s->config, line, answer, strlen(answer), what) == 0) {
            add_value(s, before, answer);
            return CLI_DONE;
        }
        printf("  That %s.\n", what);
    }
}

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

/* Finds the modem, or lets the owner try again. */
static int find_modem(struct setup *s)
{
    struct port_info *ports = cli_alloc(PORTS_MAX, sizeof(*ports));
    struct probe *probe = cli_alloc(1, sizeof(*probe));
    char why[SERIAL_ERROR_MAX];
    int code = CLI_DONE;
    for (bool again = true; again && !s->imei[0] && !code;) {
        puts("Looking for the modem ...");
        size_t count = ports_list(cli_root(), ports, PORTS_MAX);
        for (size_t i = 0; i < count && !s->imei[0]; i++) {
            if (ports[i].rank == FAMILY_NEVER)
                continue;
            if (radio_probe(&ports[i], probe, why))
                printf("  %s\n", why);
            else if (probe->state == PROBE_MODEM)
                memcpy(s->imei, probe->imei, sizeof(s->imei));
            if (s->imei[0])
                printf("  %s, IMEI %s, at %s\n", probe->model[0] ? probe->model : "a modem",
                       probe->imei, ports[i].path);
        }
        if (s->imei[0])
            break;
        puts("  None was found. Plug it in; a modem needs half a minute to start.");
        const char *answer = ask("Enter looks again, \"go\" goes on without it:", "");
        if (!answer)
            code = stopped(s);
        again = answer && strcmp(answer, "go") != 0;
    }
    if (s->imei[0])
        look_at_sim(s);
    free(probe);
    free(ports);
    return code;
}

/* Reads "mon-fri" or "sat". Returns false where it is none. */
static bool read_days(const char *word, size_t len, size_t *ret_first, size_t *ret_last)
{
    size_t first = 0, last;
    while (first < DAYS && strncasecmp(word, days[first], 3) != 0)
        first++;
    last = first;
    if (first == DAYS || (len != 3 && (len != 7 || word[3] != '-')))
        return false;
    if (len == 7)
        for (last = 0; last < DAYS && strncasecmp(word + 4, days[last], 3) != 0;)
            last++;
    *ret_first = first;
    *ret_last = last;
    return last < DAYS && first <= last;
}

/* Reads "mon-fri 08:00-12:00 13:00-17:30, sat 09:00-12:00". Returns false where it is none. */
static bool read_hours(struct setup *s, const char *answer)
{
    size_t first = 0, last = 0;
    bool any = false;
    struct hours_slot slot;
    memset(s->hours, 0, sizeof(s->hours));
    for (const char *at = answer; *at;) {
        char word[16] = "";
        size_t len = strcspn(at, " ,");
        if (len >= sizeof(word))
            return false;
        memcpy(word, at, len);
        if (read_days(word, len, &first, &last)) {
            any = true;
        } else {
            if (!any || hours_parse_slot(word, &slot))
                return false;
            for (size_t day = first; day <= last; day++) {
                size_t used = strlen(s->hours[day]);
                snprintf(s->hours[day] + used, sizeof(s->hours[day]) - used, "%s\"%s\"",
                         used ? ", " : "", word);
            }
        }
        at += len;
        at += strspn(at, " ,");
    }
    return any;
}

static int ask_hours(struct setup *s)
{
    for (;;) {
        const char *answer =
            ask("When is it open (\"always\" if you do not want to tell)?", "mon-fri 08:00-17:30");
        if (!answer)
            return stopped(s);
        if (strcmp(answer, "always") == 0)
            return CLI_DONE;
        if (read_hours(s, answer))
            break;
        puts("  Expected such as: mon-fri 08:00-12:00 13:00-17:30, sat 09:00-12:00");
    }
    text_add(&s->text, "hours:\n");
    for (size_t day = 0; day < DAYS; day++)
        if (s->hours[day][0])
            text_addf(&s->text, "  %s: [%s]\n", days[day], s->hours[day]);
    return CLI_DONE;
}

/* How the missed calls get to the SIM, and whether those that are forwarded are declined. */
static int ask_mode(struct setup *s)
{
    puts("Customers ring this SIM (primary), a phone forwards here what it does not answer\n"
         "(forwarded), or a phone has a SIM of the same number (shared)?");
    int code = ask_key(s, "Which of these:", "lines[].mode", find_key("lines[].mode")->fallback,
                       "    mode: ");
    if (code || s->line->mode != POLICY_LINE_FORWARDED)
        return code;
    return ask_key(s, "Decline a forwarded call after (\"off\" lets it ring on):",
                   "lines[].hang_up_after", "2s", "    hang_up_after: ");
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
    if (strcmp(s->path, SYSTEM_PATH) == 0)
        return CLI_DONE;
    (void)text_copy(directory, sizeof(directory), s->path);
    char *slash = strrchr(directory, '/');
    if (slash)
        *slash = '\0';
    if (!realpath(slash ? directory : ".", real))
        return cli_fail(s->cli, CLI_FAILED, "%s: %s", directory, strerror(errno));
    snprintf(place, sizeof(place), "%s/textback.db", real);
    add_value(s, "store:\n  path: ", place);
    snprintf(place, sizeof(place), "%s/control.sock", real);
    add_value(s, "control:\n  socket: ", place);
    return CLI_DONE;
}

/* A phone to be told by text; none is fine. */
static int ask_owner(struct setup *s)
{
    const struct config_key *key = find_key("owner.numbers");
    struct owner_config *owner = &s->config->policy.owner;
    char what[CONFIG_WHAT_MAX];
    for (;;) {
        const char *answer =
            ask("Your own phone, told by text who waits and what is broken (Enter for none):", "");
        if (!answer)
            return stopped(s);
        if (!answer[0])
            return CLI_DONE;
        owner->number_count = 0;
        if (config_value(key, s->config, NULL, answer, strlen(answer), what))
            printf("  That %s.\n", what);
        else if (owner_is(owner, s->line->number))
            puts("  That is the number of the SIM, expected another phone.");
        else {
            add_value(s, "owner:\n  numbers: ", answer);
            return CLI_DONE;
        }
    }
}

/* The questions, in the order of the file. */
static int ask_all(struct setup *s)
{
    int code;
    text_add(&s->text, "# Made by textback setup; textback-config(5) tells what else there is.\n"
                       "version: 1\nbusiness:\n");
    if ((code = ask_key(s, "Name of the business, as callers know it:", "business.name", "",
                        "  name: ")) ||
        (code =
             ask_key(s, "Country, two letters such as GB:", "business.country", "", "  country: ")))
        return code;
    text_add(&s->text, "lines:\n  - name: main\n");
    if ((code = ask_key(s, "Number of the SIM in the modem:", "lines[].number", s->own,
                        "    number: ")))
        return code;
    if (s->imei[0])
        text_addf(&s->text, "    device: \"imei:%s\"\n", s->imei);
    if (s->wants_pin && (code = ask_key(s, "PIN of the SIM:", "lines[].pin", "", "    pin: ")))
        return code;
    if ((code = ask_mode(s)))
        return code;
    if ((code = ask_hours(s)))
        return code;
    text_add(&s->text, "templates:\n");
    if ((code = ask_key(s, "The text to a caller:", "templates.first",
                        find_key("templates.first")->fallback, "  first: ")))
        return code;
    return ask_owner(s);
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
        text_add(&t, SYSTEM_PATH);
    else
        text_addf(&t, "%s/.config/textback/config.yaml", home ? home : "");
    if (!text_ok(&t))
        return cli_fail(s->cli, CLI_USAGE, "the path of the configuration is too long");
    if (access(s->path, F_OK) == 0 && !s->cli->yes) {
        printf("%s is there already.\n", s->path);
        if (!ask_yes("Replace it? It is kept with .old at its end.", false))
            return cli_fail(s->cli, CLI_FAILED, "stopped: it stays as it is");
    }
    return CLI_DONE;
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
    bool good = fd >= 0 && fchmod(fd, 0640) == 0 &&
                write(fd, s->file, s->text.len) == (ssize_t)s->text.len && fsync(fd) == 0;
    int err = good ? 0 : errno;
    if (fd >= 0)
        close(fd);
    if (!err && access(s->path, F_OK) == 0 && rename(s->path, old))
        err = errno;
    if (!err && rename(fresh, s->path))
        err = errno;
    if (err)
        return cli_fail(s->cli, CLI_FAILED, "%s: %s", s->path, strerror(err));
    printf("Written to %s.\n", s->path);
    return CLI_DONE;
}

static bool is_ready(const struct setup *s)
{
    char status[CONTROL_ANSWER_MAX];
    return control_ask(s->config->control_socket, "status", status, sizeof(status)) == 0 &&
           strstr(status, "\"state\":\"ready\"");
}

/* Starts a daemon for the test, unless one runs. Returns whether its modem is ready in time. */
static bool start_daemon(struct setup *s)
{
    char status[CONTROL_ANSWER_MAX];
    struct mono until = mono_after(clock_now().mono, READY_WITHIN_MS);
    struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
    if (control_ask(s->config->control_socket, "status", status, sizeof(status)) != 0) {
        fflush(NULL);
        s->daemon = fork();
        if (s->daemon == 0) {
            int null = open("/dev/null", O_RDWR | O_CLOEXEC);
            if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
                execl("/proc/self/exe", "textback", "-c", s->path, "run", (char *)NULL);
            _exit(CLI_FAILED);
        }
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

static int test(struct setup *s)
{
    int code = CLI_DONE;
    if (!s->imei[0] || !ask_yes("Test it with a call?", true)) {
        puts("Start it with: textback run   (or: sudo systemctl enable --now textback)");
        return CLI_DONE;
    }
    free(s->cli->config); /* that of before: the new file counts */
    s->cli->config = NULL;
    if (start_daemon(s))
        code = test_call(s);
    else
        code = cli_fail(s->cli, CLI_MODEM,
                        "the modem is not ready: textback doctor tells what mends it");
    if (s->daemon > 0) {
        kill(s->daemon, SIGTERM);
        (void)waitpid(s->daemon, NULL, 0);
    }
    if (!code)
        puts("Start it for good with: sudo systemctl enable --now textback   (or: textback run)");
    return code;
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
    config_defaults(cli->config);
    s->line = &s->config->lines[0];
    s->line->baud = 115200;
    (void)text_copy(s->line->device, sizeof(s->line->device), "auto");
    text_init(&s->text, s->file, sizeof(s->file));
    if (!(code = choose_path(s)) && !(code = find_modem(s)) && !(code = ask_all(s)) &&
        !(code = add_places(s)) && !(code = write_file(s)))
        code = test(s);
    free(s->config);
    free(s);
    return code;
}
