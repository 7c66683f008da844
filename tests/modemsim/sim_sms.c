/* tests/modemsim/sim_sms.c - texts and status reports between the simulated network and the host
 * (3GPP TS 23.040). */
#include "base/text.h"
#include "modemsim/sim.h"
#include "modemsim/sim_parts.h"
#include "sms/compose.h"
#include "sms/tpdu.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SMSC_NUMBER "+447700900000"
#define REPORT_AGAIN_MS 15000

/* Writes `text` as the script would quote it. */
static void quote(const char *text, char *buf, size_t cap)
{
    struct text t;
    text_init(&t, buf, cap);
    text_add_char(&t, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            text_addf(&t, "\\%c", *c);
        else if (*c == '\n')
            text_add(&t, "\\n");
        else if ((unsigned char)*c < ' ' || *c == 0x7F)
            text_addf(&t, "\\x%02X", (unsigned char)*c);
        else
            text_add_char(&t, *c);
    }
    text_add_char(&t, '"');
    assert(text_ok(&t));
}

/* The text of a part; data of the host (there should be none) shows as its size. */
static const char *part_text(const struct pdu *p)
{
    return p->has_text ? p->text : "(data)";
}

static void say_sent(struct sim *s, const char *number, const char *mrs, const char *text)
{
    char quoted[SIM_PARTS_MAX * PDU_TEXT_MAX + 512];
    quote(text, quoted, sizeof(quoted));
    s->sent_count++;
    sim_say(s, "sent %s mr=%s %s", number, mrs, quoted);
}

/* Finds the long text that `p` is a part of, or begins it in place of the oldest. */
static struct sim_join *join_find(struct sim *s, const struct pdu *p)
{
    const struct udh_concat *c = &p->udh.concat;
    for (size_t i = 0; i < SIM_JOINS_MAX; i++) {
        struct sim_join *j = &s->joins[i];
        if (j->used && j->ref == c->ref && j->total == c->total &&
            strcmp(j->number, p->number.text) == 0)
            return j;
    }
    struct sim_join *j = &s->joins[s->join_next];
    s->join_next = (s->join_next + 1) % SIM_JOINS_MAX;
    *j = (struct sim_join){.used = true, .ref = c->ref, .total = c->total};
    memcpy(j->number, p->number.text, sizeof(j->number));
    return j;
}

static void join_add(struct sim *s, const struct pdu *p)
{
    const struct udh_concat *c = &p->udh.concat;
    sim_say(s, "part %s mr=%u %u/%u", p->number.text, s->mr, c->seq, c->total);
    if (c->total > SIM_PARTS_MAX)
        return;
    struct sim_join *j = join_find(s, p);
    size_t i = (size_t)c->seq - 1;
    j->count = (uint8_t)(j->count + !j->have[i]);
    j->have[i] = true;
    j->mr[i] = s->mr;
    memcpy(j->text[i], part_text(p), strlen(part_text(p)) + 1);
    if (j->count < j->total)
        return;
    char mr_list[SIM_PARTS_MAX * 4 + 1], whole[SIM_PARTS_MAX * PDU_TEXT_MAX + 1];
    struct text mrs, text;
    text_init(&mrs, mr_list, sizeof(mr_list));
    text_init(&text, whole, sizeof(whole));
    for (size_t k = 0; k < j->total; k++) {
        text_addf(&mrs, "%s%u", k ? "," : "", j->mr[k]);
        text_add(&text, j->text[k]);
    }
    say_sent(s, j->number, mr_list, whole);
    j->used = false;
}

static void accept_text(struct sim *s, struct now now, const struct pdu *p)
{
    s->mr++;
    if (p->udh.concat.bits > 0) {
        join_add(s, p);
    } else {
        char mr[4];
        snprintf(mr, sizeof(mr), "%u", s->mr);
        say_sent(s, p->number.text, mr, part_text(p));
    }
    if (!p->report || s->report_ms == SIM_NEVER || s->report_len == SIM_REPORTS_MAX)
        return;
    struct sim_report *r = &s->reports[s->report_len++];
    *r = (struct sim_report){
        .mr = s->mr, .sent = now.wall, .due = mono_after(now.mono, s->report_ms)};
    memcpy(r->number, p->number.text, sizeof(r->number));
}

/* Returns whether the PDU is one SUBMIT of the length that was announced. */
static bool submit_read(const struct sim *s, struct pdu *ret)
{
    size_t at = 0;
    uint8_t smsc = 0;
    if (pdu_decode_hex(s->line, s->line_len, true, ret, &at) != PDU_OK || ret->type != PDU_SUBMIT)
        return false;
    assert(octets_from_hex(s->line, 2, &smsc, 1, NULL) == 1);
    return s->line_len / 2 == 1U + smsc + s->pdu_octets && !ret->truncated;
}

