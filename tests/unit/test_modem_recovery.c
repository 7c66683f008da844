/* tests/unit/test_modem_recovery.c - a modem that goes deaf, restarts or loses the network: the
 * steps that bring it back. */
#include "modem_script.h"

static const struct row rows[] = {
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
    {"no network for long, and nothing is switched off while somebody talks",
     {{"AT+CREG?", "+CREG: 2,2\r\nOK", 0}, {"AT+CLCC", "ERROR", 0}},
     {{500000, "RING\r\n\r\n+CLIP: \"123456\",129"},
      {501000, "^CONN:1,0"},
      {700000, "^CEND:1,199,104,16"}},
     MARK,
     701000,
     "R123456 A123456 E answered123456 "
     "S+:recovering(searching for a network: radio off and on) ",
     NULL},
    {"no network for long, and the radio comes back deaf",
     {{"AT+CREG?", "+CREG: 2,2\r\nOK", 0},
      {"AT", "OK", 1},
      {"AT", NULL, 0},
      {"ATQ0V1", "OK", 1},
      {"ATQ0V1", NULL, 0}},
     {{0, NULL}},
     MARK,
     615000,
     "S+:recovering(searching for a network: radio off and on) "
     "S+:recovering(no answer to AT: reset of the modem) ",
     NULL},
    {"deaf while it looks for a network",
     {{"AT+CREG?", "+CREG: 2,2\r\nOK", 4}, {"AT+CREG?", NULL, 1}},
     {{0, NULL}},
     MARK,
     50000,
     "S+:recovering(the modem does not answer: ESC and AT) S:configuring S:ready ",
     NULL},
    {"deaf after a restart that follows a fault: the next step, not the first",
     {{"AT", "OK", 1},
      {"AT", NULL, 1},
      {"AT", "OK", 1},
      {"AT", NULL, 1},
      {"AT", "OK", 1},
      {"AT", NULL, 0},
      {"ATQ0V1", "OK", 3},
      {"ATQ0V1", NULL, 0}},
     {{90000, "RDY"}},
     85000,
     125000,
     "S:probing(the modem has restarted) S+:recovering(no answer to AT: radio off and on) "
     "S+:recovering(no answer to AT: reset of the modem) ",
     NULL},
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
};

int main(void)
{
    return run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}
