/* include/store/keep.h - the file itself: copies, health, and what must not be kept. */
#pragma once
#include "store/store.h"

/* Copies the whole database to a new file, mode 0600, while others go on reading and writing; then
 * looks whether the copy is sound. -EEXIST where there is a file already. */
int keep_backup(struct store *s, const char *path);

/* Looks for damage. What is found, a line each, with keep_problem_next(). */
int keep_check(struct store *s, struct store_rows **ret);
int keep_problem_next(struct store_rows *r, const char **ret);

/* Removes a person with all calls, texts, notes and events, and wipes what they took up in the
 * file, its log and the index of words. That they opted out, are on the skip list or blocked is
 * kept as a salted hash of the number, since it must be honoured when they call again; the event
 * `forgotten` names nobody. Returns 0, or 1 where it is done, but the log could not be emptied
 * because somebody reads the database as it was; -EAGAIN while a call or text of theirs is on its
 * way. */
int keep_forget(struct store *s, int64_t thread, struct wall at);

/* What was written or removed before lies in the log until it is emptied. -EBUSY while somebody
 * reads the database as it was. */
int keep_empty_log(struct store *s);

/* Removes calls, texts and events from before `before`, and who is left without a name, a note, a
 * result or anything else: about `limit` rows of each, in one transaction. Returns how many rows
 * went: fewer than `limit` means that all did. */
int keep_prune(struct store *s, struct wall before, int limit);
