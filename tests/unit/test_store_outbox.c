/* tests/unit/test_store_outbox.c - what becomes of texts, in rows of the words of store_script.h.
 */
#include "store/follow_ups.h"
#include "store_script.h"
#include "tap.h"

static const struct row {
    const char *name, *words, *left;
} rows[] = {
    /* never twice: a fate that is not known */
    {"unknown is not sent again before its time", "man take unk:600 +599 take", "1.1 - ; unknown"},
    {"unknown is sent once more", "man take unk:600 +600 take sent:8", "1.1 1.1 ; sent*"},
    {"unknown twice stays unknown", "man take unk:9 +9 take unk:9 +9999 take due",
     "1.1 1.1 - never ; unknown*"},
    {"a report settles it, nothing is sent again", "man take unk:9 +5 rep:7:d +9 take",
     "1.1 - ; delivered"},
    {"a late report settles what was unknown for good", "man take unk:9 +9 take unk:9 +9 rep:7:d",
     "1.1 1.1 ; delivered*"},
    {"a report that fails settles it too", "man take unk:9 rep:7:p +9 take", "1.1 - ; failed"},
    {"the network still tries, so it has left", "man take unk:9 rep:7:t +9 take rep:7:d",
     "1.1 - ; delivered"},
    {"unknown, but the network still tries", "man take unk:9 rep:7:t", "1.1 ; sent"},
    {"killed while sending", "man take restart:60 due take +60 take restart:60 +60 take due",
     "1.1 +60 - 1.1 - never ; unknown*"},
    {"sent again, refused: the first may have arrived", "man take unk:9 +9 take fail take",
     "1.1 1.1 - ; unknown*"},
    {"sent again, busy: the same one resend goes on",
     "man take unk:9 +9 take retry:30 +30 take unk:9 +99 take", "1.1 1.1 1.1 - ; unknown*"},
    {"unknown, and too old by then", "auto +5 take unk:1800 +1800 take due",
     "1.1 - never ; unknown"},
    {"unknown, they text meanwhile: no second automatic text", "auto +5 take unk:60 in +60 take",
     "1.1 - ; unknown"},
    {"unknown, they text meanwhile: a manual one still goes", "man take unk:60 in +60 take sent:1",
     "1.1 1.1 ; sent*"},
    {"unknown, they opt out: not sent again", "man take unk:60 stop +60 take", "1.1 - ; unknown"},

    /* reports and TP-MR */
    {"delivered", "man take sent:7 rep:7:d", "1.1 ; delivered"},
    {"a report said twice", "man take sent:7 rep:7:d rep:7:d", "1.1 ; delivered"},
    {"a delivery is not taken back", "man take sent:7 rep:7:d rep:7:p", "1.1 ; delivered"},
    {"undeliverable", "man take sent:7 rep:7:p", "1.1 ; failed"},
    {"undeliverable, then delivered after all", "man take sent:7 rep:7:T rep:7:d",
     "1.1 ; delivered"},
    {"the network gave up", "man take sent:7 rep:7:T", "1.1 ; failed"},
    {"two with one TP-MR, two reports", "man take sent:7 man +1 take sent:7 rep:7:d rep:7:d",
     "1.1 2.1 ; delivered delivered"},
    {"still trying changes nothing", "man take sent:7 rep:7:t", "1.1 ; sent"},
    {"another TP-MR is nobody's", "man take sent:7 rep:8:d", "1.1 nobody's ; sent"},
    {"eight days later the TP-MR has come round", "man take sent:7 +691200 rep:7:d",
     "1.1 nobody's ; sent"},
    {"the TP-MR came round, the clock fell to 1970: the newer, listed first",
     "man take sent:7 step:-1799999000 man +1 take sent:7 rep:7:d", "1.1 2.1 ; delivered sent"},
    {"the clock falls to 1970 before the report", "man take sent:7 step:-1799999000 rep:7:d",
     "1.1 ; delivered"},
    {"report of a stranger's text", "rep:7:d", "nobody's ;"},
    {"report faster than the result", "man take rep:7:d sent:7", "1.1 ; delivered"},
    {"report faster than the result, then silence", "man take rep:7:d unk:9 +9 take",
     "1.1 - ; delivered"},
    {"report faster than the result, then killed", "man take rep:7:d restart:9 +9 take",
     "1.1 - ; delivered"},
    {"report faster than an error", "man take rep:7:d fail", "1.1 ; delivered"},
    {"still trying, faster than silence", "man take rep:7:t unk:9 +9 take rep:7:d",
     "1.1 - ; delivered"},
    {"still trying, faster than silence: it has left", "man take rep:7:t unk:9", "1.1 ; sent"},
    {"the faster report was for another", "man take rep:6:d sent:7 rep:7:d", "1.1 ; delivered"},
    {"the faster report was for another, so this is open", "man take rep:6:d sent:7", "1.1 ; sent"},
    {"same TP-MR: the one that waits", "man take sent:7 rep:7:d man +1 take sent:7 rep:7:p",
     "1.1 2.1 ; delivered failed"},
    {"a report said twice is not for the next", "man take sent:7 rep:7:d man take rep:7:d unk:9",
     "1.1 2.1 ; delivered unknown"},
    {"the numbers come round: not for the one of hours ago",
     "man take sent:7 +3601 man take rep:7:d unk:9 +9 take", "1.1 2.1 - ; sent delivered"},
    {"not for an older one of which nobody will know",
     "man take unk:9 +9 take unk:9 man +1 take rep:7:d unk:9 +9 take",
     "1.1 1.1 2.1 - ; unknown* delivered"},

    /* two of unknown fate */
    {"two unknown, one report: the last",
     "man take unk:99 man +30 take unk:99 rep:7:d +99 take take",
     "1.1 2.1 1.1 - ; sending* delivered"},
    {"two unknown, two reports", "man take unk:99 man +30 take unk:99 rep:8:d rep:7:d +99 take",
     "1.1 2.1 - ; delivered delivered"},
    {"two unknown, the SMSC got the first",
     "man take unk:99 man +30 take unk:99 smsc:2 rep:7:d +99 take",
     "1.1 2.1 2.1 ; delivered sending*"},
    {"two unknown, the SMSC got the second",
     "man take unk:99 man +30 take unk:99 smsc:31 rep:7:d +99 take",
     "1.1 2.1 1.1 ; sending* delivered"},
    {"two unknown, the SMSC's zone is wrong: the last",
     "man take unk:99 man +30 take unk:99 smsc:-3600 rep:7:d +99 take",
     "1.1 2.1 1.1 ; sending* delivered"},
    {"one unknown, and one whose report comes after hours: the stamp tells",
     "man take unk:9 +9 take unk:9 man +9000 take sent:7 smsc:9010 +14000 rep:7:d",
     "1.1 1.1 2.1 ; unknown* delivered"},
    {"one unknown, and one of hours ago with the same TP-MR: the stamp tells",
     "man take sent:7 +9000 man take unk:9 smsc:9001 +14000 rep:7:d", "1.1 2.1 ; sent delivered"},
    {"one unknown, one being sent: the stamp tells",
     "man take unk:99 man +30 take smsc:2 rep:7:d sent:8 rep:8:d", "1.1 2.1 ; delivered delivered"},
    {"one unknown, one being sent, and its report is faster",
     "man take unk:99 man +30 take smsc:31 rep:8:d sent:8", "1.1 2.1 ; unknown delivered"},

    /* several parts */
    {"parts go in order", "man:3 take sent:1 take sent:2 take sent:3", "1.1 1.2 1.3 ; sent"},
    {"between the parts", "man:2 take sent:1", "1.1 ; sending"},
    {"the second waits for the first", "man:2 take take due sent:1 take",
     "1.1 - never 1.2 ; sending"},
    {"the second waits for the retry of the first", "man:2 take retry:30 take due +30 take",
     "1.1 - +30 1.1 ; sending"},
    {"half is not delivered", "man:2 take sent:1 take sent:2 rep:1:d", "1.1 1.2 ; sent"},
    {"delivered when all are", "man:2 take sent:1 take sent:2 rep:2:d rep:1:d",
     "1.1 1.2 ; delivered"},
    {"report of the first while the second goes", "man:2 take sent:1 take rep:1:d sent:2 rep:2:d",
     "1.1 1.2 ; delivered"},
    {"the second fails: failed", "man:3 take sent:1 take fail take due",
     "1.1 1.2 - never ; failed"},
    {"failed stays failed when the first arrives", "man:2 take sent:1 take fail rep:1:d",
     "1.1 1.2 ; failed"},
    {"the first is undeliverable: the rest is not sent", "man:2 take sent:1 rep:1:p take",
     "1.1 - ; failed"},
    {"the first unknown: the second goes at once, then the first again",
     "man:2 take unk:60 take sent:2 +60 take sent:3", "1.1 1.2 1.1 ; sent*"},
    {"stop between the parts", "man:2 take sent:1 stop take", "1.1 - ; cancelled"},
    {"stop while the first is sent", "man:2 take stop sent:1 take", "1.1 - ; cancelled"},
    {"one that has begun is finished, however late", "auto:2 +5 take sent:1 +9999 take sent:2",
     "1.1 1.2 ; sent"},

    /* opting out */
    {"stop while it waits", "auto stop +5 take", "- ; cancelled"},
    {"stop beats a manual text", "man stop take", "- ; cancelled"},
    {"stop at the last moment", "man auto +5 quietstop take", "- ; cancelled cancelled"},
    {"the confirmation goes out", "stop conf take sent:1", "1.1 ; sent"},
    {"the confirmation goes first", "man auto conf +5 take", "3.1 ; queued waiting sending"},
    {"start again", "stop start man take", "1.1 ; sending"},

    /* blocking, their own text, calls */
    {"blocked: no automatic text", "auto block +5 take", "- ; cancelled"},
    {"blocked at the last moment", "man auto +5 quietblock take", "- ; cancelled cancelled"},
    {"blocked: no manual text", "man block take", "- ; cancelled"},
    {"blocked: no confirmation", "block conf take", "- ; cancelled"},
    {"unblocked", "block unblock man take", "1.1 ; sending"},
    {"they text first", "auto in +5 take", "- ; cancelled"},
    {"a manual text is not cancelled by theirs", "man in take", "1.1 ; sending"},

    /* order, time */
    {"a manual text cancels the automatic one that waits",
     "auto man man +5 take sent:1 take sent:2 take", "2.1 3.1 - ; cancelled sent sent"},
    {"oldest first", "man man auto +5 take sent:1 take sent:2 take",
     "1.1 2.1 3.1 ; sent sent sending"},
    {"a follow-up comes last", "nudge lead conf +5 take sent:1 take sent:2 take",
     "3.1 2.1 1.1 ; sending sent sent"},
    {"a lead is as urgent as a missed call, oldest first", "lead auto +5 take sent:1 take",
     "1.1 2.1 ; sent sending"},
    {"a manual text cancels a lead's and a follow-up", "lead nudge man take sent:1 take",
     "3.1 - ; cancelled cancelled sent"},
    {"they text first: neither goes", "lead nudge in take", "- ; cancelled cancelled"},
    {"a follow-up waits while paused", "nudge pause:60 take +60 take", "- 1.1 ; sending"},
    {"opted out at the last moment: no follow-up", "nudge quietstop take", "- ; cancelled"},
    {"its delay runs", "auto +4 take due +1 take", "- +1 1.1 ; sending"},
    {"too old", "auto +1801 take due", "- never ; expired"},
    {"at its last second", "auto +1800 take", "1.1 ; sending"},
    {"manual texts do not age", "man +999999 take", "1.1 ; sending"},
    {"busy, tried again", "man take retry:30 +29 take +1 take sent:1", "1.1 - 1.1 ; sent"},
    {"busy until too old", "auto +5 take retry:60 take +1799 take", "1.1 - - ; expired"},
    {"refused", "man take fail take due", "1.1 - never ; failed"},
    {"the clock jumps ahead: its delay stays, it is not too old",
     "auto step:900000 take +4 take +1 take", "- - 1.1 ; sending"},
    {"the clock jumps back: its delay stays", "auto step:-900000 +5 take", "1.1 ; sending"},
    {"the clock jumps while it is sent", "auto +5 take step:900000 retry:30 +30 take sent:1",
     "1.1 1.1 ; sent"},

    /* pause */
    {"paused: automatic waits", "auto pause:60 +5 take due +55 take", "- +55 1.1 ; sending"},
    {"paused: manual goes", "pause:60 man take", "1.1 ; sending"},
    {"paused hard: nothing goes", "hard:60 man conf take due resume take",
     "- +60 2.1 ; queued sending"},
    {"paused until resumed: it expires meanwhile", "auto pause:0 due +1801 take due",
     "+1801 - never ; expired"},
    {"paused between the parts", "auto:2 +5 take sent:1 pause:60 take +60 take",
     "1.1 - 1.2 ; sending"},
    {"the pause moves along with the clock", "pause:60 auto step:900 +59 take +1 take",
     "- 1.1 ; sending"},

    /* cancelling */
    {"cancelled while it waits", "auto cancel:1 +5 take", "- ; cancelled"},
    {"too late while it is sent", "man take cancel:1 sent:1", "1.1 too-late ; sent"},
    {"seen once it is unknown, not sent again", "man take unk:9 cancel:1 +9 take",
     "1.1 - ; unknown"},
    {"too late a second time", "man cancel:1 cancel:1", "too-late ; cancelled"},
    {"no such text", "cancel:9", "none ;"},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script p;
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, rows[i].words);
        script_states(&p);
        if (!tap_ok(err == 0 && strcmp(p.out, rows[i].left) == 0, "%s", rows[i].name))
            tap_diag("%s: \"%s\", not \"%s\" (%d %s)", rows[i].words, p.out, rows[i].left, err,
                     store_error(p.s));
        store_free(p.s);
    }
}

