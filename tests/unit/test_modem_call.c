/* tests/unit/test_modem_call.c - lines of calls and answers of AT+CLCC over time, and the events
 * they make. */
#include "modem/call.h"
#include "tap.h"
#include <string.h>

#define SAID_MAX 12
#define END_MS 200000

/* What the modem says at an instant; "CLCC ..." is what AT+CLCC answers from then on, "CLCC"
 * nothing, "CLCC ERROR" that. "HANG UP" is our wish, answered with OK, "LOST" an unplugged modem.
 */
struct said {
    int64_t ms;
    const char *text;
};

static const struct row {
    const char *name;
    bool listable;
    int64_t ring_gap_ms;
    struct said said[SAID_MAX];
    const char *events; /* R ringing, A answered, E ended: number, w withheld, outcome, ms */
} rows[] = {
    {"stray ends of no call",
     false,
     0,
     {{0, "NO CARRIER"},
      {1, "^CEND:1,0,104,16"},
      {2, "+WIND: 6,1"},
      {3, "^SLCC: "},
      {4, "+UCALLSTAT: 1,0"}},
     ""},
    {"listed for ever after its last ring",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"}, {1, "RING"}, {2, "+CLIP: \"123456\",129"}},
     "R123456@2 E missed 123456@180001 "},
    {"what is no voice call",
     false,
     0,
     {{0, "+CRING: REL ASYNC"},
      {1, "+CRING: FAX"},
      {2, "MO RING"},
      {3, "+CCWA: \"1\",129,4"},
      {4, "+CLCC: 1,0,4,0,0,\"112\",129"},
      {5, "+CLCC: 1,1,4,1,0,\"112\",129"},
      {6, "^DSCI: 1,1,4,1,112,129,0"}},
     ""},
    {"broken lines",
     false,
     0,
     {{0, "+CLCC:"},
      {1, "+CLCC: ,,,"},
      {2, "^DSCI: x"},
      {3, "+QIND: \"csq\",1,2"},
      {4, "^CONN:"},
      {5, "^CCALLSTATE: x"},
      {6, "MISSED_CALL:"},
      {7, "RINGNO CARRIER"},
      {8, "+CLCC: 1,1,9,0,0,\"112\",129"}},
     ""},
    {"a number that is too long is none",
     false,
     0,
     {{0, "+CLIP: \"1234567890123456789012345678901234567890"
          "12345678901234567890123456789012345678901\",129"},
      {9, "NO CARRIER"}},
     "Rw@0 E missed w@9 "},
    {"a number with letters",
     false,
     0,
     {{0, "+CLIP: \"+7913ABCA\",145"}, {9, "NO CARRIER"}},
     "R+7913ABCA@0 E missed +7913ABCA@9 "},
    {"a caller id that is no number stays as it is",
     false,
     0,
     {{0, "+CLIP: \"\x1b[31m'%n;ATD999\",145"}, {9, "NO CARRIER"}},
     "R\x1b[31m'%n;ATD999@0 E missed \x1b[31m'%n;ATD999@9 "},
    {"the name of a service is nobody",
     false,
     0,
     {{0, "+CLIP: \"sip:mmtel\",128"}, {9, "NO CARRIER"}},
     "Rw@0 E missed w@9 "},
    {"a lone plus is nobody",
     false,
     0,
     {{0, "+CLIP: \"+\",145"}, {9, "NO CARRIER"}},
     "Rw@0 E missed w@9 "},
    {"type 145 without plus",
     false,
     0,
     {{0, "+CLIP: \"7700101\",145,,,\"\",0"}, {9, "NO CARRIER"}},
     "R+7700101@0 E missed +7700101@9 "},
    {"type 145 with 00",
     false,
     0,
     {{0, "+CLIP: \"0079139131\",145"}, {9, "NO CARRIER"}},
     "R+79139131@0 E missed +79139131@9 "},
    {"a number of one digit",
     false,
     0,
     {{0, "+CLIP: \"1\",145"}, {9, "NO CARRIER"}},
     "R+1@0 E missed +1@9 "},
    {"type 145 makes no number of letters",
     false,
     0,
     {{0, "+CLIP: \"ABCA\",145"}, {9, "NO CARRIER"}},
     "RABCA@0 E missed ABCA@9 "},
    {"empty type",
     false,
     0,
     {{0, "+CLIP: \"\",,\"\",,\"\",1"}, {9, "NO CARRIER"}},
     "Rw@0 E missed w@9 "},
    {"no number at all", false, 0, {{0, "RING"}, {5000, "RING"}}, "E missed @17000 "},
    {"silence after a slow cadence",
     false,
     0,
     {{0, "RING"}, {7000, "RING"}, {14000, "RING"}},
     "E missed @29000 "},
    {"a gap that was configured", false, 3000, {{0, "RING"}, {1000, "RING"}}, "E missed @4000 "},
    {"a gap that was configured, and AT+CLCC knows better",
     true,
     2000,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"}, {0, "RING"}, {30000, "CLCC"}},
     "R123456@2300 E missed 123456@30800 "},
    {"never rang: a long stop", false, 0, {{0, "+UCALLSTAT: 1,4"}}, "E missed @90000 "},
    {"RING and +CRING are one ring",
     false,
     0,
     {{0, "RING"}, {5, "+CRING: VOICE"}, {5000, "IRING"}, {6000, "NO CARRIER"}},
     "E missed @6000 "},
    {"AT+CLCC finds the end of an overdue ring",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"},
      {0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {5000, "RING"},
      {10000, "RING"},
      {12000, "CLCC"}},
     "R123456@1 E missed 123456@15800 "},
    {"and keeps a call that still rings",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"}, {0, "RING"}, {1000, "RING"}, {30000, "CLCC"}},
     "R123456@2300 E missed 123456@30800 "},
    {"a poll before the cadence is known",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"}, {0, "RING"}, {3500, "CLCC"}},
     "R123456@3000 E missed 123456@5500 "},
    {"refused twice, silence decides",
     true,
     0,
     {{0, "CLCC ERROR"}, {0, "RING"}, {4000, "RING"}},
     "E missed @16000 "},
    {"an empty list of a young call",
     true,
     0,
     {{0, "CLCC"},
      {0, "+UCALLSTAT: 1,4"},
      {2000, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"},
      {4000, "+UCALLSTAT: 1,6"}},
     "R123456@3000 E missed 123456@4000 "},
    {"+UCALLSTAT cut short asks at once",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"},
      {0, "+UCALLSTAT: 1,4"},
      {4000, "CLCC"},
      {4100, "+UCALLSTAT: 1,"}},
     "R123456@1000 E missed 123456@4600 "},
    {"answered and ended by AT+CLCC alone",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"},
      {0, "RING"},
      {3100, "CLCC +CLCC: 1,1,0,0,0,\"123456\",129"},
      {40000, "CLCC"}},
     "R123456@3000 A123456@5000 E answered 123456@45500 "},
    {"VOICE CALL: END without digits",
     false,
     0,
     {{0, "RING"}, {900, "VOICE CALL: END"}},
     "E missed @900 "},
    {"with digits",
     false,
     0,
     {{0, "RING"}, {900, "VOICE CALL: END: 000006"}},
     "A@900 E answered @900 "},
    {"^CEND with a duration",
     false,
     0,
     {{0, "RING"}, {900, "^CEND:1,21,104,16"}},
     "A@900 E answered @900 "},
    {"^CEND without one", false, 0, {{0, "RING"}, {900, "^CEND: 1,,104,17"}}, "E missed @900 "},
    {"^CEND without a cause", false, 0, {{0, "RING"}, {900, "^CEND: 1,0,104"}}, "E missed @900 "},
    {"answered elsewhere", false, 0, {{0, "RING"}, {900, "^CEND:1,0,104,26"}}, "E elsewhere @900 "},
    {"^CCALLSTATE",
     false,
     0,
     {{0, "IRING"},
      {10, "^CCALLSTATE: 1,5,1"},
      {900, "^CCALLSTATE: 1,4,1"},
      {901, "^CEND:1,0,1,16"}},
     "E missed @900 "},
    {"^SLCC",
     false,
     0,
     {{0, "RING"}, {1, "^SLCC: 1,1,4,0,0,0,\"+493012345\",145"}, {2, "^SLCC: "}, {900, "^SLCC: "}},
     "R+493012345@1 E missed +493012345@900 "},
    {"+WIND that is not of the end",
     false,
     0,
     {{0, "RING"}, {1, "+WIND: 5,1"}, {900, "+WIND: 6,1"}},
     "E missed @900 "},
    {"a list of AT+CLCC inside one of ^SLCC",
     false,
     0,
     {{0, "RING"},
      {1, "^SLCC: 1,1,4,0,0,0,\"+493012345\",145"},
      {2, "+CLCC: 1,1,4,0,0,\"+493012345\",145"},
      {3, "^SLCC: "},
      {900, "^SLCC: "}},
     "R+493012345@1 E missed +493012345@900 "},
    {"+UCALLSTAT connected",
     false,
     0,
     {{0, "+UCALLSTAT: 1,4"}, {900, "+UCALLSTAT: 1,7"}, {5000, "+UCALLSTAT: 1,6"}},
     "A@900 E answered @5000 "},
    {"the end of a call by another index",
     false,
     0,
     {{0, "+UCALLSTAT: 1,4"}, {900, "+UCALLSTAT: 2,6"}, {5000, "+UCALLSTAT: 1,6"}},
     "E missed @5000 "},
    {"^DSCI connect and hold",
     false,
     0,
     {{0, "^DSCI: 1,1,4,0,123456,129,0"},
      {900, "^DSCI: 1,1,3,0,123456,129,0"},
      {920, "^DSCI: 1,1,1,0,123456,129,0"},
      {950, "^DSCI: 1,1,6,0,123456,129,0"}},
     "R123456@0 A123456@900 E answered 123456@950 "},
    {"MISSED_CALL alone",
     false,
     0,
     {{0, "MISSED_CALL: 11:53AM 123456"}},
     "R123456@0 E missed 123456@0 "},
    {"MISSED_CALL as an echo",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {900, "NO CARRIER"},
      {1000, "MISSED_CALL: 11:53AM 123456"}},
     "R123456@1 E missed 123456@900 "},
    {"MISSED_CALL of the next one already",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {900, "NO CARRIER"},
      {1000, "MISSED_CALL: 11:53AM 777777"}},
     "R123456@1 E missed 123456@900 R777777@1000 E missed 777777@1000 "},
    {"MISSED_CALL as an echo while the next one rings",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {900, "NO CARRIER"},
      {1500, "RING"},
      {1600, "MISSED_CALL: 11:53AM 123456"},
      {1700, "+CLIP: \"777777\",129"},
      {3000, "NO CARRIER"}},
     "R123456@1 E missed 123456@900 R777777@1700 E missed 777777@3000 "},
    {"the same one again, and each has its MISSED_CALL",
     false,
     0,
     {{0, "RING"},
      {900, "MISSED_CALL: 11:53AM 123456"},
      {1500, "RING"},
      {1600, "MISSED_CALL: 11:53AM 123456"}},
     "R123456@900 E missed 123456@900 R123456@1600 E missed 123456@1600 "},
    {"an echo with its number does not end the next call, which has none yet",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {900, "NO CARRIER"},
      {1500, "RING"},
      {1600, "+CLCC: 1,1,6,0,0,\"123456\",129"},
      {1700, "+CLIP: \"777777\",129"},
      {3000, "NO CARRIER"}},
     "R123456@1 E missed 123456@900 R777777@1700 E missed 777777@3000 "},
    {"echoes of an end do not end the next call",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {900, "^CEND:1,0,104,16"},
      {1500, "RING"},
      {1600, "+CLIP: \"777777\",129"},
      {2000, "NO CARRIER"},
      {3000, "^CEND:1,0,104,16"}},
     "R123456@1 E missed 123456@900 R777777@1600 E missed 777777@3000 "},
    {"another number is another call",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {5000, "RING"},
      {5001, "+CLIP: \"777777\",129"},
      {6000, "NO CARRIER"}},
     "R123456@1 E missed 123456@5001 R777777@5001 E missed 777777@6000 "},
    {"another form of the number is not",
     false,
     0,
     {{0, "RING"},
      {1, "+CLCC: 1,1,4,0,0,\"07700900152\",129"},
      {2, "+CLIP: \"+447700900152\",145"},
      {900, "NO CARRIER"}},
     "R07700900152@1 E missed +447700900152@900 "},
    {"a waiting call that is taken over",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2, "^CONN:1,0"},
      {5000, "+CCWA: \"777777\",129,1"},
      {6000, "NO CARRIER"},
      {6100, "RING"},
      {6101, "+CLIP: \"777777\",129"},
      {12000, "NO CARRIER"}},
     "R123456@1 A123456@2 R777777@5000 E answered 123456@6000 E missed 777777@12000 "},
    {"RING above +CCWA is of who waits",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2000, "^CONN:1,0"},
      {10000, "RING"},
      {10001, "+CCWA: \"777777\",129,1"},
      {15000, "RING"},
      {15001, "+CCWA: \"777777\",129,1"},
      {20000, "NO CARRIER"},
      {20100, "RING"},
      {20101, "+CLIP: \"777777\",129"},
      {25000, "NO CARRIER"}},
     "R123456@1 A123456@2000 R777777@10001 E answered 123456@20000 E missed 777777@25000 "},
    {"who may be told of once only",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2000, "^CONN:1,0"},
      {10000, "RING"},
      {10001, "+CCWA: \"777777\",129,1"},
      {60000, "NO CARRIER"},
      {60100, "RING"},
      {61000, "NO CARRIER"}},
     "R123456@1 A123456@2000 R777777@10001 E answered 123456@60000 E missed 777777@61000 "},
    {"RING above +CCWA is of who rings where nobody talks",
     false,
     0,
     {{0, "RING"}, {1, "+CCWA: \"777777\",129,1"}, {900, "NO CARRIER"}},
     "R777777@1 E missed @900 E missed 777777@90001 "},
    {"another one has taken the index",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"},
      {0, "RING"},
      {4000, "CLCC +CLCC: 1,1,4,0,0,\"777777\",129"},
      {9000, "CLCC"}},
     "R123456@3000 R777777@5000 E missed 123456@5500 E missed 777777@10500 "},
    {"the call is over that ^CONN told of, not the one that waits",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2, "^CONN:1,0"},
      {5000, "+CCWA: \"777777\",129,1"},
      {6000, "^CEND:1,6,104,16"},
      {6100, "RING"},
      {6101, "+CLIP: \"777777\",129"},
      {12000, "^CEND:2,0,104,16"}},
     "R123456@1 A123456@2 R777777@5000 E answered 123456@6000 E missed 777777@12000 "},
    {"who waits gives up, and a moment later the call is over",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2, "^CONN:1,0"},
      {5000, "+CCWA: \"777777\",129,1"},
      {6000, "+CLCC: 2,1,6,0,0,\"777777\",129"},
      {6500, "NO CARRIER"}},
     "R123456@1 A123456@2 R777777@5000 E missed 777777@6000 E answered 123456@6500 "},
    {"taken, and somebody with a withheld number rings",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2000, "^CONN:1,0"},
      {60000, "+CLIP: \"\",128"},
      {65000, "NO CARRIER"},
      {70000, "NO CARRIER"}},
     "R123456@1 A123456@2000 Rw@60000 E missed w@65000 E answered 123456@70000 "},
    {"taken, over without a word, and the same one rings again",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2000, "^CONN:1,0"},
      {60000, "RING"},
      {60001, "+CLIP: \"123456\",129"},
      {65000, "NO CARRIER"}},
     "R123456@1 A123456@2000 E answered 123456@60001 R123456@60001 E missed 123456@65000 "},
    {"taken, over without a word, and one without a number has its place in the list",
     true,
     0,
     {{0, "CLCC +CLCC: 1,1,4,0,0,\"123456\",129"},
      {1, "RING"},
      {2, "+CLIP: \"123456\",129"},
      {2000, "CLCC +CLCC: 1,1,0,0,0,\"123456\",129"},
      {60000, "CLCC +CLCC: 1,1,4,0,0,\"\",128"},
      {60001, "RING"},
      {60002, "+CLIP: \"\",128,,,,1"},
      {66001, "RING"},
      {66002, "+CLIP: \"\",128,,,,1"},
      {71000, "CLCC"},
      {71001, "NO CARRIER"}},
     "R123456@2 A123456@3001 Rw@60002 E answered 123456@63001 E missed w@71001 "},
    {"taken, and a line of its ringing comes late",
     false,
     0,
     {{0, "RING"},
      {1, "+CLIP: \"123456\",129"},
      {2000, "^CONN:1,0"},
      {2100, "RING"},
      {2101, "+CLIP: \"123456\",129"},
      {65000, "^CEND:1,0,29,16"}},
     "R123456@1 A123456@2000 E missed @14100 E answered 123456@65000 "},
    {"declined",
     false,
     0,
     {{0, "RING"}, {1, "+CLIP: \"123456\",129"}, {900, "HANG UP"}, {950, "^CEND:1,0,29,16"}},
     "R123456@1 E rejected 123456@950 "},
    {"declined without an end line",
     false,
     0,
     {{0, "RING"}, {1, "+CLIP: \"123456\",129"}, {900, "HANG UP"}},
     "R123456@1 E rejected 123456@2400 "},
    {"lost",
     false,
     0,
     {{0, "RING"}, {1, "+CLIP: \"123456\",129"}, {900, "LOST"}},
     "R123456@1 E missed? 123456@900 "},
    {"more calls than there can be",
     false,
     0,
     {{0, "+CCWA: \"100001\",129,1"},
      {1, "+CCWA: \"100002\",129,1"},
      {2, "+CCWA: \"100003\",129,1"},
      {3, "+CCWA: \"100004\",129,1"},
      {4, "+CCWA: \"100005\",129,1"},
      {5, "LOST"}},
     "R100001@0 R100002@1 R100003@2 R100004@3 E missed? 100001@4 R100005@4 E missed? 100005@5 "
     "E missed? 100002@5 E missed? 100003@5 E missed? 100004@5 "},
    {"the oldest of them gives way, wherever it stands",
     false,
     0,
     {{0, "+CCWA: \"100001\",129,1"},
      {1, "+CCWA: \"100002\",129,1"},
      {2, "+CCWA: \"100003\",129,1"},
      {3, "+CCWA: \"100004\",129,1"},
      {4, "MISSED_CALL: 11:53AM 100001"},
      {5, "+CCWA: \"100005\",129,1"},
      {6, "+CCWA: \"100006\",129,1"},
      {7, "LOST"}},
     "R100001@0 R100002@1 R100003@2 R100004@3 E missed 100001@4 R100005@5 E missed? 100002@6 "
     "R100006@6 E missed? 100005@7 E missed? 100006@7 E missed? 100003@7 E missed? 100004@7 "},
};

