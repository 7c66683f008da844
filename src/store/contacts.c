#include "store/contacts.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>

static int make_done(struct store *s, const char *number, struct wall at, int64_t *ret_id)
{
    struct sql q = sql(s, "INSERT INTO contact (number, last_at, state) VALUES (?, ?, 'done')"
                          " RETURNING id");
    sql_text(&q, number);
    sql_i64(&q, at.s);
    int err = sql_get_i64(&q, ret_id);
    return err ? err : forgotten_recall(s, number);
}

int contact_set_name(struct store *s, const char *number, const char *name, struct wall at,
                     int64_t *ret_thread)
{
    struct scope t;
    int64_t id = 0;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_find(s, number, &id);
    if (err == -ENOENT)
        err = make_done(s, number, at, &id);
    if (err == 0) {
        struct sql q =
            sql(s, "UPDATE contact SET name = nullif(?1, '') WHERE id IN"
                   " (SELECT value FROM (SELECT " SCHEMA_THREAD_OF(
                       "?2") " AS value) UNION ALL"
                             "  SELECT contact FROM joined WHERE thread = " SCHEMA_THREAD_OF(
                                 "?2") ")"
                                       " AND name IS NOT nullif(?1, '')");
        sql_text(&q, name);
        sql_i64(&q, id);
        err = changed = sql_run(&q);
    }
    if (err > 0) {
        struct sql q =
            sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, 'contact', id,"
                   " json_object('thread', id, 'number', number, 'name', name)"
                   " FROM contact WHERE id = ?2");
        sql_i64(&q, at.s);
        sql_i64(&q, id);
        err = sql_run(&q);
    }
    err = scope_close(&t, err);
    if (err < 0)
        return err;
    *ret_thread = id;
    return changed;
}

int contact_list(struct store *s, int limit, struct store_rows **ret)
{
    assert(limit >= 1);
    struct sql q = sql(s, "SELECT id, number, name,"
                          " (SELECT group_concat(name, char(10)) FROM label"
                          "  WHERE contact = contact.id)"
                          " FROM contact WHERE name IS NOT NULL ORDER BY name COLLATE NOCASE"
                          " LIMIT ?");
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int contact_next(struct store_rows *r, struct contact_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct contact_row){
        .thread = col_i64(row[0]),
        .number = col_text(row[1]),
        .name = col_text(row[2]),
        .labels = col_text(row[3]),
    };
    return 1;
}
