/* include/cli/elements.h - takes a document like that of `textback export` apart while it is read:
 * the objects in the arrays of one object, each with its line, however long the document is. Pure.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define ELEMENTS_KEY_SIZE 32
#define ELEMENT_MAX (1 << 20) /* octets of one object */

enum elements_state {
    ELEMENTS_START, /* before the first { */
    ELEMENTS_KEYS,  /* between them */
    ELEMENTS_KEY,   /* inside of one */
    ELEMENTS_COLON,
    ELEMENTS_VALUE,  /* of a key: an array, or something short */
    ELEMENTS_SCALAR, /* something short: the version */
    ELEMENTS_ARRAY,  /* between its objects */
    ELEMENTS_OBJECT, /* inside of one */
    ELEMENTS_END,
};

struct elements {
    enum elements_state state;
    int line;       /* from 1, of the next octet */
    int begun;      /* the line on which the object begins */
    int depth;      /* of the object: how many { and [ are open in it */
    bool in_string; /* of the object */
    bool escaped;   /* the next octet of a string */
    char key[ELEMENTS_KEY_SIZE];
    size_t key_len;
    size_t len; /* of the object in `buf` */
    char *buf;  /* borrowed; ELEMENT_MAX + 1 octets */
};

void elements_init(struct elements *e, char *buf);

/* Takes the next octet. Returns 1 when an object is complete (e->buf holds it with a NUL, e->key
 * names its array, e->begun its line), 0 where it is not yet, -EINVAL where the document is none of
 * ours: `ret_why` says what is expected there. */
int elements_feed(struct elements *e, char octet, const char **ret_why);
