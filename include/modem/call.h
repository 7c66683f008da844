/* include/modem/call.h - the voice calls that come in at one modem: the lines of all families in,
 * one ringing, at most one answered and one ended event a call out (3GPP
 * TS 27.007 7.6, 7.11, 7.12, 7.18). No line is sure to come, so the end is confirmed with AT+CLCC,
 * which the owner of this sends when call_set_list_due() says so; where that is refused, silence
 * decides. */
#pragma once
/* The names begin with call_set_: calls_ are the functions of store/calls.h. */
#include "base/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALLS_MAX 4
#define CALL_NUMBER_MAX 80
#define CALL_EVENTS_MAX 16

enum call_outcome {
    CALL_MISSED,
    CALL_ANSWERED,
    CALL_ANSWERED_ELSEWHERE, /* Q.850 cause 26 */
    CALL_REJECTED,           /* by us, as configured: treated as missed */
};

enum call_phase {
    CALL_FREE,
    CALL_RINGING,
    CALL_ACTIVE, /* somebody answered it */
    CALL_OVER,   /* its end was told, but the modem goes on ringing */
};

enum call_event_type {
    CALL_EVENT_RINGING, /* at most once: the number is known, or known to be withheld */
    CALL_EVENT_ANSWERED,
    CALL_EVENT_ENDED, /* exactly once */
};

struct call {
    enum call_phase state;
    uint32_t id;
    bool announced;
    bool withheld; /* the network said so; a number that never came is "" and not withheld */
    bool waiting;  /* +CCWA: behind an active call, so without RING */
    bool rang;     /* RING or repeated +CCWA: silence means something */
    bool rejected; /* we hung up */
    bool declined; /* and the modem said OK */
    bool stacked;  /* in the ^SLCC list that is being read */
    char number[CALL_NUMBER_MAX + 1];
    uint16_t rings;
    int8_t index;       /* of AT+CLCC and the maker's own lines, -1 unknown */
    int64_t cadence_ms; /* between the last two rings, 0 not learned */
    struct mono started, ended;
    struct mono rung; /* the last ring, if `rang` */
    struct mono seen; /* the last sign of life of any kind */
    struct mono poll; /* when to ask AT+CLCC */
    uint8_t missing;  /* answers in a row without this call */
    bool listed;      /* in the answer that is being read */
};

struct call_event {
    enum call_event_type type;
    enum call_outcome outcome; /* ENDED */
    bool certain;              /* ENDED; false: the modem was lost or restarted meanwhile */
    struct call call;
};

/* How a call was last seen to end, so that its further end lines do not end the next one. */
struct call_past {
    struct mono ended;
    uint32_t kinds; /* bits of the end lines that came */
    char number[CALL_NUMBER_MAX + 1];
};

/* Owned by the caller; no field is for callers. */
struct call_set {
    int64_t ring_gap_ms; /* 0: learned */
    bool listable;       /* AT+CLCC answers */
    uint8_t list_errors;
    uint32_t last_id;
    struct call call[CALLS_MAX];
    struct call_past past;
    size_t event_count;
    struct call_event event[CALL_EVENTS_MAX];
};

/* `ring_gap_ms`: 2000..60000, or 0 to learn it from the rings. */
void call_set_init(struct call_set *c, int64_t ring_gap_ms);

/* Whether AT+CLCC is known to answer; false until told. */
void call_set_listable(struct call_set *c, bool listable);

/* Takes a URC, or a line of AT+CLCC's answer. Returns whether it concerns calls. */
bool call_set_line(struct call_set *c, struct mono now, const char *line);

/* When AT+CLCC should be sent. Then call_set_list_begin(), its lines through call_set_line(), and
 * call_set_list_end() with whether it was answered OK. */
struct mono call_set_list_due(const struct call_set *c);
void call_set_list_begin(struct call_set *c);
void call_set_list_end(struct call_set *c, struct mono now, bool ok);

/* AT+CHUP goes out: from now on the end of a ringing call is CALL_REJECTED. Then its result: a
 * refused one takes that back, an accepted one ends a call that no line ends. */
void call_set_hang_up(struct call_set *c);
void call_set_hung_up(struct call_set *c, struct mono now, bool ok);

/* The modem is lost or has restarted: every call ends, uncertain. */
void call_set_lost(struct call_set *c, struct mono now);

/* Acts on silence. */
void call_set_expire(struct call_set *c, struct mono now);
struct mono call_set_deadline(const struct call_set *c);

/* Returns whether a call rings (waiting ones too). */
bool call_set_ringing(const struct call_set *c);
/* Returns whether a call waits behind another (27.007 7.11), also behind one that was answered
 * unseen: AT+CHUP would end that other one. */
bool call_set_waiting(const struct call_set *c);
/* Returns whether somebody has answered a call that has not ended. */
bool call_set_active(const struct call_set *c);
/* Returns whether the modem rings on for a call that has ended: no network does that. */
bool call_set_endless(const struct call_set *c);

bool call_set_next(struct call_set *c, struct call_event *ret_event);
