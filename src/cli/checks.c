#include "base/text.h"
#include "checks_parts.h"
#include "cli/alloc.h"
#include "cli/sample.h"
#include "io/control.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define ROOM_MIN (INT64_C(50) << 20)    /* octets that the database may still need soon */
#define PLAUSIBLE_S INT64_C(1767225600) /* 2026-01-01: this program is younger */

void check_say(struct check_result *r, enum check_level level, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(r->detail, sizeof(r->detail), format, ap);
    va_end(ap);
    r->level = level;
}

void check_mend(struct check_result *r, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(r->mend, sizeof(r->mend), format, ap);
    va_end(ap);
}

void check_fail(struct check_result *r, int code)
{
    r->level = CHECK_FAIL;
    r->code = code;
}

const char *check_sudo(void)
{
    return geteuid() == 0 ? "sudo " : "";
}

/* What is closed to the group of its directory, the service's, is read by root alone. */
static void check_config_group(const char *path, struct check_result *r)
{
    char directory[CONFIG_PATH_MAX];
    struct stat of, st;
    if (geteuid() != 0 || text_copy(directory, sizeof(directory), path))
        return;
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[1] = '\0';
    if (stat(slash ? directory : ".", &of) || stat(path, &st) || of.st_gid == 0 ||
        (st.st_mode & 004) != 0 || (st.st_gid == of.st_gid && (st.st_mode & 040) != 0))
        return;
    check_say(r, CHECK_WARN, "%s cannot be read by the group of its directory, the daemon's", path);
    check_mend(r, "sudo chgrp --reference=$(dirname %s) %s && sudo chmod 0640 %s", path, path,
               path);
}

static void check_config(struct check_context *c, struct check_result *r)
{
    char error[CONFIG_ERROR_MAX] = "";
    struct cli *cli = c->cli;
    r->code = CLI_CONFIG;
    int err = config_find(cli->config_path, cli->config_file);
    if (err == -EACCES) {
        check_say(r, CHECK_FAIL, "%s: %s", cli->config_file, strerror(EACCES));
        check_mend(r, "sudo textback doctor");
        return;
    }
    if (err) {
        check_say(r, CHECK_FAIL, "there is none at %s", cli->config_file);
        check_mend(r, "%stextback setup", cli->config_path ? check_sudo() : "sudo ");
        return;
    }
    cli->config = cli_alloc(1, sizeof(*cli->config));
    err = config_read(cli->config_file, cli->config, error);
    if (err == 0) {
        cli->configured = true;
        check_say(r, CHECK_OK, "%s", cli->config_file);
        check_config_group(cli->config_file, r);
        return;
    }
    free(cli->config);
    cli->config = NULL;
    check_say(r, CHECK_FAIL, "%.300s", error[0] ? error : strerror(-err));
    if (err == -EAGAIN)
        r->code = CLI_FAILED;
    else if (err == -EACCES)
        check_mend(r, "sudo textback doctor");
    else
        check_mend(r, "correct that line of %.200s; then: %stextback check", cli->config_file,
                   check_sudo());
}

/* What mends a database that cannot be opened. */
static void mend_database(struct check_result *r, int err, const char *path)
{
    switch (-err) {
    case EACCES:
        if (geteuid() == 0)
            break;
        check_mend(r, "sudo textback doctor");
        return;
    case EPROTO:
        check_mend(r, "install the newer textback again, or put a backup of before in its place");
        return;
    case EBUSY:
        check_mend(r, "textback doctor, once the other program is done with it");
        return;
    case ENOSPC:
        check_mend(r, "sudo apt clean && sudo journalctl --vacuum-size=50M");
        return;
    case EROFS:
        check_mend(r, "sudo journalctl -k -p err tells why; a card that wears out is to be "
                      "replaced: textback(1), backup");
        return;
    }
    check_mend(r, "stop the daemon, put a backup in the place of %.200s, start it again", path);
}

/* Returns whether a file belongs to another user than its directory, as what root has copied there
 * does: the service, which has the directory, could not open it. */
static bool is_misplaced(const char *path, const struct stat *st)
{
    char directory[PATH_MAX];
    struct stat of;
    if (text_copy(directory, sizeof(directory), path))
        return false;
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[1] = '\0';
    return stat(slash ? directory : ".", &of) == 0 && of.st_uid != st->st_uid && of.st_uid != 0;
}