/* One call, one text: the table itself refuses a second one. */
static void test_one_text_a_call(void)
{
    struct script p;
    struct call_row call;
    int64_t id;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "miss");
    id = p.call;
    err = err ? err : script_run(&p, "auto");
    p.call = id;
    int twice = script_add(&p, "auto", 1);
    tap_ok(err == 0 && twice == -EEXIST, "a second text for one call is refused");
    tap_ok(calls_get(p.s, id, &call) == 0 && call.message == 1, "and the first is the one it has");
    store_free(p.s);
}

static void test_fields(void)
{
    struct script p;
    struct message_row m;
    struct outbox_counts counts;
    uint16_t ref, next;
    int tries;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "man take retry:1 +1 take unk:9 +9 take unk:9 man take fail man auto");
    tap_ok(err == 0 && message_get(p.s, 1, &m) == 0 && strcmp(m.error, "silence") == 0 &&
               m.resent && m.sent.s == 0,
           "an unknown text keeps what was last seen");
    tap_ok(message_get(p.s, 99, &m) == -ENOENT, "no such text");
    tap_ok(outbox_tries(p.s, 1, &tries) == 0 && tries == 3, "each take counts");
    tap_ok(outbox_tries(p.s, 99, &tries) == -ENOENT, "no such part");
    tap_ok(outbox_counts(p.s, p.now, &counts) == 0 && counts.waiting == 2 && counts.failed == 1 &&
               counts.unknown == 1,
           "counts of the queue");
    tap_ok(outbox_counts(p.s, (struct wall){p.now.s + 86401}, &counts) == 0 && counts.failed == 0,
           "a day later a failure is no news");
    err = outbox_concat_ref(p.s, SCRIPT_NUMBER, &ref);
    err = err ? err : script_run(&p, "man");
    tap_ok(err == 0 && outbox_concat_ref(p.s, SCRIPT_NUMBER, &next) == 0 && next != ref,
           "no concatenation reference twice in a row");
    err = script_run(&p, "+5 take sent:200 rep:200:d");
    tap_ok(err == 0 && message_get(p.s, 3, &m) == 0 && m.delivered.s == p.now.s &&
               m.sent.s == p.now.s && !m.error && m.state == MESSAGE_DELIVERED,
           "delivered: when, and no error left");
    store_free(p.s);
}

