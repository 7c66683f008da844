#include "at/args.h"
#include "base/octets.h"
#include "base/text.h"
#include "modem/parts.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define LIST_MS (5 * 60000) /* +CMTI stops where a memory is full, or for no reason at all */
#define LIST_POLL_MS 30000  /* where AT+CNMI was refused, or the list */
#define LIST_HUNG_MS 3600000
#define LIST_HANGS_MAX 2   /* AT+CMGL=4 took 8 minutes or hung */
#define LOOK_AGAIN_MS 1000 /* E3531: the memory lags +CMTI */
#define HOME_MS 2000
#define MEMORY_COMMAND_MS 15000
#define READ_MS 20000
#define DELETE_MS 20000
#define LIST_COMMAND_MS 180000
#define CONFIRM_MS 10000

static_assert(AT_LINE_MAX <= MODEM_PDU_HEX_MAX, "a line fits an event");

enum selection {
    SELECTED,
    SELECTING, /* a command is on its way */
    REFUSED,
};

static bool is_memory(const struct at_field *f)
{
    return f->len == 2 && f->s[0] >= 'A' && f->s[0] <= 'Z' && f->s[1] >= 'A' && f->s[1] <= 'Z';
}

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static void set_memory(char memory[MODEM_MEMORY_SIZE], const char *name)
{
    memcpy(memory, name, 2);
    memory[2] = '\0';
}

void receive_reset(struct modem *m)
{
    m->memories = (struct modem_memories){.home_due = MONO_NEVER};
    m->slot_count = 0;
    m->ack_count = 0;
    m->confirms = 0;
    m->mode_set = false;
    m->list_first = true;
    m->list_at = 0;
    m->list_due = (struct mono){0};
}

/* The memory to take of one group: `wish` where it is offered, else the first with a sound name. */
static void choose(const struct at_groups *g, size_t i, const char *wish,
                   char ret_memory[MODEM_MEMORY_SIZE])
{
    static const char *const known[] = {"SM", "ME", "MT"};

    set_memory(ret_memory, wish);
    if (i >= g->count || at_group_has_word(&g->group[i], wish))
        return;
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        if (at_group_has_word(&g->group[i], known[k])) {
            set_memory(ret_memory, known[k]);
            return;
        }
    }
}

/* Of those that read, write and store, ME has the most room; what a SIM keeps is listed too. */
void receive_offer(struct modem *m, const char *line)
{
    static const char *const known[] = {"ME", "SM", "MT"};
    struct modem_memories *mem = &m->memories;
    struct at_groups g;
    const char *home = NULL;

    at_groups_parse(line, &g);
    for (size_t k = 0; g.count > 0 && k < sizeof(known) / sizeof(known[0]) && !home; k++) {
        bool all = true;
        for (size_t i = 0; i < g.count && i < 3; i++)
            all = all && at_group_has_word(&g.group[i], known[k]);
        if (all)
            home = known[k];
    }
    if (g.count == 0)
        return;
    choose(&g, 0, home ? home : "SM", mem->home);
    choose(&g, 1, mem->home, mem->write);
    choose(&g, 2, mem->home, mem->store);
    mem->count = 0;
    set_memory(mem->list[mem->count++], mem->home);
    for (size_t k = 0; k < 2; k++) {
        if (!same(known[k], mem->home) && at_group_has_word(&g.group[0], known[k]))
            set_memory(mem->list[mem->count++], known[k]);
    }
}

void receive_current(struct modem *m, const struct at_args *a)
{
    struct at_field name = at_args_get(a, 0);

    if (is_memory(&name))
        set_memory(m->memories.now, name.s);
}

void receive_home(struct modem *m)
{
    set_memory(m->memories.now, m->memories.home);
}

static enum selection select_memory(struct modem *m, const char *memory)
{
    struct modem_memories *mem = &m->memories;
    char text[AT_COMMAND_MAX + 1];