static void check_database(struct check_context *c, struct check_result *r)
{
    char error[STORE_ERROR_MAX];
    const char *path = cli_store_path(c->cli);
    struct statvfs fs;
    struct stat st;
    int err = store_open(path, STORE_EXISTING, &c->cli->store, error);
    if (err == -ENOENT) {
        check_say(r, CHECK_WARN, "none at %s yet: the daemon makes it", path);
        check_mend(r, "%s", cli_start_command());
        return;
    }
    if (err) {
        check_say(r, CHECK_FAIL, "%.300s", error);
        check_fail(r, CLI_DATABASE);
        mend_database(r, err, path);
        return;
    }
    check_say(r, CHECK_OK, "%s", path);
    if (stat(path, &st) == 0 && is_misplaced(path, &st)) {
        check_say(r, CHECK_WARN, "%s is not of the user who has its directory, the daemon's", path);
        check_mend(r, "sudo chown --reference=$(dirname %s) %s*", path, path);
    } else if ((st.st_mode & 077) != 0) {
        check_say(r, CHECK_WARN, "%s can be read by others", path);
        check_mend(r, "%schmod 0600 %s", check_sudo(), path);
    }
    if (statvfs(path, &fs) == 0 && (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < ROOM_MIN) {
        check_say(r, CHECK_WARN, "the disk of %s is nearly full", path);
        check_mend(r, "sudo apt clean && sudo journalctl --vacuum-size=50M");
    }
}

/* Returns the process id of a program by its name, 0 where none runs. */
static int64_t find_process(const char *name)
{
    char path[PATH_MAX], comm[64];
    struct dirent *entry;
    int64_t pid = 0, found = 0;
    snprintf(path, sizeof(path), "%s/proc", cli_root());
    DIR *directory = opendir(path);
    while (directory && !found && (entry = readdir(directory)) != NULL) {
        if (text_to_i64(entry->d_name, strlen(entry->d_name), 1, INT32_MAX, &pid))
            continue;
        snprintf(path, sizeof(path), "%s/proc/%.20s/comm", cli_root(), entry->d_name);
        FILE *file = fopen(path, "re");
        if (file && fgets(comm, sizeof(comm), file)) {
            comm[strcspn(comm, "\n")] = '\0';
            found = strcmp(comm, name) == 0 ? pid : 0;
        }
        if (file)
            fclose(file);
    }
    if (directory)
        closedir(directory);
    return found;
}

static void check_modemmanager(struct check_context *c, struct check_result *r)
{
    int64_t pid = find_process("ModemManager");
    (void)c;
    if (!pid) {
        check_say(r, CHECK_OK, "does not run");
        return;
    }
    check_say(r, CHECK_WARN, "runs (process %" PRId64 "), opens every modem and talks in between",
              pid);
    check_mend(r, "sudo systemctl disable --now ModemManager");
}

/* What mends a port that cannot be reached: the first whose words are in the reason. */
static void mend_port(struct check_result *r, int err, const char *why)
{
    static const char choose[] =
        "plug the modem in; textback modem list shows what is there, lines[].device chooses";
    static const char release[] = "end that program, then: textback doctor";
    static const char again[] = "once that command is done: textback doctor";
    static const struct {
        const char *words, *mend;
    } rows[] = {
        {"ModemManager", "sudo systemctl disable --now ModemManager"},
        {": textback (process",
         "give each line a lines[].device of its own; where each has one, end "
         "that program; then: textback doctor"},
        {"has it open", release},
        {"asked already", again},
        {"usb-modeswitch", "sudo apt install usb-modeswitch, then plug the modem in again"},
        {"stick firmware", "put stick firmware on it, or take another modem: textback-modems(7)"},
        {"no permission to reach", "sudo textback doctor"},
        {"the daemon does not answer", "sudo systemctl restart textback"},
        {"plugged in", choose},
        {"no such port", choose},
        {"no mobile modem", choose},
        {"not the modem of this line", choose},
        {"not a serial port", choose},
        {"refuses control lines", choose},
    };
    const char *mend = err == -EBUSY    ? release
                       : err == -ENOENT ? choose
                                        : "unplug the modem, wait 10 s, plug it in again; then: "
                                          "textback doctor";
    const char *adduser = strstr(why, "sudo adduser");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strstr(why, rows[i].words)) {
            mend = rows[i].mend;
            break;
        }
    }
    check_mend(r, "%s", adduser ? adduser : mend);
}

static void check_port(struct check_context *c, struct check_result *r)
{
    char why[RADIO_WHY_SIZE];
    int err = radio_open(c->cli, c->line, &c->radio, why);
    if (err) {
        check_say(r, CHECK_FAIL, "%s", why);
        check_fail(r, CLI_MODEM);
        mend_port(r, err, why);
        return;
    }
    check_say(r, CHECK_OK, "%s",
              radio_of_daemon(c->radio) ? "the daemon has it" : radio_path(c->radio));
}

static void check_clock(struct check_context *c, struct check_result *r)
{
    struct timex t = {0};
    if (c->cli->out.now.wall.s < PLAUSIBLE_S) {
        check_say(r, CHECK_FAIL, "it shows a time before this program was made");
        check_fail(r, CLI_FAILED);
        check_mend(r, "sudo timedatectl set-ntp true");
    } else if (adjtimex(&t) == TIME_ERROR) {
        check_say(r, CHECK_WARN, "it is not synchronised, and may be wrong after a power cut");
        check_mend(r, "sudo timedatectl set-ntp true");
    } else {
        check_say(r, CHECK_OK, "synchronised");
    }
}

