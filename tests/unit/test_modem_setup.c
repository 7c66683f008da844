/* tests/unit/test_modem_setup.c - from the first byte to ready: what is asked, what may be refused,
 * and what is offered. */
#include "modem_script.h"

static const struct row rows[] = {
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
    {"or everywhere",
     {{"AT+QURCCFG=\"urcport\"", "+QURCCFG: \"urcport\",\"all\"\r\nOK", 0},
      {"AT+QURCCFG=*", NULL, 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     NULL},
    {"URCs that cannot be fetched here",
     {{"AT+QURCCFG=\"urcport\"", "+QURCCFG: \"urcport\",\"usbmodem\"\r\nOK", 0},
      {"AT+QURCCFG=*", "ERROR", 0}},
     {{0, NULL}},
     0,
     MARK,
     "S:probing S:configuring S:ready ",
     NULL},
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
    {"memories: none does all, and each does what it can",
     {{"AT+CPMS=?", "+CPMS: (\"ME\"),(\"ME\"),(\"SM\")\r\nOK", 0},
      {"AT+CPMS=\"ME\",\"ME\",\"SM\"", "OK", 0},
      {"AT+CPMS=\"*", NULL, 0}},
     {{16000, "LIST"}},
     0,
     20000,
     "S:probing S:configuring S:ready ",
     NULL},
    {"memories: not told as lists",
     {{"AT+CPMS=?", "+CPMS: \"SM\",\"SM\",\"SM\"\r\nOK", 0}, {"AT+CPMS=\"*", NULL, 0}},
     {{16000, "LIST"}},
     0,
     20000,
     "S:probing S:configuring S:ready ",
     NULL},
    {"memories: only the whole form is accepted",
     {{"AT+CPMS=?", "+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"SM\")\r\nOK", 0},
      {"AT+CPMS=\"ME\"", "ERROR", 0}},
     {{16000, "LIST"}},
     MARK,
     17000,
     "",
     "AT+CMGF=0|AT+CMGL=4|AT+CPMS=\"ME\",\"SM\",\"SM\"|AT+CMGF=0|AT+CMGL=4|"},
};

static const struct row plain_rows[] = {
    {"AT+CNMI without reports, which nobody wants",
     {{"AT+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\nOK", 0},
      {"AT+CNMI=2,1,0,0,0", "OK", 0},
      {"AT+CNMI=*", NULL, 0}},
     {{0, NULL}},
     0,
     5000,
     "S:probing S:configuring S:ready ",
     NULL},
    {"the SMS centre of the configuration",
     {{"AT+CSCA?", NULL, 1}},
     {{3000, "+CSCA: \"+447785016005\",145\r\n\r\nOK"}},
     2900,
     4000,
     "S:ready ",
     "AT+CSCA=\"+447785016000\",145|AT+CMGF=0|AT+CMGL=4|"},
    {"the modem has it already",
     {{"AT+CSCA?", NULL, 1}},
     {{3000, "+CSCA: \"+447785016000\",145\r\n\r\nOK"}},
     2900,
     4000,
     "S:ready ",
     "AT+CMGF=0|AT+CMGL=4|"},
};

int main(void)
{
    static const struct modem_config plain = {.hang_up_after_ms = -1, .smsc = "+447785016000"};

    play_rows(plain_rows, sizeof(plain_rows) / sizeof(plain_rows[0]), &plain);
    return run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}
