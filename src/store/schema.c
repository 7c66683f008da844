#include "schema.h"
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define RFC3339(column) "strftime('%Y-%m-%dT%H:%M:%SZ', " column ", 'unixepoch')"

/* Numbers that are never texted automatically; those who may have opted out, until somebody here
 * has said; and texts that will never arrive where they were sent. */
#define SCHEMA_LISTS                                                      \
    "CREATE TABLE skip ("                                                 \
    "  number TEXT PRIMARY KEY,"                                          \
    "  at INTEGER NOT NULL"                                               \
    ") STRICT, WITHOUT ROWID;"                                            \
    "CREATE TABLE doubt ("                                                \
    "  number TEXT PRIMARY KEY,"                                          \
    "  at INTEGER NOT NULL"                                               \
    ") STRICT, WITHOUT ROWID;"                                            \
    "CREATE TABLE undeliverable ("                                        \
    "  message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE," \
    "  contact INTEGER NOT NULL REFERENCES contact,"                      \
    "  at INTEGER NOT NULL"                                               \
    ") STRICT;"                                                           \
    "CREATE INDEX undeliverable_contact ON undeliverable (contact, message);"

/* What the caps count: `departure` are the texts that left in the last days, or may have; `mute`
 * are those to whom nothing automatic goes for a while. */
#define SCHEMA_LIMITS                                               \
    "CREATE TABLE departure ("                                      \
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"                       \
    "  line INTEGER NOT NULL,"                                      \
    "  message INTEGER NOT NULL,"                                   \
    "  automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),"     \
    "  at INTEGER NOT NULL"                                         \
    ") STRICT;"                                                     \
    "CREATE INDEX departure_line ON departure (line, at, message);" \
    "CREATE INDEX departure_automatic ON departure (line, at)"      \
    "  WHERE automatic;"                                            \
    "CREATE INDEX departure_message ON departure (message);"        \
    "CREATE TABLE mute ("                                           \
    "  number TEXT PRIMARY KEY,"                                    \
    "  until INTEGER NOT NULL"                                      \
    ") STRICT, WITHOUT ROWID;"                                      \
    "CREATE INDEX mute_until ON mute (until);"

