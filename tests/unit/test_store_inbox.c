/* tests/unit/test_store_inbox.c - received parts: none lost, none doubled, which of them make a
 * text, and how a text is shown, repaired and replaced. */
#include "store_script.h"
#include "tap.h"

#define HOUR 3600
#define DAY 86400

/* A PDU is two letters here, of which the second is the user data. */
struct given {
    const char *pdu, *sender;
    int ref, bits, total, seq;
    int64_t stamp, at; /* seconds after the start */
};

/* Returns what inbox_part_add() returns. */
static int give(struct script *p, const struct given *g, struct inbox_place *ret)
{
    struct inbox_part part = {.line = p->line,
                              .sender = g->sender ? g->sender : SCRIPT_NUMBER,
                              .scts = {g->stamp < 0 ? 0 : p->start + g->stamp},
                              .pdu = g->pdu,
                              .body = 1,
                              .ref = g->ref,
                              .ref_bits = g->bits,
                              .total = g->total,
                              .seq = g->seq,
                              .received = {p->start + g->at}};
    return inbox_part_add(p->s, &part, ret);
}

/* Prints each text as its PDUs, "?" after them where parts are missing, and "/" between texts. */
static void print_texts(struct script *p)
{
    struct store_rows *rows = NULL;
    sqlite3_value **row;
    struct sql q = sql(p->s, "SELECT (SELECT group_concat(pdu, ' ') FROM (SELECT pdu"
                             "  FROM inbound_part WHERE long_text = l.id ORDER BY seq, id)),"
                             " missing FROM long_text l UNION ALL"
                             " SELECT pdu, 0 FROM inbound_part WHERE long_text IS NULL");
    if (sql_rows(&q, &rows) < 0)
        return;
    for (int i = 0; (row = rows_next(rows)) != NULL; i++) {
        if (i > 0)
            script_print(p, "/");
        script_print(p, col_text(row[0]));
        if (col_i64(row[1]) > 0)
            script_print(p, "?");
    }
    store_rows_free(rows);
}

