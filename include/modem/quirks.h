/* include/modem/quirks.h - where families of modems depart from 3GPP TS 27.005 and 27.007. What a
 * modem is cannot be trusted (many answer AT+CGMM with something else), so most of it is asked of,
 * and understood from, every modem. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The `i`-th command that makes some family tell more of its calls; NULL after the last. */
const char *quirk_call_line(size_t i);

enum quirk_boot {
    QUIRK_BOOT_NONE,
    QUIRK_BOOT_TAIL,  /* one of the later lines of a start: set up again, the caller may still ring
                       */
    QUIRK_BOOT_MAYBE, /* within a start one of its later lines, else a start */
    QUIRK_BOOT_START,
};

/* Whether a line tells of a start of the modem. Huawei's ^BOOT does not:
 * huawei-boot-urc-is-not-a-reboot. */
enum quirk_boot quirk_boot_line(const char *line);

/* Whether a modem that calls itself `model` must not be asked AT+CLCC: silence decides there. */
bool quirk_dislikes_polls(const char *model);