/* What people here note about a conversation. `amount` is in the smallest unit of the currency. */
#define SCHEMA_PROGRESS                                                \
    "CREATE TABLE note ("                                              \
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"                          \
    "  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE," \
    "  text TEXT NOT NULL,"                                            \
    "  at INTEGER NOT NULL"                                            \
    ") STRICT;"                                                        \
    "CREATE INDEX note_contact ON note (contact, at);"                 \
    "CREATE TABLE label ("                                             \
    "  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE," \
    "  name TEXT NOT NULL,"                                            \
    "  PRIMARY KEY (contact, name)"                                    \
    ") STRICT, WITHOUT ROWID;"                                         \
    "CREATE INDEX label_name ON label (name, contact);"                \
    "CREATE TABLE result ("                                            \
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"                          \
    "  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE," \
    "  won INTEGER NOT NULL CHECK (won IN (0, 1)),"                    \
    "  amount INTEGER CHECK (amount >= 0),"                            \
    "  currency TEXT,"                                                 \
    "  why TEXT,"                                                      \
    "  at INTEGER NOT NULL,"                                           \
    "  CHECK ((amount IS NULL) = (currency IS NULL))"                  \
    ") STRICT;"                                                        \
    "CREATE INDEX result_contact ON result (contact, id);"             \
    "CREATE INDEX result_at ON result (at);"

/* Full text (FTS5) over texts, notes and names. Nothing is indexed when it is written, so that a
 * call costs the same whatever was ever said: search takes in what is new, texts and notes by id
 * (the settings words_text and words_note say how far), and what changed since from `word_change`.
 * Triggers may not touch virtual tables (trusted_schema is off). */
#define WORDS(name, table, column)                                              \
    "CREATE VIRTUAL TABLE " name " USING fts5(" column ", content='" table "'," \
    "  content_rowid='id', tokenize='unicode61 remove_diacritics 2');"
#define INDEXED(mark) " old.id <= ifnull((SELECT value FROM setting WHERE key = '" mark "'), 0) "
#define WORDS_CHANGE(table, column, kind, indexed)                                                \
    "CREATE TRIGGER " kind "_changed AFTER UPDATE OF " column " ON " table "  WHEN old." column   \
    " IS NOT new." column " AND " indexed "  BEGIN INSERT INTO word_change (kind, row, old, new)" \
    "  VALUES ('" kind "', old.id, old." column ", new." column "); END;"                         \
    "CREATE TRIGGER " kind "_gone AFTER DELETE ON " table " WHEN old." column                     \
    " IS NOT NULL AND " indexed " BEGIN INSERT INTO word_change (kind, row, old)"                 \
    "  VALUES ('" kind "', old.id, old." column "); END;"
#define SCHEMA_SEARCH                                                                            \
    "CREATE TABLE word_change ("                                                                 \
    "  id INTEGER PRIMARY KEY,"                                                                  \
    "  kind TEXT NOT NULL CHECK (kind IN ('text','note','name')),"                               \
    "  row INTEGER NOT NULL,"                                                                    \
    "  old TEXT,"                                                                                \
    "  new TEXT"                                                                                 \
    ") STRICT;" WORDS("text_words", "message", "text") WORDS("note_words", "note", "text")       \
        WORDS("name_words", "contact", "name") WORDS_CHANGE("message", "text", "text",           \
                                                            INDEXED("words_text"))               \
            WORDS_CHANGE("note", "text", "note", INDEXED("words_note")) WORDS_CHANGE(            \
                "contact", "name", "name",                                                       \
                "1") "CREATE TRIGGER name_new AFTER INSERT ON contact WHEN new.name IS NOT NULL" \
                     "  BEGIN INSERT INTO word_change (kind, row, new) VALUES ('name', new.id, " \
                     "new.name); END;"

/* Who must not be texted although nothing else is known of them any more: a slow hash of the number
 * with a salt, as crypt(5) has them. `source` is that of the opt-out, NULL where they did not opt
 * out. */
#define SCHEMA_FORGOTTEN                                      \
    "CREATE TABLE forgotten_salt ("                           \
    "  id INTEGER PRIMARY KEY,"                               \
    "  salt TEXT NOT NULL UNIQUE"                             \
    ") STRICT;"                                               \
    "CREATE TABLE forgotten ("                                \
    "  salt INTEGER NOT NULL REFERENCES forgotten_salt,"      \
    "  hash TEXT NOT NULL,"                                   \
    "  source TEXT,"                                          \
    "  doubtful INTEGER NOT NULL CHECK (doubtful IN (0, 1))," \
    "  skipped INTEGER NOT NULL CHECK (skipped IN (0, 1)),"   \
    "  blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),"   \
    "  at INTEGER NOT NULL,"                                  \
    "  UNIQUE (salt, hash)"                                   \
    ") STRICT;"

/* The owner's phones, as the configuration has them, with the PINs that were wrong since
 * `wrong_at`; what is wrong, and whether they were `told`; and for whose wait, whose answer, which
 * departure. */
#define SCHEMA_OWNERS                                                                 \
    "CREATE TABLE owner ("                                                            \
    "  number TEXT PRIMARY KEY,"                                                      \
    "  wrong INTEGER NOT NULL DEFAULT 0,"                                             \
    "  wrong_at INTEGER"                                                              \
    ") STRICT, WITHOUT ROWID;"                                                        \
    "CREATE TABLE trouble ("                                                          \
    "  key TEXT PRIMARY KEY,"                                                         \
    "  what TEXT NOT NULL,"                                                           \
    "  since INTEGER NOT NULL,"                                                       \
    "  told INTEGER,"                                                                 \
    "  count INTEGER NOT NULL DEFAULT 0"                                              \
    ") STRICT, WITHOUT ROWID;"                                                        \
    "CREATE INDEX trouble_untold ON trouble (since) WHERE told IS NULL;"              \
    "ALTER TABLE contact ADD COLUMN wait_told INTEGER;"                               \
    "CREATE INDEX contact_untold ON contact (waiting_since) WHERE " SCHEMA_UNTOLD ";" \
    "ALTER TABLE message ADD COLUMN owner TEXT;"                                      \
    "ALTER TABLE departure ADD COLUMN owner INTEGER NOT NULL DEFAULT 0"               \
    "  CHECK (owner IN (0, 1));"                                                      \
    "CREATE INDEX departure_owner ON departure (line, at) WHERE owner;"

/* When a part was last handed to the modem, as far as that is known. */
#define SCHEMA_TAKEN "ALTER TABLE part ADD COLUMN taken INTEGER;"

/* What people wrote in a web form, with the consent that came with it: `message` is what they
 * wrote, `answer` our text. `consented` is when they agreed where the form says so. */
#define SCHEMA_LEADS                                                          \
    "CREATE TABLE lead ("                                                     \
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"                                 \
    "  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,"        \
    "  message INTEGER NOT NULL UNIQUE REFERENCES message ON DELETE CASCADE," \
    "  answer INTEGER REFERENCES message ON DELETE SET NULL,"                 \
    "  name TEXT,"                                                            \
    "  consent INTEGER NOT NULL CHECK (consent IN (0, 1)),"                   \
    "  consent_text TEXT,"                                                    \
    "  consented INTEGER,"                                                    \
    "  source TEXT,"                                                          \
    "  at INTEGER NOT NULL,"                                                  \
    "  reason TEXT,"                                                          \
    "  config TEXT,"                                                          \
    "  facts TEXT"                                                            \
    ") STRICT;"                                                               \
    "CREATE INDEX lead_contact ON lead (contact, id);"                        \
    "CREATE INDEX lead_answer ON lead (answer) WHERE answer IS NOT NULL;"     \
    "CREATE TABLE lead_rule ("                                                \
    "  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,"              \
    "  seq INTEGER NOT NULL,"                                                 \
    "  rule TEXT NOT NULL,"                                                   \
    "  stop INTEGER NOT NULL CHECK (stop IN (0, 1)),"                         \
    "  detail TEXT,"                                                          \
    "  PRIMARY KEY (lead, seq)"                                               \
    ") STRICT, WITHOUT ROWID;"

