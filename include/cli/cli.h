/* include/cli/cli.h - one command line: what was asked for, what it works on, and how it ended. */
#pragma once
#include "cli/output.h"
#include "io/config.h"
#include "store/store.h"
#include <getopt.h>
#include <stdbool.h>

/* The exit codes that scripts rely on. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NO_DAEMON = 3, /* where one is needed */
    CLI_REFUSED = 4,   /* by policy: opted out, blocked, a limit */
    CLI_NOT_FOUND = 5, /* no such person, call or message */
    CLI_MODEM = 6,     /* modem, SIM or network trouble */
    CLI_CONFIG = 7,    /* configuration invalid */
    CLI_DATABASE = 8,  /* busy, damaged or too new */
    CLI_WARNINGS = 9,  /* nothing wrong, something odd */
    CLI_TIMED_OUT = 10,
};

/* One command line. cli_init(), then set what is known; cli_free() at the end. */
struct cli {
    const char *command;     /* its name, for messages; NULL before it is known */
    const char *config_path; /* -c, NULL: look in the usual places */
    const char *db_path;     /* -d, NULL: as configured */
    bool quiet, verbose, json, dry_run, yes;
    bool list_options; /* cli_option() prints the names of all options, for completion */
    int exit;          /* after cli_option() returned CLI_OPTION_STOP */

    /* After cli_done(): for whom nothing can be printed, and the exit status that stands then. */
    char done[64]; /* "m7 is queued"; "" while nothing is done */
    int done_exit;

    /* Filled when first asked for, through the functions below. */
    bool configured; /* a file was read; else `config` holds the defaults */
    char config_file[CONFIG_PATH_MAX];
    struct config *config;
    struct store *store;
    struct output out;
};

/* Runs `textback ARGUMENTS` and returns its exit status: stdout is flushed and checked. */
int cli_main(int argc, char **argv);

/* Runs one command, argv[0] its name, with what is set in `cli`; ends with NULL like that of
 * main(). Returns its exit status. stdout is left open. */
int cli_run(struct cli *cli, int argc, char **argv);

/* The table of commands: returns false past its end. */
bool cli_command(size_t i, const char **ret_name, const char **ret_help);

void cli_init(struct cli *cli);
/* Releases what the commands opened. */
void cli_free(struct cli *cli);