    if (memory[0] == '\0' || same(memory, mem->now))
        return SELECTED;
    if (same(memory, mem->refused))
        return REFUSED;
    if (mem->whole)
        snprintf(text, sizeof(text), "AT+CPMS=\"%s\",\"%s\",\"%s\"", memory, mem->write,
                 mem->store);
    else
        snprintf(text, sizeof(text), "AT+CPMS=\"%s\"", memory);
    set_memory(mem->wanted, memory);
    modem_submit(m, JOB_MEMORY, AT_EXPECT_PREFIX, "+CPMS:", MEMORY_COMMAND_MS, text);
    return SELECTING;
}

static void memory_done(struct modem *m, struct mono now, bool ok)
{
    struct modem_memories *mem = &m->memories;

    if (ok) {
        set_memory(mem->now, mem->wanted);
        if (mem->home[0] == '\0') /* nothing was told: reading stays where texts are */
            set_memory(mem->home, same(mem->wanted, "SR") ? "SM" : mem->wanted);
        mem->home_due = mono_after(now, HOME_MS);
    } else if (!mem->whole && mem->write[0]) {
        mem->whole = true; /* Brovi E3372-325 takes this form only */
    } else {
        set_memory(mem->refused, mem->wanted);
        mem->whole = false;
    }
}

/* Where there is no room, the next list finds it. */
static void keep_slot(struct modem *m, const struct modem_slot *slot)
{
    for (size_t i = 0; i < m->slot_count; i++) {
        if (m->slot[i].index == slot->index && same(m->slot[i].memory, slot->memory))
            return;
    }
    if (m->slot_count < MODEM_SLOTS_MAX)
        m->slot[m->slot_count++] = *slot;
}

static void add_slot(struct modem *m, struct mono now, const struct at_args *a)
{
    struct at_field name = at_args_get(a, 0);
    struct modem_slot slot = {.due = now};
    int64_t index;

    if (a->count > 2) /* +CMTI: "SM",6,"MMS PUSH" is no text */
        return;
    if (!at_args_number(a, 1, 0, 999, &index) || m->slot_count == MODEM_SLOTS_MAX) {
        modem_list(m, now); /* +CMTI: "SM",-1 */
        return;
    }
    slot.index = (int16_t)index;
    if (is_memory(&name))
        set_memory(slot.memory, name.s);
    keep_slot(m, &slot);
}

static void hand_on(struct modem *m, const char *pdu, const struct modem_receipt *receipt)
{
    struct modem_event *event = modem_push(m, MODEM_EVENT_PDU);

    event->receipt = *receipt;
    memcpy(event->pdu, pdu, strlen(pdu) + 1);
}

bool receive_urc(struct modem *m, struct mono now, const char *line, const char *pdu)
{
    struct at_args a;

    if (pdu) {
        if (pdu[0])
            hand_on(m, pdu, &(struct modem_receipt){.direct = true});
    } else if (strncmp(line, "+CMTI:", 6) == 0 || strncmp(line, "+CDSI:", 6) == 0) {
        at_args_parse(line + 6, &a);
        add_slot(m, now, &a);
    } else if (strncmp(line, "+SMS FULL", 9) == 0 || strncmp(line, "^SMMEMFULL", 10) == 0) {
        modem_list(m, now);
    } else {
        return false;
    }
    return true;
}

void modem_ack(struct modem *m, struct mono now, const struct modem_receipt *receipt)
{
    if (receipt->direct && m->confirms < UINT16_MAX)
        m->confirms++;
    else if (!receipt->direct && m->ack_count < MODEM_ACKS_MAX)
        m->ack[m->ack_count++] = *receipt;
    modem_expire(m, now);
}

void modem_list(struct modem *m, struct mono now)
{
    m->list_at = 0;
    m->list_due = now;
}

struct mono receive_due(const struct modem *m, enum modem_job job)
{
    const struct modem_memories *mem = &m->memories;
    struct mono due = MONO_NEVER;

