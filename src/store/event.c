/* Events and settings: what happened, and the small values that outlive a restart. */
#include "db.h"
#include "schema.h"
#include <assert.h>

void event_json(struct json *j, const struct event_row *event)
{
    char at[TIME_RFC3339_SIZE];
    wall_rfc3339(event->at, at);
    json_object(j);
    json_key_i64(j, "v", 1);
    json_key_i64(j, "id", event->id);
    json_key_string(j, "at", at);
    json_key_string(j, "type", event->type);
    json_key(j, "data");
    json_raw(j, event->data);
    json_object_end(j);
}

int event_add(struct store *s, struct wall at, const char *type, const char *data)
{
    struct sql q = sql(s, "INSERT INTO event (at, type, data) VALUES (?, ?, ?)");
    sql_i64(&q, at.s);
    sql_text(&q, type);
    sql_text(&q, data);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int event_list(struct store *s, int64_t after, int limit, struct store_rows **ret)
{
    assert(limit > 0);
    struct sql q = sql(s, "SELECT id, at, type, " SCHEMA_JSON(
                              "data") " FROM event WHERE id > ? ORDER BY id LIMIT ?");
    sql_i64(&q, after);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int event_next(struct store_rows *r, struct event_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct event_row){
        .id = col_i64(row[0]),
        .at = col_wall(row[1]),
        .type = col_text(row[2]),
        .data = col_text(row[3]),
    };
    return 1;
}

int event_last_id(struct store *s, int64_t *ret_id)
{
    struct sql q = sql(s, "SELECT max(id) FROM event");
    return sql_get_i64(&q, ret_id);
}

int setting_get_i64(struct store *s, const char *key, int64_t fallback, int64_t *ret_value)
{
    struct sql q = sql(s, "SELECT ifnull((SELECT value FROM setting WHERE key = ?), ?)");
    sql_text(&q, key);
    sql_i64(&q, fallback);
    return sql_get_i64(&q, ret_value);
}

int setting_set_i64(struct store *s, const char *key, int64_t value)
{
    struct sql q = sql(s, "INSERT INTO setting (key, value) VALUES (?, ?)"
                          " ON CONFLICT DO UPDATE SET value = excluded.value");
    sql_text(&q, key);
    sql_i64(&q, value);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}
