#include "base/utf8.h"
#include "io/config_parts.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX (TEMPLATE_MAX + 1000) /* with the variables in it */

/* Says why a text cannot be sent. */
static int refuse(const struct config *c, const struct compose *composed, enum compose_err err,
                  char ret_what[CONFIG_WHAT_MAX])
{
    if (err == COMPOSE_ERR_PARTS)
        (void)snprintf(ret_what, CONFIG_WHAT_MAX,
                       "needs %zu parts when it is filled in, expected %" PRId32
                       " at most (text.max_parts)",
                       composed->part_count, c->max_parts);
    else if (err == COMPOSE_ERR_CHARACTER)
        (void)snprintf(ret_what, CONFIG_WHAT_MAX,
                       "holds the character U+%04" PRIX32 ", expected those of plain texts only "
                       "(text.unicode: refuse)",
                       composed->refused);
    else
        (void)snprintf(ret_what, CONFIG_WHAT_MAX, "%s when it is filled in", compose_err_str(err));
    return -EINVAL;
}

static const char *longest_holiday(const struct hours *hours)
{
    const char *longest = "";
    for (size_t i = 0; i < hours->holiday_count; i++)
        if (strlen(hours->holiday[i].name) > strlen(longest))
            longest = hours->holiday[i].name;
    return longest;
}

int config_text(const struct config *c, enum template_id id, char ret_what[CONFIG_WHAT_MAX])
{
    const struct template_values values = {.business = c->policy.business,
                                           .name = "",
                                           .callback = c->policy.callback,
                                           .time = "23:59",
                                           .next_open = HOURS_NEXT_OPEN_LONGEST,
                                           .back_at = HOURS_NEXT_OPEN_LONGEST,
                                           .holiday = longest_holiday(&c->policy.hours)};
    const struct compose_options options = {.to = c->lines[0].number,
                                            .unicode = c->unicode,
                                            .report = true,
                                            .max_parts = (size_t)c->max_parts};
    bool opt_out_line = template_may_tell_stop(id);
    char text[TEXT_MAX];
    struct compose composed;

    if (policy_text(&c->policy, id, &values, opt_out_line, text, sizeof(text)) < 0)
        return refuse(c, &composed, COMPOSE_ERR_LONG, ret_what);
    enum compose_err err = compose_text(&composed, text, &options);
    return err == COMPOSE_OK ? 0 : refuse(c, &composed, err, ret_what);
}
