/* include/modem/modem_state.h - the state of one modem, so that a caller can own one; no field is
 * for callers. */
#pragma once
#include "at/engine.h"
#include "modem/ask.h"
#include "modem/call.h"
#include "modem/modem.h"

#define MODEM_EVENTS_MAX 24
#define MODEM_SLOTS_MAX \
    32                    /* announced by +CMTI and not read yet; further ones are listed instead */
#define MODEM_ACKS_MAX 64 /* to be deleted; further ones stay in the modem and are listed again */
#define MODEM_MEMORIES_MAX 4
#define MODEM_MEMORY_SIZE 3 /* "SM" and NUL */

/* What a command is for, in the order in which they are started when several are due. */
enum modem_job {
    JOB_WAKE,    /* AT until OK */
    JOB_LADDER,  /* the next step of the recovery: no command of its own */
    JOB_ENDLESS, /* it rings for ever: no command of its own */
    JOB_SETUP,   /* the next step of the set-up */
    JOB_CONFIRM, /* AT+CNMA */
    JOB_HANG_UP, /* AT+CHUP */
    JOB_CALLS,   /* AT+CLCC */
    JOB_CALLER,  /* AT+CLIP=1 after a call without a number: some forget it */
    JOB_AGAIN,   /* the set-up from its start: no command of its own */
    JOB_DELETE,  /* AT+CMGD */
    JOB_READ,    /* AT+CMGR */
    JOB_NUMB,    /* nothing was heard of the network for hours: no command of its own */
    JOB_LIST,    /* AT+CMGL=4 */
    JOB_SEND,    /* AT+CMGS */
    JOB_HOME,    /* AT+CPMS back to the usual memory */
    JOB_CHECK,   /* AT+CREG?, AT+CEREG?, AT+CSQ */
    JOB_VERIFY,  /* AT+CLIP?, AT+CNMI?, AT+CPMS?, AT+CSCA? */
    JOB_BEAT,    /* AT when nothing was asked for a while */
    JOB_ASK,     /* what a person wants to know */
    JOB_COUNT,
    JOB_MEMORY = JOB_COUNT, /* AT+CPMS ahead of one of the above */
    JOB_MODE,               /* AT+CMGF=0 ahead of one of the above */
    JOB_POWER,              /* AT+CFUN of the recovery */
};

enum modem_send_phase {
    SEND_IDLE,
    SEND_ASKED,   /* waits for its turn */
    SEND_OPEN,    /* has it: nothing else is started */
    SEND_RUNNING, /* AT+CMGS is out */
};

struct modem_slot {
    char memory[MODEM_MEMORY_SIZE]; /* as +CMTI named it, "" not named */
    int16_t index;
    uint8_t tries;
    struct mono due;
};

struct modem_memories {
    char now[MODEM_MEMORY_SIZE];   /* selected for reading, "" unknown */
    char home[MODEM_MEMORY_SIZE];  /* where reading stays, "" wherever it is */
    char write[MODEM_MEMORY_SIZE]; /* second and third parameter of AT+CPMS */
    char store[MODEM_MEMORY_SIZE];
    char wanted[MODEM_MEMORY_SIZE];  /* of the running AT+CPMS */
    char refused[MODEM_MEMORY_SIZE]; /* the last that could not be selected */
    bool whole;                      /* only the form with three parameters is accepted */
    struct mono home_due;            /* when to go back there */
    size_t count;                    /* to list, `home` first */
    char list[MODEM_MEMORIES_MAX][MODEM_MEMORY_SIZE];
};

struct modem_setup {
    size_t step;
    size_t variant; /* of a step that has several commands to try */
    uint32_t tries;
    struct mono due;
    uint64_t deaf_steps; /* bits: ran out of time twice, left out until setup_hope() */
    size_t deaf_step;    /* the last that ran out of time */
    bool answered;       /* the running step has printed what was asked for */
    bool direct_service; /* AT+CSMS=1: phase 2+, for modems that want it */
    bool cnmi_told, cnmi_set;
    bool urcs_elsewhere;      /* Quectel: they go to a port that nobody reads */
    uint8_t cnmi_mt, cnmi_ds; /* as set */
    char sim_word[24];        /* what AT+CPIN? said last */
    uint32_t sim_tries;
    int8_t pin_tries; /* left, -1 unknown */
    bool pin_allowed; /* by the owner: to be sent */
    bool pin_sent;    /* and it is not known yet whether it was right */
    bool sim_stuck;   /* no person is needed: a reset may help */
    char cnmi[5][24]; /* what AT+CNMI=? offers for each parameter */
};

