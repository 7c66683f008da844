#include "cli/cli.h"
#include "daemon/daemon.h"

static const char usage[] =
    "usage: textback run\n\n"
    "The daemon, in the foreground: answers missed calls, sends and receives.  SIGHUP reads the\n"
    "configuration again, SIGTERM stops.\n";

static const struct option options[] = {CLI_OPTIONS_COMMON};

int cmd_run(struct cli *cli, int argc, char **argv)
{
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")) || (code = cli_config(cli, CLI_NEED_CONFIG)))
        return code;
    const struct daemon_options daemon = {.config_path = cli->config_file,
                                          .config = cli->config,
                                          .store_path = cli->db_path,
                                          .root = cli_root()};
    cli->config = NULL;
    switch (daemon_run(&daemon)) {
    case DAEMON_DONE:
        return CLI_DONE;
    case DAEMON_CONFIG:
        return CLI_CONFIG;
    case DAEMON_STORE:
        return CLI_DATABASE;
    case DAEMON_CONTROL:
    case DAEMON_FAILED:
        break;
    }
    return CLI_FAILED;
}
