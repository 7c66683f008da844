#include "modem/family.h"
#include <stddef.h>

#define FAMILY_ANY (-1) /* every product of the vendor */
#define CLASS_VENDOR 0xff
#define PROTOCOL_PPP 0x01 /* Huawei: the port to dial with, without URCs */
#define VENDOR_HUAWEI 0x12d1

enum port_kind {
    PORT_NONE,
    PORT_NETWORK,
    PORT_CHIP,
    PORT_UNKNOWN,
    PORT_INTERFACE,
    PORT_ORDER,
    PORT_CLASS
};

struct family {
    const char *name;
    int32_t pid;
    uint16_t vid;
    uint8_t kind;        /* enum port_kind */
    uint8_t port;        /* INTERFACE, ORDER: which; CLASS: its protocol */
    uint32_t subclasses; /* CLASS: bits */
    uint32_t second;     /* interfaces, as bits: AT ports without URCs */
    uint32_t avoid;      /* interfaces that are left alone */
};

#include "family_table.h"

#define FAMILY_COUNT (sizeof(families) / sizeof(families[0]))

static bool covers(const struct family *f, uint16_t vid, uint16_t pid)
{
    return f->vid == vid && (f->pid == FAMILY_ANY || f->pid == pid);
}

static bool has_bit(uint32_t bits, int number)
{
    return number >= 0 && number < 32 && (bits >> number & 1) != 0;
}

/* What one row says of a port. */
static enum family_rank row_rank(const struct family *f, const struct family_port *port)
{
    bool is_it = false;
    if (has_bit(f->avoid, port->interface))
        return FAMILY_NEVER;
    switch ((enum port_kind)f->kind) {
    case PORT_CHIP:
        return FAMILY_POSSIBLE;
    case PORT_NONE:
    case PORT_NETWORK:
    case PORT_UNKNOWN:
        return FAMILY_LIKELY;
    case PORT_INTERFACE:
        is_it = port->interface == f->port;
        break;
    case PORT_ORDER:
        is_it = port->order == f->port;
        break;
    case PORT_CLASS:
        if (port->class != CLASS_VENDOR || port->protocol > PROTOCOL_PPP + 1 || !port->protocol)
            return FAMILY_LIKELY; /* a device without these classes */
        is_it = port->protocol == f->port && has_bit(f->subclasses, port->subclass);
        break;
    }
    if (is_it)
        return FAMILY_FIRST;
    return has_bit(f->second, port->interface) ? FAMILY_SECOND : FAMILY_LAST;
}

enum family_rank family_rank(const struct family_port *port)
{
    enum family_rank best = FAMILY_POSSIBLE;
    bool known = false;
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        bool maker = families[i].vid == port->vid && families[i].kind != PORT_CHIP;
        if (!covers(&families[i], port->vid, port->pid)) {
            best = maker && !known ? FAMILY_LIKELY : best;
            continue;
        }
        enum family_rank rank = row_rank(&families[i], port);
        if (rank == FAMILY_NEVER)
            return rank;
        /* A stick of several firmwares has several rows; what the interface says of itself, in the
         * row of the vendor, counts more than any number. */
        if (families[i].kind == PORT_CLASS && rank != FAMILY_LIKELY)
            return rank;
        if (!known || rank < best)
            best = rank;
        known = true;
    }
    return best;
}

const char *family_name(uint16_t vid, uint16_t pid)
{
    const char *name = "";
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (covers(&families[i], vid, pid))
            name = families[i].name; /* the vendor's row comes first */
    return name;
}

enum family_lack family_lack(uint16_t vid, uint16_t pid)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (!covers(&families[i], vid, pid))
            continue;
        if (families[i].kind == PORT_NONE)
            return FAMILY_LACK_SWITCH;
        if (families[i].kind == PORT_NETWORK)
            return FAMILY_LACK_FIRMWARE;
    }
    return FAMILY_LACK_NOTHING;
}
