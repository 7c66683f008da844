/* textback: a missed call becomes a text. The commands are in src/cli, their table in cli.c. */
#include "cli/cli.h"
#include <signal.h>

int main(int argc, char **argv)
{
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of its write */
    return cli_main(argc, argv);
}
