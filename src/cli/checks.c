#include "cli/checks.h"
#include "at/args.h"
#include "base/text.h"
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
#define WEAK_CSQ 5                      /* of 31: -103 dBm */
#define PLAUSIBLE_S INT64_C(1767225600) /* 2026-01-01: this program is younger */

__attribute__((format(printf, 3, 4))) static void
say(struct check_result *r, enum check_level level, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(r->detail, sizeof(r->detail), format, ap);
    va_end(ap);
    r->level = level;
}

__attribute__((format(printf, 2, 3))) static void mend(struct check_result *r, const char *format,
                                                       ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(r->mend, sizeof(r->mend), format, ap);
    va_end(ap);
}

static void fail(struct check_result *r, int code)
{
    r->level = CHECK_FAIL;
    r->code = code;
}

/* How a command to the modem of this line is written. */
static const char *line_argument(const struct check_context *c, char buf[48])
{
    buf[0] = '\0';
    if (c->cli->config->line_count > 1)
        snprintf(buf, 48, " %s", c->line->name);
    return buf;
}

/* Asks the modem. Returns false where there is nothing to judge, and has said so. */
static bool query(struct check_context *c, struct check_result *r, const char *command,
                  struct radio_answer *ret)
{
    if (!c->radio) {
        say(r, CHECK_SKIP, "the modem cannot be asked");
        return false;
    }
    if (radio_ask(c->radio, command, false, ret)) {
        say(r, CHECK_FAIL, "%s: %s", command, ret->result);
        fail(r, CLI_MODEM);
        mend(r, "unplug the modem, wait 10 s, plug it in again; then: textback doctor");
        return false;
    }
    return true;
}

/* Reads a number of an answered line. Returns `fallback` where there is none. */
static int64_t number(const struct radio_answer *answer, const char *prefix, size_t field,
                      int64_t fallback)
{
    char rest[256];
    struct at_args a;
    int64_t value = fallback;
    if (!radio_line(answer, prefix, rest, sizeof(rest)))
        return fallback;
    at_args_parse(rest, &a);
    return at_args_number(&a, field, 0, INT32_MAX, &value) ? value : fallback;
}

static void check_config(struct check_context *c, struct check_result *r)
{
    char error[CONFIG_ERROR_MAX] = "";
    struct cli *cli = c->cli;
    r->code = CLI_CONFIG;
    if (config_find(cli->config_path, cli->config_file)) {
        say(r, CHECK_FAIL, "there is none at %s", cli->config_file);
        mend(r, "textback setup");
        return;
    }
    cli->config = calloc(1, sizeof(*cli->config));
    int err = cli->config ? config_read(cli->config_file, cli->config, error) : -ENOMEM;
    if (err == 0) {
        cli->configured = true;
        say(r, CHECK_OK, "%s", cli->config_file);
        return;
    }
    free(cli->config);
    cli->config = NULL;
    say(r, CHECK_FAIL, "%.300s", error[0] ? error : strerror(-err));
    if (err == -EACCES)
        mend(r, "sudo textback doctor");
    else
        mend(r, "correct that line of %.200s; then: textback check", cli->config_file);
}

