/* What a command works on: the configuration, the database and the daemon. */
#include "base/text.h"
#include "cli/alloc.h"
#include "cli/cli.h"
#include "io/control.h"
#include "store/progress.h"
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int no_config(struct cli *cli, const char *looked)
{
    return cli_fail(cli, CLI_CONFIG,
                    "no configuration (looked last for %s): `textback setup` makes one, "
                    "`textback demo` needs none",
                    looked);
}

/* The configuration and the database of the service are closed to everybody else; closed to its own
 * user they are by mistake. */
static int no_permission(const struct cli *cli, int code, const char *error)
{
    const struct passwd *user = getpwuid(geteuid());
    if (user && strcmp(user->pw_name, "textback") == 0)
        return cli_fail(cli, code, "%s (sudo textback doctor tells what mends it)", error);
    return cli_fail(cli, code, "%s (beside the service: sudo -u textback textback %s)", error,
                    cli->command);
}

/* A configuration with a mistake. Who only reads can do without, where the database is named. */
static int without_config(struct cli *cli, enum cli_need need, int err, const char *error)
{
    if (err != -EAGAIN && need == CLI_WANT_CONFIG && cli->db_path) {
        cli_note(cli, "%s: goes on without it", error);
        config_defaults(cli->config);
        return CLI_DONE;
    }
    free(cli->config);
    cli->config = NULL;
    if (err == -EAGAIN)
        return cli_fail(cli, CLI_FAILED, "%s", error);
    if (err == -EACCES)
        return no_permission(cli, CLI_CONFIG, error);
    if (need == CLI_WANT_CONFIG)
        return cli_fail(cli, CLI_CONFIG, "%s (textback %s -d DATABASE works without it)", error,
                        cli->command);
    return cli_fail(cli, CLI_CONFIG, "%s", error);
}

int cli_config(struct cli *cli, enum cli_need need)
{
    char error[CONFIG_ERROR_MAX] = "";
    if (cli->config) {
        if (need == CLI_NEED_CONFIG && !cli->configured)
            return no_config(cli, cli->config_file);
        return CLI_DONE;
    }
    int err = config_find(cli->config_path, cli->config_file);
    bool found = err == 0;
    if (err == -EACCES && (need == CLI_NEED_CONFIG || !cli->db_path)) {
        snprintf(error, sizeof(error), "%s: %s", cli->config_file, strerror(EACCES));
        return no_permission(cli, CLI_CONFIG, error);
    }
    if (!found && cli->config_path)
        return cli_fail(cli, CLI_CONFIG, "%s: no such file", cli->config_path);
    if (!found && (need == CLI_NEED_CONFIG || !cli->db_path))
        return no_config(cli, cli->config_file);
    cli->config = cli_alloc(1, sizeof(*cli->config));
    if (!found) {
        config_defaults(cli->config);
        return CLI_DONE;
    }
    err = config_read(cli->config_file, cli->config, error);
    if (err) {
        if (!error[0])
            snprintf(error, sizeof(error), "%s: %s", cli->config_file, strerror(-err));
        return without_config(cli, need, err, error);
    }
    if (cli->verbose)
        cli_note(cli, "configuration: %s", cli->config_file);
    cli->configured = true;
    cli->out.zone = cli->config->policy.zone;
    memcpy(cli->out.region, cli->config->policy.region, sizeof(cli->out.region));
    return CLI_DONE;
}

const char *cli_store_path(const struct cli *cli)
{
    return cli->db_path ? cli->db_path : cli->config->store_path;
}

/* What an error of the store is for scripts: about the disk, or about the database. */
static int exit_of(int err)
{
    return err == -ENOSPC || err == -EROFS || err == -EIO ? CLI_FAILED : CLI_DATABASE;
}

int cli_store(struct cli *cli, enum cli_need need, enum store_mode mode)
{
    char error[STORE_ERROR_MAX];
    int code = cli_config(cli, need);
    if (code)
        return code;
    const char *path = cli_store_path(cli);
    if (cli->verbose)
        cli_note(cli, "database: %s", path);
    int err = store_open(path, mode, &cli->store, error);
    if (err == -ENOENT)
        return cli_fail(cli, CLI_DATABASE, "no database at %s yet: `%s` makes it", path,
                        cli_start_command());
    if (err == -EACCES)
        return no_permission(cli, CLI_DATABASE, error);
    if (err)
        return cli_fail(cli, exit_of(err), "%s", error);
    /* Whoever looks sees snoozed threads come back in time; where they cannot be written, later. */
    struct wall next;
    progress_wake(cli->store, cli->out.now.wall, &next);
    return CLI_DONE;
}

int cli_store_fail(const struct cli *cli, int err)
{
    if (err == -ENOENT) /* of which the store has no words: it was there when it was looked up */
        return cli_fail(cli, CLI_NOT_FOUND, "it has been removed by another command meanwhile");
    return cli_fail(cli, exit_of(err), "%s", store_error(cli->store));
}

int cli_begin(struct cli *cli)
{
    int err = store_begin(cli->store);
    if (err == 0)
        output_hold();
    return err;
}

void cli_end(struct cli *cli)
{
    store_rollback(cli->store);
    output_release();
}

int cli_commit(struct cli *cli, int err)
{
    if (err >= 0 && !cli->dry_run)
        err = store_commit(cli->store);
    cli_end(cli);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (!cli->dry_run)
        cli_written(cli);
    return CLI_DONE;
}

const char *cli_root(void)
{
    const char *root = getenv("TEXTBACK_ROOT");
    return root ? root : "";
}

int cli_wake_daemon(const struct cli *cli)
{
    char answer[CONTROL_LINE_MAX];
    return control_ask(cli->config->control_socket, "wake", answer, sizeof(answer));
}

void cli_done(struct cli *cli, int code, const char *what)
{
    (void)text_copy(cli->done, sizeof(cli->done), what ? what : "it is done");
    cli->done_exit = code;
    cli_no_memory_but(cli->done, code);
    (void)signal(SIGPIPE, SIG_IGN);
}

void cli_written(struct cli *cli)
{
    cli_done(cli, CLI_DONE, NULL);
    cli_wake_daemon(cli);
}

bool cli_is_there(const char *path)
{
    char whole[PATH_MAX];
    struct stat st;
    snprintf(whole, sizeof(whole), "%s%s", cli_root(), path);
    return lstat(whole, &st) == 0;
}

/* Returns whether systemd runs here and has the service. */
static bool is_installed(void)
{
    static const char *const units[] = {"/lib/systemd/system/textback.service",
                                        "/usr/local/lib/systemd/system/textback.service",
                                        "/etc/systemd/system/textback.service"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (cli_is_there(units[i]))
            return cli_is_there("/run/systemd/system");
    return false;
}

const char *cli_start_command(void)
{
    return cli_is_there(CLI_UNIT_WANTED) ? "sudo systemctl start textback"
           : is_installed()              ? "sudo systemctl enable --now textback"
                                         : "textback run";
}

const char *cli_daemon_trouble(int err)
{
    static char down[96];
    if (err == -EACCES)
        return "no permission to reach the daemon";
    if (err == -ENOENT)
        snprintf(down, sizeof(down), "the daemon is not running (start it with: %s)",
                 cli_start_command());
    return err == -ENOENT ? down : "the daemon does not answer";
}
