/* include/cli/page.h - figures as one HTML page with charts, for a browser, a phone or A4 paper; it
 * needs nothing else, no script and no network. */
#pragma once
#include "cli/figures.h"
#include <stdio.h>

/* Writes the page; whether it could be written, the stream knows. Returns 0, or an error of the
 * store. */
int page_print(FILE *to, const struct figures *f);
