/* tests/unit/test_store_inbox.c - received parts: none lost, none doubled, and which of them make a
 * text. */
#include "store_script.h"
#include "tap.h"

struct given {
    const char *pdu, *sender;
    int ref, bits, total, seq;
    int64_t at; /* seconds after the start */
};

/* Returns what inbox_part_add() returns; the id is that of the row. */
static int give(struct script *p, const struct given *g, int64_t *ret_id)
{
    struct inbox_part part = {.line = p->line,
                              .sender = g->sender ? g->sender : SCRIPT_NUMBER,
                              .scts = {1000},
                              .pdu = g->pdu,
                              .ref = g->ref,
                              .ref_bits = g->bits,
                              .total = g->total,
                              .seq = g->seq,
                              .received = {p->start + g->at}};
    return inbox_part_add(p->s, &part, ret_id);
}

/* What belongs with the last of the parts, as the first octets of their PDUs. */
static void test_parts(void)
{
    static const struct row {
        const char *name;
        struct given parts[5];
        const char *together;
    } rows[] = {
        {"one part", {{"A", 0, 0, 0, 1, 1, 0}}, "A"},
        {"texts of one part stay alone", {{"A", 0, 0, 0, 1, 1, 0}, {"B", 0, 0, 0, 1, 1, 0}}, "B"},
        {"in order", {{"A", 0, 7, 8, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 1}}, "A B"},
        {"out of order", {{"B", 0, 7, 8, 2, 2, 0}, {"A", 0, 7, 8, 2, 1, 1}}, "A B"},
        {"a gap", {{"A", 0, 7, 8, 3, 1, 0}, {"C", 0, 7, 8, 3, 3, 1}}, "A C"},
        {"another reference", {{"A", 0, 8, 8, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 1}}, "B"},
        {"another width", {{"A", 0, 7, 16, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 1}}, "B"},
        {"another total", {{"A", 0, 7, 8, 3, 1, 0}, {"B", 0, 7, 8, 2, 2, 1}}, "B"},
        {"another sender", {{"A", "+1", 7, 8, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 1}}, "B"},
        {"23 hours late", {{"A", 0, 7, 8, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 82800}}, "A B"},
        {"25 hours late", {{"A", 0, 7, 8, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 90000}}, "B"},
        {"the newest of two with one number",
         {{"A", 0, 7, 8, 2, 1, 0}, {"X", 0, 7, 8, 2, 1, 1}, {"B", 0, 7, 8, 2, 2, 2}},
         "X B"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script p;
        struct store_rows *list = NULL;
        struct inbox_part_row part;
        int64_t id = 0;
        script_open(&p, ":memory:", SCRIPT_START);
        for (size_t k = 0; k < 5 && rows[i].parts[k].pdu; k++)
            give(&p, &rows[i].parts[k], &id);
        int err = inbox_part_list(p.s, id, &list);
        while (err == 0 && inbox_part_next(list, &part) == 1)
            script_print(&p, part.pdu);
        store_rows_free(list);
        if (!tap_ok(strcmp(p.out, rows[i].together) == 0, "%s", rows[i].name))
            tap_diag("%s", p.out);
        store_free(p.s);
    }
}

static void test_doubles(void)
{
    static const struct given one = {"AA", 0, 7, 8, 2, 1, 0},
                              same_later = {"AA", 0, 7, 8, 2, 1, 99};
    static const struct given other_pdu = {"AB", 0, 7, 8, 2, 1, 0};
    static const struct given other_sender = {"AA", "+1", 7, 8, 2, 1, 0};
    struct script p;
    int64_t first, id;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(give(&p, &one, &first) == 1, "a new part");
    tap_ok(give(&p, &same_later, &id) == 0 && id == first, "seen again, it is known");
    tap_ok(give(&p, &other_pdu, &id) == 1 && id != first, "another PDU");
    tap_ok(give(&p, &other_sender, &id) == 1 && id != first, "another sender");
    p.line++;
    tap_ok(give(&p, &one, &id) == -EIO, "no such line");
    store_line(p.s, "second", &p.line);
    tap_ok(give(&p, &one, &id) == 1, "another line");
    store_free(p.s);
}

static void test_text(void)
{
    static const struct given parts[] = {{"A", 0, 7, 8, 2, 1, 0}, {"B", 0, 7, 8, 2, 2, 0}};
    static const struct given alone[] = {{"C", 0, 0, 0, 1, 1, 0}, {"D", 0, 0, 0, 1, 1, 0}};
    struct script p;
    struct message_row m;
    struct thread_row t;
    struct store_rows *list = NULL;
    struct inbox_part_row row;
    int64_t ids[2], id = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    give(&p, &alone[0], &ids[0]);
    give(&p, &alone[1], &ids[1]);
    tap_ok(inbox_part_list(p.s, ids[0], &list) == 0 && inbox_part_next(list, &row) == 1 &&
               row.id == ids[0] && inbox_part_next(list, &row) == 0,
           "of two texts that lie there, the one that was asked for");
    store_rows_free(list);
    give(&p, &parts[0], &ids[0]);
    give(&p, &parts[1], &ids[1]);
    struct inbox_text text = {.line = p.line,
                              .sender = SCRIPT_NUMBER,
                              .text = "hello \"'%n",
                              .received = p.now,
                              .part_ids = ids,
                              .part_count = 2};
    tap_ok(inbox_text_add(p.s, &text, &id) == 0 && message_get(p.s, id, &m) == 0 && m.incoming &&
               m.parts == 2 && m.state == MESSAGE_RECEIVED && m.cause == CAUSE_RECEIVED &&
               strcmp(m.text, text.text) == 0 && m.created.s == p.now.s,
           "two parts, one text");
    tap_ok(inbox_part_list(p.s, ids[1], &list) == 0 && inbox_part_next(list, &row) == 0,
           "its parts are used up");
    store_rows_free(list);
    tap_ok(inbox_text_add(p.s, &text, &id) == -EALREADY && thread_get(p.s, m.thread, &t) == 0 &&
               t.messages == 1 && t.unread == 1,
           "a part makes no second text, and nothing of it is left");
    tap_ok(give(&p, &parts[0], &id) == 0, "a part that was used is still known");
    store_free(p.s);
}

int main(void)
{
    test_parts();
    test_doubles();
    test_text();
    return tap_done();
}
