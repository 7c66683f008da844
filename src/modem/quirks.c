/* src/modem/quirks.c - where families of modems depart from the standard, as tables; each entry
 * names the transcript or the report that shows it. */
#include "modem/quirks.h"
#include <string.h>

/* What makes each family say more of a call, or sleep less; the others refuse it. */
static const char *const call_lines[] = {
    "AT+CCWA=1", /* 27.007 7.12, a second caller during a call: call-waiting-ccwa-missed */
    "AT+CLCC=1", /* SIMCom: else no answer shows, simcom-sim7600-answered-begin-before-ok */
    "AT^DSCI=1", /* Quectel: the same, quectel-dsci-missed */
    "AT+QINDCFG=\"ccinfo\",1", /* Quectel: the end of a call, quectel-eg25-no-ring-at-all */
    "AT+UCALLSTAT=1",          /* u-blox LTE: no RING at all, ublox-ucallstat-only */
    "AT^SLCC=1",    /* Cinterion: a list for each change, cinterion-slcc-empty-list-missed */
    "AT^PORTSEL=0", /* Huawei: URCs to PCUI, not to the modem port (ModemManager) */
    "AT^CURC=1",    /* Huawei: else no line tells of the end, huawei-curc-off-ring-just-stops */
    "AT+CSCLK=0",   /* SIM800: asleep, it says nothing at all (Adafruit FONA 42) */
};

static const struct boot_line {
    const char *text;
    bool whole; /* line */
    enum quirk_boot boot;
} boot_lines[] = {
    {"RDY", true, QUIRK_BOOT_START},            /* SIM800: simcom-sim800-brownout-during-ring */
    {"^SYSSTART", false, QUIRK_BOOT_START},     /* no CR LF: cinterion-restarts-while-ringing */
    {"*ATREADY:", false, QUIRK_BOOT_START},     /* simcom-a76xx-restarts-while-ringing */
    {"MODEM:STARTUP", false, QUIRK_BOOT_START}, /* neoway-restarts-while-ringing */
    {"+READY", true, QUIRK_BOOT_START},         /* TOBY-L4: ublox-restarts-while-ringing */
    {"+CFUN: 1", true, QUIRK_BOOT_MAYBE},       /* quectel-eg25-restarts-while-ringing */
    {"+CPIN: READY", true, QUIRK_BOOT_MAYBE},   /* the same */
    {"+CPIN:", false, QUIRK_BOOT_TAIL},         /* the same, with a SIM that is not ready */
    {"Call Ready", true, QUIRK_BOOT_TAIL},      /* simcom-sim800-brownout-during-ring */
    {"SMS Ready", true, QUIRK_BOOT_TAIL},       /* the same */
    {"SMS DONE", true, QUIRK_BOOT_TAIL},        /* simcom-a76xx-restarts-while-ringing */
    {"PB DONE", true, QUIRK_BOOT_TAIL},         /* the same */
    {"+QIND: SMS DONE", true, QUIRK_BOOT_TAIL}, /* quectel-eg25-restarts-while-ringing */
    {"+QIND: PB DONE", true, QUIRK_BOOT_TAIL},  /* the same */
    {"+PBREADY", true, QUIRK_BOOT_TAIL},        /* neoway-restarts-while-ringing */
};

/* Models, by how AT+CGMM begins, that must not be asked AT+CLCC during a call. */
static const char *const poll_haters[] = {
    "MF",  /* ZTE sticks such as MF190 and MF710M (python-gsmmodem 12), zte-clip-without-quotes */
    "ZTE", /* the same */
};

const char *quirk_call_line(size_t i)
{
    return i < sizeof(call_lines) / sizeof(call_lines[0]) ? call_lines[i] : NULL;
}

enum quirk_boot quirk_boot_line(const char *line)
{
    for (size_t i = 0; i < sizeof(boot_lines) / sizeof(boot_lines[0]); i++) {
        const struct boot_line *b = &boot_lines[i];
        size_t len = strlen(b->text);
        if (strncmp(line, b->text, len) == 0 && (!b->whole || line[len] == '\0'))
            return b->boot;
    }
    return QUIRK_BOOT_NONE;
}

bool quirk_dislikes_polls(const char *model)
{
    for (size_t i = 0; i < sizeof(poll_haters) / sizeof(poll_haters[0]); i++) {
        if (strncmp(model, poll_haters[i], strlen(poll_haters[i])) == 0)
            return true;
    }
    return false;
}
