/* include/store/contacts.h - names of people: the address book. */
#pragma once
#include "store/store.h"

#define CONTACT_NAME_MAX 200 /* octets */

/* Names the person with this number, "" takes the name away (event contact). A number that never
 * called or texted gets a thread that is done, so that the inbox stays as it is. Returns 1, or 0
 * where the name was that already. */
int contact_set_name(struct store *s, const char *number, const char *name, struct wall at,
                     int64_t *ret_thread);

/* All that have a name, by name. */
struct contact_row {
    int64_t thread;
    const char *number, *name;
    const char *labels; /* one a line; NULL none */
};
int contact_list(struct store *s, int limit, struct store_rows **ret);
int contact_next(struct store_rows *r, struct contact_row *ret);