/* Texts that follow `message` if nobody answers it. `due` is when to look at one, NULL once it is
 * settled: by `text`, which was queued, or by the `reason` why it never comes. */
#define SCHEMA_FOLLOW_UPS                                                               \
    "CREATE TABLE follow_up ("                                                          \
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"                                           \
    "  line INTEGER NOT NULL REFERENCES line,"                                          \
    "  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,"                  \
    "  message INTEGER NOT NULL UNIQUE REFERENCES message ON DELETE CASCADE,"           \
    "  nudge INTEGER NOT NULL CHECK (nudge >= 0),"                                      \
    "  due INTEGER,"                                                                    \
    "  text INTEGER REFERENCES message ON DELETE SET NULL,"                             \
    "  reason TEXT,"                                                                    \
    "  CHECK (due IS NULL OR (text IS NULL AND reason IS NULL))"                        \
    ") STRICT;"                                                                         \
    "CREATE INDEX follow_up_line ON follow_up (line, due) WHERE due IS NOT NULL;"       \
    "CREATE INDEX follow_up_due ON follow_up (due) WHERE due IS NOT NULL;"              \
    "CREATE INDEX follow_up_contact ON follow_up (contact, due) WHERE due IS NOT NULL;" \
    "CREATE INDEX follow_up_person ON follow_up (contact);"                             \
    "CREATE INDEX follow_up_text ON follow_up (text) WHERE text IS NOT NULL;"

/* The public view of texts, with what was added to them. */
#define SCHEMA_MESSAGES                                                                            \
    "DROP VIEW v_messages;"                                                                        \
    "CREATE VIEW v_messages AS SELECT m.id, l.name AS line, " SCHEMA_THREAD_OF(                    \
        "m.contact") " AS thread, p.number,"                                                       \
                     "  m.direction, m.text, m.cause, m.state, m.parts,"                           \
                     "  " RFC3339("m.created") " AS created_at, " RFC3339(                         \
                         "m.sent") " AS sent_at,"                                                  \
                                   "  " RFC3339(                                                   \
                                       "m.delivered") " AS delivered_at, m.error, m.call, "        \
                                                      "m.resent, p.name,"                          \
                                                      "  " RFC3339(                                \
                                                          "m.due") " AS due_at, m.held, m.owner,"  \
                                                                   "  (SELECT id FROM lead WHERE " \
                                                                   "message "                      \
                                                                   "= m.id) AS lead FROM message " \
                                                                   "m JOIN "                       \
                                                                   "line l ON l.id = m.line "      \
                                                                   "JOIN contact p ON p.id = "     \
                                                                   "m.contact;"

