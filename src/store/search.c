#include "store/search.h"
#include "base/text.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

/* One change of an indexed row, oldest first. Returns 1, or 0 where there is none. */
static int apply_change(struct store *s)
{
    static const char *const kinds[] = {"text", "note", "name"};
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT id, kind, row, old, new FROM word_change ORDER BY id LIMIT 1");
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    int kind = col_word(row[1], kinds, 3);
    const char *old = col_text(row[3]), *new = col_text(row[4]);
    if (old) {
        q = kind == SEARCH_TEXT
                ? sql(s, "INSERT INTO text_words (text_words, rowid, text) VALUES ('delete', ?, ?)")
            : kind == SEARCH_NOTE
                ? sql(s, "INSERT INTO note_words (note_words, rowid, text) VALUES ('delete', ?, ?)")
                : sql(s,
                      "INSERT INTO name_words (name_words, rowid, name) VALUES ('delete', ?, ?)");
        sql_i64(&q, col_i64(row[2]));
        sql_text(&q, old);
        err = sql_run(&q);
    }
    if (err >= 0 && new) {
        q = kind == SEARCH_TEXT   ? sql(s, "INSERT INTO text_words (rowid, text) VALUES (?, ?)")
            : kind == SEARCH_NOTE ? sql(s, "INSERT INTO note_words (rowid, text) VALUES (?, ?)")
                                  : sql(s, "INSERT INTO name_words (rowid, name) VALUES (?, ?)");
        sql_i64(&q, col_i64(row[2]));
        sql_text(&q, new);
        err = sql_run(&q);
    }
    if (err >= 0) {
        q = sql(s, "DELETE FROM word_change WHERE id = ?");
        sql_i64(&q, col_i64(row[0]));
        err = sql_run(&q);
    }
    return err < 0 ? err : 1;
}

/* Indexes rows after the mark `key`. Returns how many. */
static int add_new(struct store *s, const char *key, bool notes, int limit)
{
    int64_t from, to;
    int err = setting_get_i64(s, key, 0, &from);
    if (err < 0)
        return err;
    struct sql q = notes ? sql(s, "SELECT max(id) FROM (SELECT id FROM note WHERE id > ?"
                                  " ORDER BY id LIMIT ?)")
                         : sql(s, "SELECT max(id) FROM (SELECT id FROM message WHERE id > ?"
                                  " ORDER BY id LIMIT ?)");
    sql_i64(&q, from);
    sql_i64(&q, limit);
    err = sql_get_i64(&q, &to);
    if (err < 0 || to == 0)
        return err;
    q = notes ? sql(s, "INSERT INTO note_words (rowid, text) SELECT id, text FROM note"
                       " WHERE id > ? AND id <= ?")
              : sql(s, "INSERT INTO text_words (rowid, text) SELECT id, text FROM message"
                       " WHERE id > ? AND id <= ?");
    sql_i64(&q, from);
    sql_i64(&q, to);
    int count = sql_run(&q);
    if (count >= 0)
        err = setting_set_i64(s, key, to);
    return err < 0 ? err : count;
}

/* Whether there is anything to take in: a search that finds the index complete writes nothing. */
static int behind(struct store *s, int64_t *ret)
{
    struct sql q = sql(s, "SELECT EXISTS (SELECT 1 FROM word_change)"
                          " OR ifnull((SELECT max(id) FROM message), 0) >"
                          "  ifnull((SELECT value FROM setting WHERE key = 'words_text'), 0)"
                          " OR ifnull((SELECT max(id) FROM note), 0) >"
                          "  ifnull((SELECT value FROM setting WHERE key = 'words_note'), 0)");
    return sql_get_i64(&q, ret);
}

int search_refresh(struct store *s, int limit)
{
    struct scope t;
    int64_t work;
    int count = 0;
    int err = behind(s, &work);
    if (err < 0 || !work)
        return err;
    err = scope_open(&t, s);
    while (err == 0 && count < limit && (err = apply_change(s)) > 0) {
        count++;
        err = 0;
    }
    if (err == 0)
        err = add_new(s, "words_note", true, limit);
    if (err >= 0)
        count += err;
    if (err >= 0)
        err = add_new(s, "words_text", false, limit);
    if (err >= 0)
        count += err;
    err = scope_close(&t, err);
    return err < 0 ? err : count;
}

