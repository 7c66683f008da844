/* What commands ask of the daemon. */
#include "internal.h"
#include "modem/ask.h"
#include "tell.h"
#include <errno.h>
#include <string.h>

static struct port *find_port(struct daemon *d, const char *name, size_t len)
{
    for (size_t i = 0; i < d->port_count; i++)
        if (strlen(d->ports[i]->line.name) == len && memcmp(d->ports[i]->line.name, name, len) == 0)
            return d->ports[i];
    return NULL;
}

/* Puts a person's command to a modem: "LINE COMMAND". The answer is told when it comes. */
static void begin_ask(struct daemon *d, struct now now, const char *words, bool any)
{
    size_t len = strcspn(words, " ");
    struct port *p = find_port(d, words, len);
    const char *command = words + len + (words[len] == ' ');
    const char *trouble = NULL;
    if (!p)
        trouble = "error: no such line";
    else if (!any && !ask_is_query(command))
        trouble = "error: not a query";
    else if (any && !control_trusts(d->control))
        trouble = "error: only root and the daemon's user may do that";
    else if (p->asked)
        trouble = "error: the modem is asked already";
    if (trouble) {
        control_answer(d->control, trouble);
        return;
    }
    switch (service_ask(p->service, now, command)) {
    case 0:
        p->asked = true;
        p->ticket = control_keep(d->control);
        return;
    case -EBUSY:
        trouble = "error: the modem is asked already";
        break;
    case -ENOTCONN:
        trouble = "error: the modem does not answer";
        break;
    default:
        trouble = "error: not an AT command";
    }
    control_answer(d->control, trouble);
}

void request_finish(struct daemon *d, struct port *p)
{
    char line[CONTROL_ANSWER_MAX];
    const char *text = p->asked ? service_answer(p->service) : NULL;
    if (!text)
        return;
    tell_answer(text, line, sizeof(line));
    control_answer_kept(d->control, p->ticket, line);
    p->asked = false;
}

void request_take(struct daemon *d, struct now now, const char *request)
{
    char status[CONTROL_ANSWER_MAX];
    if (strcmp(request, "wake") == 0) {
        d->poked = true;
        control_answer(d->control, "ok");
    } else if (strcmp(request, "status") == 0) {
        tell_status(d->ports, d->port_count, now, status, sizeof(status));
        control_answer(d->control, status);
    } else if (strncmp(request, "ask ", 4) == 0) {
        begin_ask(d, now, request + 4, false);
    } else if (strncmp(request, "tell ", 5) == 0) {
        begin_ask(d, now, request + 5, true);
    } else {
        control_answer(d->control, "error: not a request");
    }
}