    if (job == JOB_CONFIRM && m->confirms > 0)
        due.ms = 0;
    if (job == JOB_DELETE && m->ack_count > 0)
        due.ms = 0;
    if (job == JOB_READ) {
        for (size_t i = 0; i < m->slot_count; i++)
            due = mono_min(due, m->slot[i].due);
    }
    if (job == JOB_LIST && !call_set_ringing(&m->calls))
        due = m->list_due;
    if (job == JOB_HOME && !same(mem->now, mem->home) && !same(mem->home, mem->refused))
        due = mem->home_due;
    return due;
}

static void start_delete(struct modem *m)
{
    struct modem_receipt *ack = &m->ack[0];
    enum selection selection = select_memory(m, ack->memory);
    char text[AT_COMMAND_MAX + 1];

    if (selection == SELECTING)
        return;
    snprintf(text, sizeof(text), "AT+CMGD=%d", ack->index);
    m->ack_count--;
    memmove(&m->ack[0], &m->ack[1], m->ack_count * sizeof(m->ack[0]));
    if (selection == SELECTED) /* else it stays: the same index elsewhere is another message */
        modem_submit(m, JOB_DELETE, AT_EXPECT_RESULT, NULL, DELETE_MS, text);
}

static void start_read(struct modem *m, struct mono now)
{
    char text[AT_COMMAND_MAX + 1];

    m->reading = 0;
    while (m->slot[m->reading].due.ms > now.ms)
        m->reading++;
    assert(m->reading < m->slot_count);
    if (select_memory(m, m->slot[m->reading].memory) == SELECTING || !modem_pdu_mode(m))
        return;
    m->found = false;
    snprintf(text, sizeof(text), "AT+CMGR=%d", m->slot[m->reading].index);
    modem_submit(m, JOB_READ, AT_EXPECT_PDU, "+CMGR:", READ_MS, text);
}

static void next_list(struct modem *m, struct mono now, bool ok)
{
    m->list_at++;
    if (!ok)
        m->list_due = mono_after(now, LIST_POLL_MS);
    else if (m->list_at >= m->memories.count)
        m->list_due = mono_after(now, m->setup.cnmi_set ? LIST_MS : LIST_POLL_MS);
    if (!ok || m->list_at >= m->memories.count) {
        m->list_first = false;
        m->list_at = 0;
        /* Perhaps the line had damaged the command: the next list asks again. */
        m->memories.refused[0] = '\0';
    }
}

static void start_list(struct modem *m, struct mono now)
{
    const char *memory = m->list_at < m->memories.count ? m->memories.list[m->list_at] : "";
    enum selection selection;

    if (m->list_hangs >= LIST_HANGS_MAX) {
        m->list_first = false;
        m->list_due = mono_after(now, LIST_HUNG_MS);
        m->list_hangs = 0;
        return;
    }
    selection = select_memory(m, memory);
    if (selection == REFUSED)
        next_list(m, now, true);
    else if (selection == SELECTED && modem_pdu_mode(m))
        modem_submit(m, JOB_LIST, AT_EXPECT_PDU, "+CMGL:", LIST_COMMAND_MS, "AT+CMGL=4");
}

void receive_start(struct modem *m, struct mono now, enum modem_job job)
{
    if (job == JOB_CONFIRM) {
        m->confirms--;
        modem_submit(m, JOB_CONFIRM, AT_EXPECT_RESULT, NULL, CONFIRM_MS, "AT+CNMA");
    } else if (job == JOB_DELETE) {
        start_delete(m);
    } else if (job == JOB_READ) {
        start_read(m, now);
    } else if (job == JOB_LIST) {
        start_list(m, now);
    } else {
        assert(job == JOB_HOME);
        m->memories.home_due = MONO_NEVER;
        (void)select_memory(m, m->memories.home);
    }
}

