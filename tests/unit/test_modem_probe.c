/* tests/unit/test_modem_probe.c - is a modem behind this port, and which? */
#include "modem/probe.h"
#include "tap.h"
#include <string.h>

#define TRIES 3
#define SIXTY "123456789012345678901234567890123456789012345678901234567890"

/* What the other end says to each command; NULL: nothing. What ends with "+" goes on a moment
 * later, unasked. */
static const struct row {
    const char *name;
    const char *at, *model, *imei;
    enum probe_state state;
    const char *ret_model, *ret_imei;
    size_t chunk; /* octets at a time, 0: all at once */
} rows[] = {
    {"silence", NULL, NULL, NULL, PROBE_SILENT, "", "", 0},
    {"noise", "\x80\xff\0\x01$GPGGA,1,2\r\n", NULL, NULL, PROBE_SILENT, "", "", 0},
    {"an echo alone", "AT\r", "AT+CGMM\r", "AT+CGSN\r", PROBE_SILENT, "", "", 0},
    {"a shell", "\r\n-sh: AT: not found\r\n$ ", NULL, NULL, PROBE_SILENT, "", "", 0},
    {"ERROR to everything", "\r\nERROR\r\n", NULL, NULL, PROBE_SILENT, "", "", 0},
    {"silent after the first OK", "\r\nOK\r\n", NULL, NULL, PROBE_SILENT, "", "", 0},
    {"a modem of the telephone line", "\r\nOK\r\n", "\r\nERROR\r\n", "\r\nERROR\r\n", PROBE_OTHER,
     "", "", 0},
    {"an IMEI that is too short", "\r\nOK\r\n", "\r\nX\r\n\r\nOK\r\n", "\r\n12345\r\n\r\nOK\r\n",
     PROBE_OTHER, "X", "", 0},
    {"an IMEI that is too long", "\r\nOK\r\n", "\r\nX\r\n\r\nOK\r\n",
     "\r\n12345678901234567\r\n\r\nOK\r\n", PROBE_OTHER, "X", "", 0},
    {"no model", "\r\nOK\r\n", "\r\n+CME ERROR: 100\r\n", "\r\n861234567890123\r\n\r\nOK\r\n",
     PROBE_MODEM, "", "861234567890123", 0},
    {"a modem", "\r\nOK\r\n", "\r\nSIM7600E\r\n\r\nOK\r\n", "\r\n861234567890123\r\n\r\nOK\r\n",
     PROBE_MODEM, "SIM7600E", "861234567890123", 0},
    {"the same, octet by octet", "\r\nOK\r\n", "\r\nSIM7600E\r\n\r\nOK\r\n",
     "\r\n861234567890123\r\n\r\nOK\r\n", PROBE_MODEM, "SIM7600E", "861234567890123", 1},
    {"names and quotes", "AT\r\r\nOK\r\n", "\r\n+CGMM: \"E \x1b[31m\"\r\n\r\nOK\r\n",
     "\r\n+CGSN: \"861234567890123\"\r\n\r\nOK\r\n", PROBE_MODEM, "E [31m", "861234567890123", 0},
    {"a model that is too long is cut, and no DEL is in it", "\r\nOK\r\n",
     "\r\nE\x7f" SIXTY SIXTY "\r\n\r\nOK\r\n", "\r\n861234567890123\r\n\r\nOK\r\n", PROBE_MODEM,
     "E" SIXTY "12", "861234567890123", 0},
    {"the first line counts", "\r\nOK\r\n", "\r\nE173\r\nRev 1\r\n\r\nOK\r\n",
     "\r\n861234567890123\r\n99999999999999\r\n\r\nOK\r\n", PROBE_MODEM, "E173", "861234567890123",
     0},
    {"URCs in between", "\r\n^RSSI:20\r\n\r\nOK\r\n", "\r\n^BOOT:1,0\r\nE173\r\n\r\nOK\r\n",
     "\r\nRING\r\n\r\n86123456789012\r\n\r\nOK\r\n", PROBE_MODEM, "E173", "86123456789012", 0},
};

/* Answers what is in the output. */
static void answer(struct probe *p, struct mono now, const struct row *row)
{
    size_t len;
    char sent[AT_OUTPUT_MAX + 1];
    const uint8_t *out = probe_output(p, &len);
    memcpy(sent, out, len);
    sent[len] = '\0';
    probe_written(p, len);
    const char *say = strstr(sent, "CGMM")   ? row->model
                      : strstr(sent, "CGSN") ? row->imei
                      : strstr(sent, "ATE0") ? (row->model ? "\r\nOK\r\n" : NULL)
                      : strstr(sent, "AT\r") ? row->at
                                             : NULL;
    size_t left = say ? strlen(say) : 0, chunk = row->chunk ? row->chunk : left;
    for (; left > 0; say += chunk, left -= chunk)
        probe_feed(p, now, (const uint8_t *)say, chunk);
}

static void play(const struct row *row)
{
    struct probe p;
    struct mono now = {1000}, end = mono_after(now, PROBE_MS(TRIES));
    size_t len;
    probe_init(&p, now, TRIES);
    bool begins = probe_output(&p, &len)[0] == 0x1b && len == 2;
    while (p.state == PROBE_ASKING && now.ms <= end.ms) {
        answer(&p, now, row);
        if (p.state == PROBE_ASKING && probe_output(&p, &len) && len == 0)
            now = probe_deadline(&p);
        probe_expire(&p, now);
    }
    bool good = p.state == row->state && strcmp(p.model, row->ret_model) == 0 &&
                strcmp(p.imei, row->ret_imei) == 0 && now.ms <= end.ms && begins;
    if (!tap_ok(good && probe_deadline(&p).ms == MONO_NEVER.ms, "%s", row->name))
        tap_diag("state %d, model \"%s\", IMEI \"%s\"", (int)p.state, p.model, p.imei);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        play(&rows[i]);
    return tap_done();
}
