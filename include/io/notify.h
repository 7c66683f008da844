/* include/io/notify.h - sd_notify(3) without libsystemd: datagrams to $NOTIFY_SOCKET. Nothing
 * happens where it is not set. */
#pragma once
#include <stdint.h>

/* Sends `state`, such as "READY=1", "STOPPING=1", "STATUS=...". Returns 1 sent, 0 not under
 * systemd, or -errno. */
int notify_send(const char *state);

/* Returns how often the watchdog wants to be fed, half of WATCHDOG_USEC, in ms; 0 where there is
 * none for this process. */
int64_t notify_watchdog_ms(void);
