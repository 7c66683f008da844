/* include/cli/show.h - calls, texts and threads as JSON and in the words of people. */
#pragma once
#include "cli/cli.h"
#include "store/follow_ups.h"
#include "store/leads.h"
#include "store/people.h"
#include "store/threads.h"

/* A call, text or thread as a JSON object. `kind` comes first where it is not NULL. */
void show_call_json(struct json *j, const char *kind, const struct call_row *call);
void show_message_json(struct json *j, const char *kind, const struct message_row *message);
void show_thread_json(struct json *j, const struct thread_row *thread);
void show_note_json(struct json *j, const struct note_row *note);
void show_follow_up_json(struct json *j, const struct follow_up_row *follow_up);
void show_lead_json(struct json *j, const struct lead_row *lead);

/* "labels":["quote",...] of a text with one a line; NULL has none. */
void show_lines_json(struct json *j, const char *key, const char *lines);

/* "rules":[{"name":...,"result":"pass","detail":...}...]; takes the rows, of calls_rules() or
 * leads_rules(). Returns 0, or an error of the store. */
int show_rules_json(struct json *j, struct store_rows *rows);

/* {"v":1,"thread":{...}}, and {"v":1,"threads":[...]} of several people. The first returns an exit
 * code after telling, the second an error of the store. */
int show_thread_document(struct cli *cli, int64_t thread);
struct person;
int show_threads_document(struct cli *cli, const struct person *people, size_t count);

/* "paused":{"until":...,"hard":...}, or null. */
void show_pause_json(struct json *j, const struct pause *pause);

/* {"v":1,"number":"+44...","blocked":true,"changed":true,"dry_run":false}: what a command made, or
 * would make, of somebody; `key` such as "blocked". */
void show_change_json(const struct cli *cli, const char *number, const char *key, bool value,
                      bool changed);

/* Shows a list, through a pager where it is long, or notes `none` (NULL: nothing) where it has no
 * row. Frees it. */
struct table;
void show_table(struct cli *cli, struct table *t, const char *none);

/* Returns why a call was not texted, for people: "texted recently"; the rule's name where it is
 * new. */
const char *show_reason(const char *rule);

/* Returns the state for people, with ticks where they can be shown: "✓✓ delivered". */
const char *show_state(const struct output *out, enum message_state state);
enum output_style show_state_style(enum message_state state);

/* Returns what a text is about: "automatic" "you" "opt-out". */
const char *show_cause(enum message_cause cause);

/* Returns "missed", "answered" ... */
const char *show_outcome(enum call_state outcome);

/* Writes "Ann Baker (07700 900321)", or the number alone; `name` may be NULL. Foreign: print it
 * as such. */
#define SHOW_WHO_SIZE 256
void show_who(const struct output *out, const char *name, const char *number,
              char ret[SHOW_WHO_SIZE]);
/* The name of a thread, "~Ann" where only a web form of theirs says so, NULL without one. */
#define SHOW_NAME_SIZE 256
const char *show_name(const struct thread_row *thread, char ret[SHOW_NAME_SIZE]);
/* Name and number of a thread. */
void show_who_of(const struct output *out, const struct thread_row *thread,
                 char ret[SHOW_WHO_SIZE]);
/* The same for a thread. */
void show_person(const struct cli *cli, int64_t thread, char ret[SHOW_WHO_SIZE]);
