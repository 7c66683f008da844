/* include/modem/family.h - USB modems by vendor and product: which of a modem's ports to ask first,
 * since only one of them may carry URCs (data/tables/families.tsv names the sources). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* One port of a USB device, as sysfs tells. */
struct family_port {
    uint16_t vid, pid;
    int16_t interface; /* bInterfaceNumber */
    int16_t order;     /* among the ports of its device, from 0 */
    uint8_t class, subclass, protocol;
};

enum family_rank {
    FAMILY_FIRST,    /* the AT port with URCs of a modem that is known */
    FAMILY_SECOND,   /* its second AT port */
    FAMILY_LIKELY,   /* of a modem, or of a maker of modems, whose port is not known */
    FAMILY_POSSIBLE, /* of anything else: an adapter cable with a modem behind it, or no modem */
    FAMILY_LAST,     /* another port of a modem that is known */
    FAMILY_NEVER,    /* opening it does harm */
};

enum family_rank family_rank(const struct family_port *port);

/* Returns what the device is called, "" where it is not known. Static. */
const char *family_name(uint16_t vid, uint16_t pid);

/* What keeps a modem from showing a port. */
enum family_lack {
    FAMILY_LACK_NOTHING,  /* it shows one, or is no modem that is known */
    FAMILY_LACK_SWITCH,   /* a stick that is still a disk */
    FAMILY_LACK_FIRMWARE, /* a network card only, HiLink */
};
enum family_lack family_lack(uint16_t vid, uint16_t pid);
