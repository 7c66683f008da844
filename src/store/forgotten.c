#include "db.h"
#include "store/people.h"
#include <crypt.h>
#include <errno.h>
#include <string.h>

/* crypt(5), sha256crypt: some milliseconds each time, and only for a number that has no thread.
 * What crypt(5) calls a setting is the salt here; the hash begins with it. */
#define METHOD "$5$"
#define ROUNDS 10000
#define SETTING METHOD "rounds=10000$"
#define SALT_OCTETS 12 /* as many as sha256crypt takes */
#define DIGEST_CHARACTERS 43

static int hash_of(struct store *s, const char *number, const char *salt,
                   char ret[CRYPT_OUTPUT_SIZE])
{
    struct crypt_data room;
    const char *hash = crypt_rn(number, salt, &room, sizeof(room));
    if (!hash) /* the salt is none of ours */
        return store_fail(s, SQLITE_CORRUPT);
    memcpy(ret, hash, strlen(hash) + 1);
    return 0;
}

bool forgotten_valid(const char *salt, const char *hash)
{
    static const char characters[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t len = strlen(salt), begin = strlen(SETTING);
    return strncmp(salt, SETTING, begin) == 0 && len > begin &&
           strspn(salt + begin, characters) == len - begin && strncmp(hash, salt, len) == 0 &&
           hash[len] == '$' && strlen(hash + len + 1) == DIGEST_CHARACTERS;
}

/* Any salt will do; the first person who is forgotten makes one. */
static int salt_get(struct store *s, int64_t *ret_id)
{
    struct sql q = sql(s, "SELECT id FROM forgotten_salt ORDER BY id LIMIT 1");
    int err = sql_get_i64(&q, ret_id);
    if (err != -ENOENT)
        return err;
    char octets[SALT_OCTETS], salt[CRYPT_GENSALT_OUTPUT_SIZE];
    sqlite3_randomness(sizeof(octets), octets);
    if (!crypt_gensalt_rn(METHOD, ROUNDS, octets, sizeof(octets), salt, sizeof(salt)))
        return store_fail(s, SQLITE_ERROR);
    q = sql(s, "INSERT INTO forgotten_salt (salt) VALUES (?) RETURNING id");
    sql_text(&q, salt);
    return sql_get_i64(&q, ret_id);
}

int forgotten_add(struct store *s, int64_t contact, struct wall at)
{
    char hash[CRYPT_OUTPUT_SIZE];
    sqlite3_value **row;
    int64_t salt = 0;
    int err = salt_get(s, &salt);
    if (err < 0)
        return err;
    struct sql q = sql(s, "SELECT number, salt FROM contact, forgotten_salt"
                          " WHERE contact.id = ? AND forgotten_salt.id = ?");
    sql_i64(&q, contact);
    sql_i64(&q, salt);
    err = sql_keep(&q, &row);
    if (err == 0)
        err = hash_of(s, col_text(row[0]), col_text(row[1]), hash);
    if (err < 0)
        return err;
    q = sql(s, "INSERT OR REPLACE INTO forgotten (salt, hash, source, at, doubtful, skipped,"
               " blocked) SELECT ?2, ?3, o.source, ifnull(o.at, ?4), d.number IS NOT NULL,"
               " k.number IS NOT NULL, c.blocked FROM contact c"
               " LEFT JOIN opt_out o ON o.number = c.number"
               " LEFT JOIN doubt d ON d.number = c.number"
               " LEFT JOIN skip k ON k.number = c.number"
               " WHERE c.id = ?1 AND coalesce(o.number, d.number, k.number, nullif(c.blocked, 0))"
               " IS NOT NULL");
    sql_i64(&q, contact);
    sql_i64(&q, salt);
    sql_text(&q, hash);
    sql_i64(&q, at.s);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* Finds the row that a salt and the number give. -ENOENT none. */
static int find(struct store *s, const char *number, sqlite3_value **salt, int64_t *ret_row)
{
    char hash[CRYPT_OUTPUT_SIZE];
    int err = hash_of(s, number, col_text(salt[1]), hash);
    if (err < 0)
        return err;
    struct sql q = sql(s, "SELECT rowid FROM forgotten WHERE salt = ? AND hash = ?");
    sql_i64(&q, col_i64(salt[0]));
    sql_text(&q, hash);
    return sql_get_i64(&q, ret_row);
}

static int forgotten_find(struct store *s, const char *number, int64_t *ret_row)
{
    struct store_rows *salts = NULL;
    sqlite3_value **salt;
    struct sql q = sql(s, "SELECT id, salt FROM forgotten_salt ORDER BY id LIMIT ?");
    sql_i64(&q, FORGOTTEN_SALTS_MAX);
    int err = sql_rows(&q, &salts);
    if (err < 0)
        return err;
    err = -ENOENT;
    while (err == -ENOENT && (salt = rows_next(salts)) != NULL)
        err = find(s, number, salt, ret_row);
    store_rows_free(salts);
    return err;
}

int forgotten_facts(struct store *s, const char *number, struct person_facts *facts)
{
    sqlite3_value **row;
    int64_t found;
    int err = forgotten_find(s, number, &found);
    if (err == -ENOENT)
        return 0;
    if (err == 0) {
        struct sql q = sql(s, "SELECT source IS NOT NULL, doubtful, skipped, blocked"
                              " FROM forgotten WHERE rowid = ?");
        sql_i64(&q, found);
        err = sql_keep(&q, &row);
    }
    if (err < 0)
        return err;
    facts->opted_out = facts->opted_out || col_i64(row[0]) != 0;
    facts->doubtful = facts->doubtful || col_i64(row[1]) != 0;
    facts->skipped = facts->skipped || col_i64(row[2]) != 0;
    facts->blocked = facts->blocked || col_i64(row[3]) != 0;
    return 0;
}

int forgotten_recall(struct store *s, const char *number)
{
    static const char *const statements[] = {
        "INSERT OR IGNORE INTO opt_out (number, source, at) SELECT ?1, source, at FROM forgotten"
        " WHERE rowid = ?2 AND source IS NOT NULL",
        "INSERT OR IGNORE INTO doubt (number, at) SELECT ?1, at FROM forgotten"
        " WHERE rowid = ?2 AND doubtful",
        "INSERT OR IGNORE INTO skip (number, at) SELECT ?1, at FROM forgotten"
        " WHERE rowid = ?2 AND skipped",
        "INSERT OR IGNORE INTO contact (number, last_at, state) SELECT ?1, at, 'done'"
        " FROM forgotten WHERE rowid = ?2 AND blocked",
        "UPDATE contact SET blocked = 1 WHERE number = ?1"
        " AND EXISTS (SELECT 1 FROM forgotten WHERE rowid = ?2 AND blocked)",
        "DELETE FROM forgotten WHERE rowid = ?2 AND ?1 = ?1",
    };
    int64_t row;
    int err = forgotten_find(s, number, &row);
    if (err == -ENOENT)
        return 0;
    for (size_t i = 0; err >= 0 && i < sizeof(statements) / sizeof(statements[0]); i++) {
        struct sql q = sql(s, statements[i]);
        sql_text(&q, number);
        sql_i64(&q, row);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

int forgotten_count(struct store *s, int *ret)
{
    int64_t count;
    struct sql q = sql(s, "SELECT count(*) FROM forgotten WHERE source IS NOT NULL");
    int err = sql_get_i64(&q, &count);
    if (err == 0)
        *ret = (int)count;
    return err;
}

/* Finds a salt, or adds it. -EOVERFLOW where there are too many. */
static int salt_id(struct store *s, const struct forgotten_row *row, int64_t *ret)
{
    struct sql q = sql(s, "SELECT id FROM forgotten_salt WHERE salt = ?");
    sql_text(&q, row->salt);
    int err = sql_get_i64(&q, ret);
    if (err != -ENOENT)
        return err;
    q = sql(s, "INSERT INTO forgotten_salt (salt) SELECT ?1 WHERE"
               " (SELECT count(*) FROM forgotten_salt) < ?2 RETURNING id");
    sql_text(&q, row->salt);
    sql_i64(&q, FORGOTTEN_SALTS_MAX);
    err = sql_get_i64(&q, ret);
    return err == -ENOENT ? -EOVERFLOW : err;
}

int forgotten_take(struct store *s, const struct forgotten_row *row)
{
    int64_t salt;
    int err = salt_id(s, row, &salt);
    if (err < 0)
        return err;
    struct sql q = sql(s, "INSERT OR IGNORE INTO forgotten (salt, hash, source, at, doubtful,"
                          " skipped, blocked) VALUES (?, ?, ?, ?, ?, ?, ?)");
    sql_i64(&q, salt);
    sql_text(&q, row->hash);
    sql_text(&q, row->source);
    sql_i64(&q, row->at.s);
    sql_i64(&q, row->doubtful);
    sql_i64(&q, row->skipped);
    sql_i64(&q, row->blocked);
    return sql_run(&q);
}
