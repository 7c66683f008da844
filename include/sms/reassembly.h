/* include/sms/reassembly.h - the parts of one long message, in whatever order they came, become its
 * text (3GPP TS 23.040 9.2.3.24.1). The octets of UCS-2 parts are joined before they are converted:
 * a part may end in half a character. */
#pragma once
#include "sms/pdu.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REASSEMBLY_PARTS_MAX 255
#define REASSEMBLY_TEXT_MAX (REASSEMBLY_PARTS_MAX * PDU_TEXT_MAX)
#define REASSEMBLY_KEY_SIZE 56
#define REASSEMBLY_GAP " [...] " /* stands where parts are missing */

enum reassembly_kind {
    REASSEMBLY_ABSENT,
    REASSEMBLY_TEXT, /* UTF-8 */
    REASSEMBLY_UCS2,
    REASSEMBLY_DATA,
};

/* Owned by the caller, about 200 KB. */
struct reassembly {
    size_t total; /* 0 before the first part */
    size_t count;
    struct reassembly_part {
        enum reassembly_kind kind;
        uint16_t len;
        uint8_t octets[PDU_TEXT_MAX];
    } parts[REASSEMBLY_PARTS_MAX];
};

/* Writes the key that the parts of one message share: sender, reference, its width, total. Never
 * the SMSC or the time stamp, which differ between parts. "" for a message that is not a part
 * (`udh.concat.bits` 0). */
void reassembly_key(const struct pdu *p, char ret_key[REASSEMBLY_KEY_SIZE]);

void reassembly_init(struct reassembly *r);

/* Takes a DELIVER that shares the key of those before, or one that is no part: the whole of a
 * message of one. Returns false for a part that is there already (the first one stays) or a
 * different total. */
bool reassembly_add(struct reassembly *r, const struct pdu *p);

static inline bool reassembly_complete(const struct reassembly *r)
{
    return r->total > 0 && r->count == r->total;
}

/* Writes what there is, with REASSEMBLY_GAP for each run of missing parts, and a NUL. The length
 * may count NULs inside the text. Returns true for text (valid UTF-8), false where a part is data:
 * then the octets are those of the parts in a row, without marks. */
bool reassembly_join(const struct reassembly *r, char ret_text[REASSEMBLY_TEXT_MAX + 1],
                     size_t *ret_len);