/* Numbers of one person: `contact` is shown in `thread`, which is joined to none itself. */
#define SCHEMA_JOINED                                                                             \
    "CREATE TABLE joined ("                                                                       \
    "  contact INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,"                         \
    "  thread INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,"                             \
    "  CHECK (contact <> thread)"                                                                 \
    ") STRICT;"                                                                                   \
    "CREATE INDEX joined_thread ON joined (thread);"                                              \
    "DROP VIEW v_calls;"                                                                          \
    "CREATE VIEW v_calls AS SELECT c.id, l.name AS line, p.number, p.name, c.withheld,"           \
    "  " RFC3339("c.started") " AS started_at, " RFC3339(                                         \
        "c.ended") " AS ended_at,"                                                                \
                   "  c.rings, c.outcome, c.decision, c.reason, m.id AS message,"                 \
                   "  " SCHEMA_THREAD_OF(                                                         \
                       "c.contact") " AS thread,"                                                 \
                                    "  c.certain, m.state AS message_state, m.error AS "          \
                                    "message_error"                                               \
                                    "  FROM call c JOIN line l ON l.id = c.line LEFT JOIN "       \
                                    "contact p ON p.id = c.contact"                               \
                                    "  LEFT JOIN message m ON m.call = c.id AND m.cause = "       \
                                    "'missed_call' AND m.call IS NOT NULL;"                       \
                                    "DROP VIEW v_threads;"                                        \
                                    "CREATE VIEW v_threads AS SELECT id, number, name, state, "   \
                                    "unread,"                                                     \
                                    "  " RFC3339(                                                 \
                                        "waiting_since") " AS waiting_since,"                     \
                                                         "  EXISTS (SELECT 1 FROM opt_out o "     \
                                                         "WHERE o.number = contact.number) AS "   \
                                                         "opted_out, blocked,"                    \
                                                         "  calls, messages, " RFC3339(           \
                                                             "last_at") " AS last_at, last_text," \
                                                                        "  (SELECT thread FROM "  \
                                                                        "joined WHERE contact = " \
                                                                        "contact.id) AS "         \
                                                                        "joined_to FROM contact;"