static void check_database(struct check_context *c, struct check_result *r)
{
    char error[STORE_ERROR_MAX];
    const char *path = c->cli->db_path ? c->cli->db_path : c->cli->config->store_path;
    struct statvfs fs;
    struct stat st;
    int err = store_open(path, STORE_EXISTING, &c->cli->store, error);
    if (err == -ENOENT) {
        say(r, CHECK_WARN, "none at %s yet", path);
        mend(r, "textback run");
        return;
    }
    if (err) {
        say(r, CHECK_FAIL, "%.300s", error);
        fail(r, CLI_DATABASE);
        if (err == -EACCES)
            mend(r, "sudo textback doctor");
        else
            mend(r, "stop the daemon, put a backup in the place of %.200s, start it again", path);
        return;
    }
    say(r, CHECK_OK, "%s", path);
    if (stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
        say(r, CHECK_WARN, "%s can be read by others", path);
        mend(r, "chmod 0600 %s", path);
    }
    if (statvfs(path, &fs) == 0 && (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < ROOM_MIN) {
        say(r, CHECK_WARN, "the disk of %s is nearly full", path);
        mend(r, "sudo apt clean && sudo journalctl --vacuum-size=50M");
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
        say(r, CHECK_OK, "does not run");
        return;
    }
    say(r, CHECK_WARN, "runs (process %" PRId64 "), opens every modem and talks in between", pid);
    mend(r, "sudo systemctl disable --now ModemManager");
}

/* What mends a port that cannot be reached. */
static void mend_port(struct check_result *r, int err, const char *why)
{
    const char *adduser = strstr(why, "sudo adduser");
    if (adduser)
        mend(r, "%s", adduser);
    else if (strstr(why, "ModemManager"))
        mend(r, "sudo systemctl disable --now ModemManager");
    else if (err == -EBUSY || strstr(why, "has it open"))
        mend(r, "end that program, then: textback doctor");
    else if (strstr(why, "usb-modeswitch"))
        mend(r, "sudo apt install usb-modeswitch, then plug the modem in again");
    else if (err == -ENOENT || strstr(why, "plugged in") || strstr(why, "no such port"))
        mend(r,
             "plug the modem in; textback modem list shows what is there, lines[].device chooses");
    else
        mend(r, "unplug the modem, wait 10 s, plug it in again; then: textback doctor");
}

static void check_port(struct check_context *c, struct check_result *r)
{
    char why[RADIO_WHY_SIZE] = "";
    int err = radio_open(c->cli, c->line, &c->radio, why);
    if (err) {
        say(r, CHECK_FAIL, "%s", why[0] ? why : strerror(-err));
        fail(r, CLI_MODEM);
        mend_port(r, err, why);
        return;
    }
    say(r, CHECK_OK, "%s", radio_of_daemon(c->radio) ? "the daemon has it" : radio_path(c->radio));
}

static void check_at(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    char model[64];
    if (!query(c, r, "AT+CGMM", &answer))
        return;
    if (!radio_line(&answer, "+CGMM: ", model, sizeof(model)) &&
        !radio_line(&answer, "", model, sizeof(model)))
        snprintf(model, sizeof(model), "it does not tell its model");
    say(r, CHECK_OK, "%s", model);
}

static void check_sim(struct check_context *c, struct check_result *r)
{
    static const struct {
        const char *word, *detail, *mend;
    } troubles[] = {
        {"SIM PIN", "the card wants its PIN",
         "set lines[].pin in the configuration, or switch the PIN off in a phone"},
        {"SIM PUK", "the card is blocked: its PIN was wrong too often",
         "put the card into a phone and enter its PUK"},
        {"PH-", "the modem is locked to another card or network",
         "use a card of that network, or have the modem unlocked by who sold it"},
        {"CME ERROR 10", "no card", "put the SIM in, contacts first, and plug the modem in again"},
        {"CMS ERROR 310", "no card", "put the SIM in, contacts first, and plug the modem in again"},
        {"", "the card does not work",
         "take the SIM out and put it back; if that does not help, try it in a phone"},
    };
    struct radio_answer answer;
    char word[64] = "";
    if (!query(c, r, "AT+CPIN?", &answer))
        return;
    (void)radio_line(&answer, "+CPIN: ", word, sizeof(word));
    if (strcmp(word, "READY") == 0 || (!word[0] && strcmp(answer.result, "OK") == 0)) {
        say(r, CHECK_OK, "ready");
        return;
    }
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        if (!strstr(word, troubles[i].word) && !strstr(answer.result, troubles[i].word))
            continue;
        say(r, CHECK_FAIL, "%s (%s)", troubles[i].detail, word[0] ? word : answer.result);
        fail(r, CLI_MODEM);
        mend(r, "%s", troubles[i].mend);
        return;
    }
}

static void check_pin_tries(struct check_context *c, struct check_result *r)
{
    static const struct {
        const char *command, *prefix;
        size_t field;
    } counters[] = {
        {"AT+CPINR=\"SIM PIN\"", "+CPINR:", 1}, {"AT^CPIN?", "^CPIN:", 3},
        {"AT+QPINC=\"SC\"", "+QPINC:", 1},      {"AT+SPIC", "+SPIC:", 0},
        {"AT^SPIC=\"SC\"", "^SPIC:", 0},        {"AT+UPINCNT", "+UPINCNT:", 0},
    };
    struct radio_answer answer;
    int64_t tries = -1;
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]) && tries < 0; i++) {
        if (!query(c, r, counters[i].command, &answer))
            return;
        tries = number(&answer, counters[i].prefix, counters[i].field, -1);
    }
    if (tries < 0) {
        say(r, CHECK_SKIP, "the modem does not tell");
    } else if (tries < 3) {
        say(r, CHECK_WARN, "%" PRId64 " left of 3: no PIN is tried with fewer than 2", tries);
        mend(r, "put the card into a phone and enter its %s once", tries ? "PIN" : "PUK");
    } else {
        say(r, CHECK_OK, "%" PRId64 " left", tries);
    }
}

static void check_smsc(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    struct at_args a;
    char rest[128] = "";
    if (!query(c, r, "AT+CSCA?", &answer))
        return;
    (void)radio_line(&answer, "+CSCA:", rest, sizeof(rest));
    at_args_parse(rest, &a);
    struct at_field smsc = at_args_get(&a, 0);
    if (c->line->modem.smsc[0]) {
        say(r, CHECK_OK, "%s, as configured", c->line->modem.smsc);
    } else if (smsc.len > 0) {
        say(r, CHECK_OK, "%.*s", (int)smsc.len, smsc.s);
    } else {
        say(r, CHECK_FAIL, "the card names no SMSC: no text can be sent");
        fail(r, CLI_MODEM);
        mend(r, "set lines[].smsc to the number of your operator's SMSC (they tell it)");
    }
}

