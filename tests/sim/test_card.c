/* tests/sim/test_card.c - the SIM over restarts of the modem and of the program: a wrong PIN is
 * tried once and never again, the right one after each start, and texts do not go out with another
 * SIM. */
#include "service/service.h"
#include "store/outbox.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define CARD_A "+CCID: 89441000301234567890"
#define CARD_B "+CCID: 89441000309999999999"
#define CARD_MISREAD "+CCID: 8944100030123467890"
#define STEPS_MAX 60 /* the set-up up to the PIN, and some */

static struct world *begin(const char *pin, const char *configured)
{
    struct world *w = malloc(sizeof(*w));
    if (!w || world_init(w) != 0)
        abort();
    snprintf(w->sim.pin, sizeof(w->sim.pin), "%s", pin);
    snprintf(w->modem.pin, sizeof(w->modem.pin), "%s", configured);
    if (pin[0])
        w->sim.card = SIM_CARD_PIN;
    return w;
}

static void end(struct world *w)
{
    world_free(w);
    free(w);
}

static void restart_modem(struct world *w)
{
    sim_reboot(&w->sim, w->now);
    world_run(w, 2 * MINUTE);
}

static bool ready(const struct world *w)
{
    struct modem_info info;
    service_info(w->service, &info);
    return info.state == MODEM_READY;
}

static void wrong_pin(void)
{
    struct world *w = begin("1111", "1234");
    world_run(w, 60 * MINUTE);
    int first = w->sim.wrong_pins;
    for (int i = 0; i < 3; i++) {
        restart_modem(w);
        world_kill(w, 1000);
        world_run(w, 30 * MINUTE);
    }
    tap_ok(first == 1 && w->sim.wrong_pins == 1 && !ready(w), "a wrong PIN is tried once, ever");
    snprintf(w->modem.pin, sizeof(w->modem.pin), "2222");
    world_run(w, 60 * MINUTE);
    tap_ok(w->sim.wrong_pins == 2, "another wrong one once as well");
    snprintf(w->modem.pin, sizeof(w->modem.pin), "1234");
    world_run(w, 60 * MINUTE);
    tap_ok(w->sim.wrong_pins == 2, "and the first one is not forgotten");
    snprintf(w->modem.pin, sizeof(w->modem.pin), "1111");
    world_run(w, MINUTE);
    tap_ok(w->sim.wrong_pins == 2 && ready(w), "the right one opens the SIM");
    end(w);
}

static void wrong_pin_and_a_crash(void)
{
    int worst = 0;
    for (int64_t step = 1; step <= STEPS_MAX; step++) {
        struct world *w = begin("1111", "1234");
        w->kill_at = step;
        world_run(w, 5 * MINUTE);
        worst = w->sim.wrong_pins > worst ? w->sim.wrong_pins : worst;
        end(w);
    }
    tap_ok(worst == 1, "a wrong PIN is tried once, wherever the program is killed");
}

static void right_pin(void)
{
    struct world *w = begin("1111", "1111");
    int good = 0;
    world_run(w, MINUTE);
    for (int i = 0; i < 3; i++) {
        good += ready(w);
        restart_modem(w);
        world_kill(w, 1000);
        world_run(w, MINUTE);
    }
    tap_ok(good == 3 && ready(w) && w->sim.wrong_pins == 0,
           "the right PIN opens the SIM each time");
    end(w);
}

static void change_card(struct world *w, const char *card)
{
    if (sim_reply(&w->sim, "+CCID", card) != 0)
        abort();
    restart_modem(w);
}

static void another_card(void)
{
    static const struct sim_caller caller = {.number = "+447700900321", .rings = 3};
    struct modem_info info;
    struct world *w = begin("", "");
    change_card(w, CARD_A);
    change_card(w, CARD_B);
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 5 * MINUTE);
    service_info(w->service, &info);
    tap_ok(w->sim.sent_count == 0 && world_events(w, "alarm") == 1 && strstr(info.cause, "SIM"),
           "texts wait with another SIM, and its owner is told");
    world_kill(w, 1000);
    world_run(w, 5 * MINUTE);
    tap_ok(w->sim.sent_count == 0 && world_events(w, "alarm") == 1,
           "after a restart as well, and it is told once");
    tap_ok(service_accept_sim(w->store, "main") == 1 && service_accept_sim(w->store, "main") == 0,
           "a person accepts it");
    service_turn(w->service, w->now, true);
    world_run(w, MINUTE);
    tap_ok(w->sim.sent_count == 1, "the text goes");
    change_card(w, CARD_A);
    change_card(w, CARD_B);
    service_info(w->service, &info);
    tap_ok(world_events(w, "alarm") == 2 && info.cause[0] == '\0',
           "the SIM that was accepted comes back, and texts may go");
    end(w);
}

/* A digit of the ICCID was lost on the way, so often in a row; among equal digits it is the same
 * one whichever it is. */
static void misread_card(int times)
{
    static const struct sim_caller caller = {.number = "+447700900321", .rings = 3};
    struct world *w = begin("", "");
    world_run(w, MINUTE);
    sim_reply(&w->sim, "+CCID", CARD_MISREAD);
    sim_reboot(&w->sim, w->now);
    int reopened = 0;
    for (int i = 0; i < 600 && reopened < times; i++) {
        bool was_open = w->open;
        world_run(w, 100);
        reopened += was_open && !w->open;
    }
    sim_reply(&w->sim, "+CCID", CARD_A);
    world_run(w, MINUTE);
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 5 * MINUTE);
    tap_ok(reopened == times && w->sim.sent_count == 1 && world_events(w, "alarm") == 0,
           "a SIM that was misread %d times is read again", times);
    end(w);
}

static void silent_card(void)
{
    struct world *w = begin("", "");
    sim_reply(&w->sim, "+CPIN?", "silent");
    world_run(w, 10 * MINUTE);
    tap_ok(ready(w), "a modem that never answers AT+CPIN? comes up all the same");
    end(w);
}

int main(void)
{
    wrong_pin();
    wrong_pin_and_a_crash();
    right_pin();
    another_card();
    misread_card(1);
    misread_card(3);
    silent_card();
    return tap_done();
}