static const struct place_row {
    const char *name;
    struct given parts[6];
    const char *texts;
} place_rows[] = {
    {"another reference",
     {{"0A", 0, 8, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 0, 0}},
     "0A ? / 0B ?"},
    {"another width", {{"0A", 0, 7, 16, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 0, 0}}, "0A ? / 0B ?"},
    {"another total", {{"0A", 0, 7, 8, 3, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 0, 0}}, "0A ? / 0B ?"},
    {"another sender",
     {{"0A", "+1", 7, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 0, 0}},
     "0A ? / 0B ?"},
    {"a reference used again after an hour, while a part is missing",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0X", 0, 7, 8, 2, 1, HOUR, HOUR},
      {"0Y", 0, 7, 8, 2, 2, HOUR, HOUR}},
     "0A ? / 0X 0Y"},
    {"the same, the part that would fit first",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0Y", 0, 7, 8, 2, 2, HOUR, HOUR},
      {"0X", 0, 7, 8, 2, 1, HOUR, HOUR}},
     "0A ? / 0X 0Y"},
    {"used again at once, after the text was whole",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0B", 0, 7, 8, 2, 2, 1, 1},
      {"0Y", 0, 7, 8, 2, 2, 2, 2},
      {"0X", 0, 7, 8, 2, 1, 3, 3}},
     "0A 0B / 0X 0Y"},
    {"the same text again, after it was whole",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0B", 0, 7, 8, 2, 2, 1, 1},
      {"1A", 0, 7, 8, 2, 1, 9, 9},
      {"1B", 0, 7, 8, 2, 2, 10, 10}},
     "0A 0B / 1A 1B"},
    {"two texts at one time with one reference",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0X", 0, 7, 8, 2, 1, 1, 1},
      {"0B", 0, 7, 8, 2, 2, 2, 2},
      {"0Y", 0, 7, 8, 2, 2, 3, 3}},
     "0A 0B / 0X 0Y"},
    {"two texts minutes apart, the second whole first",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0X", 0, 7, 8, 2, 1, 600, 600},
      {"0Y", 0, 7, 8, 2, 2, 601, 601},
      {"0B", 0, 7, 8, 2, 2, 1, 700}},
     "0A 0B / 0X 0Y"},
    {"a part too many is a text of its own",
     {{"0A", 0, 7, 8, 2, 1, 0, 0},
      {"0X", 0, 7, 8, 2, 1, 0, 1},
      {"0Z", 0, 7, 8, 2, 1, 0, 2},
      {"0B", 0, 7, 8, 2, 2, 0, 3}},
     "0A 0B / 0X ? / 0Z ?"},
    {"without a stamp the time of arrival counts",
     {{"0A", 0, 7, 8, 2, 1, -1, 0}, {"0B", 0, 7, 8, 2, 2, -1, HOUR}},
     "0A ? / 0B ?"},
    {"a gap", {{"0A", 0, 7, 8, 3, 1, 0, 0}, {"0C", 0, 7, 8, 3, 3, 1, 1}}, "0A 0C ?"},
    {"one part", {{"0A", 0, 0, 0, 1, 1, 0, 0}}, "0A"},
    {"texts of one part stay alone",
     {{"0A", 0, 0, 0, 1, 1, 0, 0}, {"0B", 0, 0, 0, 1, 1, 0, 0}},
     "0A / 0B"},
    {"in order", {{"0A", 0, 7, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 1, 1}}, "0A 0B"},
    {"out of order", {{"0B", 0, 7, 8, 2, 2, 0, 0}, {"0A", 0, 7, 8, 2, 1, 1, 1}}, "0A 0B"},
    {"without stamps", {{"0A", 0, 7, 8, 2, 1, -1, 0}, {"0B", 0, 7, 8, 2, 2, -1, 9}}, "0A 0B"},
    {"half an hour between the stamps",
     {{"0A", 0, 7, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 1800, 1800}},
     "0A 0B"},
    {"a second more",
     {{"0A", 0, 7, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 1801, 1801}},
     "0A ? / 0B ?"},
    {"three days late", {{"0A", 0, 7, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 1, 3 * DAY}}, "0A 0B"},
    {"interleaved senders with one reference",
     {{"0A", "+1", 7, 8, 2, 1, 0, 0},
      {"0X", "+2", 7, 8, 2, 1, 0, 0},
      {"0B", "+1", 7, 8, 2, 2, 0, 0},
      {"0Y", "+2", 7, 8, 2, 2, 0, 0}},
     "0A 0B / 0X 0Y"},
    {"a double with another stamp",
     {{"0A", 0, 7, 8, 3, 1, 0, 0},
      {"1A", 0, 7, 8, 3, 1, 40, 40},
      {"0B", 0, 7, 8, 3, 2, 41, 41},
      {"1B", 0, 7, 8, 3, 2, 81, 81},
      {"0C", 0, 7, 8, 3, 3, 82, 82}},
     "0A 1A 0B 1B 0C"},
};

static void test_places(void)
{
    for (size_t i = 0; i < sizeof(place_rows) / sizeof(place_rows[0]); i++) {
        struct script p;
        struct inbox_place place;
        script_open(&p, ":memory:", SCRIPT_START);
        for (size_t k = 0; k < 6 && place_rows[i].parts[k].pdu; k++)
            give(&p, &place_rows[i].parts[k], &place);
        print_texts(&p);
        if (!tap_ok(strcmp(p.out, place_rows[i].texts) == 0, "%s", place_rows[i].name))
            tap_diag("%s", p.out);
        store_free(p.s);
    }
}

static void test_doubles(void)
{
    static const struct given one = {"0A", 0, 7, 8, 2, 1, 0, 0},
                              same_later = {"0A", 0, 7, 8, 2, 1, 0, 99};
    static const struct given other_pdu = {"0B", 0, 7, 8, 2, 1, 0, 0};
    static const struct given other_sender = {"0A", "+1", 7, 8, 2, 1, 0, 0};
    struct script p;
    struct inbox_place first, next;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(give(&p, &one, &first) == 1 && first.missing == 1, "a new part");
    tap_ok(give(&p, &same_later, &next) == 0 && next.part == first.part, "seen again, it is known");
    tap_ok(give(&p, &other_pdu, &next) == 1 && next.part != first.part, "another PDU");
    tap_ok(give(&p, &other_sender, &next) == 1 && next.part != first.part, "another sender");
    p.line++;
    tap_ok(give(&p, &one, &next) == -EIO, "no such line");
    store_line(p.s, "second", &p.line);
    tap_ok(give(&p, &one, &next) == 1, "another line");
    store_free(p.s);
}