/* Returns whether <stat> says that the message is one of our own, stored (2) or sent (3). */
static bool is_own(const struct at_args *a, size_t i)
{
    int64_t stat;
    return at_args_number(a, i, 0, 9, &stat) && (stat == 2 || stat == 3);
}

/* Whether the PDU is not as long as field `i` says, in octets after the SMSC's (27.005 3.1): the
 * line from the modem has lost some, or doubled them. */
static bool is_damaged(const struct at_args *a, size_t i, const char *pdu)
{
    uint8_t smsc;
    int64_t length;

    return at_args_number(a, i, 1, 255, &length) &&
           (octets_from_hex(pdu, 2, &smsc, 1, NULL) != 1 ||
            strlen(pdu) != 2 * (1 + (size_t)smsc + (size_t)length));
}

/* +CMGR: <stat>,[<alpha>],<length>. What is damaged is read once more. Returns whether it is taken.
 */
static bool take_read(struct modem *m, const struct at_args *a, const char *pdu,
                      struct modem_receipt *ret)
{
    const struct modem_slot *slot = &m->slot[m->reading];

    ret->index = slot->index;
    if (slot->tries == 0 && is_damaged(a, 2, pdu))
        return false;
    m->found = true;
    return !is_own(a, 0);
}

/* +CMGL: <index>,<stat>,[<alpha>],<length>. What is damaged is read by itself. */
static bool take_listed(struct modem *m, struct mono now, const struct at_args *a, const char *pdu,
                        struct modem_receipt *ret)
{
    struct modem_slot slot = {.due = now};
    int64_t index;

    if (!at_args_number(a, 0, 0, 999, &index))
        return false;
    ret->index = slot.index = (int16_t)index;
    set_memory(slot.memory, ret->memory);
    if (is_own(a, 1))
        return false;
    if (!is_damaged(a, 3, pdu))
        return true;
    keep_slot(m, &slot);
    return false;
}

/* <stat> may be empty. */
void receive_line(struct modem *m, struct mono now, enum modem_job job, const char *line,
                  const char *pdu)
{
    struct modem_receipt receipt = {.direct = false};
    struct at_args a;

    if (!pdu || pdu[0] == '\0')
        return;
    at_args_parse(line + strlen("+CMGR:"), &a);
    set_memory(receipt.memory, m->memories.now);
    if (job == JOB_READ ? take_read(m, &a, pdu, &receipt) : take_listed(m, now, &a, pdu, &receipt))
        hand_on(m, pdu, &receipt);
}

static void drop_slot(struct modem *m)
{
    m->slot_count--;
    memmove(&m->slot[m->reading], &m->slot[m->reading + 1],
            (m->slot_count - m->reading) * sizeof(m->slot[0]));
}

/* An empty slot is a bare OK, a length of 0 or an error. It may be filled in a moment, or lie in
 * the named memory while another one is selected: bg#31, sms-cmti-sm-while-cpms-is-me. */
static void read_done(struct modem *m, struct mono now, bool timeout)
{
    struct modem_slot *slot = &m->slot[m->reading];

    if (m->found || timeout || slot->tries > 0) {
        drop_slot(m);
        return;
    }
    slot->tries++;
    slot->due = mono_after(now, LOOK_AGAIN_MS);
    if (slot->memory[0]) {
        m->memories.now[0] = '\0';
        m->memories.refused[0] = '\0';
    }
}

void receive_done(struct modem *m, struct mono now, enum modem_job job,
                  const struct at_error *error)
{
    bool ok = error->kind == AT_ERROR_NONE;
    bool timeout = error->kind == AT_ERROR_TIMEOUT;

    m->memories.home_due = mono_after(now, HOME_MS);
    if (job == JOB_MEMORY)
        memory_done(m, now, ok);
    if (job == JOB_READ)
        read_done(m, now, timeout);
    if (job == JOB_LIST) {
        m->list_hangs = timeout ? m->list_hangs + 1 : 0;
        next_list(m, now, ok);
    }
}
