/* tests/modemsim/record.h - a trace that is on the disk before the modem acts on what it tells:
 * past the page cache, each line in place of the one before it. A log of the disk's writes then
 * says what the modem knew at each of them (tests/vm/test_power.py). */
#pragma once
#include <stdio.h>

/* Opens the place "DEVICE@OCTET", a multiple of 4096. Returns NULL with errno. */
FILE *record_open(const char *place);
