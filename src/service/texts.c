#include "base/text.h"
#include "internal.h"
#include "policy/keyword.h"
#include "sms/pdu.h"
#include "store/inbox.h"
#include "store/people.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UNREADABLE_SENDER "unreadable"
#define PID_TYPE_0 0x40 /* 23.040 9.2.3.9: acknowledged, never shown */

/* An incoming part while its transaction is open. */
struct incoming {
    const char *hex;
    struct pdu pdu; /* of the part that came; then of the first part of the whole */
    enum pdu_err damage;
    struct party sender;
    int64_t part;    /* its row */
    int64_t message; /* the text that it completed, 0 none yet */
};

static void read_sender(const struct service *s, struct incoming *in)
{
    in->sender = (struct party){0};
    if (in->damage != PDU_OK)
        text_copy(in->sender.number, sizeof(in->sender.number), UNREADABLE_SENDER);
    else if (in->pdu.number.type == ADDRESS_ALPHANUMERIC)
        text_copy(in->sender.number, sizeof(in->sender.number), in->pdu.number.text);
    else
        service_party(s, in->pdu.number.text, &in->sender);
    if (in->sender.number[0] == '\0')
        text_copy(in->sender.number, sizeof(in->sender.number), "unknown");
}

static int add_part(struct service *s, struct incoming *in, struct now now)
{
    const struct udh_concat *concat = &in->pdu.udh.concat;
    bool one_of_many = in->damage == PDU_OK && concat->bits != 0;
    struct inbox_part part = {
        .line = s->line,
        .sender = in->sender.number,
        .pdu = in->hex,
        .total = 1,
        .seq = 1,
        .received = now.wall,
    };
    if (in->damage == PDU_OK && in->pdu.scts.zone_valid)
        part.scts = in->pdu.scts.wall;
    if (one_of_many) {
        part.ref = concat->ref;
        part.ref_bits = concat->bits;
        part.total = concat->total;
        part.seq = concat->seq;
    }
    return inbox_part_add(s->store, &part, &in->part);
}

/* Text with a NUL in it would end there for everybody who reads it. */
static void replace_nuls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0')
            text[i] = ' ';
}

/* Writes what a person is to read into s->text. */
static void write_text(struct service *s, const struct incoming *in)
{
    size_t len;
    if (in->damage != PDU_OK) {
        snprintf(s->text, sizeof(s->text), "(a message that cannot be read, %s: %s)",
                 pdu_err_str(in->damage), in->hex);
        return;
    }
    bool text = reassembly_join(&s->reassembly, s->text, &len);
    if (text && len > 0)
        replace_nuls(s->text, len);
    else
        pdu_describe(&in->pdu, len, s->text, sizeof(s->text));
}

/* Collects the parts that are there. Returns 1 where the text is whole, 0 where parts are missing.
 */
static int collect(struct service *s, struct incoming *in, int64_t ids[REASSEMBLY_PARTS_MAX],
                   size_t *ret_count)
{
    struct store_rows *rows = NULL;
    struct inbox_part_row row;
    struct pdu pdu;
    size_t at;
    *ret_count = 0;
    reassembly_init(&s->reassembly);
    int got = inbox_part_list(s->store, in->part, &rows);
    while (got == 0 && *ret_count < REASSEMBLY_PARTS_MAX &&
           (got = inbox_part_next(rows, &row)) == 1) {
        got = 0;
        if (pdu_decode_hex(row.pdu, strlen(row.pdu), true, &pdu, &at) != PDU_OK)
            continue;
        if (*ret_count == 0)
            in->pdu = pdu; /* the first part tells what the message is */
        if (reassembly_add(&s->reassembly, &pdu))
            ids[(*ret_count)++] = row.id;
    }
    store_rows_free(rows);
    return got < 0 ? got : reassembly_complete(&s->reassembly);
}

/* A stop word counts from a person only: never from a name, a short code, or a message for a
 * machine. */
