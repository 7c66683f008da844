/* include/at/line.h - bytes of a modem become lines (V.250 5.7.1).
 * CR and LF each end a line and empty lines are nothing, so CR LF, CR CR LF and a lone LF all do.
 * NULs (of a waking modem), and at either end blanks and control octets (the echo of Ctrl-Z and
 * ESC), are no part of a line; inside, a caller id may hold anything. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_LINE_MAX 1024 /* octets kept of a line; a PDU line has at most 2 * 176 hex digits */

enum at_line_kind {
    AT_LINE_NONE,   /* not yet */
    AT_LINE_TEXT,   /* `text` holds a line, never an empty one, until the next octet is fed */
    AT_LINE_PROMPT, /* the ">" that asks for a payload */
};

struct at_line {
    size_t len;
    bool done;          /* `text` was handed out: the next octet begins a new line */
    uint32_t cut_lines; /* lines over AT_LINE_MAX so far: their end is dropped */
    bool cut;
    char text[AT_LINE_MAX + 1];
};

void at_line_init(struct at_line *l);

/* Takes one octet. Where `want_prompt`, ">" at the start of a line is the prompt whatever follows
 * it: one modem prints "> ", another ">" CR LF CR. */
enum at_line_kind at_line_feed(struct at_line *l, uint8_t octet, bool want_prompt);