/* The steps of the recovery, each stronger than the one before. */
enum modem_rung {
    RUNG_NONE,
    RUNG_WAKE,   /* ESC, AT */
    RUNG_REOPEN, /* close the port and open it */
    RUNG_RADIO,  /* AT+CFUN=0, AT+CFUN=1 */
    RUNG_RESET,  /* AT+CFUN=1,1 */
    RUNG_REAUTHORISE,
    RUNG_WAIT,
};

struct modem_ladder {
    enum modem_rung rung; /* the last step; forgotten once the modem was well for a while */
    size_t round;         /* waits so far */
    bool stuck;           /* it answers, but has no SIM or network */
    bool leaving;         /* the port will go away because of the step */
    uint8_t powers;       /* AT+CFUN that have not ended */
    struct mono until;    /* when the step has had its time, where SIM or network are missing */
    struct mono day;      /* when the counted day began */
    uint32_t resets;      /* in it */
    char why[MODEM_WHY_MAX];
    char step[MODEM_STEP_MAX]; /* the last that was taken, in words ... */
    struct mono step_at;       /* ... and when */
};

/* What a modem was seen to have lost or to lack. */
struct modem_life {
    struct mono answered;   /* the last end of a command */
    struct mono verify_due; /* AT+CLIP? and the like */
    bool forgot;            /* since the last time that all was well */
    bool filling;           /* a memory was nearly full when it was last looked at ... */
    bool full;              /* ... and is so after it was listed */
    char memory[MODEM_MEMORY_SIZE];
    uint16_t used, total;       /* of `memory` */
    int8_t centre;              /* SMSC: 1 known, 0 none, -1 not told */
    uint8_t refusals;           /* texts in a row that the modem itself refused */
    struct mono sign;           /* the last sign that there is a network: life_sign() */
    uint8_t numb;               /* steps taken since because there was none */
    uint8_t restarts;           /* by itself, within an hour ... */
    struct mono restarts_since; /* ... from here */
    bool weak;                  /* it said that its supply is too weak ... */
    struct mono weak_at;        /* ... here */
};

struct modem {
    const struct modem_config *config;
    enum modem_state state;
    char cause[MODEM_CAUSE_MAX];
    struct at at;
    struct call_set calls;

    struct mono wake_due; /* PROBING, RECOVERING: the next AT */
    uint8_t wakes;        /* AT without answer */
    bool woken;           /* AT was answered OK: waits whether more answers than that come */
    struct modem_setup setup;
    struct modem_ladder ladder;
    struct modem_life life;
    struct mono
        booted; /* the port was opened or a boot line came: more of them belong to the same start */
    struct mono again_due, caller_due;

    char sim[MODEM_CAUSE_MAX];       /* what is wrong with the SIM, "" nothing */
    char iccid[MODEM_ICCID_MAX + 1]; /* which SIM it is, "" unknown */
    char model[64], imei[24], operator_name[40];
    char centre[24];           /* SMSC as last told, kept to be set again */
    int8_t creg, cgreg, cereg; /* <stat>, -1 unknown */
    int8_t cireg;              /* voice over IMS: 1 registered, 0 not, -1 unknown */
    int16_t signal_dbm;
    struct mono heard, state_since, check_due;
    struct mono ready_since; /* when it became ready or ceased to be; 0 never tried */

    struct modem_memories memories;
    size_t slot_count;
    struct modem_slot slot[MODEM_SLOTS_MAX];
    size_t ack_count;
    struct modem_receipt ack[MODEM_ACKS_MAX];
    uint16_t confirms; /* +CMT and +CDS that are durable */
    bool found;        /* the running AT+CMGR has given a message */
    bool list_first;   /* the memories were not listed since the set-up */
    size_t list_at;    /* memory that is listed next */
    struct mono list_due;
    uint8_t list_hangs; /* since the port was opened */
    size_t reading;     /* slot that the running AT+CMGR reads */
    bool mode_set;      /* PDU mode was asserted for the command that is due */

    struct mono hang_up_due;
    struct mono endless_due; /* it rings for ever: when to do something about it */

    struct ask ask;

    enum modem_send_phase send_phase;
    int64_t send_tag;
    bool send_mr_seen;
    uint8_t send_mr;

    size_t event_head, event_count;
    struct modem_event event[MODEM_EVENTS_MAX];
};