static int64_t count(struct script *p, const char *query)
{
    int64_t n = -1;
    struct sql q = sql(p->s, query);
    sql_get_i64(&q, &n);
    return n;
}

static int64_t events(struct script *p, const char *type)
{
    int64_t n = -1;
    struct sql q = sql(p->s, "SELECT count(*) FROM event WHERE type = ?");
    sql_text(&q, type);
    sql_get_i64(&q, &n);
    return n;
}

/* Shows the text of `place` in the words `words`, `at` seconds after the start. */
static int show(struct script *p, const struct inbox_place *place, const char *words, int type,
                int64_t at, int64_t *ret_id)
{
    struct inbox_text text = {.line = p->line,
                              .sender = SCRIPT_NUMBER,
                              .text = words,
                              .part = place->long_text == 0 ? place->part : 0,
                              .long_text = place->long_text,
                              .replace_type = type,
                              .at = {p->start + at}};
    return inbox_text_show(p->s, &text, ret_id);
}

static void test_whole(void)
{
    static const struct given parts[] = {{"0A", 0, 7, 8, 2, 1, 0, 0}, {"0B", 0, 7, 8, 2, 2, 0, 5}};
    static const struct given alone = {"0C", 0, 0, 0, 1, 1, 0, 0};
    struct script p;
    struct message_row m;
    struct thread_row t;
    struct inbox_place place;
    int64_t id = 0, id2 = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    script_run(&p, "miss auto");
    give(&p, &parts[0], &place);
    give(&p, &parts[1], &place);
    tap_ok(place.missing == 0 && place.message == 0 &&
               show(&p, &place, "hello \"'%n", 0, 5, &id) == 1 && message_get(p.s, id, &m) == 0 &&
               m.incoming && m.parts == 2 && m.state == MESSAGE_RECEIVED &&
               m.cause == CAUSE_RECEIVED && strcmp(m.text, "hello \"'%n") == 0 &&
               m.created.s == p.start + 5,
           "two parts, one text");
    tap_ok(message_get(p.s, 1, &m) == 0 && m.state == MESSAGE_CANCELLED,
           "who texted first needs no automatic text");
    tap_ok(give(&p, &parts[0], &place) == 0, "a part that was used is still known");
    give(&p, &alone, &place);
    tap_ok(show(&p, &place, "one", 0, 6, &id) == 1 &&
               show(&p, &place, "one", 0, 7, &id2) == -EALREADY,
           "a part makes no second text");
    tap_ok(thread_get(p.s, 1, &t) == 0 && t.messages == 3 && t.unread == 2 &&
               events(&p, "message.received") == 2,
           "and nothing of it is left");
    store_free(p.s);
}