/* Returns whether a text is ever used. */
static bool is_used(const struct config *config, enum template_id id)
{
    if (id == TEMPLATE_CLOSED)
        return config->policy.hours_set;
    return id != TEMPLATE_HOLIDAY || config->policy.hours.holiday_count > 0;
}

/* What the configuration cannot be refused for: it depends on who calls, or only costs more. */
static void check_templates(struct check_context *c, struct check_result *r)
{
    const struct config *config = c->cli->config;
    static struct sample sample;
    struct template_values values;
    sample_values(config, SAMPLE_LONGEST, &values);
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++) {
        sample_fill(config, id, &values, template_may_tell_stop(id), &sample);
        if (!is_used(config, id))
            continue;
        if (sample.parts == 0 || sample.parts > (size_t)config->max_parts)
            check_say(r, CHECK_WARN,
                      "templates.%s: too long for a caller with a long name: none goes",
                      template_name(id));
        else if (sample.alphabet == DCS_ALPHABET_UCS2 && sample.costly != 0)
            check_say(r, CHECK_WARN,
                      "templates.%s: U+%04" PRIX32 " leaves 70 characters a part, not 160",
                      template_name(id), sample.costly);
        else
            continue;
        check_mend(r, "%stextback template lint", check_sudo());
        return;
    }
    check_say(r, CHECK_OK, "all can be sent");
}

/* Writes why a script could not be run: its first line names a program that is not there, or none.
 * Nothing of a program, and of what nobody may read. */
static void check_script(const char *path, struct text *why)
{
    static const char elf[] = {0x7F, 'E', 'L', 'F'};
    char line[256] = "";
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    bool read = file && !ferror(file);
    if (file)
        fclose(file);
    if (!read || (len >= sizeof(elf) && memcmp(line, elf, sizeof(elf)) == 0))
        return;
    if (strncmp(line, "#!", 2) != 0) {
        text_add(why, "it does not begin with #! and a program, such as #!/bin/sh");
        return;
    }
    char *name = line + 2 + strspn(line + 2, " \t");
    name[strcspn(name, " \t\n")] = '\0';
    size_t end = strlen(name);
    if (end > 0 && name[end - 1] == '\r')
        text_add(why, "its lines end with CR, as on Windows");
    else if (access(name, X_OK) != 0)
        text_addf(why, "its first line wants %.80s: %s", name, strerror(errno));
}

/* The daemon is another user: what only root may run is found by its log. */
static void check_hook(struct check_context *c, struct check_result *r)
{
    const struct config *config = c->cli->config;
    const char *program = config->hooks.arguments[0];
    char buf[160];
    struct stat st;
    struct text why;
    if (config->hooks.argument_count == 0) {
        check_say(r, CHECK_OK, "none is set");
        return;
    }
    text_init(&why, buf, sizeof(buf));
    if (access(program, X_OK) != 0 || stat(program, &st) != 0)
        text_add(&why, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        text_add(&why, "it is no file");
    else
        check_script(program, &why);
    if (why.len > 0) {
        check_say(r, CHECK_WARN, "%s: %s: no event reaches it", program, buf);
        check_mend(r, "put a program there that textback may run, or change hooks.on_event");
    } else {
        check_say(r, CHECK_OK, "%s", program);
    }
}

static void check_service_unit(struct check_context *c, struct check_result *r)
{
    bool enabled = cli_is_there(CLI_UNIT_WANTED);
    if (!cli_is_there("/run/systemd/system")) {
        if (c->daemon)
            check_say(r, CHECK_OK, "no systemd here, and the daemon runs");
        else
            check_say(r, CHECK_WARN, "the daemon does not run");
        check_mend(r, "%s", c->daemon ? "" : cli_start_command());
    } else if (!enabled) {
        check_say(r, CHECK_WARN, "textback does not start by itself after a power cut");
        check_mend(r, "sudo systemctl enable --now textback");
    } else if (!c->daemon) {
        check_say(r, CHECK_WARN, "enabled, but the daemon does not run");
        check_mend(r, "sudo systemctl start textback; journalctl -u textback says why it ended");
    } else {
        check_say(r, CHECK_OK, "enabled, and the daemon runs");
    }
}

const struct check *checks(size_t *ret_count)
{
    static const struct check table[] = {
        {"config", check_config, false},
        {"database", check_database, false},
        {"templates", check_templates, false},
        {"hook", check_hook, false},
        {"clock", check_clock, false},
        {"service unit", check_service_unit, false},
        {"ModemManager", check_modemmanager, false},
        {"port", check_port, true},
        {"AT", check_at, true},
        {"SIM", check_sim, true},
        {"PIN tries", check_pin_tries, true},
        {"SMSC", check_smsc, true},
        {"network", check_network, true},
        {"voice", check_voice, true},
        {"diverts", check_diverts, true},
        {"caller id", check_caller_id, true},
        {"storage", check_storage, true},
    };
    *ret_count = sizeof(table) / sizeof(table[0]);
    return table;
}
