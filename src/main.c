/* textback: a missed call becomes a text. The commands are in src/cli, their table in cli.c. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