/* Times are seconds of UTC since 1970, NULL where there is none. Words are those of the JSON. */
const char *const schema_steps[SCHEMA_VERSION] = {
    "CREATE TABLE line ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE"
    ") STRICT;"

    /* A person, and so a thread; the columns from `unread` on are what the inbox shows, kept up to
       date. */
    "CREATE TABLE contact ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  number TEXT NOT NULL UNIQUE CHECK (number <> ''),"
    "  name TEXT,"
    "  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','snoozed','done')),"
    "  snoozed_until INTEGER," /* meaningful in that state */
    "  handled_text INTEGER,"  /* the last text and call that somebody here has dealt with */
    "  handled_call INTEGER,"
    "  blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),"
    "  unread INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),"
    "  calls INTEGER NOT NULL DEFAULT 0,"
    "  messages INTEGER NOT NULL DEFAULT 0,"
    "  texted INTEGER," /* when the last text to them was due */
    "  waiting_since INTEGER,"
    "  last_at INTEGER NOT NULL,"
    "  last_text TEXT"
    ") STRICT;"
    "CREATE INDEX contact_all ON contact (" SCHEMA_INBOX_ORDER ");"
    "CREATE INDEX contact_open ON contact (" SCHEMA_INBOX_ORDER ") WHERE state = 'open';"
    "CREATE INDEX contact_unread ON contact (" SCHEMA_INBOX_ORDER ") WHERE unread > 0;"
    "CREATE INDEX contact_snoozed ON contact (snoozed_until) WHERE state = 'snoozed';"
    "CREATE INDEX contact_texted ON contact (texted) WHERE texted IS NOT NULL;"
    "CREATE INDEX contact_name ON contact (name COLLATE NOCASE) WHERE name IS NOT NULL;"

    "CREATE TABLE call ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  line INTEGER NOT NULL REFERENCES line,"
    "  contact INTEGER REFERENCES contact,"
    "  withheld INTEGER NOT NULL CHECK (withheld IN (0, 1)),"
    "  certain INTEGER NOT NULL DEFAULT 1 CHECK (certain IN (0, 1)),"
    "  started INTEGER NOT NULL,"
    "  ended INTEGER,"
    "  rings INTEGER NOT NULL DEFAULT 0,"
    "  outcome TEXT NOT NULL DEFAULT 'ringing' CHECK (outcome IN"
    "    ('ringing','missed','answered','answered_elsewhere','rejected')),"
    "  decision TEXT NOT NULL DEFAULT 'pending' CHECK (decision IN ('pending','text','no_text')),"
    "  reason TEXT,"
    "  config TEXT," /* hash of the configuration that decided */
    "  facts TEXT,"  /* what it decided on: a JSON object */
    "  CHECK ((ended IS NULL) = (outcome = 'ringing')),"
    "  CHECK ((reason IS NOT NULL) = (decision = 'no_text'))"
    ") STRICT;"
    "CREATE INDEX call_started ON call (started);"
    "CREATE INDEX call_missed ON call (started) WHERE outcome IN ('missed','rejected');"
    "CREATE INDEX call_contact ON call (contact, started);"
    "CREATE INDEX call_answered ON call (contact, started)"
    "  WHERE outcome IN ('answered','answered_elsewhere');"
    "CREATE INDEX call_unsettled ON call (line, id)"
    "  WHERE (outcome = 'ringing' OR decision = 'pending');"

    /* The rules of a call in the order in which they were asked. */
    "CREATE TABLE decision ("
    "  call INTEGER NOT NULL REFERENCES call ON DELETE CASCADE,"
    "  seq INTEGER NOT NULL,"
    "  rule TEXT NOT NULL,"
    "  stop INTEGER NOT NULL CHECK (stop IN (0, 1)),"
    "  detail TEXT,"
    "  PRIMARY KEY (call, seq)"
    ") STRICT, WITHOUT ROWID;"

    /* `urgency` is the place of the cause in the order of sending; `changed` is the time of the
       last state. */
    "CREATE TABLE message ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  line INTEGER NOT NULL REFERENCES line,"
    "  contact INTEGER NOT NULL REFERENCES contact,"
    "  call INTEGER REFERENCES call,"
    "  direction TEXT NOT NULL CHECK (direction IN ('in','out')),"
    "  text TEXT NOT NULL,"
    "  cause TEXT NOT NULL CHECK (cause IN ('missed_call','follow_up','manual','lead','opt_out',"
    "    'help','digest','relay','received')),"
    "  urgency INTEGER NOT NULL,"
    "  state TEXT NOT NULL CHECK (state IN ('received','waiting','queued','sending','sent',"
    "    'delivered','failed','unknown','expired','cancelled')),"
    "  parts INTEGER NOT NULL CHECK (parts > 0),"
    "  resent INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),"
    "  replace_type INTEGER NOT NULL DEFAULT 0 CHECK (replace_type BETWEEN 0 AND 7),"
    "  created INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL,"
    "  due INTEGER,"
    "  expires INTEGER,"
    "  sent INTEGER,"
    "  delivered INTEGER,"
    "  error TEXT,"
    "  held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),"
    "  acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),"
    "  CHECK ((direction = 'in') = (cause = 'received')),"
    "  CHECK ((direction = 'in') = (state = 'received'))"
    ") STRICT;"
    "CREATE UNIQUE INDEX message_call ON message (call)" /* one call, at most one text */
    "  WHERE call IS NOT NULL AND cause = 'missed_call';"
    "CREATE INDEX message_of_call ON message (call) WHERE call IS NOT NULL;"
    "CREATE INDEX message_contact ON message (contact, created);"
    "CREATE INDEX message_created ON message (created);"
    "CREATE INDEX message_said ON message (contact, cause, created) WHERE " SCHEMA_SAID ";"
    "CREATE INDEX message_unfinished ON message (urgency, id) WHERE " SCHEMA_UNFINISHED ";"
    "CREATE UNIQUE INDEX message_replace ON message (contact, line, replace_type)"
    "  WHERE replace_type > 0;"
    "CREATE INDEX message_failed ON message (changed) WHERE state = 'failed';"

    /* `next` is when a part may be taken for sending, NULL where it is not to be taken. `line`,
     * `contact` and `urgency` are those of the message, here for the indices. */
    "CREATE TABLE part ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,"
    "  seq INTEGER NOT NULL,"
    "  line INTEGER NOT NULL,"
    "  contact INTEGER NOT NULL,"
    "  urgency INTEGER NOT NULL,"
    "  pdu TEXT NOT NULL,"
    "  tpdu_octets INTEGER NOT NULL,"
    "  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN"
    "    ('queued','sending','sent','delivered','failed','unknown','cancelled')),"
    "  next INTEGER,"
    "  tries INTEGER NOT NULL DEFAULT 0,"
    "  resent INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),"
    "  mr INTEGER CHECK (mr BETWEEN 0 AND 255),"
    "  sent INTEGER,"
    "  UNIQUE (message, seq),"
    "  CHECK (state <> 'queued' OR next IS NOT NULL),"
    "  CHECK (state IN ('queued','unknown') OR next IS NULL)"
    ") STRICT;"
    "CREATE INDEX part_queue ON part (line, urgency, message, seq) WHERE next IS NOT NULL;"
    "CREATE INDEX part_pending ON part (contact, urgency, message) WHERE next IS NOT NULL;"
    "CREATE INDEX part_sending ON part (line, id) WHERE state = 'sending';"
    "CREATE INDEX part_reference ON part (contact, line, mr, sent) WHERE mr IS NOT NULL;"
    "CREATE INDEX part_fate ON part (contact, line, id)"
    "  WHERE mr IS NULL AND state IN ('sending','unknown');"

    /* A text that comes in parts. `stamp` is the SMSC's of the part that began it; `due` is when it
     * is shown with its gaps, NULL once it is shown. While parts are `missing`, it takes them. */
    "CREATE TABLE long_text ("
    "  id INTEGER PRIMARY KEY,"
    "  line INTEGER NOT NULL REFERENCES line,"
    "  sender TEXT NOT NULL,"
    "  ref INTEGER NOT NULL,"
    "  ref_bits INTEGER NOT NULL,"
    "  total INTEGER NOT NULL CHECK (total > 1),"
    "  stamp INTEGER NOT NULL,"
    "  missing INTEGER NOT NULL CHECK (missing >= 0 AND missing < total),"
    "  due INTEGER,"
    "  message INTEGER REFERENCES message ON DELETE CASCADE,"
    "  CHECK ((due IS NULL) = (message IS NOT NULL))"
    ") STRICT;"
    "CREATE INDEX long_text_key ON long_text (line, sender, ref, ref_bits, total, stamp);"
    "CREATE INDEX long_text_sender ON long_text (line, sender, due) WHERE due IS NOT NULL;"
    "CREATE INDEX long_text_due ON long_text (due) WHERE due IS NOT NULL;"
    "CREATE INDEX long_text_message ON long_text (message) WHERE message IS NOT NULL;"

    /* `body` is where the user data begin in `pdu`, as substr() counts. `message` is set once the
       text is shown. */
    "CREATE TABLE inbound_part ("
    "  id INTEGER PRIMARY KEY,"
    "  line INTEGER NOT NULL REFERENCES line,"
    "  sender TEXT NOT NULL,"
    "  scts INTEGER NOT NULL,"
    "  pdu TEXT NOT NULL,"
    "  body INTEGER NOT NULL,"
    "  received INTEGER NOT NULL,"
    "  long_text INTEGER REFERENCES long_text ON DELETE CASCADE,"
    "  seq INTEGER NOT NULL CHECK (seq > 0),"
    "  message INTEGER REFERENCES message ON DELETE CASCADE,"
    "  UNIQUE (line, sender, scts, pdu)"
    ") STRICT;"
    "CREATE INDEX inbound_part_text ON inbound_part (long_text, seq)"
    "  WHERE long_text IS NOT NULL;"
    "CREATE INDEX inbound_part_message ON inbound_part (message) WHERE message IS NOT NULL;"

    /* By number and not by person: a number may be here whose person is not, or no longer, known.
     */
    "CREATE TABLE opt_out ("
    "  number TEXT PRIMARY KEY,"
    "  source TEXT NOT NULL,"
    "  at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE event ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  at INTEGER NOT NULL,"
    "  type TEXT NOT NULL,"
    "  contact INTEGER REFERENCES contact,"
    "  data TEXT NOT NULL" /* a JSON object */
    ") STRICT;"
    "CREATE INDEX event_contact ON event (contact) WHERE contact IS NOT NULL;"

    "CREATE TABLE setting ("
    "  key TEXT PRIMARY KEY,"
    "  value INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    SCHEMA_LISTS SCHEMA_LIMITS SCHEMA_PROGRESS SCHEMA_SEARCH

    /* The public SQL interface: the keys of the JSON, and some more. */
    "CREATE VIEW v_calls AS SELECT c.id, l.name AS line, p.number, p.name, c.withheld,"
    "  " RFC3339("c.started") " AS started_at, " RFC3339(
        "c.ended") " AS ended_at,"
                   "  c.rings, c.outcome, c.decision, c.reason, m.id AS message, c.contact AS "
                   "thread,"
                   "  c.certain, m.state AS message_state, m.error AS message_error"
                   "  FROM call c JOIN line l ON l.id = c.line LEFT JOIN contact p ON p.id = "
                   "c.contact"
                   "  LEFT JOIN message m ON m.call = c.id AND m.cause = 'missed_call' AND m.call "
                   "IS NOT NULL;"

                   "CREATE VIEW v_messages AS SELECT m.id, l.name AS line, m.contact AS thread, "
                   "p.number,"
                   "  m.direction, m.text, m.cause, m.state, m.parts, " RFC3339(
                       "m.created") " AS created_at,"
                                    "  " RFC3339("m.sent") " AS sent_at, " RFC3339(
                                        "m.delivered") " AS delivered_at, m.error,"
                                                       "  m.call, m.resent, p.name, " RFC3339(
                                                           "m.due") " AS due_at, m.held"
                                                                    "  FROM message m JOIN line l "
                                                                    "ON l.id = m.line JOIN contact "
                                                                    "p ON p.id = m.contact;"

                                                                    "CREATE VIEW v_threads AS "
                                                                    "SELECT id, number, "
                                                                    "name, state, unread,"
                                                                    "  " RFC3339(
                                                                        "waiting_since") " AS "
                                                                                         "waiting_"
                                                                                         "since,"
                                                                                         "  EXISTS "
                                                                                         "(SELECT "
                                                                                         "1 FROM "
                                                                                         "opt_out "
                                                                                         "o WHERE "
                                                                                         "o.number "
                                                                                         "= "
                                                                                         "contact."
                                                                                         "number) "
                                                                                         "AS "
                                                                                         "opted_"
                                                                                         "out, "
                                                                                         "blocked,"
                                                                                         "  calls, "
                                                                                         "messages,"
                                                                                         " " RFC3339(
                                                                                             "last_"
                                                                                             "at") " AS "
                                                                                                   "last_at, "
                                                                                                   "last_text "
                                                                                                   "FROM "
                                                                                                   "contact;",

    SCHEMA_FORGOTTEN SCHEMA_OWNERS SCHEMA_TAKEN SCHEMA_LEADS SCHEMA_JOINED SCHEMA_FOLLOW_UPS
        SCHEMA_MESSAGES,
};