/* Words that this program never wrote, as a damaged file or somebody's own SQL has them. */
static void test_damaged_rows(void)
{
    static const char *const damages[] = {
        "UPDATE message SET state = 'lost'",
        "UPDATE message SET cause = 'x'",
    };
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct script p;
        struct message_row m;
        struct store_rows *list = NULL;
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, "man");
        sqlite3_exec(p.s->db, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL);
        sqlite3_exec(p.s->db, damages[i], NULL, NULL, NULL);
        tap_ok(err == 0 && message_get(p.s, 1, &m) == -EUCLEAN &&
                   strstr(store_error(p.s), "damaged"),
               "%s: damaged", damages[i]);
        tap_ok(message_list_contact(p.s, 1, 9, &list) == 0 && message_next(list, &m) == -EUCLEAN,
               "%s: damaged in a list", damages[i]);
        store_rows_free(list);
        store_free(p.s);
    }
}

static void test_why_not_again(void)
{
    struct script p;
    struct message_row m;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "man take unk:60 stop");
    tap_ok(err == 0 && message_get(p.s, 1, &m) == 0 &&
               strcmp(m.error, "silence; not sent again: opted out") == 0,
           "why it is not sent again");
    store_free(p.s);
}

/* Rolled back, a fate has not happened. */
static void test_rollback(void)
{
    struct script p;
    struct message_row m;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "man take");
    err = err ? err : store_begin(p.s);
    err = err ? err : outbox_sent(p.s, p.part, 7, p.now);
    store_rollback(p.s);
    store_rollback(p.s);
    tap_ok(err == 0 && message_get(p.s, 1, &m) == 0 && m.state == MESSAGE_SENDING,
           "what is rolled back has not happened");
    store_free(p.s);
}