int search_scrub(struct store *s)
{
    static const char *const optimize[] = {
        "INSERT INTO text_words (text_words) VALUES ('optimize')",
        "INSERT INTO note_words (note_words) VALUES ('optimize')",
        "INSERT INTO name_words (name_words) VALUES ('optimize')",
    };
    int err = 0;
    for (size_t i = 0; err >= 0 && i < sizeof(optimize) / sizeof(optimize[0]); i++) {
        struct sql q = sql(s, optimize[i]);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

int search_words(const char *typed, char *ret, size_t cap)
{
    struct text t;
    bool quoted = false, open = false;
    text_init(&t, ret, cap);
    for (const char *c = typed; *c; c++) {
        bool blank = strchr(" \t\r\n", *c) != NULL;
        bool star = *c == '*' && !quoted && open && (!c[1] || strchr(" \t", c[1]));
        if (*c == '"')
            quoted = !quoted;
        if ((blank && !quoted) || *c == '"' || star) {
            if (open)
                text_add(&t, star ? "\"* " : "\" ");
            open = false;
            continue;
        }
        if (!open)
            text_add_char(&t, '"');
        open = true;
        text_add_char(&t, *c);
    }
    if (open)
        text_add_char(&t, '"');
    return text_ok(&t) ? 0 : -EMSGSIZE;
}

/* What every kind asks of the number `c` and of the thread `t` that shows it; parameters ?2 to ?13.
 * The label comes first, of `id`: where that is known without the row, no row of a contact is read.
 */
#define OF_THREAD(id)                                                             \
    " AND (?3 IS NULL OR " id " IN (SELECT contact FROM label WHERE name = ?3))"  \
    " AND (?2 IS NULL OR instr(lower(c.number), lower(?2)) > 0"                   \
    "  OR instr(lower(ifnull(c.name, '')), lower(?2)) > 0)"                       \
    " AND (?4 IS NULL OR t.state = ?4) AND (NOT ?5 OR t.unread > 0)"              \
    " AND (NOT ?6 OR t.waiting_since IS NOT NULL) AND (NOT ?7 OR c.blocked)"      \
    " AND (NOT ?8 OR EXISTS (SELECT 1 FROM opt_out o WHERE o.number = c.number))" \
    " AND (?9 < 0 OR ?9 = (SELECT won FROM result r WHERE r.contact = t.id"       \
    "  ORDER BY r.id DESC LIMIT 1))"
#define JOIN_THREAD " CROSS JOIN contact t ON t.id = " SCHEMA_THREAD_OF("c.id")
#define IN_SPAN(column) " AND " column " >= ?10 AND " column " < ?11"

static void bind(struct sql *q, const struct search_query *query)
{
    sql_text(q, query->words);
    sql_text(q, query->who);
    sql_text(q, query->label);
    sql_text(q, query->state);
    sql_i64(q, query->unread);
    sql_i64(q, query->waiting);
    sql_i64(q, query->blocked);
    sql_i64(q, query->opted_out);
    sql_i64(q, query->won ? 1 : query->lost ? 0 : -1);
    sql_i64(q, query->since.s);
    sql_i64(q, query->until.s ? query->until.s : INT64_MAX);
    sql_i64(q, query->limit);
}

int search_list(struct store *s, enum search_kind kind, const struct search_query *query,
                struct store_rows **ret)
{
    struct sql q;
    assert(query->limit >= 1);
    assert(query->words || kind == SEARCH_NAME);
    switch (kind) {
    case SEARCH_TEXT:
        q = sql(s, "SELECT m.id, t.id, c.number, c.name, m.text, m.direction = 'in', m.created"
                   " FROM text_words w CROSS JOIN message m ON m.id = w.rowid"
                   " CROSS JOIN contact c ON c.id = m.contact" JOIN_THREAD
                   " WHERE text_words MATCH ?1" OF_THREAD("t.id")
                       IN_SPAN("m.created") " AND (?13 IS NULL OR m.direction = ?13)"
                                            " ORDER BY w.rowid DESC LIMIT ?12");
        break;
    case SEARCH_NOTE:
        q = sql(s, "SELECT n.id, t.id, c.number, c.name, n.text, 0, n.at"
                   " FROM note_words w CROSS JOIN note n ON n.id = w.rowid"
                   " CROSS JOIN contact c ON c.id = n.contact" JOIN_THREAD
                   " WHERE note_words MATCH ?1" OF_THREAD("t.id")
                       IN_SPAN("n.at") " ORDER BY w.rowid DESC LIMIT ?12");
        break;
    case SEARCH_NAME:
        q = query->words
                ? sql(s, "SELECT t.id, t.id, c.number, c.name, c.last_text, 0, c.last_at"
                         " FROM name_words w CROSS JOIN contact c ON c.id = w.rowid" JOIN_THREAD
                         " WHERE name_words MATCH ?1" OF_THREAD("t.id")
                             IN_SPAN("c.last_at") " LIMIT ?12")
                : sql(s,
                      "SELECT t.id, t.id, c.number, c.name, c.last_text, 0, c.last_at"
                      " FROM contact c CROSS JOIN contact t ON t.id = c.id WHERE ?1 IS NULL"
                      " AND NOT EXISTS (SELECT 1 FROM joined j WHERE j.contact = c.id)" OF_THREAD(
                          "c.id")
                          IN_SPAN("c.last_at") " ORDER BY ifnull(c.waiting_since - "
                                               "4611686018427387904, -c.last_at) LIMIT ?12");
        break;
    }
    bind(&q, query);
    if (kind == SEARCH_TEXT)
        sql_text(&q, query->incoming ? "in" : query->outgoing ? "out" : NULL);
    return sql_rows(&q, ret);
}

int search_next(struct store_rows *r, struct search_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct search_row){
        .id = col_i64(row[0]),
        .thread = col_i64(row[1]),
        .number = col_text(row[2]),
        .name = col_text(row[3]),
        .text = col_text(row[4]),
        .incoming = col_i64(row[5]) != 0,
        .at = col_wall(row[6]),
    };
    return 1;
}