/* One function for each command. argv[0] is its name; all return enum cli_exit. */
int cmd_audit(struct cli *cli, int argc, char **argv);
int cmd_away(struct cli *cli, int argc, char **argv);
int cmd_back(struct cli *cli, int argc, char **argv);
int cmd_backup(struct cli *cli, int argc, char **argv);
int cmd_block(struct cli *cli, int argc, char **argv);
int cmd_calls(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_completion(struct cli *cli, int argc, char **argv);
int cmd_contact(struct cli *cli, int argc, char **argv);
int cmd_db(struct cli *cli, int argc, char **argv);
int cmd_demo(struct cli *cli, int argc, char **argv);
int cmd_done(struct cli *cli, int argc, char **argv);
int cmd_doctor(struct cli *cli, int argc, char **argv);
int cmd_events(struct cli *cli, int argc, char **argv);
int cmd_export(struct cli *cli, int argc, char **argv);
int cmd_follow_up(struct cli *cli, int argc, char **argv);
int cmd_forget(struct cli *cli, int argc, char **argv);
int cmd_hours(struct cli *cli, int argc, char **argv);
int cmd_import(struct cli *cli, int argc, char **argv);
int cmd_inbox(struct cli *cli, int argc, char **argv);
int cmd_label(struct cli *cli, int argc, char **argv);
int cmd_lead(struct cli *cli, int argc, char **argv);
int cmd_lost(struct cli *cli, int argc, char **argv);
int cmd_modem(struct cli *cli, int argc, char **argv);
int cmd_note(struct cli *cli, int argc, char **argv);
int cmd_optout(struct cli *cli, int argc, char **argv);
int cmd_pause(struct cli *cli, int argc, char **argv);
int cmd_pdu(struct cli *cli, int argc, char **argv);
int cmd_queue(struct cli *cli, int argc, char **argv);
int cmd_reopen(struct cli *cli, int argc, char **argv);
int cmd_reply(struct cli *cli, int argc, char **argv);
int cmd_report(struct cli *cli, int argc, char **argv);
int cmd_resume(struct cli *cli, int argc, char **argv);
int cmd_roi(struct cli *cli, int argc, char **argv);
int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_search(struct cli *cli, int argc, char **argv);
int cmd_send(struct cli *cli, int argc, char **argv);
int cmd_setup(struct cli *cli, int argc, char **argv);
int cmd_simulate(struct cli *cli, int argc, char **argv);
int cmd_skip(struct cli *cli, int argc, char **argv);
int cmd_snooze(struct cli *cli, int argc, char **argv);
int cmd_stats(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_template(struct cli *cli, int argc, char **argv);
int cmd_thread(struct cli *cli, int argc, char **argv);
int cmd_unblock(struct cli *cli, int argc, char **argv);
int cmd_why(struct cli *cli, int argc, char **argv);
int cmd_won(struct cli *cli, int argc, char **argv);

/* A command's table of long options ends with CLI_OPTIONS_COMMON: those of every command follow. A
 * value that is a letter gives the short form too; long-only ones are numbered from CLI_OPTION_OWN.
 */
enum cli_option {
    CLI_OPTION_STOP = 256, /* never in a table: help was shown or a mistake was told */
    CLI_OPTION_JSON,
    CLI_OPTION_OWN,
};
/* clang-format off */
#define CLI_OPTIONS_COMMON {NULL, 0, NULL, 0}
#define CLI_OPTIONS_JSON {"json", no_argument, NULL, CLI_OPTION_JSON}
#define CLI_OPTIONS_DRY_RUN {"dry-run", no_argument, NULL, 'n'}
#define CLI_OPTIONS_YES {"yes", no_argument, NULL, 'y'}
/* clang-format on */

/* Takes the next option: one of the command's own is returned (its value in `optarg`), the shared
 * ones (json, dry-run and yes too) are noted in `cli`. Options and operands may be mixed. Returns
 * -1 when only operands are left, from argv[optind] on. CLI_OPTION_STOP: return cli->exit. */
int cli_option(struct cli *cli, int argc, char **argv, const struct option *options,
               const char *usage);

/* Counts the operands against `names`, such as "PERSON TEXT": the first `min` must be there.
 * Returns CLI_DONE, or CLI_USAGE after telling which one is missing or too many. */
int cli_operands(struct cli *cli, int argc, char **argv, int min, const char *names);

/* Reads the value of an option that counts something, 1..max; leaves `ret` where `text` is NULL.
 * Returns CLI_DONE, or CLI_USAGE after telling. */
#define CLI_LIST_DEFAULT 1000
#define CLI_LIST_MAX 10000
int cli_count(const struct cli *cli, const char *option, const char *text, int max, int *ret);

/* Says "textback COMMAND: ..." in one line on stderr, foreign bytes made printable. Returns `code`.
 */
int cli_fail(const struct cli *cli, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for something worth knowing that is no error; silent with --quiet. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says one line on stdout, foreign bytes made printable: what was done. Silent with --quiet. */
void cli_say(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads the configuration into cli->config. CLI_NEED_CONFIG: where there is no file, say how to
 * start. CLI_WANT_CONFIG: no file is fine where the database is named with -d; the defaults hold.
 * Returns CLI_DONE, or after telling CLI_CONFIG, or CLI_FAILED where reading it failed. */
enum cli_need { CLI_WANT_CONFIG, CLI_NEED_CONFIG };
int cli_config(struct cli *cli, enum cli_need need);

/* Reads the configuration and opens the database of cli_store_path(). Returns CLI_DONE, or after
 * telling CLI_CONFIG, CLI_DATABASE (there is none yet, too) or CLI_FAILED. */
int cli_store(struct cli *cli, enum cli_need need, enum store_mode mode);

/* Returns the database of -d, else the configured one; wants the configuration to be read. */
const char *cli_store_path(const struct cli *cli);

/* Tells the store's last failure `err` (-errno). Returns CLI_DATABASE, CLI_FAILED where it is about
 * the disk, or CLI_NOT_FOUND for a row that has gone since it was found. */
int cli_store_fail(const struct cli *cli, int err);

/* A transaction of a command. What output_stream() takes until cli_end(), which rolls back what is
 * not committed, is printed then. cli_fail() rolls back before it tells. Returns 0, or an error of
 * store.h; cli_end() is harmless then. */
int cli_begin(struct cli *cli);
void cli_end(struct cli *cli);

/* Commits it, unless `err` is one of store.h or this is a dry run, and ends it. Returns CLI_DONE
 * once the daemon knows, or another code after telling. */
int cli_commit(struct cli *cli, int err);

/* Returns what the paths /sys and /dev begin with: "", or $TEXTBACK_ROOT, by which tests make up
 * the modems that are plugged in. */
const char *cli_root(void);

/* What was asked for is done and committed: `what` of it ("m7 is queued"; NULL: nothing that has a
 * name). Where what comes after fails, such as printing it or memory, the exit status is `code`
 * instead of CLI_FAILED or CLI_DATABASE, and one line on stderr says `what`: a script that tries
 * again what failed must not text somebody twice. Whoever has read enough ends nothing. */
void cli_done(struct cli *cli, int code, const char *what);

/* Wakes the daemon after a write. Returns 0, or an error of control_ask(). */
int cli_wake_daemon(const struct cli *cli);

/* Both, for a write that has no name. */
void cli_written(struct cli *cli);

/* What makes systemd start the daemon at boot, below cli_root(). */
#define CLI_UNIT_WANTED "/etc/systemd/system/multi-user.target.wants/textback.service"

/* Returns whether something is at `path` below cli_root(). */
bool cli_is_there(const char *path);

/* How the daemon is started: by systemd where that has the service. Static. */
const char *cli_start_command(void);

/* Says for people why the daemon could not be asked: "the daemon is not running ...". Valid until
 * the next call. */
const char *cli_daemon_trouble(int err);

/* Puts the suggestion " (did you mean X?)" into `ret` for the nearest of `words` (ends with NULL),
 * "" where none is near. */
#define CLI_SUGGESTION_MAX 96
void cli_suggest(const char *word, const char *const *words, char ret[CLI_SUGGESTION_MAX]);

/* Tells that `word` is none of `words`: `unknown word: "lst" (did you mean list?)`, or all of them
 * where none is near; `what` such as "unknown word". Returns CLI_USAGE. */
int cli_unknown(const struct cli *cli, const char *what, const char *word,
                const char *const *words);

/* Asks a question that yes or no answers, where there is a terminal; without one only --yes agrees.
 */
bool cli_agreed(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
