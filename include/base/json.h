/* include/base/json.h - JSON out, value after value, into whatever takes octets (RFC 8259).
 * Commas are set here; the caller's begin and end calls must match (asserted).  Strings are
 * escaped, and octets in them that are not UTF-8 become U+FFFD, so that every document is valid. */
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 8

/* Takes `len` octets of the document; a sink that can fail remembers that itself. */
typedef void json_put(void *sink, const char *octets, size_t len);

struct json {
    json_put *put;
    void *sink; /* borrowed */
    int depth;  /* 0..JSON_DEPTH_MAX: objects and arrays that are open */
    bool line;  /* the next value begins on a new one */
    bool more;  /* the next value of this object or array needs a comma before it */
};

void json_init(struct json *j, json_put *put, void *sink);

/* A sink that adds to a struct text; text_ok() tells whether all of it fitted. */
void json_put_text(void *text, const char *octets, size_t len);

void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);

/* The next value begins on a line of its own. */
void json_line(struct json *j);

/* The key of the next value, in an object. */
void json_key(struct json *j, const char *key);

void json_string(struct json *j, const char *s); /* NULL is null */
void json_span(struct json *j, const char *s, size_t len);
void json_i64(struct json *j, int64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/* A whole value that is JSON already; its strings are treated like those of others. */
void json_raw(struct json *j, const char *document);

/* A key with its value. */
void json_key_string(struct json *j, const char *key, const char *s); /* NULL is null */
void json_key_i64(struct json *j, const char *key, int64_t value);
void json_key_bool(struct json *j, const char *key, bool value);
