/* include/policy/facts.h - the facts of a decision as a JSON object, kept with the call: what `why`
 * shows, and what the call can be decided on once more. */
#pragma once
#include "base/json.h"
#include "policy/decide.h"

/* Writes the facts as a JSON object; the caller id as harmless text. A time is RFC 3339, null for
 * never, "unlimited" for INT64_MAX. */
void facts_json(struct json *j, const struct decide_facts *facts);

/* Sets one fact by its key in that object and its value: text, "1" or "0", or digits; NULL for
 * null. `value` is borrowed for the life of the facts. Returns 0, -ENOENT for a key that is none
 * (a newer version wrote it), or -EINVAL for a value that cannot be. */
int facts_set(struct decide_facts *facts, const char *key, const char *value);
