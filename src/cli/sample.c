#include "cli/sample.h"
#include "base/utf8.h"
#include "cli/alloc.h"
#include "sms/fold.h"
#include "sms/gsm7.h"
#include <stdlib.h>
#include <string.h>

void sample_values(const struct config *config, enum sample_values which,
                   struct template_values *ret)
{
    bool longest = which == SAMPLE_LONGEST;
    const struct hours *hours = &config->policy.hours;
    const char *holiday = hours->holiday_count > 0 ? hours->holiday[0].name : "Christmas";
    for (size_t i = 0; longest && i < hours->holiday_count; i++)
        if (strlen(hours->holiday[i].name) > strlen(holiday))
            holiday = hours->holiday[i].name;
    *ret = (struct template_values){
        .business = config->policy.business,
        .name = longest ? "Bartholomew-Alexander" : "Alexandra",
        .callback = config->policy.callback,
        .time = "14:05",
        .next_open = longest ? HOURS_NEXT_OPEN_LONGEST : "Wednesday 08:00",
        .back_at = longest ? HOURS_NEXT_OPEN_LONGEST : "Wednesday 08:00",
        .holiday = holiday,
    };
}

/* Returns the first character that neither the GSM alphabet has nor (where it is used) folding
 * replaces; 0 for none. */
static uint32_t find_costly(const char *text, bool fold)
{
    uint8_t septets[2];
    uint32_t code;
    for (size_t n, len = strlen(text); len > 0; text += n, len -= n) {
        n = utf8_decode(text, len, &code);
        if (n == 0)
            return UTF8_REPLACEMENT;
        if (gsm7_encode(code, septets) == 0 && !(fold && fold_find(code)))
            return code;
    }
    return 0;
}

void sample_fill(const struct config *config, enum template_id id,
                 const struct template_values *values, bool opt_out_line, struct sample *ret)
{
    const struct compose_options o = {
        .to = config->lines[0].number, .unicode = config->unicode, .max_parts = COMPOSE_PARTS_MAX};
    struct compose *compose = cli_alloc(1, sizeof(*compose));
    *ret = (struct sample){.id = id};
    if (policy_text(&config->policy, id, values, opt_out_line, ret->text, sizeof(ret->text)) >= 0)
        ret->costly = find_costly(ret->text, config->unicode != COMPOSE_ALLOW);
    if (ret->text[0] && compose_text(compose, ret->text, &o) == COMPOSE_OK) {
        ret->parts = compose->part_count;
        ret->alphabet = compose->alphabet;
        while (ret->replaced_count < compose->replaced_count &&
               ret->replaced_count < sizeof(ret->replaced) / sizeof(ret->replaced[0])) {
            ret->replaced[ret->replaced_count] = compose->replaced[ret->replaced_count];
            ret->replaced_count++;
        }
    }
    free(compose);
}