/* Shown with a gap after a day, read, repaired. */
static void test_gap(void)
{
    static const struct given parts[] = {{"0A", 0, 7, 8, 3, 1, 0, 0},
                                         {"0C", 0, 7, 8, 3, 3, 1, 60},
                                         {"0B", 0, 7, 8, 3, 2, 1, 2 * DAY}};
    struct script p;
    struct message_row m;
    struct thread_row t;
    struct inbox_place place;
    struct inbox_due due;
    struct wall next;
    int64_t id = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(inbox_next_due(p.s, &next) == 0 && next.s == INT64_MAX, "nothing waits");
    give(&p, &parts[0], &place);
    give(&p, &parts[1], &place);
    tap_ok(inbox_next_due(p.s, &next) == 0 && next.s == p.start + DAY &&
               inbox_find_due(p.s, (struct wall){next.s - 1}, &due) == 0,
           "a text waits for a day from its first part");
    tap_ok(inbox_find_due(p.s, next, &due) == 1 && due.long_text == place.long_text &&
               due.line == p.line && due.missing == 1 && strcmp(due.sender, SCRIPT_NUMBER) == 0,
           "then it is due");
    p.now.s += DAY - 2;
    script_run(&p, "miss auto");
    tap_ok(show(&p, &place, "a [...] c", 0, DAY, &id) == 1 && message_get(p.s, id, &m) == 0 &&
               m.parts == 3 && m.created.s == p.start + 60 && thread_get(p.s, 1, &t) == 0 &&
               t.unread == 1 && t.last.s == p.start + DAY,
           "it is dated when its last part came");
    tap_ok(inbox_next_due(p.s, &next) == 0 && next.s == INT64_MAX, "and waits no more");
    tap_ok(message_get(p.s, 1, &m) == 0 && m.state == MESSAGE_WAITING,
           "a text of yesterday is no answer to a call of today");
    thread_mark_read(p.s, 1);
    tap_ok(give(&p, &parts[2], &place) == 1 && place.missing == 0 && place.message == id,
           "the late part finds its text");
    tap_ok(show(&p, &place, "a b c", 0, 2 * DAY, &id) == 1 && id == place.message &&
               message_get(p.s, id, &m) == 0 && strcmp(m.text, "a b c") == 0 &&
               m.created.s == p.start + 60 && thread_get(p.s, 1, &t) == 0 && t.unread == 1 &&
               t.messages == 2 && t.last.s == p.start + 2 * DAY,
           "repaired in place, it is to be read again");
    tap_ok(events(&p, "message.received") == 1 && events(&p, "message.repaired") == 1,
           "and both are told");
    store_free(p.s);
}

static void test_late_double(void)
{
    static const struct given parts[] = {{"0A", 0, 7, 8, 2, 1, 0, 0},
                                         {"0B", 0, 7, 8, 2, 2, 1, 1},
                                         {"1B", 0, 7, 8, 2, 2, 40, 40},
                                         {"1X", 0, 7, 8, 2, 1, HOUR, HOUR}};
    struct script p;
    struct inbox_place place;
    struct inbox_due due = {0};
    int64_t id;
    script_open(&p, ":memory:", SCRIPT_START);
    for (size_t i = 0; i < 4; i++)
        if (give(&p, &parts[i], &place) == 1 && place.missing == 0)
            show(&p, &place, "ab", 0, 1, &id);
    tap_ok(inbox_find_due(p.s, (struct wall){p.start + DAY + 50}, &due) == 0 &&
               count(&p, "SELECT count(*) FROM long_text") == 2,
           "the double of a part of a text that is shown makes no text");
    tap_ok(inbox_find_due(p.s, (struct wall){p.start + DAY + HOUR}, &due) == 1 && due.missing == 1,
           "what is no double does");
    store_free(p.s);
}

static void test_bound(void)
{
    struct script p;
    struct inbox_place place, oldest;
    struct inbox_due due = {0};
    struct wall next;
    bool ok = true;
    script_open(&p, ":memory:", SCRIPT_START);
    give(&p, &(struct given){"0A", "+1", 1, 8, 2, 1, 0, 0}, &place);
    give(&p, &(struct given){"0A", 0, 100, 8, 2, 1, 0, 0}, &oldest);
    for (int ref = 1; ref < INBOX_UNFINISHED_MAX; ref++)
        ok = ok && give(&p, &(struct given){"0A", 0, ref, 8, 2, 1, ref, ref}, &place) == 1;
    tap_ok(ok && inbox_next_due(p.s, &next) == 0 && next.s == p.start + DAY,
           "%d unfinished texts of one sender wait", INBOX_UNFINISHED_MAX);
    give(&p, &(struct given){"0A", 0, 99, 8, 2, 1, 99, 99}, &place);
    tap_ok(inbox_find_due(p.s, (struct wall){p.start + 99}, &due) == 1 &&
               due.long_text == oldest.long_text,
           "one more, and the oldest of them is shown at once");
    store_free(p.s);
}