/* <stat> of +CREG? or the like; -1 unknown. */
static int64_t registration(struct check_context *c, struct check_result *r, const char *command,
                            const char *prefix)
{
    struct radio_answer answer;
    return query(c, r, command, &answer) ? number(&answer, prefix, 1, -1) : -2;
}

static bool is_home(int64_t stat)
{
    return stat == 1 || stat == 5;
}

/* 6 and 7 are for texts only, 9 and 10 not preferred for calls; 8 is for emergency calls. */
static bool has_network(int64_t stat)
{
    return is_home(stat) || stat == 6 || stat == 7 || stat == 9 || stat == 10;
}

static void check_network(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    int64_t cs = registration(c, r, "AT+CREG?", "+CREG:"), lte = -1;
    if (cs == -2 || (lte = registration(c, r, "AT+CEREG?", "+CEREG:")) == -2 ||
        !query(c, r, "AT+CSQ", &answer))
        return;
    int64_t signal = number(&answer, "+CSQ:", 0, 99);
    if (has_network(cs) || is_home(lte)) {
        say(r, CHECK_OK, "registered%s", cs == 5 || lte == 5 ? ", roaming" : "");
        if (signal < WEAK_CSQ) {
            say(r, CHECK_WARN, "registered, but the signal is weak: %d dBm",
                (int)(-113 + 2 * signal));
            mend(r, "move the antenna to a window, off the case and its cables");
        }
        return;
    }
    fail(r, CLI_MODEM);
    if (cs == 3 || lte == 3) {
        say(r, CHECK_FAIL, "the network refuses this card");
        mend(r, "ask the operator whether the card is active and paid");
    } else if (cs == 11 || lte == 11 || cs == 8 || lte == 8) {
        say(r, CHECK_FAIL, "emergency calls only: the network refuses this card");
        mend(r, "ask the operator whether the card is active and paid");
    } else if (signal == 99 || signal < WEAK_CSQ) {
        say(r, CHECK_FAIL, "no network, and no signal");
        mend(r, "screw the antenna on, and move it to a window");
    } else {
        say(r, CHECK_FAIL, "no network, though there is a signal");
        mend(r, "textback modem at --force AT+COPS=0");
    }
}

static void check_voice(struct check_context *c, struct check_result *r)
{
    char line[48];
    int64_t cs = registration(c, r, "AT+CREG?", "+CREG:"), lte = -1;
    if (cs == -2 || (lte = registration(c, r, "AT+CEREG?", "+CEREG:")) == -2)
        return;
    if (is_home(cs)) {
        say(r, CHECK_OK, "calls can ring");
    } else if (registration(c, r, "AT+CIREG?", "+CIREG:") == 1) {
        say(r, CHECK_OK, "calls can ring, over LTE");
    } else if (is_home(lte) || has_network(cs)) {
        say(r, CHECK_WARN, "only data and texts: without voice over LTE no call will ever ring");
        mend(r, "textback modem at --force AT+CEMODE=1%s; else ask the operator for voice over LTE",
             line_argument(c, line));
    } else {
        say(r, CHECK_SKIP, "no network");
    }
}

/* Looks whether calls go elsewhere before they ring here. */
static void check_diverts(struct check_context *c, struct check_result *r)
{
    static const struct {
        const char *query, *cancel, *when;
        bool all;
    } rows[] = {
        {"AT+CCFC=0,2", "AT+CCFC=0,0", "all calls are", true},
        {"AT+CCFC=3,2", "AT+CCFC=3,0", "calls while there is no network are", false},
        {"AT+CCFC=2,2", "AT+CCFC=2,0", "calls that nobody answers are", false},
        {"AT+CCFC=1,2", "AT+CCFC=1,0", "calls while it is busy are", false},
    };
    struct radio_answer answer;
    char line[48], to[64];
    bool told = false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!query(c, r, rows[i].query, &answer))
            return;
        told = told || strcmp(answer.result, "OK") == 0;
        if (number(&answer, "+CCFC:", 0, 0) != 1 || !(number(&answer, "+CCFC:", 1, 1) & 1))
            continue;
        struct at_args a;
        char rest[256] = "";
        (void)radio_line(&answer, "+CCFC:", rest, sizeof(rest));
        at_args_parse(rest, &a);
        if (!at_args_copy(&a, 2, to, sizeof(to)) || !to[0])
            snprintf(to, sizeof(to), "another number");
        say(r, rows[i].all ? CHECK_FAIL : CHECK_WARN, "%s diverted to %s%s", rows[i].when, to,
            rows[i].all ? ": none rings here" : "");
        if (rows[i].all)
            fail(r, CLI_MODEM);
        mend(r, "textback modem at --force %s%s", rows[i].cancel, line_argument(c, line));
        return;
    }
    if (told)
        say(r, CHECK_OK, "none");
    else
        say(r, CHECK_SKIP, "the network does not tell");
}