static void note(char *events, size_t cap, struct call_set *c, int64_t ms)
{
    static const char *const outcomes[] = {"missed", "answered", "elsewhere", "rejected"};
    struct call_event e;

    while (call_set_next(c, &e)) {
        size_t len = strlen(events);
        const char *who = e.call.withheld ? "w" : e.call.number;
        if (e.type == CALL_EVENT_ENDED)
            snprintf(events + len, cap - len, "E %s%s %s@%lld ", outcomes[e.outcome],
                     e.certain ? "" : "?", who, (long long)ms);
        else
            snprintf(events + len, cap - len, "%c%s@%lld ",
                     e.type == CALL_EVENT_RINGING ? 'R' : 'A', who, (long long)ms);
    }
}

static void say(struct call_set *c, struct mono now, const char *text, const char **list)
{
    if (strncmp(text, "CLCC", 4) == 0) {
        *list = text + 4 + (text[4] == ' ');
    } else if (strcmp(text, "HANG UP") == 0) {
        call_set_hang_up(c);
        call_set_hung_up(c, now, true);
    } else if (strcmp(text, "LOST") == 0) {
        call_set_lost(c, now);
    } else {
        call_set_line(c, now, text);
    }
}

static bool run(const struct row *row)
{
    static struct call_set c;
    char events[1024] = "";
    const char *list = "";
    size_t next = 0;
    struct mono now = {0};

    call_set_init(&c, row->ring_gap_ms);
    call_set_listable(&c, row->listable);
    while (now.ms < END_MS) {
        int64_t due;
        for (; next < SAID_MAX && row->said[next].text && row->said[next].ms <= now.ms; next++) {
            say(&c, now, row->said[next].text, &list);
            note(events, sizeof(events), &c, now.ms);
        }
        if (call_set_list_due(&c).ms <= now.ms) {
            bool ok = strcmp(list, "ERROR") != 0;
            call_set_list_begin(&c);
            if (ok && list[0])
                call_set_line(&c, now, list);
            call_set_list_end(&c, now, ok);
        }
        call_set_expire(&c, now);
        note(events, sizeof(events), &c, now.ms);
        due = next < SAID_MAX && row->said[next].text ? row->said[next].ms : END_MS;
        now = mono_min((struct mono){due}, mono_min(call_set_deadline(&c), call_set_list_due(&c)));
    }
    if (strcmp(events, row->events) != 0)
        tap_diag("got  %s", events);
    return strcmp(events, row->events) == 0 && !call_set_ringing(&c) && !call_set_active(&c);
}

