/* tests/vectors.h - the lines of a file in tests/vectors as one JSON array (fields:
 * tests/vectors/README.md). */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Never returns NULL: a test without its data ends here. The caller frees with json_decref(). */
static json_t *vectors_load(const char *path)
{
    FILE *file = fopen(path, "r");
    json_t *lines =
        json_pack("[]"); /* json_array() is the name of our own writer's (base/json.h) */
    if (!file) {
        perror(path);
        exit(1);
    }
    for (;;) {
        json_error_t error;
        json_t *line = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
        if (!line)
            break;
        json_array_append_new(lines, line);
    }
    if (!feof(file)) {
        fprintf(stderr, "%s: line %zu is no JSON\n", path, json_array_size(lines) + 1);
        exit(1);
    }
    fclose(file);
    return lines;
}

/* Returns a string field, "" where it is null or absent. */
__attribute__((unused)) static const char *vectors_text(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text ? text : "";
}

/* Returns whether a string field, or "" for null, is `text`. */
__attribute__((unused)) static bool vectors_is(const json_t *line, const char *key,
                                               const char *text)
{
    return strcmp(vectors_text(line, key), text) == 0;
}

/* Returns a number, `absent` where the field is null or absent. */
__attribute__((unused)) static int vectors_int(const json_t *line, const char *key, int absent)
{
    const json_t *value = json_object_get(line, key);
    return json_is_integer(value) ? (int)json_integer_value(value) : absent;
}
