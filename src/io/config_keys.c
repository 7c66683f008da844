#include "io/config_parts.h"
#include <assert.h>
#include <string.h>

#define S INT64_C(1000)
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Where a value lies: in struct config, or in struct config_line. */
#define AT(member) offsetof(struct config, member)
#define LINE(member) offsetof(struct config_line, member)
#define ROOM(member) .offset = AT(member), .cap = sizeof(((struct config *)0)->member)
#define LINE_ROOM(member) .offset = LINE(member), .cap = sizeof(((struct config_line *)0)->member)

static const struct config_key keys[] = {
    {"version", CONFIG_INTEGER, AT(version), .min = 1, .max = 1, .fallback = "1",
     .help = "Version of this file's format."},

    {"business.name", CONFIG_TEXT, ROOM(policy.business), .min = 1,
     .help = "Name of the business, as callers know it: {business} in the texts."},
    {"business.callback", CONFIG_TEXT, ROOM(policy.callback), .fallback = "",
     .help = "Number that customers ring: {callback} in the texts."},
    {"business.timezone", CONFIG_ZONE, AT(policy.zone), .fallback = "system",
     .help = "Time zone of the hours: \"system\", or a name such as Europe/London."},
    {"business.country", CONFIG_COUNTRY, ROOM(policy.region),
     .help = "Country whose dialling rules numbers follow: two letters, such as GB."},

    {"business.currency", CONFIG_TEXT, ROOM(currency), .min = 3, .fallback = "GBP",
     .help = "Currency of the jobs: three letters, such as EUR."},

    {"lines[].name", CONFIG_NAME, LINE_ROOM(name), .min = 1, .fallback = "main",
     .help = "What this line is called in lists: letters, digits, - and _."},
    {"lines[].number", CONFIG_NUMBER, LINE_ROOM(number),
     .help = "The SIM's own number; it is never texted."},
    {"lines[].device", CONFIG_DEVICE, LINE_ROOM(device), .fallback = "auto",
     .help = "Which modem: auto, the path of its AT port, usb:VID:PID[:SERIAL], or imei:DIGITS."},
    {"lines[].baud", CONFIG_BAUD, LINE(baud), .min = 1200, .max = 921600, .fallback = "115200",
     .help = "Speed of the port in bits per second; USB modems do not care."},
    {"lines[].mode", CONFIG_CHOICE, LINE(mode), .words = "primary|forwarded|shared",
     .fallback = "primary",
     .help =
         "Customers ring this SIM; or a phone forwards here what it does not answer; or a phone "
         "shares the number."},
    {"lines[].own_numbers", CONFIG_NUMBERS, .fallback = "",
     .help = "Other phones of the business: they are never texted."},
    {"lines[].pin", CONFIG_PIN, LINE_ROOM(modem.pin), .fallback = "",
     .help =
         "The SIM's PIN, or file:/path of a file with it; one that is wrong is tried only once."},
    {"lines[].smsc", CONFIG_NUMBER, LINE_ROOM(modem.smsc), .fallback = "",
     .help = "Number of the SMS centre; \"\" for the one that the SIM knows."},
    {"lines[].hang_up_after", CONFIG_DURATION, LINE(modem.hang_up_after_ms), .max = MINUTE,
     .words = "off", .word_value = -1, .fallback = "off",
     .help = "Decline a ringing call this long after its number is known; \"off\" lets it ring."},
    {"lines[].ring_gap", CONFIG_DURATION, LINE(modem.ring_gap_ms), .min = 2 * S, .max = MINUTE,
     .words = "auto", .word_value = 0, .fallback = "auto",
     .help = "A call that has not rung for this long is over; \"auto\" learns it from the rings."},
    {"lines[].heartbeat", CONFIG_DURATION, LINE(modem.heartbeat_ms), .min = 5 * S,
     .max = 10 * MINUTE, .words = "off", .word_value = 0, .fallback = "30s",
     .help =
         "A modem that was not asked anything for this long is asked whether it still answers."},
    {"lines[].init", CONFIG_AT_LINES, .fallback = "",
     .help = "Extra AT commands, sent last when the modem is set up."},
    {"lines[].delivery_reports", CONFIG_BOOL, LINE(modem.delivery_reports), .fallback = "true",
     .help = "Ask the network to report when a text is delivered."},

    {"reply.mode", CONFIG_CHOICE, AT(policy.mode), .words = "live|observe", .fallback = "live",
     .help = "\"observe\" decides on each call and notes why, and sends nothing."},
    {"reply.delay", CONFIG_DURATION, AT(policy.delay_ms), .max = 10 * MINUTE, .fallback = "5s",
     .help = "Time from the end of a missed call to the text: to ring back yourself."},
    {"reply.max_age", CONFIG_DURATION, AT(policy.max_age_ms), .min = MINUTE, .max = 7 * DAY,
     .fallback = "30m",
     .help = "A text that could not be sent for this long is not sent any more."},
    {"reply.cooldown", CONFIG_DURATION, AT(policy.cooldown_ms), .max = 365 * DAY, .words = "off",
     .fallback = "24h", .help = "At most one automatic text to a person in this time."},
    {"reply.conversation_window", CONFIG_DURATION, AT(policy.conversation_window_ms),
     .max = 365 * DAY, .words = "off", .fallback = "12h",
     .help = "No automatic text to somebody with whom texts were exchanged in this time."},

    {"reply.audience", CONFIG_CHOICE, AT(policy.audience), .words = "all|unknown|known",
     .fallback = "all",
     .help = "Who is texted: all callers, only those without a name here, or only those with one."},
    {"reply.countries", CONFIG_COUNTRIES, .fallback = "",
     .help =
         "Whose numbers are texted: two letters each, \"own\" for business.country, \"all\"; own "
         "alone if none is given."},
    {"reply.landlines", CONFIG_CHOICE, AT(policy.landlines), .words = "never|try",
     .fallback = "never", .help = "Text landlines, where a machine may read the text aloud?"},
    {"reply.deny_prefixes", CONFIG_PREFIXES, .fallback = "",
     .help = "Beginnings of numbers that are never texted, such as \"+4470\", besides premium and "
             "shared cost."},
    {"reply.quiet.from", CONFIG_CLOCK, AT(policy.quiet.from_min), .words = "off", .word_value = -1,
     .fallback = "21:00",
     .help = "From this time nobody is texted who did not ring a moment ago; \"off\" for never."},
    {"reply.quiet.to", CONFIG_CLOCK, AT(policy.quiet.to_min), .fallback = "08:00",
     .help = "The end of the quiet hours."},
    {"reply.quiet.grace", CONFIG_DURATION, AT(policy.quiet.grace_ms), .max = 12 * HOUR,
     .fallback = "10m", .help = "So long after a call its text may go in quiet hours, too."},
    {"reply.quiet.after_grace", CONFIG_CHOICE, AT(policy.quiet.after_grace), .words = "hold|drop",
     .fallback = "hold",
     .help = "What becomes of the others: hold them until the quiet hours end, or drop them."},

    {"hours.mon", CONFIG_HOURS, .min = 0, .fallback = "",
     .help = "When the business is open on Mondays: [\"08:00-12:00\", \"13:00-17:30\"]."},
    {"hours.tue", CONFIG_HOURS, .min = 1, .fallback = "", .help = "The same on Tuesdays."},
    {"hours.wed", CONFIG_HOURS, .min = 2, .fallback = "", .help = "The same on Wednesdays."},
    {"hours.thu", CONFIG_HOURS, .min = 3, .fallback = "", .help = "The same on Thursdays."},
    {"hours.fri", CONFIG_HOURS, .min = 4, .fallback = "", .help = "The same on Fridays."},
    {"hours.sat", CONFIG_HOURS, .min = 5, .fallback = "", .help = "The same on Saturdays."},
    {"hours.sun", CONFIG_HOURS, .min = 6, .fallback = "", .help = "The same on Sundays."},

    {"holidays", CONFIG_HOLIDAYS, .fallback = "",
     .help = "Days without hours: [{date: 2026-12-25, name: Christmas}]; 12-25 is one every year."},

    {"templates.first", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_FIRST]), .min = 1,
     .fallback = "Hi, this is {business}. Sorry we missed your call. How can we help? Reply here.",
     .help = "The text to a caller who never got one."},
    {"templates.repeat", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_REPEAT]), .min = 1,
     .fallback = "{business} here, sorry we missed you again. Text what you need and we will call.",
     .help = "The text to a caller who got one before."},
    {"templates.known", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_KNOWN]), .min = 1,
     .fallback = "Hi {name|there}, {business} here, sorry we missed you. How can we help?",
     .help = "The text to a caller whose name is known here."},
    {"templates.closed", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_CLOSED]), .min = 1,
     .fallback =
         "Hi, this is {business}. We are closed until {next_open}. Tell us what you need and "
         "we will reply then.",
     .help = "The text outside the hours."},
    {"templates.holiday", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_HOLIDAY]), .min = 1,
     .fallback = "{business} is closed for {holiday} until {next_open}. Text us what you need, we "
                 "will reply then.",
     .help = "The text on a holiday."},
    {"templates.away", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_AWAY]), .min = 1,
     .fallback = "Hi, this is {business}. We are away until {back_at|later}. Tell us what you need "
                 "and we will reply then.",
     .help = "The text while you are away (textback away)."},
    {"templates.opt_out", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_OPT_OUT]), .min = 1,
     .fallback = "{business}: you will get no more texts from us. Reply START to undo.",
     .help = "The one confirmation to a person who opted out."},
    {"templates.help", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_HELP]), .min = 1,
     .fallback = "{business}: we text back when we miss your call. Call {callback|us}. Reply STOP "
                 "for no more texts.",
     .help = "The answer to HELP, at most once a day to a person."},
    {"templates.lead", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_LEAD]), .min = 1,
     .fallback = "Hi {name|there}, this is {business}. Thanks for your message, we will answer "
                 "here. Anything to add? Just reply.",
     .help = "The text to somebody who filled in a web form (textback lead add)."},
    {"templates.follow_up", CONFIG_TEMPLATE, ROOM(policy.templates[TEMPLATE_FOLLOW_UP]), .min = 1,
     .fallback =
         "{business} here again: can we still help? Reply here and we will get back to you.",
     .help = "The text to somebody who did not answer the one before (follow_up)."},

    {"text.unicode", CONFIG_CHOICE, AT(unicode), .words = "fold|allow|refuse", .fallback = "fold",
     .help = "Characters that need costlier texts: fold them to plain ones where that is enough, "
             "allow them, or refuse the text."},
    {"text.max_parts", CONFIG_INTEGER, AT(max_parts), .min = 1, .max = 10, .fallback = "1",
     .help = "How many parts a text may have; each is paid for."},
    {"text.opt_out_line", CONFIG_TEXT, ROOM(policy.opt_out_line), .fallback = "STOP to opt out.",
     .help = "Ends the first automatic text to a person; \"\" for nothing."},

    {"limits.per_minute", CONFIG_INTEGER, AT(policy.limits.per_minute), .min = 1, .max = 1000,
     .fallback = "6", .help = "Texts in a minute from one line; more automatic ones wait."},
    {"limits.per_hour", CONFIG_INTEGER, AT(policy.limits.per_hour), .min = 1, .max = 10000,
     .fallback = "30", .help = "The same in an hour."},
    {"limits.per_day", CONFIG_INTEGER, AT(policy.limits.per_day), .min = 1, .max = 100000,
     .fallback = "100", .help = "The same in 24 hours."},
    {"limits.people_per_month", CONFIG_INTEGER, AT(policy.limits.people_per_month), .min = 1,
     .max = 100000, .fallback = "250",
     .help = "Different people texted in 30 days; callers beyond get no automatic text."},
    {"limits.auto_per_person_30d", CONFIG_INTEGER, AT(policy.limits.auto_per_person), .min = 1,
     .max = 1000, .fallback = "3", .help = "Automatic texts to one person in 30 days."},
    {"limits.pace", CONFIG_DURATION, AT(policy.limits.pace_ms), .max = 10 * MINUTE,
     .fallback = "10s", .help = "Time from any text to the next automatic one."},
    {"limits.jitter", CONFIG_FRACTION, AT(policy.limits.jitter_permille), .max = 1000,
     .fallback = "0.3", .help = "Part of that time which chance adds or takes off."},

    {"breaker.burst", CONFIG_RATE, AT(policy.breaker.burst), .min = 2, .max = DAY,
     .fallback = "10_in_5m",
     .help = "So many automatic texts in so long stop all automatic ones; \"off\" for never."},
    {"breaker.identical", CONFIG_RATE, AT(policy.breaker.identical), .min = 2, .max = DAY,
     .fallback = "3_in_1h",
     .help =
         "So many texts from a person that say the same end automatic ones to them; \"off\" for "
         "never."},
    {"breaker.mute", CONFIG_DURATION, AT(policy.breaker.mute_ms), .min = MINUTE, .max = 30 * DAY,
     .fallback = "24h", .help = "How long they stay stopped."},

    {"opt_out.languages", CONFIG_LANGUAGES, .fallback = "",
     .help = "Languages whose opt-out words count besides STOP: two letters each; en if none is "
             "given."},
    {"opt_out.directory", CONFIG_PATH, ROOM(opt_out.directory), .fallback = "",
     .help = "Directory with your own lists of words: en.txt there replaces the built-in one."},
    {"opt_out.extra_words", CONFIG_WORDS, .fallback = "",
     .help = "Words that opt a person out, besides those of the languages."},
    {"opt_out.phrases", CONFIG_BOOL, AT(opt_out.phrases), .fallback = "true",
     .help = "Phrases count, too: \"please stop texting me\"."},
    {"opt_out.doubtful", CONFIG_CHOICE, AT(policy.opt_out_doubtful), .words = "hold|ignore",
     .fallback = "hold",
     .help =
         "What may have been meant as an opt-out: hold automatic texts until you say, or ignore "
         "it."},
    {"opt_out.confirm_within", CONFIG_DURATION, AT(policy.opt_out_confirm_ms), .min = 10 * S,
     .max = 5 * MINUTE, .fallback = "5m",
     .help = "An opt-out is confirmed within this time or not at all."},

    {"follow_up.enabled", CONFIG_BOOL, AT(policy.follow_up.enabled), .fallback = "false",
     .help = "Text once more where nobody answered the text about a missed call or a web form."},
    {"follow_up.after", CONFIG_AFTER, .min = HOUR, .max = 90 * DAY, .fallback = "4h",
     .help = "So long after the text before it at least: [4h, 3d] are two."},
    {"follow_up.window", CONFIG_WINDOW, AT(policy.follow_up.window), .fallback = "09:00-20:00",
     .help = "It goes as soon as this begins on one of the days, and not after its end."},
    {"follow_up.days", CONFIG_DAYS, .fallback = "mon, tue, wed, thu, fri, sat",
     .help = "Weekdays on which it may go, and no holidays."},

    {"owner.numbers", CONFIG_OWNERS, .fallback = "",
     .help = "Phones of the owner, told by text what `notify` names; never those of a line."},
    {"owner.notify", CONFIG_NOTIFY, .words = "urgent|waiting|broken",
     .fallback = "urgent, waiting, broken",
     .help = "What they are told: urgent texts, who waits too long, what is broken."},
    {"owner.urgent_words", CONFIG_URGENT, .fallback = "",
     .help = "Words that make a text urgent: whole ones, in any case, with or without accents."},
    {"owner.waiting_after", CONFIG_DURATION, AT(policy.owner.waiting_after_ms), .min = MINUTE,
     .max = 7 * DAY, .words = "off", .word_value = -1, .fallback = "30m",
     .help = "They are told who has waited this long for an answer, while you are open."},
    {"owner.digest", CONFIG_CLOCK, AT(policy.owner.digest_min), .words = "off", .word_value = -1,
     .fallback = "off",
     .help = "When they are told how the day was, such as \"18:00\"; \"off\" for never."},
    {"owner.relay", CONFIG_BOOL, AT(policy.owner.relay), .fallback = "false",
     .help = "Forward customers' texts to them, and take answers and orders by text."},
    {"owner.pin", CONFIG_PIN, ROOM(policy.owner.pin), .fallback = "",
     .help =
         "What such a text has to begin with: 4 to 8 digits, or file:/path of a file with them."},

    {"hooks.on_event", CONFIG_ARGUMENTS, .fallback = "",
     .help = "Program that is run for each event, and its arguments; the event is JSON on its "
             "standard input."},
    {"hooks.timeout", CONFIG_DURATION, AT(hooks.timeout_ms), .min = S, .max = 10 * MINUTE,
     .fallback = "10s", .help = "It is killed when it has not ended after this time."},
    {"hooks.max_running", CONFIG_INTEGER, AT(hooks.max_running), .min = 1, .max = CONFIG_HOOKS_MAX,
     .fallback = "4", .help = "How many may run at once; further events wait."},

    {"store.path", CONFIG_PATH, ROOM(store_path), .fallback = "/var/lib/textback/textback.db",
     .help = "The database with all calls and texts."},
    {"store.keep", CONFIG_DURATION, AT(keep_ms), .min = DAY, .max = 36500 * DAY, .words = "off",
     .word_value = -1, .fallback = "400d",
     .help = "Calls and texts older than this are removed; \"off\" keeps them for ever."},

    {"control.socket", CONFIG_PATH, ROOM(control_socket), .fallback = "/run/textback/control.sock",
     .help = "Where commands reach the daemon."},
    {"control.mode", CONFIG_MODE, AT(control_mode), .min = 0600, .max = 0777, .fallback = "0660",
     .help = "Who may: permissions of that socket, in octal."},

    {"log.level", CONFIG_CHOICE, AT(log_level), .words = "error|warning|info|debug",
     .fallback = "info", .help = "How much the daemon tells."},
    {"log.trace", CONFIG_PATH, ROOM(trace), .fallback = "",
     .help = "A file for every byte from and to the modems, to look for trouble; \"\": none."},
    {"log.mask_numbers", CONFIG_BOOL, AT(mask_numbers), .fallback = "false",
     .help = "Show numbers as +4477*****321 in the log."},
};

static_assert(sizeof(keys) / sizeof(keys[0]) <= CONFIG_KEYS_MAX, "all keys are counted");
static_assert(sizeof(enum compose_unicode) == sizeof(int), "CONFIG_CHOICE writes an int");
static_assert(sizeof(enum policy_line) == sizeof(int), "CONFIG_CHOICE writes an int");
static_assert(sizeof(enum config_log_level) == sizeof(int), "CONFIG_CHOICE writes an int");

const struct config_key *config_keys(size_t *ret_count)
{
    *ret_count = sizeof(keys) / sizeof(keys[0]);
    return keys;
}

bool config_kind_is_list(enum config_kind kind)
{
    return kind >= CONFIG_NUMBERS;
}

bool config_key_of_line(const struct config_key *key)
{
    return strncmp(key->name, "lines[].", 8) == 0;
}
