/* include/sms/dcs.h - TP-DCS: alphabet, class and message waiting (3GPP TS 23.038 clause 4). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum dcs_alphabet {
    DCS_ALPHABET_GSM7,
    DCS_ALPHABET_8BIT,
    DCS_ALPHABET_UCS2,
};

/* The order is that of the indication type bits of 23.038 and of the special message types
 * of 23.040 9.2.3.24.2. */
enum dcs_waiting {
    DCS_WAITING_VOICEMAIL,
    DCS_WAITING_FAX,
    DCS_WAITING_EMAIL,
    DCS_WAITING_OTHER,
};

#define DCS_CLASS_NONE (-1)

struct dcs {
    enum dcs_alphabet alphabet;
    int8_t message_class; /* 0..3, DCS_CLASS_NONE without one; 0 is a flash message */
    bool compressed;      /* the text cannot be read */
    bool waiting;         /* the next three are meaningful */
    bool waiting_active;  /* messages wait; else the last one has been heard */
    bool waiting_store;   /* the text is for people; else the message is a signal only */
    enum dcs_waiting waiting_type;
};

/* Every octet means something: reserved values are read as the default alphabet without a class. */
struct dcs dcs_decode(uint8_t octet);

/* Returns "gsm7", "8bit" or "ucs2". */
const char *dcs_alphabet_name(enum dcs_alphabet a);

/* Returns "voicemail", "fax", "email" or "other". */
const char *dcs_waiting_name(enum dcs_waiting w);