static void test_replace(void)
{
    static const struct given parts[] = {{"0A", 0, 0, 0, 1, 1, 100, 100},
                                         {"0B", 0, 0, 0, 1, 1, 200, 200},
                                         {"0C", 0, 0, 0, 1, 1, 150, 300},
                                         {"0D", 0, 0, 0, 1, 1, 400, 400},
                                         {"0E", 0, 7, 8, 2, 1, 500, 500}};
    struct script p;
    struct inbox_place place;
    struct message_row m;
    struct thread_row t;
    int64_t first = 0, id = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    give(&p, &parts[0], &place);
    show(&p, &place, "first", 3, 100, &first);
    thread_mark_read(p.s, 1);
    give(&p, &parts[1], &place);
    tap_ok(show(&p, &place, "second", 3, 200, &id) == 1 && id == first &&
               message_get(p.s, id, &m) == 0 && strcmp(m.text, "second") == 0 &&
               m.created.s == p.start + 200 && thread_get(p.s, 1, &t) == 0 && t.messages == 1 &&
               t.unread == 1 && strcmp(t.last_text, "second") == 0,
           "a text takes the place of the one before of its type");
    give(&p, &parts[2], &place);
    tap_ok(show(&p, &place, "between", 3, 300, &id) == 0 && message_get(p.s, first, &m) == 0 &&
               strcmp(m.text, "second") == 0,
           "one that is older and comes late does not");
    tap_ok(events(&p, "message.received") == 1 && events(&p, "message.replaced") == 1,
           "and both are told");
    give(&p, &parts[3], &place);
    tap_ok(show(&p, &place, "fourth", 4, 400, &id) == 1 && id != first,
           "another type takes nobody's place");
    give(&p, &parts[4], &place);
    tap_ok(show(&p, &place, "fifth [...]", 3, 500, &id) == 1 && id != first,
           "nor does a text with a gap");
    store_free(p.s);
}

static void test_clock(void)
{
    struct script p;
    struct inbox_place place;
    struct wall next;
    script_open(&p, ":memory:", 1000);
    give(&p, &(struct given){"0A", 0, 1, 8, 2, 1, 0, 0}, &place);
    store_clock_stepped(p.s, (struct wall){p.start}, (struct wall){p.start + 10}, 1800000000);
    tap_ok(inbox_next_due(p.s, &next) == 0 && next.s == p.start + 1800000000 + DAY,
           "the wait moves along with the clock");
    tap_ok(inbox_settle(p.s, (struct wall){5000}) == 0 && inbox_next_due(p.s, &next) == 0 &&
               next.s == 5000 + DAY,
           "a restart with an earlier clock waits a day at most");
    store_free(p.s);
}

/* What is sealed is known when it comes again, and cannot be read. */
static void test_seal(void)
{
    static const char secret[] = "0791447779071032040C9144770090";
    struct inbox_place place;
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    struct inbox_part part = {.line = p.line,
                              .sender = SCRIPT_NUMBER,
                              .scts = p.now,
                              .pdu = secret,
                              .total = 1,
                              .seq = 1,
                              .received = p.now,
                              .sealed = true};
    int new = inbox_part_add(p.s, &part, &place);
    struct inbox_text text = {
        .line = p.line, .sender = SCRIPT_NUMBER, .text = "****", .part = place.part, .at = p.now};
    int64_t id, left = -1;
    int err = inbox_text_show(p.s, &text, &id) == 1 ? inbox_seal(p.s, &place) : -1;
    struct sql q = sql(p.s, "SELECT count(*) FROM inbound_part WHERE pdu LIKE '%4779071%'");
    err = err ? err : sql_get_i64(&q, &left);
    tap_ok(new == 1 && err == 0 && left == 0 && inbox_part_add(p.s, &part, &place) == 0,
           "a sealed part is known again, and cannot be read");
    part.pdu = "00";
    tap_ok(inbox_part_add(p.s, &part, &place) == 1, "and another is another");
    store_free(p.s);
}

int main(void)
{
    test_seal();
    test_places();
    test_doubles();
    test_late_double();
    test_bound();
    test_gap();
    test_replace();
    test_whole();
    test_clock();
    return tap_done();
}