void sim_sms_submit(struct sim *s, struct now now)
{
    struct pdu p;
    bool failing = s->fault_count > 0 && s->fault != SIM_FAULT_PROMPT;
    if (!submit_read(s, &p)) {
        sim_say(s, "refused a malformed PDU");
        sim_urc(s, "+CMS ERROR: %d", CMS_INVALID_PDU);
        return;
    }
    s->fault_count -= failing;
    switch (failing ? s->fault : SIM_FAULT_NONE) {
    case SIM_FAULT_CMS:
        sim_say(s, "refused %s cms=%d", p.number.text, (int)s->fault_code);
        sim_urc(s, "+CMS ERROR: %d", (int)s->fault_code);
        break;
    case SIM_FAULT_ERROR:
        sim_say(s, "refused %s", p.number.text);
        sim_urc(s, "ERROR");
        break;
    case SIM_FAULT_SILENT:
        accept_text(s, now, &p);
        break;
    case SIM_FAULT_PROMPT:
    case SIM_FAULT_NONE:
        accept_text(s, now, &p);
        sim_urc(s, "+CMGS: %u", s->mr);
        sim_urc(s, "OK");
        break;
    }
}

static struct sim_slot *slot_free(struct sim *s, size_t *ret_index)
{
    for (size_t i = 0; i < SIM_SLOTS_MAX; i++) {
        if (!s->slots[i].used) {
            *ret_index = i + 1;
            return &s->slots[i];
        }
    }
    return NULL;
}

/* Puts a PDU into the SIM. Returns its index, 0 where all slots are full. */
static size_t store(struct sim *s, const char *pdu)
{
    size_t index = 0;
    struct sim_slot *slot = slot_free(s, &index);
    if (!slot)
        return 0;
    *slot = (struct sim_slot){.used = true};
    memcpy(slot->pdu, pdu, strlen(pdu) + 1);
    sim_say(s, "stored %zu", index);
    return index;
}

static void put_smsc(struct octets_writer *w)
{
    struct address smsc;
    assert(address_parse(SMSC_NUMBER, &smsc) == 0);
    address_write_smsc(w, &smsc);
}

static void put_hex(const struct octets_writer *w, char ret_pdu[PDU_HEX_MAX + 1])
{
    assert(octets_written(w));
    octets_to_hex(w->octets, w->len, ret_pdu);
}

static void stamp(struct wall t, uint8_t ret_octets[SCTS_OCTETS])
{
    struct civil local = wall_civil(t);
    scts_encode(&local, 0, ret_octets);
}

static void report_pdu(const struct sim_report *r, struct now now, char ret_pdu[PDU_HEX_MAX + 1])
{
    uint8_t octets[PDU_OCTETS_MAX];
    struct octets_writer w = octets_writer(octets, sizeof(octets));
    struct tpdu_status_report t = {.mr = r->mr};
    assert(address_parse(r->number, &t.to) == 0);
    stamp(r->sent, t.scts);
    stamp(now.wall, t.discharge);
    put_smsc(&w);
    tpdu_status_report_encode(&w, &t);
    put_hex(&w, ret_pdu);
}

static bool reachable(const struct sim *s)
{
    return s->plugged && !s->muted && s->registered && s->boots.ms == MONO_NEVER.ms;
}

static bool full(const struct sim *s)
{
    for (size_t i = 0; i < SIM_SLOTS_MAX; i++)
        if (!s->slots[i].used)
            return false;
    return true;
}

/* When report `i` can go to the host. */
static struct mono report_ready(const struct sim *s, size_t i)
{
    if (s->set.cnmi_ds == 0 || (s->set.cnmi_ds == 2 && full(s)))
        return MONO_NEVER;
    if (s->set.cnmi_ds == 1 && i > 0)
        return MONO_NEVER; /* one at a time, until it is acknowledged */
    return s->report_unacked ? s->report_again : s->reports[i].due;
}

static void report_remove(struct sim *s, size_t i)
{
    sim_say(s, "report %s mr=%u", s->reports[i].number, s->reports[i].mr);
    s->report_len--;
    memmove(&s->reports[i], &s->reports[i + 1], (s->report_len - i) * sizeof(s->reports[0]));
}

bool sim_sms_acknowledge(struct sim *s, struct now now)
{
    (void)now;
    if (!s->report_unacked)
        return false;
    s->report_unacked = false;
    report_remove(s, 0);
    return true;
}

static void report_deliver(struct sim *s, struct now now, size_t i)
{
    char pdu[PDU_HEX_MAX + 1];
    report_pdu(&s->reports[i], now, pdu);
    if (s->set.cnmi_ds == 1) {
        sim_urc(s, "+CDS: %zu\r\n%s", strlen(pdu) / 2 - 8, pdu); /* without the SMSC field */
        s->report_unacked = true;
        s->report_again = mono_after(now.mono, REPORT_AGAIN_MS);
        return;
    }
    sim_urc(s, "+CDSI: \"SM\",%zu", store(s, pdu));
    report_remove(s, i);
}