static void check_caller_id(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    char line[48];
    if (!query(c, r, "AT+CLIP?", &answer))
        return;
    int64_t on = number(&answer, "+CLIP:", 0, -1), provided = number(&answer, "+CLIP:", 1, 2);
    if (on < 0) {
        say(r, CHECK_SKIP, "the modem does not tell");
    } else if (provided == 0) {
        say(r, CHECK_FAIL, "the operator does not show who calls: nobody can be texted");
        fail(r, CLI_MODEM);
        mend(r, "ask the operator for caller id (CLIP) on this card");
    } else if (on == 0 && c->daemon) {
        say(r, CHECK_WARN, "the modem has forgotten to tell who calls");
        mend(r, "textback modem at --force AT+CLIP=1%s", line_argument(c, line));
    } else {
        say(r, CHECK_OK, "%s", provided == 1 ? "provided" : "switched on");
    }
}

static void check_storage(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    if (!query(c, r, "AT+CPMS?", &answer))
        return;
    int64_t used = number(&answer, "+CPMS:", 1, -1), room = number(&answer, "+CPMS:", 2, 0);
    if (used < 0 || room == 0) {
        say(r, CHECK_SKIP, "the modem does not tell");
    } else if (used * 10 >= room * 9) {
        say(r, CHECK_WARN, "%" PRId64 " of %" PRId64 " places for texts are taken%s", used, room,
            used >= room ? ": no text comes in" : "");
        mend(r, c->daemon ? "textback events --follow shows whether texts are fetched; if none: "
                            "sudo systemctl restart textback"
                          : "textback run");
    } else {
        say(r, CHECK_OK, "%" PRId64 " of %" PRId64 " places for texts are taken", used, room);
    }
}

static void check_clock(struct check_context *c, struct check_result *r)
{
    struct timex t = {0};
    if (c->cli->out.now.wall.s < PLAUSIBLE_S) {
        say(r, CHECK_FAIL, "it shows a time before this program was made");
        fail(r, CLI_FAILED);
        mend(r, "sudo timedatectl set-ntp true");
    } else if (adjtimex(&t) == TIME_ERROR) {
        say(r, CHECK_WARN, "it is not synchronised, and may be wrong after a power cut");
        mend(r, "sudo timedatectl set-ntp true");
    } else {
        say(r, CHECK_OK, "synchronised");
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
        sample_fill(config, id, &values, template_may_be_first(id), &sample);
        if (!is_used(config, id))
            continue;
        if (sample.parts == 0 || sample.parts > (size_t)config->max_parts)
            say(r, CHECK_WARN, "templates.%s: too long for a caller with a long name: none goes",
                template_name(id));
        else if (sample.alphabet == DCS_ALPHABET_UCS2 && sample.costly != 0)
            say(r, CHECK_WARN, "templates.%s: U+%04" PRIX32 " leaves 70 characters a part, not 160",
                template_name(id), sample.costly);
        else
            continue;
        mend(r, "textback template lint");
        return;
    }
    say(r, CHECK_OK, "all can be sent");
}

static bool is_there(const char *path)
{
    char whole[PATH_MAX];
    struct stat st;
    snprintf(whole, sizeof(whole), "%s%s", cli_root(), path);
    return lstat(whole, &st) == 0;
}

static void check_service_unit(struct check_context *c, struct check_result *r)
{
    bool enabled = is_there("/etc/systemd/system/multi-user.target.wants/textback.service");
    if (!is_there("/run/systemd/system")) {
        if (c->daemon)
            say(r, CHECK_OK, "no systemd here, and the daemon runs");
        else
            say(r, CHECK_WARN, "the daemon does not run");
        mend(r, "%s", c->daemon ? "" : "textback run");
    } else if (!enabled) {
        say(r, CHECK_WARN, "textback does not start by itself after a power cut");
        mend(r, "sudo systemctl enable --now textback");
    } else if (!c->daemon) {
        say(r, CHECK_WARN, "enabled, but the daemon does not run");
        mend(r, "sudo systemctl start textback; journalctl -u textback says why it ended");
    } else {
        say(r, CHECK_OK, "enabled, and the daemon runs");
    }
}

const struct check *checks(size_t *ret_count)
{
    static const struct check table[] = {
        {"config", check_config, false},
        {"database", check_database, false},
        {"templates", check_templates, false},
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
