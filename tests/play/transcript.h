/* tests/play/transcript.h - a transcript of a modem, read from its file.
 *
 * One event a line: "# key: text" comments, "@ s.mmm" the time of what follows, "< text" and "<raw
 * "..."" bytes from the modem, "> text" opens an answer to a command (lines "<" below it), "=
 * verdict" what must have come by then. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSCRIPT_ITEMS_MAX 256
#define TRANSCRIPT_LINE_SIZE 2048
#define TRANSCRIPT_RESULT_SIZE 1024

enum item_kind {
    ITEM_BYTES,
    ITEM_ANSWER,
    ITEM_VERDICT,
};

struct item {
    enum item_kind kind;
    int64_t at_ms;
    char *text; /* BYTES, ANSWER: what the modem sends; VERDICT */
    size_t len;
    char *command; /* ANSWER: pattern */
    bool used;     /* ANSWER */
};

struct transcript {
    const char *path;
    size_t count;
    struct item item[TRANSCRIPT_ITEMS_MAX];
    char send[TRANSCRIPT_RESULT_SIZE], report[TRANSCRIPT_RESULT_SIZE]; /* "" not asked for */
    bool from_command; /* the clock starts when the host sends the first command */
    bool lists_calls;  /* AT+CLCC is answered somewhere */
    int64_t end_ms;
};

/* Returns false with a diagnostic where it cannot be read or a line makes no sense. Frees with
 * transcript_free() in both cases. */
bool transcript_read(struct transcript *t, const char *path);
void transcript_free(struct transcript *t);
