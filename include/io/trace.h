/* include/io/trace.h - every byte from and to the modems, in a file of its own that only its owner
 * may read: it holds numbers and texts. Off unless configured. One record a line:
 *   2026-11-23T16:04:05.123Z main < "\r\n+CSQ: 21,99\r\n"
 * A PIN is never written. At TRACE_MAX octets the file becomes FILE.old, and a new one begins. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define TRACE_MAX (10 << 20)

struct trace;

/* Opens `path` to add to it. Returns 0 or -errno: -EINVAL where it is no regular file. */
int trace_new(const char *path, struct trace **ret);
void trace_free(struct trace *t); /* takes NULL */

/* Writes what came from ('<') or went to ('>') the modem of a line; nothing where `t` is NULL. What
 * cannot be written is left out. */
void trace_bytes(struct trace *t, const char *line, char direction, const uint8_t *bytes,
                 size_t len);