static int pragma_i64(sqlite3 *db, const char *sql, int64_t *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        *ret = sqlite3_column_int64(stmt, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Refuses what is not ours to touch; `*ret_version` is the file's. */
static int schema_inspect(sqlite3 *db, int count, int64_t *ret_version)
{
    int64_t id = 0, tables = 0;
    int rc = pragma_i64(db, "PRAGMA application_id", &id);
    if (rc == SQLITE_OK)
        rc = pragma_i64(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc == SQLITE_OK)
        rc = pragma_i64(db, "PRAGMA user_version", ret_version);
    if (rc != SQLITE_OK)
        return rc;
    if (id != SCHEMA_APPLICATION_ID && (id != 0 || tables != 0 || *ret_version != 0))
        return SQLITE_NOTADB;
    return *ret_version > count ? SQLITE_MISMATCH : SQLITE_OK;
}

static int schema_step(sqlite3 *db, const char *step, int version)
{
    char mark[96];
    int n = snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                     SCHEMA_APPLICATION_ID, version);
    assert(n > 0 && (size_t)n < sizeof(mark));
    int rc = sqlite3_exec(db, step, NULL, NULL, NULL);
    return rc == SQLITE_OK ? sqlite3_exec(db, mark, NULL, NULL, NULL) : rc;
}

int schema_migrate(sqlite3 *db, const char *const *steps, int count)
{
    int64_t version = 0;
    int rc = schema_inspect(db, count, &version);
    if (rc != SQLITE_OK || version == count)
        return rc;
    rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = schema_inspect(db, count, &version); /* somebody else may have been faster */
    for (; rc == SQLITE_OK && version < count; version++)
        rc = schema_step(db, steps[version], (int)version + 1);
    return rc == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : rc;
}
