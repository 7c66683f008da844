/* include/modem/probe.h - asks one port whether a modem is behind it, and which. ESC CR and an
 * empty line end what a program before us left half said; then AT until OK, the model, and the IMEI
 * (3GPP TS 27.007 5.2, 5.4). Pure: bytes and the time go in. */
#pragma once
#include "at/engine.h"
#include "modem/device.h"

#define PROBE_MODEL_SIZE 64

enum probe_state {
    PROBE_ASKING,
    PROBE_MODEM,  /* `model` and `imei` are known */
    PROBE_SILENT, /* nothing that understands AT */
    PROBE_OTHER,  /* it answers AT, but has no IMEI: no mobile modem, or none that works */
};

struct probe {
    enum probe_state state;
    int step, tries, tries_max;
    struct mono pause; /* before the next AT */
    bool answered;     /* OK came to AT: waits whether more answers than that come */
    struct at at;
    char model[PROBE_MODEL_SIZE]; /* printable ASCII, "" where it does not tell */
    char imei[DEVICE_IMEI_SIZE];
};

/* Begins. `tries` (1..255) is how often AT may go unanswered, 1 s each. The longest that it can
 * take is PROBE_MS(tries). */
#define PROBE_MS(tries) ((tries)*1300 + 12000)
void probe_init(struct probe *p, struct mono now, int tries);

/* Takes bytes from the port. */
void probe_feed(struct probe *p, struct mono now, const uint8_t *bytes, size_t len);

/* Does what is due; MONO_NEVER once it is over. */
void probe_expire(struct probe *p, struct mono now);
struct mono probe_deadline(const struct probe *p);

/* Bytes for the port, as at_output() and at_written(). */
const uint8_t *probe_output(const struct probe *p, size_t *ret_len);
void probe_written(struct probe *p, size_t len);