static int apply_keyword(struct service *s, const struct incoming *in, struct now now)
{
    const struct policy_config *policy = s->config.policy;
    char body[TEMPLATE_MAX];
    int64_t id;
    const char *why;
    if (!in->sender.textable || pdu_for_machine(&in->pdu))
        return 0;
    enum keyword word = keyword_match(s->text, &policy->opt_out_extra);
    if (word == KEYWORD_NONE)
        return 0;
    bool out = word == KEYWORD_STOP;
    int changed = out ? optout_add(s->store, in->sender.number, "text", now.wall)
                      : optout_remove(s->store, in->sender.number, "text", now.wall);
    if (changed <= 0)
        return changed; /* said before: it is confirmed once only */
    struct service_note *note = service_note(s, now, SERVICE_NOTE_OPT_OUT);
    memcpy(note->number, in->sender.number, sizeof(note->number));
    snprintf(note->detail, sizeof(note->detail), "%s", out ? "out" : "in");
    struct template_values values = {.business = policy->business, .callback = policy->callback};
    if (!out || policy_text(policy, TEMPLATE_OPT_OUT, &values, false, body, sizeof(body)) < 0)
        return 0;
    struct outbox_new text = {.line = s->line,
                              .number = in->sender.number,
                              .text = body,
                              .cause = CAUSE_OPT_OUT,
                              .created = now.wall,
                              .due = now.wall,
                              .expires = {now.wall.s + SERVICE_CONFIRM_WITHIN_S}};
    int err = service_queue_text(s, now, &text, &id, &why);
    return err < 0 ? err : 0;
}

/* Makes the text where this part completes it, with all that follows from it. */
static int complete(struct service *s, struct incoming *in, struct now now)
{
    int64_t ids[REASSEMBLY_PARTS_MAX];
    size_t count = 0;
    if (in->damage == PDU_OK) {
        int whole = collect(s, in, ids, &count);
        if (whole <= 0)
            return whole;
    } else {
        ids[count++] = in->part;
    }
    write_text(s, in);
    struct inbox_text text = {.line = s->line,
                              .sender = in->sender.number,
                              .text = s->text,
                              .received = now.wall,
                              .part_ids = ids,
                              .part_count = count};
    int err = inbox_text_add(s->store, &text, &in->message);
    return err != 0 ? err : apply_keyword(s, in, now);
}

static int store_deliver(struct service *s, struct incoming *in, struct now now)
{
    read_sender(s, in);
    int err = store_begin(s->store);
    if (err != 0)
        return err;
    int new = add_part(s, in, now);
    if (new < 0)
        return new;
    bool hidden = in->damage == PDU_OK && in->pdu.pid == PID_TYPE_0;
    err = new && !hidden ? complete(s, in, now) : 0;
    return err != 0 ? err : store_commit(s->store);
}

static int store_report(struct service *s, const struct pdu *pdu, struct now now)
{
    static const enum report_outcome outcomes[] = {
        [PDU_DELIVERED] = REPORT_DELIVERED,
        [PDU_TEMPORARY] = REPORT_TEMPORARY,
        [PDU_PERMANENT] = REPORT_PERMANENT,
    };
    struct party recipient;
    service_party(s, pdu->number.text, &recipient);
    int err = store_begin(s->store);
    if (err == 0)
        err = outbox_report(s->store, s->line, recipient.number, pdu->mr, outcomes[pdu->outcome],
                            pdu->final, now.wall);
    if (err == -ENOENT) { /* of a text of long ago, or of another program's: nothing to note */
        store_rollback(s->store);
        err = 0;
    } else if (err == 0) {
        err = store_commit(s->store);
    }
    if (err != 0)
        return err;
    struct service_note *note = service_note(s, now, SERVICE_NOTE_REPORT);
    memcpy(note->number, recipient.number, sizeof(note->number));
    note->mr = pdu->mr;
    note->status = pdu->status;
    return 0;
}

static void note_received(struct service *s, const struct incoming *in, struct now now)
{
    if (in->message == 0)
        return;
    struct service_note *note = service_note(s, now, SERVICE_NOTE_RECEIVED);
    memcpy(note->number, in->sender.number, sizeof(note->number));
    note->message = in->message;
    s->queue_stale = true;
}

void service_received(struct service *s, struct now now, const struct modem_event *event)
{
    struct incoming in = {.hex = event->pdu};
    size_t at;
    in.damage = pdu_decode_hex(event->pdu, strlen(event->pdu), true, &in.pdu, &at);
    if (in.damage == PDU_OK && in.pdu.type == PDU_SUBMIT)
        return; /* a text of our own that lies in the modem: not ours to delete */
    int err = in.damage == PDU_OK && in.pdu.type == PDU_STATUS_REPORT
                  ? store_report(s, &in.pdu, now)
                  : store_deliver(s, &in, now);
    if (err != 0) {
        s->list_again = true;
        service_trouble(s, now, "storing a received text");
        return;
    }
    note_received(s, &in, now);
    modem_ack(&s->modem, now.mono, &event->receipt);
}