/* Whether a text that has left wants a follow-up. */
static void test_follow_up_base(void)
{
    static const struct {
        const char *name, *words;
        bool wants;
    } looks[] = {
        {"nobody has said anything", "miss auto +5 take sent:7", true},
        {"they call", "miss auto +5 take sent:7 +1 miss", false},
        {"they call in the second in which it left", "miss auto +5 take miss +1 sent:7", false},
        {"they were blocked while it left", "miss auto +5 take block sent:7", false},
        {"they opted out while it left", "miss auto +5 take quietstop sent:7", false},
        {"they called before it left", "miss +1 miss auto +5 take +1 sent:7", true},
        {"they called after what may have left", "miss auto +5 take unk:60 +9 miss +60 take sent:8",
         false},
    };
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        struct follow_up_base base = {0};
        struct script p;
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, looks[i].words);
        int got = follow_ups_base(p.s, p.part, &base);
        bool right = err == 0 && got == (looks[i].wants ? 0 : -ENOENT);
        if (!tap_ok(right && (got != 0 || base.message == 1), "%s", looks[i].name))
            tap_diag("%d (%d)", got, err);
        store_free(p.s);
    }
}

int main(void)
{
    test_rows();
    test_one_text_a_call();
    test_fields();
    test_why_not_again();
    test_damaged_rows();
    test_rollback();
    test_follow_up_base();
    return tap_done();
}