/* A modem that rings and rings: the call ends, once, and only silence lets the same number begin
 * another; another number does at once. */
static void test_endless(void)
{
    static struct call_set c;
    char events[512] = "";
    int64_t ms = 0;
    call_set_init(&c, 0);
    call_set_listable(&c, true);
    for (; ms < 1200000; ms += 5000) {
        call_set_line(&c, (struct mono){ms}, "RING");
        call_set_line(&c, (struct mono){ms + 1}, "+CLIP: \"123456\",129");
        call_set_expire(&c, (struct mono){ms + 2});
        note(events, sizeof(events), &c, ms);
        if (ms == 600000)
            tap_ok(!call_set_ringing(&c) && call_set_endless(&c) &&
                       call_set_list_due(&c).ms == MONO_NEVER.ms,
                   "no call rings any more, and none is asked for");
        if (ms == 900000)
            call_set_line(&c, (struct mono){ms + 3}, "+CLIP: \"777777\",129");
        if (ms == 900000)
            call_set_line(&c, (struct mono){ms + 4}, "NO CARRIER");
    }
    tap_ok(strcmp(events,
                  "R123456@0 E missed 123456@300000 R777777@905000 E missed 777777@905000 ") == 0,
           "rings for ever: one call, and that of another number");
    if (events[0])
        tap_diag("%s", events);
    events[0] = '\0';
    call_set_expire(&c, (struct mono){ms + 20000});
    tap_ok(!call_set_endless(&c), "silence ends it");
    call_set_line(&c, (struct mono){ms + 30000}, "RING");
    call_set_line(&c, (struct mono){ms + 30001}, "+CLIP: \"123456\",129");
    note(events, sizeof(events), &c, 0);
    tap_ok(strcmp(events, "R123456@0 ") == 0, "then the number may call again");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tap_ok(run(&rows[i]), "%s", rows[i].name);
    test_endless();
    return tap_done();
}
