#include "base/text.h"
#include "internal.h"
#include "sms/pdu.h"
#include "store/inbox.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UNREADABLE_SENDER "unreadable"
#define PID_TYPE_0 0x40 /* 23.040 9.2.3.9: acknowledged, never shown */

/* An incoming text while its transaction is open. */
struct incoming {
    int64_t line;
    const char *hex; /* of the part that came; NULL where none came and the wait is over */
    struct pdu pdu;  /* of the part that came; then of the first part that is there */
    enum pdu_err damage;
    struct party sender;
    struct inbox_place place;
    int64_t message; /* what is shown of it, 0 nothing */
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

static bool is_hidden(const struct incoming *in)
{
    return in->damage == PDU_OK && in->pdu.pid == PID_TYPE_0;
}

static bool from_owner(const struct service *s, const struct incoming *in)
{
    return in->sender.textable && owner_is(&s->config.policy->owner, in->sender.number);
}

/* When the SMSC took it; 0 where it does not say so. */
static struct wall taken_at(const struct pdu *pdu)
{
    return pdu->scts.zone_valid ? pdu->scts.wall : (struct wall){0};
}

/* Keeps the part. Returns 1, or 0 where it was here before. */
static int add_part(struct service *s, struct incoming *in, struct now now)
{
    const struct udh_concat *concat = &in->pdu.udh.concat;
    struct inbox_part part = {
        .line = in->line,
        .sender = in->sender.number,
        .pdu = in->hex,
        .total = 1,
        .seq = 1,
        .received = now.wall,
        .sealed = from_owner(s, in),
    };
    if (in->damage == PDU_OK) {
        part.body = 2 * in->pdu.ud_at;
        part.scts = taken_at(&in->pdu);
    }
    if (in->damage == PDU_OK && !is_hidden(in) && concat->total > 1) {
        part.ref = concat->ref;
        part.ref_bits = concat->bits;
        part.total = concat->total;
        part.seq = concat->seq;
    }
    return inbox_part_add(s->store, &part, &in->place);
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
    if (text && len > 0) {
        replace_nuls(s->text, len);
        return;
    }
    pdu_describe(&in->pdu, len, s->text, sizeof(s->text));
    len = strlen(s->text);
    snprintf(s->text + len, sizeof(s->text) - len, "%s",
             in->place.missing > 0 ? REASSEMBLY_GAP : "");
}

/* Collects all parts that are there in s->reassembly. */
static int collect(struct service *s, struct incoming *in)
{
    struct store_rows *rows = NULL;
    const char *hex;
    struct pdu pdu;
    size_t at;
    bool first = true;
    reassembly_init(&s->reassembly);
    if (in->place.long_text == 0) {
        reassembly_add(&s->reassembly, &in->pdu);
        return 0;
    }
    int err = inbox_part_list(s->store, in->place.long_text, &rows);
    while (err == 0 && inbox_part_next(rows, &hex) == 1) {
        if (pdu_decode_hex(hex, strlen(hex), true, &pdu, &at) != PDU_OK)
            continue;
        if (first)
            in->pdu = pdu; /* the first part tells what the message is */
        first = false;
        reassembly_add(&s->reassembly, &pdu); /* false for a double */
    }
    store_rows_free(rows);
    return err;
}

/* A stop word counts from a person only: never from a name, a short code, or a message for a
 * machine. */
static int apply_keyword(struct service *s, const struct incoming *in, struct now now)
{
    if (!in->sender.textable || pdu_for_machine(&in->pdu))
        return 0;
    return service_keyword(s, now, in->sender.number, taken_at(&in->pdu), s->text);
}

/* Somebody who says the same again and again gets nothing automatic for a while. */
static int watch_robot(struct service *s, const struct incoming *in, struct now now)
{
    const struct store_limits limits = service_limits(s->config.policy);
    if (!in->sender.textable)
        return 0;
    int muted = limits_hear(s->store, in->sender.number, s->text, &limits, now.wall);
    if (muted == 1) {
        struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
        memcpy(note->number, in->sender.number, sizeof(note->number));
        snprintf(note->detail, sizeof(note->detail),
                 "the same text again and again: nothing automatic to them for a while");
    }
    return muted < 0 ? muted : 0;
}

/* A whole text of the owner: what it asks for is done, and the PIN in it is kept nowhere. */
static int owner_text(struct service *s, const struct incoming *in, struct now now,
                      const struct owner_reading *reading)
{
    int err = s->config.policy->owner.pin[0] ? inbox_seal(s->store, &in->place) : 0;
    if (err != 0 || pdu_for_machine(&in->pdu))
        return err;
    return service_owner_text(s, now, in->sender.number, taken_at(&in->pdu), reading);
}

/* Shows the text as far as it is there, with all that follows from it once it is whole. */
static int show(struct service *s, struct incoming *in, struct now now)
{
    int err = in->damage == PDU_OK ? collect(s, in) : 0;
    if (err != 0)
        return err;
    write_text(s, in);
    struct owner_reading reading;
    bool owner = from_owner(s, in);
    if (owner)
        service_owner_read(s, &reading);
    struct inbox_text text = {.line = in->line,
                              .sender = in->sender.number,
                              .text = s->text,
                              .part = in->place.long_text == 0 ? in->place.part : 0,
                              .long_text = in->place.long_text,
                              .at = now.wall};
    if (in->damage == PDU_OK)
        text.replace_type = pdu_replace_type(&in->pdu);
    int shown = inbox_text_show(s->store, &text, &in->message);
    if (shown <= 0)
        return shown;
    if (in->place.missing != 0)
        return 0;
    if (owner)
        return owner_text(s, in, now, &reading);
    err = watch_robot(s, in, now);
    return err < 0 ? err : apply_keyword(s, in, now);
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
    bool ready = in->place.missing == 0 || in->place.message != 0;
    err = new &&ready && !is_hidden(in) ? show(s, in, now) : 0;
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
    int64_t part = 0;
    service_party(s, pdu->number.text, &recipient);
    const struct outbox_status status = {.line = s->line,
                                         .number = recipient.number,
                                         .mr = pdu->mr,
                                         .outcome = outcomes[pdu->outcome],
                                         .final = pdu->final,
                                         .stamp = taken_at(pdu),
                                         .at = now.wall};
    int err = store_begin(s->store);
    if (err == 0)
        err = outbox_report(s->store, &status, &part);
    if (err == 0) /* where only this tells that it has left */
        err = service_follow_up_plan(s, now, part);
    if (err == -ENOENT) { /* of a text of long ago, or of another program's: nothing to note */
        store_rollback(s->store);
        err = 0;
    } else if (err == 0) {
        err = store_commit(s->store);
    }
    if (err != 0)
        return err;
    if (part != 0) /* which is durable: the part is not sent again */
        modem_send_proved(&s->modem, now.mono, part, pdu->mr);
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
    struct incoming in = {.line = s->line, .hex = event->pdu};
    size_t at;
    in.damage = pdu_decode_hex(event->pdu, strlen(event->pdu), true, &in.pdu, &at);
    if (in.damage == PDU_OK && in.pdu.type == PDU_SUBMIT)
        return; /* a text of our own that lies in the modem: not ours to delete */
    if (s->retry.ms != MONO_NEVER.ms) {
        s->list_again = true; /* it is safe in the modem until the store works again */
        return;
    }
    int err = in.damage == PDU_OK && in.pdu.type == PDU_STATUS_REPORT
                  ? store_report(s, &in.pdu, now)
                  : store_deliver(s, &in, now);
    if (err != 0) {
        s->list_again = true;
        service_trouble(s, now, "storing a received text");
        return;
    }
    note_received(s, &in, now);
    s->wait_stale = true;
    modem_ack(&s->modem, now.mono, &event->receipt);
}

/* Shows with its gaps what has waited longest. Returns 1, 0 where nothing is due. */
static int store_due(struct service *s, struct incoming *in, struct now now)
{
    struct inbox_due due;
    int err = store_begin(s->store);
    if (err != 0)
        return err;
    int found = inbox_find_due(s->store, now.wall, &due);
    if (found < 0)
        return found;
    if (found == 1) {
        *in = (struct incoming){.line = due.line,
                                .place = {.long_text = due.long_text, .missing = due.missing}};
        memcpy(in->sender.number, due.sender, sizeof(in->sender.number));
        err = show(s, in, now);
    }
    if (err == 0)
        err = store_commit(s->store);
    return err != 0 ? err : found;
}

/* Reads from the store when a wait is over, unless that is known already. */
static int refresh_wait(struct service *s, struct now now)
{
    struct wall due;
    if (!s->wait_stale)
        return 0;
    int err = inbox_next_due(s->store, &due);
    if (err != 0)
        return err;
    s->wait_stale = false;
    s->wait_due = MONO_NEVER;
    if (due.s != INT64_MAX)
        s->wait_due = mono_after(now.mono, due.s > now.wall.s ? (due.s - now.wall.s) * 1000 : 0);
    return 0;
}

/* Returns 0 or an error of store.h. */
static int show_due(struct service *s, struct now now)
{
    struct incoming in = {0};
    s->wait_stale = true;
    int err = store_due(s, &in, now);
    if (err < 0)
        return err;
    note_received(s, &in, now);
    return refresh_wait(s, now); /* more to show, or the clock was set back a little */
}

void service_texts_due(struct service *s, struct now now)
{
    if (s->retry.ms != MONO_NEVER.ms)
        return;
    int err = refresh_wait(s, now);
    if (err == 0 && now.mono.ms >= s->wait_due.ms)
        err = show_due(s, now);
    if (err < 0)
        service_trouble(s, now, "showing a text of which parts are missing");
}

struct mono service_texts_deadline(const struct service *s)
{
    return s->retry.ms == MONO_NEVER.ms ? s->wait_due : MONO_NEVER;
}
