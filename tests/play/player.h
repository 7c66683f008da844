/* tests/play/player.h - plays a transcript through the service and all rooms below it, on virtual
 * time: what the modem says reaches the host whole, in pieces, or with a fault in it.  A command
 * without an answer in the file gets OK; AT+CLCC, AT+CMGR and AT+CMGL get ERROR. */
#pragma once
#include "play/transcript.h"
#include "service/service.h"

#define PLAYER_VERDICTS_MAX 32
#define PLAYER_START_MS 5000000
#define PLAYER_WALL_START_S 1790000000 /* the wall clock at PLAYER_START_MS */
#define PLAYER_UNIT_SIZE 1024
#define PLAYER_BYTES_SEED (-1)

/* What disturbs a file that is played. */
enum fault {
    FAULT_NONE,
    FAULT_URC,    /* a line that tells of nothing after each line */
    FAULT_NOISE,  /* rubbish ahead of each line */
    FAULT_ECHO,   /* each command comes back */
    FAULT_REBOOT, /* the modem restarts, and nothing of the file comes after that */
};

struct verdict {
    int64_t at_ms;
    char text[TRANSCRIPT_RESULT_SIZE];
};

struct player {
    struct transcript *script;
    struct store *store;
    struct service *service;
    struct now now;
    bool loud;    /* prints verdicts: the first run of a file */
    int64_t seed; /* 0 whole, PLAYER_BYTES_SEED, else split at random */
    enum fault fault;
    size_t reboot_after; /* FAULT_REBOOT: this many chunks of the modem since the clock started */
    size_t chunks;       /* so far */
    bool pdu_follows;    /* the modem's last line was the header of a PDU */
    uint32_t random;
    bool started;
    int64_t zero_ms;                        /* of the file's clock */
    size_t next;                            /* item to be sent by time */
    size_t last;                            /* answer matched last, plus one */
    char pending[TRANSCRIPT_LINE_SIZE * 4]; /* answers on their way */
    size_t pending_len;
    int64_t pending_ms;
    char unit[PLAYER_UNIT_SIZE]; /* what the host has sent of a command */
    size_t unit_len;
    int64_t quiet_until_ms;
    bool text_queued;
    size_t verdict_count;
    struct verdict verdict[PLAYER_VERDICTS_MAX];
    char send[TRANSCRIPT_RESULT_SIZE], report[TRANSCRIPT_RESULT_SIZE];
    const char *problem; /* NULL: none */
};

/* Notes the first thing that went wrong. `problem` is static, or of the note that is being taken.
 */
void player_fail(struct player *p, const char *problem);
/* Plays the start-up, then the file. */
void player_run(struct player *p);
/* The modem was restarted in the middle of the file. */
bool player_rebooted(const struct player *p);

/* judge.c: holds what came against what the file wants, and fails the player where they differ. */
void player_judge(struct player *p);
