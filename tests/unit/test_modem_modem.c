/* tests/unit/test_modem_modem.c - a modem of rules, what happens over time, and the events and
 * commands that come of it. A command without a rule is answered OK. */
#include "modem/modem_state.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

#define RULES_MAX 8
#define DAY INT64_C(86400000)
#define ACTS_MAX 8
#define PDU "0791447700090000040C9144770009"
#define MARK 15000 /* the set-up is over: what is done and logged comes later */

struct rule {
    const char *command; /* with "*" at the end: what begins so */
    const char *reply;   /* NULL: silence */
    int times;           /* 0: always */
};

/* At `ms`: "SEND", "ACK" (the last receipt), "LOST", "LIST", "PIN" or "NO PIN" (may be tried or
 * not), else a line of the modem. A wish for another port is met at once. */
struct act {
    int64_t ms;
    const char *what;
};

static const struct row {
    const char *name;
    struct rule rule[RULES_MAX];
    struct act act[ACTS_MAX];
    int64_t from_ms, end_ms; /* what is logged */
    const char *events;
    const char *commands; /* NULL: not looked at */
} rows[] = {
    {"start-up",
     {{NULL, NULL, 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     "ESC|AT|ATE0|ATQ0V1|AT+CMEE=1|ATS0=0|AT+CPIN?|AT+CCID|AT+ICCID|AT^ICCID?|AT+CSCS=\"GSM\"|AT+"
     "CMGF=0|AT+CSMS=0|AT+CPMS=?|"
     "AT+CPMS?|AT+CNMI=?|AT+CNMI=2,1,0,1,0|AT+CLIP=1|AT+CRC=1|AT+CREG=2|AT+CEREG=2|AT+CREG?|"
     "AT+CEREG?|AT+CGMM|AT+CLCC|AT+CCWA=1|AT+CLCC=1|AT^DSCI=1|AT+QINDCFG=\"ccinfo\",1|AT+UCALLSTAT="
     "1|AT^SLCC=1|AT^PORTSEL=0|AT^CURC=1|AT+CSCLK=0|AT+QURCCFG=\"urcport\"|AT+CGSN|"
     "AT+COPS=3,0|AT+COPS?|AT+CSQ|AT+CSCA?|AT+EXTRA=1|AT+CMGF=0|AT+CMGL=4|"},
    {"URCs that go to another port are fetched here",
     {{"AT+QURCCFG=\"urcport\"", "+QURCCFG: \"urcport\",\"usbmodem\"\r\nOK", 0},
      {"AT+QURCCFG=\"urcport\",\"all\"", "ERROR", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     "ESC|AT|ATE0|ATQ0V1|AT+CMEE=1|ATS0=0|AT+CPIN?|AT+CCID|AT+ICCID|AT^ICCID?|AT+CSCS=\"GSM\"|AT+"
     "CMGF=0|AT+CSMS=0|AT+CPMS=?|"
     "AT+CPMS?|AT+CNMI=?|AT+CNMI=2,1,0,1,0|AT+CLIP=1|AT+CRC=1|AT+CREG=2|AT+CEREG=2|AT+CREG?|"
     "AT+CEREG?|AT+CGMM|AT+CLCC|AT+CCWA=1|AT+CLCC=1|AT^DSCI=1|AT+QINDCFG=\"ccinfo\",1|AT+UCALLSTAT="
     "1|AT^SLCC=1|AT^PORTSEL=0|AT^CURC=1|AT+CSCLK=0|AT+QURCCFG=\"urcport\"|AT+QURCCFG=\"urcport\","
     "\"all\"|AT+QURCCFG=\"urcport\",\"usbat\"|AT+CGSN|"
     "AT+COPS=3,0|AT+COPS?|AT+CSQ|AT+CSCA?|AT+EXTRA=1|AT+CMGF=0|AT+CMGL=4|"},
    {"URCs that come here are left alone",
     {{"AT+QURCCFG=\"urcport\"", "+QURCCFG: \"urcport\",\"usbat\"\r\nOK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     "ESC|AT|ATE0|ATQ0V1|AT+CMEE=1|ATS0=0|AT+CPIN?|AT+CCID|AT+ICCID|AT^ICCID?|AT+CSCS=\"GSM\"|AT+"
     "CMGF=0|AT+CSMS=0|AT+CPMS=?|"
     "AT+CPMS?|AT+CNMI=?|AT+CNMI=2,1,0,1,0|AT+CLIP=1|AT+CRC=1|AT+CREG=2|AT+CEREG=2|AT+CREG?|"
     "AT+CEREG?|AT+CGMM|AT+CLCC|AT+CCWA=1|AT+CLCC=1|AT^DSCI=1|AT+QINDCFG=\"ccinfo\",1|AT+UCALLSTAT="
     "1|AT^SLCC=1|AT^PORTSEL=0|AT^CURC=1|AT+CSCLK=0|AT+QURCCFG=\"urcport\"|AT+CGSN|"
     "AT+COPS=3,0|AT+COPS?|AT+CSQ|AT+CSCA?|AT+EXTRA=1|AT+CMGF=0|AT+CMGL=4|"},
    {"everything optional is refused",
     {{"AT", "OK", 0}, {"AT+CMGF=0", "OK", 0}, {"*", "ERROR", 0}},
     {{0, NULL}},
     0,
     60000,
     "S:probing S:configuring S:sim(SIM does not answer yet) S:configuring "
     "S:ready(the modem does not tell whether it has a network: does a call ring?) ",
     NULL},
    {"it says OK to everything, and tells nothing",
     {{"*", "OK", 0}},
     {{0, NULL}},
     0,
     60000,
     "S:probing S:configuring "
     "S:ready(the modem does not tell whether it has a network: does a call ring?) ",
     NULL},
    {"it restarts again and again",
     {{NULL, NULL, 0}},
     {{20000, "RDY"}, {50000, "RDY"}, {80000, "RDY"}},
     MARK,
     110000,
     "S:probing(the modem has restarted) S:configuring S:ready "
     "S:probing(the modem has restarted) S:configuring S:ready "
     "S:probing(the modem restarted 3 times within an hour: is its supply strong enough?) "
     "S:configuring "
     "S:ready(the modem restarted 3 times within an hour: is its supply strong enough?) ",
     NULL},
    {"the signal stands still for hours, and no step changes that",
     {{"AT+CSQ", "+CSQ: 17,99\r\n\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     DAY * 2,
     "S+:recovering(no sign of the network for 6 h: radio off and on) S:configuring S:ready "
     "S+:recovering(no sign of the network for a day: reset of the modem) S:configuring S:ready ",
     NULL},
    {"the signal stands still, but a text came",
     {{"AT+CSQ", "+CSQ: 17,99\r\n\r\nOK", 0}},
     {{6 * 3600000 - 60000, "+CMTI: \"SM\",1"}},
     MARK,
     11 * 3600000,
     "",
     NULL},
    {"the signal moves",
     {{"AT+CSQ", "+CSQ: 17,99\r\n\r\nOK", 300}, {"AT+CSQ", "+CSQ: 18,99\r\n\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     10 * 3600000,
     "",
     NULL},
    {"the signal is as strong as can be told",
     {{"AT+CSQ", "+CSQ: 31,99\r\n\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     DAY,
     "",
     NULL},
    {"its supply is too weak",
     {{NULL, NULL, 0}},
     {{20000, "UNDER-VOLTAGE WARNNING"}, {22000, "RDY"}},
     MARK,
     40000,
     "S:probing(the modem's supply is too weak: use a powered hub or a shorter cable) "
     "S:configuring "
     "S:ready(the modem's supply is too weak: use a powered hub or a shorter cable) ",
     NULL},
    {"a deaf modem",
     {{"*", NULL, 0}},
     {{0, NULL}},
     0,
     21000,
     "S:probing S+:recovering(no answer to AT: opening the port again) O S:absent(gone) "
     "S:recovering(no answer to AT: opening the port again) ",
     "ESC|AT|AT|ATQ0V1|AT|AT|ATQ0V1|AT|AT|ATQ0V1|AT|ESC|AT|"},
    {"ATV0 was left behind",
     {{"AT", "0", 0}, {"ATQ0V1", "OK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     NULL},
    {"one command is never answered",
     {{"AT+CRC=1", NULL, 0}},
     {{0, NULL}},
     0,
     40000,
     "S:probing S:configuring S+:recovering(no answer to step 18 of the set-up (AT+CRC=1)) "
     "S:configuring S+:recovering(no answer to step 18 of the set-up (AT+CRC=1)) S:configuring "
     "S:ready ",
     NULL},
    {"a PIN that was tried before is not tried",
     {{"AT+CPIN?", "+CPIN: SIM PIN\r\n\r\nOK", 0}, {"AT+C*", "ERROR", 0}, {"AT^*", "ERROR", 0}},
     {{2000, "NO PIN"}},
     0,
     4000,
     "S:probing S:configuring S:sim(SIM needs its PIN) PIN? S:sim(the PIN in lines[].pin was tried "
     "before: correct it) ",
     NULL},
    {"nor one without an answer of the owner",
     {{"AT+CPIN?", "+CPIN: SIM PIN\r\n\r\nOK", 0}, {"AT+CPINR=*", "+CPINR: SIM PIN,3,3\r\nOK", 0}},
     {{0, NULL}},
     0,
     40000,
     "S:probing S:configuring S:sim(SIM needs its PIN) PIN? PIN? ",
     "ESC|AT|ATE0|ATQ0V1|AT+CMEE=1|ATS0=0|AT+CPIN?|AT+CPINR=\"SIM PIN\"|AT+CPIN?|AT+CPINR=\"SIM "
     "PIN\"|"},
    {"the last try of a PIN is left to a person: Huawei",
     {{"AT+CPIN?", "+CPIN: SIM PIN\r\n\r\nOK", 0},
      {"AT+CPINR=*", "ERROR", 0},
      {"AT^CPIN?", "^CPIN: SIM PIN,1,10,1,10,3\r\nOK", 0}},
     {{2000, "PIN"}},
     0,
     4000,
     "S:probing S:configuring S:sim(SIM needs its PIN) S:sim(SIM needs its PIN, and has 1 tries "
     "left: enter it in a phone) ",
     "ESC|AT|ATE0|ATQ0V1|AT+CMEE=1|ATS0=0|AT+CPIN?|AT+CPINR=\"SIM PIN\"|AT^CPIN?|"},
    {"a wrong PIN",
     {{"AT+CPIN?", "+CPIN: SIM PIN\r\n\r\nOK", 0},
      {"AT+CPINR=*", "ERROR", 0},
      {"AT^*", "ERROR", 0},
      {"AT+SPIC", "+SPIC: 3,10,0,10\r\nOK", 0},
      {"AT+QPINC*", "ERROR", 0},
      {"AT+CPIN=*", "+CME ERROR: 16", 0}},
     {{2000, "PIN"}},
     0,
     4000,
     "S:probing S:configuring S:sim(SIM needs its PIN) PIN? PIN? ",
     "ESC|AT|ATE0|ATQ0V1|AT+CMEE=1|ATS0=0|AT+CPIN?|AT+CPINR=\"SIM PIN\"|AT^CPIN?|AT+QPINC=\"SC\"|"
     "AT+SPIC|AT+CPIN=\"1234\"|AT+CPIN?|AT+CPINR=\"SIM PIN\"|AT^CPIN?|AT+QPINC=\"SC\"|AT+SPIC|"},
    {"the right PIN, and which SIM it is",
     {{"AT+CPIN?", "+CPIN: SIM PIN\r\n\r\nOK", 1},
      {"AT+CPIN?", "+CPIN: READY\r\n\r\nOK", 0},
      {"AT+UPINCNT", "+UPINCNT: 3,3,10,10\r\nOK", 0},
      {"AT+CCID", "ERROR", 0},
      {"AT+ICCID", "+ICCID: 89441000301234567890\r\nOK", 0}},
     {{2000, "PIN"}},
     0,
     MARK,
     "S:probing S:configuring S:sim(SIM needs its PIN) PIN? PIN right S:configuring card "
     "89441000301234567890 S:ready ",
     NULL},
    {"PIN2 is not wanted and never gets the PIN",
     {{"AT+CPIN?", "+CPIN: SIM PIN2\r\n\r\nOK", 0}},
     {{2000, "PIN"}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     NULL},
    {"blocked",
     {{"AT+CPIN?", "+CME ERROR: 12", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:sim(SIM is blocked: unblock it with its PUK in a phone) ",
     NULL},
    {"no SIM for long: what wants no person is helped with the ladder",
     {{"AT+CPIN?", "+CPIN: NOT READY\r\n\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     620000,
     "S+:recovering(SIM is not ready: if it stays so, take it out and put it back: radio off and "
     "on) "
     "S:configuring S:sim(SIM is not ready: if it stays so, take it out and put it back: radio off "
     "and "
     "on) ",
     NULL},
    {"blocked for long: it stays with the person",
     {{"AT+CPIN?", "+CPIN: SIM PUK\r\n\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     2000000,
     "",
     NULL},
    {"no SIM",
     {{"AT+CPIN?", "+CME ERROR: 10", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:sim(no SIM: insert one) ",
     NULL},
    {"SIM busy",
     {{"AT+CPIN?", "+CME ERROR: 14", 3}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:sim(SIM is busy: it has just started) S:configuring S:ready ",
     NULL},
    {"READY without OK",
     {{"AT+CPIN?", "+CPIN: READY", 0}},
     {{0, NULL}},
     0,
     30000,
     "S:probing S:configuring S:ready ",
     NULL},
    {"SMS not ready yet",
     {{"AT+CMGF=0", "ERROR", 3}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     NULL},
    {"no network",
     {{"AT+CREG?", "+CREG: 2,2\r\nOK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:registering(searching for a network) ",
     NULL},
    {"only +CEREG, and IMS carries no voice",
     {{"AT+CREG?", "+CREG: 2,0\r\nOK", 0},
      {"AT+CEREG?", "+CEREG: 2,5\r\nOK", 0},
      {"AT+CIREG?", "+CIREG: 0,0\r\nOK", 0}},
     {{0, NULL}},
     0,
     70000,
     "S:probing S:configuring S:ready(perhaps no calls: registered for data only; is voice over "
     "LTE "
     "on?) S:ready(no calls come in: registered for data only, without voice over LTE) ",
     NULL},
    {"only +CEREG, and IMS carries voice",
     {{"AT+CREG?", "+CREG: 2,0\r\nOK", 0},
      {"AT+CEREG?", "+CEREG: 2,5\r\nOK", 0},
      {"AT+CIREG?", "+CIREG: 0,1,1\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     70000,
     "S:ready ",
     NULL},
    {"registered for texts only",
     {{"AT+CREG?", "+CREG: 2,6\r\nOK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready(perhaps no calls: registered for data only; is voice over "
     "LTE "
     "on?) ",
     NULL},
    {"emergency calls only, told by +CEREG",
     {{"AT+CREG?", "+CREG: 2,2\r\nOK", 0}, {"AT+CEREG?", "+CEREG: 0,11\r\nOK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:registering(emergency calls only: the network refuses this SIM) ",
     NULL},
    {"+CEREG takes nothing away",
     {{"AT+CREG?", "+CREG: 2,1,\"0B,\"0100701\",7\r\nOK", 0},
      {"AT+CEREG?", "+CEREG: 2,4\r\nOK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     NULL},
    {"network lost and found",
     {{NULL, NULL, 0}},
     {{16000, "+CREG: 3"}, {17000, "+CREG: 5,\"25FF\",\"825E\""}},
     MARK,
     18000,
     "S:registering(the network refuses this SIM) S:ready ",
     ""},
    {"no network for long: the radio, a reset, the USB port, then growing waits",
     {{"AT+CREG?", "+CREG: 2,2\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     1900000,
     "S+:recovering(searching for a network: radio off and on) S:configuring "
     "S:registering(searching for a network: radio off and on) "
     "S+:recovering(searching for a network: reset of the modem) S:configuring "
     "S:registering(searching for a network: reset of the modem) "
     "S+:recovering(searching for a network: reset of its USB port) U S:absent(gone) "
     "S:recovering(searching for a network: reset of its USB port) S:configuring "
     "S:registering(searching for a network: reset of its USB port) "
     "S+:registering(searching for a network: waiting 1 min) "
     "S+:recovering(searching for a network: radio off and on) S:configuring "
     "S:registering(searching for a network: radio off and on) "
     "S+:recovering(searching for a network: reset of the modem) S:configuring "
     "S:registering(searching for a network: reset of the modem) "
     "S+:recovering(searching for a network: reset of its USB port) U S:absent(gone) "
     "S:recovering(searching for a network: reset of its USB port) S:configuring "
     "S:registering(searching for a network: reset of its USB port) "
     "S+:registering(searching for a network: waiting 5 min) ",
     NULL},
    {"AT+CNMI: what is offered first",
     {{"AT+CNMI=?", "+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)\r\nOK", 0},
      {"AT+CNMI=2,1,0,2,1", "OK", 0},
      {"AT+CNMI=*", "+CMS ERROR: 302", 0}},
     {{0, NULL}},
     0,
     5000,
     "S:probing S:configuring S:ready ",
     NULL},
    {"AT+CNMI: mode 2 is offered and refused",
     {{"AT+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\nOK", 0},
      {"AT+CNMI=1,1,0,0,1", "OK", 0},
      {"AT+CNMI=*", "ERROR", 0}},
     {{0, NULL}},
     0,
     5000,
     "S:probing S:configuring S:ready ",
     NULL},
    {"AT+CNMI: nothing works, so the memories are listed",
     {{"AT+CNMI=*", "ERROR", 0}},
     {{0, NULL}},
     40000,
     80000,
     "",
     "AT+CMGF=0|AT+CMGL=4|AT+CMGF=0|AT+CMGL=4|AT+CREG?|AT+CEREG?|AT+COPS?|AT+CSQ|AT+CLIP?|"
     "AT+CNMI?|AT+CPMS?|AT+CSCA?|"},
    {"memories: the one that does all, then what else keeps texts",
     {{"AT+CPMS=?", "+CPMS: (\"SM\",\"ME\",\"SR\"),(\"SM\",\"ME\"),(\"SM\")\r\nOK", 0}},
     {{16000, "LIST"}},
     MARK,
     20000,
     "",
     "AT+CMGF=0|AT+CMGL=4|AT+CPMS=\"ME\"|AT+CMGF=0|AT+CMGL=4|AT+CPMS=\"SM\"|"},
    {"memories: only the whole form is accepted",
     {{"AT+CPMS=?", "+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"SM\")\r\nOK", 0},
      {"AT+CPMS=\"ME\"", "ERROR", 0}},
     {{16000, "LIST"}},
     MARK,
     17000,
     "",
     "AT+CMGF=0|AT+CMGL=4|AT+CPMS=\"ME\",\"SM\",\"SM\"|AT+CMGF=0|AT+CMGL=4|"},

    {"idle",
     {{NULL, NULL, 0}},
     {{0, NULL}},
     MARK,
     62500,
     "",
     "AT|AT+CREG?|AT+CEREG?|AT+COPS?|AT+CSQ|AT+CLIP?|AT+CNMI?|AT+CPMS?|AT+CSCA?|"},
    {"an idle modem goes deaf",
     {{"AT+CREG?", "OK", 1},
      {"AT+CREG?", NULL, 0},
      {"AT", "OK", 1},
      {"AT", NULL, 0},
      {"ATQ0V1", "OK", 1},
      {"ATQ0V1", NULL, 0}},
     {{0, NULL}},
     MARK,
     45000,
     "S+:recovering(the modem does not answer: ESC and AT) "
     "S+:recovering(the modem does not answer: opening the port again) O S:absent(gone) "
     "S:recovering(the modem does not answer: opening the port again) ",
     NULL},

    {"a deaf modem goes through all steps, and is asked gently while it waits",
     {{"*", NULL, 0}},
     {{0, NULL}},
     0,
     180000,
     "S:probing S+:recovering(no answer to AT: opening the port again) O S:absent(gone) "
     "S:recovering(no answer to AT: opening the port again) "
     "S+:recovering(no answer to AT: radio off and on) "
     "S+:recovering(no answer to AT: reset of the modem) "
     "S+:recovering(no answer to AT: reset of its USB port) U S:absent(gone) "
     "S:recovering(no answer to AT: reset of its USB port) "
     "S+:recovering(no answer to AT: waiting 1 min) ",
     NULL},
    {"a day with a modem that nothing mends: the resets end",
     {{"*", NULL, 0}},
     {{0, NULL}},
     DAY - 3600000,
     DAY,
     "S+:recovering(no answer to AT: opening the port again) O S:absent(gone) "
     "S:recovering(no answer to AT: opening the port again) "
     "S+:recovering(no answer to AT: radio off and on) "
     "S+:recovering(no answer to AT: waiting 60 min) ",
     NULL},
    {"it comes back in a wait",
     {{"AT*", NULL, 46}},
     {{0, NULL}},
     120000,
     175000,
     "S+:recovering(no answer to AT: waiting 1 min) S:configuring S:ready ",
     NULL},
    {"a second fault soon after the first takes the next step",
     {{"AT", "OK", 1}, {"AT", NULL, 1}, {"AT", "OK", 1}, {"AT", NULL, 1}},
     {{0, NULL}},
     MARK,
     100000,
     "S+:recovering(the modem does not answer: ESC and AT) S:configuring S:ready "
     "S:recovering(the modem does not answer: ESC and AT) "
     "S+:recovering(the modem does not answer: opening the port again) O S:absent(gone) "
     "S:recovering(the modem does not answer: opening the port again) S:configuring S:ready ",
     NULL},
    {"a fault long after the first begins at the first step",
     {{"AT", "OK", 1}, {"AT", NULL, 1}, {"AT", "OK", 20}, {"AT", NULL, 1}},
     {{0, NULL}},
     640000,
     1300000,
     "S+:recovering(the modem does not answer: ESC and AT) S:configuring S:ready ",
     NULL},
    {"deaf long after it became ready: the second step follows as soon as ever",
     {{"AT", "OK", 21}, {"AT", NULL, 0}, {"ATQ0V1", NULL, 0}},
     {{0, NULL}},
     640000,
     1135000,
     "S+:recovering(the modem does not answer: ESC and AT) "
     "S+:recovering(the modem does not answer: opening the port again) O S:absent(gone) "
     "S:recovering(the modem does not answer: opening the port again) ",
     NULL},
    {"deaf, but it goes on telling of its signal",
     {{"AT", "OK", 1}, {"AT", NULL, 0}, {"ATQ0V1", "OK", 1}, {"ATQ0V1", NULL, 0}},
     {{30000, "^RSSI:19"},
      {35000, "^RSSI:19"},
      {40000, "^BOOT:27710117,0,0,0,75"},
      {45000, "^RSSI:19"}},
     MARK,
     50000,
     "S+:recovering(the modem does not answer: ESC and AT) "
     "S+:recovering(the modem does not answer: opening the port again) O S:absent(gone) "
     "S:recovering(the modem does not answer: opening the port again) ",
     NULL},
    {"deaf while somebody rings: the port stays open until the call is over",
     {{"AT+CLCC", "OK", 1},
      {"AT+CLCC", NULL, 0},
      {"AT", "OK", 1},
      {"AT", NULL, 0},
      {"ATQ0V1", "OK", 1},
      {"ATQ0V1", NULL, 0}},
     {{16000, "RING"},
      {21000, "RING"},
      {26000, "RING"},
      {31000, "RING"},
      {36000, "RING"},
      {38000, "NO CARRIER"}},
     MARK,
     41000,
     "S+:recovering(the modem does not answer: ESC and AT) E missed "
     "S+:recovering(the modem does not answer: opening the port again) O S:absent(gone) "
     "S:recovering(the modem does not answer: opening the port again) ",
     NULL},
    {"one command that is never answered is left out",
     {{"AT+CSQ", "OK", 1}, {"AT+CSQ", NULL, 0}},
     {{0, NULL}},
     100000,
     1300000,
     "",
     NULL},

    {"AT+CLIP is forgotten",
     {{"AT+CLIP?", "+CLIP: 0,1\r\nOK", 1}, {"AT+CLIP?", "+CLIP: 1,1\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     130000,
     "S:ready(the modem has forgotten AT+CLIP) S:configuring S:ready ",
     NULL},
    {"a caller while AT+CLIP? runs",
     {{"AT+CLIP?", "+CLIP: \"0123456\",129\r\n\r\n+CLIP: 1,1\r\n\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     61900,
     "R0123456 ",
     NULL},
    {"AT+CNMI is never right: set again once an hour, not more",
     {{"AT+CNMI?", "+CNMI: 2,0,0,0,0\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     3800000,
     "S:ready(the modem has forgotten AT+CNMI) S:configuring S:ready "
     "S:ready(the modem has forgotten AT+CNMI) S:configuring S:ready ",
     NULL},
    {"AT+CNMI got no answer in the set-up: tried again once it is seen to be needed",
     {{"AT+CNMI=2*", NULL, 2},
      {"AT+CNMI?", "+CNMI: 2,0,0,0,0\r\nOK", 1},
      {"AT+CNMI?", "+CNMI: 2,1,0,1,0\r\nOK", 0}},
     {{0, NULL}},
     40000,
     4000000,
     "S:ready(the modem has forgotten AT+CNMI) S:configuring S:ready ",
     NULL},
    {"AT+CNMI never gets an answer: tried again once an hour, not more",
     {{"AT+CNMI=2*", NULL, 0}, {"AT+CNMI?", "+CNMI: 2,0,0,0,0\r\nOK", 0}},
     {{0, NULL}},
     200000,
     4000000,
     "S:ready(the modem has forgotten AT+CNMI) S:configuring "
     "S+:recovering(no answer to step 16 of the set-up (SMS settings)) S:configuring "
     "S+:recovering(no answer to step 16 of the set-up (SMS settings)) S:configuring S:ready ",
     NULL},
    {"AT+CNMI gets no answer, but is as it should be: left alone",
     {{"AT+CNMI=2*", NULL, 0}, {"AT+CNMI?", "+CNMI: 2,1,0,1,0\r\nOK", 0}},
     {{0, NULL}},
     40000,
     4000000,
     "",
     NULL},
    {"AT+CLIP got no answer in the set-up: tried again once it is seen to be needed",
     {{"AT+CLIP=1", NULL, 3}, {"AT+CLIP?", "+CLIP: 0,1\r\nOK", 1}},
     {{0, NULL}},
     40000,
     130000,
     "S:ready(the modem has forgotten AT+CLIP) S:configuring "
     "S+:recovering(no answer to step 17 of the set-up (AT+CLIP=1)) S:configuring S:ready ",
     NULL},
    {"no SMS centre",
     {{"AT+CSCA?", "+CSCA: \"\",129\r\nOK", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready(the SIM has no SMS centre: set lines[].smsc) ",
     NULL},
    {"the SMS centre is lost, and set again",
     {{"AT+CSCA?", "+CSCA: \"+447785016005\",145\r\nOK", 1},
      {"AT+CSCA?", "+CSCA: \"\",129\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     70000,
     "S:ready(the modem has forgotten the SMS centre) S:configuring S:ready ",
     NULL},
    {"a memory is nearly full, and still so after it was listed",
     {{"AT+CPMS?", "+CPMS: \"SM\",18,20,\"SM\",18,20,\"SM\",18,20\r\nOK", 0}},
     {{0, NULL}},
     MARK,
     430000,
     "S:ready(memory SM holds 18 of 20 texts: delete old ones) ",
     NULL},
    {"texts that the modem itself refuses",
     {{"AT+CMGS=15", "+CMS ERROR: 310", 0}},
     {{16000, "SEND"}, {26000, "SEND"}, {36000, "SEND"}},
     MARK,
     45000,
     "T failed cms S:configuring S:ready T failed cms S:configuring S:ready T failed cms "
     "S+:recovering(the modem refuses texts: ESC and AT) S:configuring S:ready ",
     NULL},

    {"text sent",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMGS: 5\r\n\r\nOK", 0}},
     {{16000, "SEND"}},
     MARK,
     20000,
     "T ok 5 ",
     "AT+CMGF=0|AT+CMGS=15|" PDU "Z|"},
    {"a text that is being read comes before one that is to be sent",
     {{"AT+CMGR=3", NULL, 1}, {"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMGS: 5\r\n\r\nOK", 0}},
     {{16000, "+CMTI: \"SM\",3"},
      {16001, "SEND"},
      {17000, "+CMGR: 0,,15\r\n" PDU "\r\n\r\nOK"},
      {17001, "ACK"}},
     MARK,
     20000,
     "P SM:3 T ok 5 ",
     "AT+CPMS=\"SM\"|AT+CMGF=0|AT+CMGR=3|AT+CMGF=0|AT+CMGS=15|" PDU "Z|AT+CMGD=3|"},
    {"refused before the PDU",
     {{"AT+CMGS=15", "ERROR", 0}},
     {{16000, "SEND"}},
     MARK,
     20000,
     "T failed error ",
     "AT+CMGF=0|AT+CMGS=15|"},
    {"refused after it",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMS ERROR: 38", 0}},
     {{16000, "SEND"}},
     MARK,
     20000,
     "T failed cms ",
     NULL},
    {"perhaps refused after it",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMS ERROR: 500", 0}},
     {{16000, "SEND"}},
     MARK,
     20000,
     "T unknown cms ",
     NULL},
    {"OK without a prompt",
     {{NULL, NULL, 0}},
     {{16000, "SEND"}},
     MARK,
     20000,
     "T failed error ",
     NULL},
    {"+CMGS without OK",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMGS: 9", 0}},
     {{16000, "SEND"}},
     MARK,
     137000,
     "T ok 9 S+:recovering(the modem does not answer: ESC and AT) S:configuring S:ready ",
     NULL},
    {"no prompt",
     {{"AT+CMGS=15", NULL, 0}},
     {{16000, "SEND"}},
     MARK,
     26100,
     "T failed timeout S+:recovering(the modem does not answer: ESC and AT) ",
     "AT+CMGF=0|AT+CMGS=15|ESC|"},
    {"silence after the PDU",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", NULL, 0}},
     {{16000, "SEND"}},
     MARK,
     136100,
     "T unknown timeout S+:recovering(the modem does not answer: ESC and AT) ",
     "AT+CMGF=0|AT+CMGS=15|" PDU "Z|ESC|"},
    {"lost before the prompt",
     {{"AT+CMGS=15", NULL, 0}},
     {{16000, "SEND"}, {17000, "LOST"}},
     MARK,
     20000,
     "T failed lost S:absent(gone) ",
     NULL},
    {"lost after the PDU",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", NULL, 0}},
     {{16000, "SEND"}, {17000, "LOST"}},
     MARK,
     20000,
     "T unknown lost S:absent(gone) ",
     NULL},
    {"restarted after the PDU",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", NULL, 0}},
     {{16000, "SEND"}, {17000, "RDY"}},
     MARK,
     17100,
     "T unknown lost S:probing(the modem has restarted) ",
     NULL},
    {"a late +CMGS is not that of the next text",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMGS: 6\r\n\r\nOK", 0}},
     {{16000, "+CMGS: 5"}, {16001, "SEND"}},
     MARK,
     20000,
     "T ok 6 ",
     NULL},
    {"no text while it rings",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", "+CMGS: 5\r\n\r\nOK", 0}, {"AT+CLCC", "ERROR", 0}},
     {{16000, "RING"}, {16500, "SEND"}, {17000, "NO CARRIER"}, {17001, "SEND"}},
     MARK,
     20000,
     "busy E missed T ok 5 ",
     NULL},
    {"a call after Ctrl-Z",
     {{"AT+CMGS=15", "> ", 0}, {PDU "Z", NULL, 0}},
     {{16000, "SEND"}, {16500, "RING"}, {21500, "RING"}, {40000, "+CMGS: 5\r\n\r\nOK"}},
     MARK,
     40400,
     "E missed T ok 5 ",
     "AT+CMGF=0|AT+CMGS=15|" PDU "Z|AT+CLIP=1|"},

    {"a text",
     {{"AT+CMGR=3", "+CMGR: 0,,9\r\n" PDU "\r\n\r\nOK", 0}},
     {{16000, "+CMTI: \"SM\",3"}, {16500, "ACK"}},
     MARK,
     20000,
     "P SM:3 ",
     "AT+CPMS=\"SM\"|AT+CMGF=0|AT+CMGR=3|AT+CMGD=3|"},
    {"without an ack it stays",
     {{"AT+CMGR=3", "+CMGR: 0,,9\r\n" PDU "\r\n\r\nOK", 0}},
     {{16000, "+CMTI: 0,3"}},
     MARK,
     20000,
     "P :3 ",
     "AT+CMGF=0|AT+CMGR=3|"},
    {"an empty slot is looked at twice",
     {{"AT+CMGR=3", "+CMGR: 0,,0\r\n\r\nOK", 0}},
     {{16000, "+CMTI: \"SM\",3"}},
     MARK,
     20000,
     "",
     "AT+CPMS=\"SM\"|AT+CMGF=0|AT+CMGR=3|AT+CPMS=\"SM\"|AT+CMGF=0|AT+CMGR=3|"},
    {"an empty slot by error",
     {{"AT+CMGR=3", "+CMS ERROR: 321", 0}},
     {{16000, "+CMTI: 0,3"}},
     MARK,
     20000,
     "",
     "AT+CMGF=0|AT+CMGR=3|AT+CMGF=0|AT+CMGR=3|"},
    {"no place in +CMTI",
     {{NULL, NULL, 0}},
     {{16000, "+CMTI: \"SM\",-1"}},
     MARK,
     20000,
     "",
     "AT+CMGF=0|AT+CMGL=4|"},
    {"MMS push", {{NULL, NULL, 0}}, {{16000, "+CMTI: \"SM\",6,\"MMS PUSH\""}}, MARK, 20000, "", ""},
    {"a memory with a bad name",
     {{NULL, NULL, 0}},
     {{16000, "+CMTI: \"S\"M\",6"}},
     MARK,
     16900,
     "",
     "AT+CMGF=0|AT+CMGR=6|"},
    {"memory full",
     {{NULL, NULL, 0}},
     {{16000, "^SMMEMFULL: \"SM\""}},
     MARK,
     20000,
     "",
     "AT+CMGF=0|AT+CMGL=4|"},
    {"a report in SR, and back",
     {{"AT+CMGR=50", "+CMGR: ,,25\r\n" PDU "\r\n\r\nOK", 0}},
     {{16000, "+CDSI: \"SR\",50"}, {16500, "ACK"}},
     MARK,
     20000,
     "P SR:50 ",
     "AT+CPMS=\"SR\"|AT+CMGF=0|AT+CMGR=50|AT+CMGD=50|AT+CPMS=\"SM\"|"},
    {"direct",
     {{NULL, NULL, 0}},
     {{16000, "+CMT: ,9\r\n" PDU}, {16500, "ACK"}},
     MARK,
     20000,
     "P direct ",
     "AT+CNMA|"},
    {"own messages are skipped",
     {{"AT+CMGL=4",
       "+CMGL: 1,3,,9\r\n" PDU "\r\n+CMGL: 2,2,,9\r\n" PDU "\r\n+CMGL: 3,1,,9\r\n" PDU "\r\n\r\nOK",
       0}},
     {{16000, "LIST"}},
     MARK,
     20000,
     "P :3 ",
     "AT+CMGF=0|AT+CMGL=4|"},
    {"a list that is refused comes again",
     {{"AT+CMGL=4", "+CMS ERROR: 320", 0}},
     {{0, NULL}},
     MARK,
     33000,
     "",
     "AT+CMGF=0|AT+CMGL=4|"},
    {"and every five minutes",
     {{NULL, NULL, 0}},
     {{0, NULL}},
     300000,
     302000,
     "",
     "AT+CMGF=0|AT+CMGL=4|AT+CREG?|AT+CEREG?|AT+COPS?|AT+CSQ|"},

    {"the number, and the end after AT+CHUP, only from AT+CLCC",
     {{"AT+CLCC", "OK", 1}, {"AT+CLCC", "+CLCC: 1,1,4,0,0,\"123456\",129\r\n\r\nOK", 1}},
     {{16000, "RING"}, {20000, "RING"}},
     MARK,
     26000,
     "R123456 E rejected123456 ",
     "AT+CLCC|AT+CHUP|AT+CLCC|AT+CLCC|"},
    {"a ZTE stick is not asked",
     {{"AT+CGMM", "MF190\r\n\r\nOK", 0}},
     {{16000, "RING"}, {20000, "RING"}},
     MARK,
     33000,
     "E missed ",
     "AT|"},
    {"a call, declined as configured",
     {{NULL, NULL, 0}},
     {{16000, "RING\r\n\r\n+CLIP: \"+447700900123\",145"}, {18500, "NO CARRIER"}},
     MARK,
     20000,
     "R+447700900123 E rejected+447700900123 ",
     "AT+CHUP|AT+CLCC|"},
    {"restarted while it rings",
     {{NULL, NULL, 0}},
     {{16000, "RING"}, {17000, "RDY"}},
     MARK,
     17100,
     "E missed? S:probing(the modem has restarted) ",
     "ESC|"},
    {"^BOOT is no restart",
     {{NULL, NULL, 0}},
     {{16000, "RING"}, {17000, "^BOOT:27710117,0,0,0,75"}},
     MARK,
     17100,
     "",
     ""},
    {"a late line of the same start does not end a call",
     {{"AT+CLCC", "ERROR", 0}},
     {{16000, "RING"}, {17000, "SMS Ready"}, {17100, "Call Ready"}, {18000, "NO CARRIER"}},
     MARK,
     18590,
     "E missed ",
     ""},
    {"but sets up again",
     {{NULL, NULL, 0}},
     {{16000, "SMS Ready"}, {17000, "Call Ready"}},
     MARK,
     22000,
     "S:configuring S:ready ",
     NULL},
    {"+CPIN: READY in mid life is a restart",
     {{"AT+CLCC", "ERROR", 0}},
     {{64000, "RING"}, {64500, "+CPIN: READY"}},
     63000,
     64600,
     "E missed? S:probing(the modem has restarted) ",
     "ESC|"},
};

struct rig {
    const struct row *row;
    struct modem modem;
    struct mono now;
    int used[RULES_MAX];
    char unit[1024], events[8192], commands[8192];
    size_t unit_len;
    char reply[2048];
    struct modem_receipt receipt;
    bool reopen; /* was asked for */
};

static bool logged(const struct rig *r)
{
    return r->now.ms >= r->row->from_ms;
}

__attribute__((format(printf, 2, 3))) static void add(struct rig *r, const char *format, ...)
{
    size_t len = strlen(r->events);
    va_list ap;

    va_start(ap, format);
    if (logged(r))
        vsnprintf(r->events + len, sizeof(r->events) - len, format, ap);
    va_end(ap);
}

static void take_event(struct rig *r, const struct modem_event *e)
{
    static const char *const fates[] = {"ok", "failed", "unknown"};
    static const char *const kinds[] = {"", "error", "cme", "cms", "timeout", "lost"};
    static const char *const outcomes[] = {"missed", "answered", "elsewhere", "rejected"};

    switch (e->type) {
    case MODEM_EVENT_STATE:
        add(r, "S%s:%s%s%s%s ", e->step[0] ? "+" : "", modem_state_name(e->state),
            e->cause[0] ? "(" : "", e->cause, e->cause[0] ? ")" : "");
        break;
    case MODEM_EVENT_CALL_RINGING:
        add(r, "R%s ", e->number);
        break;
    case MODEM_EVENT_CALL_ANSWERED:
        add(r, "A%s ", e->number);
        break;
    case MODEM_EVENT_CALL_ENDED:
        add(r, "E %s%s%s ", outcomes[e->outcome], e->certain ? "" : "?", e->number);
        break;
    case MODEM_EVENT_PDU:
        r->receipt = e->receipt;
        if (e->receipt.direct)
            add(r, "P direct ");
        else
            add(r, "P %s:%d ", e->receipt.memory, e->receipt.index);
        break;
    case MODEM_EVENT_SEND_NOW:
        if (modem_send(&r->modem, r->now, 1, PDU, 15) == -EBUSY)
            add(r, "stale ");
        break;
    case MODEM_EVENT_SEND_DONE:
        if (e->send == MODEM_SEND_OK)
            add(r, "T ok %d ", e->mr);
        else
            add(r, "T %s %s ", fates[e->send], kinds[e->error.kind]);
        break;
    case MODEM_EVENT_PIN_WANTED:
        add(r, "PIN? ");
        break;
    case MODEM_EVENT_PIN_RIGHT:
        add(r, "PIN right ");
        break;
    case MODEM_EVENT_CARD:
        add(r, "card %s ", e->iccid);
        break;
    case MODEM_EVENT_REOPEN:
        add(r, "O ");
        r->reopen = true;
        break;
    case MODEM_EVENT_REAUTHORISE:
        add(r, "U ");
        r->reopen = true;
        break;
    }
}

static bool matches(const char *pattern, const char *command)
{
    size_t len = strlen(pattern);

    if (len > 0 && pattern[len - 1] == '*')
        return strncmp(pattern, command, len - 1) == 0;
    return strcmp(pattern, command) == 0;
}

static void take_command(struct rig *r)
{
    const char *reply = strcmp(r->unit, "ESC") == 0        ? NULL
                        : strcmp(r->unit, "AT+CREG?") == 0 ? "+CREG: 2,1\r\n\r\nOK"
                                                           : "OK";
    size_t len = strlen(r->commands);

    if (logged(r))
        snprintf(r->commands + len, sizeof(r->commands) - len, "%s|", r->unit);
    for (size_t i = 0; i < RULES_MAX && r->row->rule[i].command; i++) {
        const struct rule *rule = &r->row->rule[i];
        if (!matches(rule->command, r->unit) || (rule->times > 0 && r->used[i] >= rule->times))
            continue;
        r->used[i]++;
        reply = rule->reply;
        break;
    }
    len = strlen(r->reply);
    if (reply)
        snprintf(r->reply + len, sizeof(r->reply) - len, "\r\n%s%s", reply,
                 strcmp(reply, "> ") == 0 ? "" : "\r\n");
    r->unit_len = 0;
}

static void take_output(struct rig *r)
{
    size_t len;
    const uint8_t *bytes;

    while (bytes = modem_output(&r->modem, &len), len > 0) {
        uint8_t c = bytes[0];
        modem_written(&r->modem, 1);
        if (c == 0x1b)
            r->unit_len = (size_t)snprintf(r->unit, sizeof(r->unit), "ESC");
        else if (c != '\r')
            r->unit[r->unit_len++] = c == 0x1a ? 'Z' : (char)c;
        r->unit[r->unit_len] = '\0';
        if ((c == '\r' || c == 0x1a) && r->unit_len > 0)
            take_command(r);
    }
}

static void settle(struct rig *r)
{
    struct modem_event e;
    bool again;

    do {
        char reply[sizeof(r->reply)];
        memcpy(reply, r->reply, sizeof(reply));
        r->reply[0] = '\0';
        modem_feed(&r->modem, r->now, (const uint8_t *)reply, strlen(reply));
        while (modem_next(&r->modem, r->now, &e))
            take_event(r, &e);
        if (r->reopen) {
            modem_lost(&r->modem, r->now, "gone");
            modem_opened(&r->modem, r->now);
        }
        again = r->reopen;
        r->reopen = false;
        take_output(r);
    } while (r->reply[0] || again);
}

static void act(struct rig *r, const char *what)
{
    if (strcmp(what, "SEND") == 0) {
        if (modem_send_ask(&r->modem, r->now) == -EBUSY)
            add(r, "busy ");
    } else if (strcmp(what, "ACK") == 0) {
        modem_ack(&r->modem, r->now, &r->receipt);
    } else if (strcmp(what, "LOST") == 0) {
        modem_lost(&r->modem, r->now, "gone");
    } else if (strcmp(what, "PIN") == 0 || strcmp(what, "NO PIN") == 0) {
        modem_pin(&r->modem, r->now, what[0] == 'P');
    } else if (strcmp(what, "LIST") == 0) {
        modem_list(&r->modem, r->now);
        modem_expire(&r->modem, r->now);
    } else {
        size_t len = strlen(r->reply);
        snprintf(r->reply + len, sizeof(r->reply) - len, "\r\n%s\r\n", what);
    }
    settle(r);
}

static bool run(const struct row *row)
{
    static const struct modem_config config = {.hang_up_after_ms = 2000,
                                               .heartbeat_ms = 30000,
                                               .pin = "1234",
                                               .delivery_reports = true,
                                               .init_count = 2,
                                               .init = {"AT+EXTRA=1", "AT\rATD999"}};
    static struct rig r;
    size_t next = 0;

    r = (struct rig){.row = row};
    modem_init(&r.modem, &config);
    modem_opened(&r.modem, r.now);
    settle(&r);
    while (r.now.ms < row->end_ms) {
        struct mono due = modem_deadline(&r.modem);
        if (due.ms <= r.now.ms) {
            tap_diag("stuck at %lld ms", (long long)r.now.ms);
            return false;
        }
        if (next < ACTS_MAX && row->act[next].what && row->act[next].ms <= due.ms) {
            r.now.ms = row->act[next].ms;
            act(&r, row->act[next++].what);
            continue;
        }
        r.now = mono_min(due, (struct mono){row->end_ms});
        modem_expire(&r.modem, r.now);
        settle(&r);
    }
    bool ok = strcmp(r.events, row->events) == 0 &&
              (!row->commands || strcmp(r.commands, row->commands) == 0);
    if (!ok)
        tap_diag("got  %s\n# sent %s", r.events, r.commands);
    return ok;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tap_ok(run(&rows[i]), "%s", rows[i].name);
    return tap_done();
}
