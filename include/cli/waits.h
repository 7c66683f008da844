/* include/cli/waits.h - why a text that is queued is not sent yet: what the store and the daemon
 * say about it. */
#pragma once
#include "cli/cli.h"
#include "io/control.h"
#include "store/outbox.h"
#include "store/people.h"

struct waits_sending {
    int64_t message;
    char line[33];
};

struct waits {
    struct pause pause;
    int trouble; /* 0: the daemon runs; else an error of control_ask() */
    struct waits_sending sending[CONFIG_LINES_MAX];
    size_t sending_count;
    char daemon[CONTROL_ANSWER_MAX]; /* its status, a JSON object; "{}" where it does not run */
};

/* Asks the store, and the daemon for its status. Returns 0, or an error of the store. */
int waits_read(const struct cli *cli, struct waits *ret);

/* The same, and the text `id`, whose strings last until the next one is asked for. */
int waits_read_text(const struct cli *cli, int64_t id, struct waits *ret,
                    struct message_row *ret_message);

/* Writes why `message` waits, for people, as far as is known until when, and when it expires: "all
 * texts are paused (textback resume); expires 16:00"; "" where it does not wait, or is about to be
 * sent. What the modem says is in it: print it through
 * output_printable(). */
#define WAITS_WHY_SIZE 256
void waits_why(const struct cli *cli, const struct waits *w, const struct message_row *message,
               char ret[WAITS_WHY_SIZE]);

/* Notes why the text `id` waits that has just been queued; `asleep` is an error of
 * cli_wake_daemon(), and that it is not `due` yet is left out where somebody else tells it. Returns
 * 0, or an error of the store. */
int waits_tell(const struct cli *cli, int64_t id, int asleep, bool due);