void sim_sms_deliver(struct sim *s, struct now now)
{
    while (reachable(s) && s->queue_len > 0 && now.mono.ms >= s->queue[0].due.ms && !full(s)) {
        size_t index = store(s, s->queue[0].pdu);
        if (s->set.cnmi_mt == 1)
            sim_urc(s, "+CMTI: \"SM\",%zu", index);
        s->queue_len--;
        memmove(&s->queue[0], &s->queue[1], s->queue_len * sizeof(s->queue[0]));
    }
    for (size_t i = 0; i < s->report_len && reachable(s);) {
        size_t before = s->report_len;
        if (now.mono.ms >= report_ready(s, i).ms)
            report_deliver(s, now, i);
        i += s->report_len == before;
    }
}

struct mono sim_sms_deadline(const struct sim *s)
{
    struct mono next = MONO_NEVER;
    if (!reachable(s))
        return next;
    if (s->queue_len > 0 && !full(s))
        next = s->queue[0].due;
    for (size_t i = 0; i < s->report_len; i++)
        next = mono_min(next, report_ready(s, i));
    return next;
}

static int queue_add(struct sim *s, const char *pdu, struct mono due)
{
    if (s->queue_len == SIM_QUEUE_MAX)
        return -ENOSPC;
    struct sim_text *t = &s->queue[s->queue_len++];
    if (s->queue_len > 1) /* in order, whatever gaps the ones before have */
        due.ms = due.ms > t[-1].due.ms ? due.ms : t[-1].due.ms;
    t->due = due;
    memcpy(t->pdu, pdu, strlen(pdu) + 1);
    return 0;
}

int sim_text_pdu(struct sim *s, struct now now, const char *hex)
{
    if (strlen(hex) > PDU_HEX_MAX)
        return -EMSGSIZE;
    return queue_add(s, hex, now.mono);
}

/* Reads a number, or a name of the characters that ASCII and the GSM alphabet share. */
static int sender_parse(const char *from, struct address *ret)
{
    if (address_parse(from, ret) == 0)
        return 0;
    size_t len = strlen(from);
    if (len == 0 || len > 11 || strpbrk(from, "[\\]^`{|}~"))
        return -EINVAL;
    for (size_t i = 0; i < len; i++)
        if (from[i] < ' ' || from[i] == 0x7F)
            return -EINVAL;
    *ret = (struct address){.type = ADDRESS_ALPHANUMERIC};
    memcpy(ret->text, from, len + 1);
    return 0;
}

int sim_text(struct sim *s, struct now now, const char *from, const char *text,
             const struct sim_delivery *how)
{
    struct compose c;
    struct compose_options o = {.to = "0", .unicode = COMPOSE_ALLOW, .max_parts = SIM_QUEUE_MAX};
    struct tpdu_deliver t = {.dcs = 0};
    if (sender_parse(from, &t.from) != 0 || compose_text(&c, text, &o) != COMPOSE_OK)
        return -EINVAL;
    if (c.part_count * (how->twice ? 2 : 1) > SIM_QUEUE_MAX - s->queue_len)
        return -ENOSPC;
    s->concat_ref++;
    t.dcs = c.alphabet == DCS_ALPHABET_UCS2 ? 8 : 0;
    for (size_t i = 0; i < c.part_count; i++) {
        size_t part = how->reversed ? c.part_count - 1 - i : i;
        uint8_t octets[PDU_OCTETS_MAX];
        char pdu[PDU_HEX_MAX + 1];
        struct octets_writer w = octets_writer(octets, sizeof(octets));
        t.user_data.alphabet = c.alphabet;
        t.user_data.text = compose_part_text(&c, part, &t.user_data.text_len);
        if (c.part_count > 1)
            t.user_data.concat = (struct udh_concat){.bits = 16,
                                                     .ref = s->concat_ref,
                                                     .total = (uint8_t)c.part_count,
                                                     .seq = (uint8_t)(part + 1)};
        /* Two texts of one second would be one text to the host. */
        s->last_scts.s = now.wall.s > s->last_scts.s ? now.wall.s : s->last_scts.s + 1;
        stamp(s->last_scts, t.scts);
        put_smsc(&w);
        tpdu_deliver_encode(&w, &t);
        put_hex(&w, pdu);
        for (int copy = 0; copy < (how->twice ? 2 : 1); copy++)
            (void)queue_add(s, pdu, mono_after(now.mono, (int64_t)i * how->gap_ms));
    }
    return 0;
}
