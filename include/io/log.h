/* include/io/log.h - one line an event on stderr: level by name, time left to the journal unless
 * stderr is a terminal. Foreign bytes are made printable. The level and masking are set once at
 * start and at a reload. */
#pragma once
#include "io/config.h"

void log_set(enum config_log_level level, bool mask_numbers);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns `number` as the log may show it: whole, or "+4477*****321" when masking is on. Static
 * storage for 4 calls. */
const char *log_number(const char *number);
