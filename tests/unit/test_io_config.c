/* tests/unit/test_io_config.c - configurations that are wrong, with the exact error; then right
 * ones, the defaults, and the manual page against the table. */
#include "io/config.h"
#include "tap.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSINESS "business: {name: Bright, country: GB}\n"
#define LINES "lines: [{number: +447700900123, device: /dev/ttyUSB0}]\n"
#define TOP_WORDS                                                                                  \
    "version|business|lines|reply|hours|holidays|templates|text|limits|breaker|opt_out|follow_up|" \
    "owner|hooks|store|control|log"
#define REPLY_WORDS                                                                               \
    "mode|delay|max_age|cooldown|conversation_window|audience|countries|landlines|deny_prefixes|" \
    "quiet"
#define OF_48 "123456789012345678901234567890123456789012345678"
#define OF_144 OF_48 OF_48 OF_48
#define DEVICE "device: /dev/ttyUSB0"

/* Errors are "t:LINE:COL: ..." */
static const struct {
    const char *name, *yaml, *error;
} bad[] = {
    {"empty", "", "t:1:1: nothing in the file, expected \"business:\" and \"lines:\""},
    {"comments only", "# hello\n",
     "t:1:1: nothing in the file, expected \"business:\" and \"lines:\""},
    {"a word", "hello", "t:1:1: one value, expected keys and values such as \"business:\""},
    {"a list", "- 1\n", "t:1:1: a list, expected keys and values such as \"business:\""},
    {"control character", "a: \x01", "t:1:4: a control character (0x01), expected text"},
    {"not UTF-8", "a: \n\xC3\xA4\xFF",
     "t:2:2: an octet that is not UTF-8 (0xFF), expected UTF-8 text"},
    {"UTF-16",
     "\xFF\xFE"
     "a",
     "t:1:1: an octet that is not UTF-8 (0xFF), expected UTF-8 text"},
    {"C1 control", "a: \xC2\x80", "t:1:4: control characters are not allowed"},
    {"tab", "reply:\n\tdelay: 5s\n", "t:2:1: a tab, expected blanks for indentation"},
    {"unquoted @", "business:\n  name: @home\n",
     "t:2:9: a value cannot begin with \"@\", expected quotes around it"},
    {"two colons", "business: a: b\n",
     "t:1:12: a second \": \" in one value, expected quotes around the value, or an indentation "
     "like "
     "that of the line above"},
    {"open bracket", "lines: [\n",
     "t:2:1: did not find expected node content, while parsing a flow "
     "node that begins in line 2"},
    {"open quote", "a: \"b\n",
     "t:1:4: a quote that nothing ends, expected another one behind the value"},
    {"no quote at the end",
     "business:\n  name: \"B\n  country: GB\nlines:\n  - number: \"+4420\"\n",
     "t:2:9: a quote that ends only in line 5, expected it to end in its own line"},
    {"quotes in quotes", "business: {}\nhours:\n  name: 'Bob's Plumbing'\n",
     "t:3:14: text behind the quote that ends a value, expected nothing there (in \"...\" a quote "
     "is "
     "written \\\", in '...' it is '')"},
    {"no comma", "hours: {mon: [\"08:00-12:00\" \"13:00-17:30\"]}",
     "t:1:29: did not find expected ',' or ']', while parsing a flow sequence that begins in line "
     "1"},
    {"anchor", "a: &x 1",
     "t:1:4: an anchor (&), expected the value itself, in quotes if it begins "
     "with &"},
    {"alias", "a: *x",
     "t:1:4: an alias (*), expected the value itself, in quotes if it begins with *"},
    {"tag", "a: !!str x",
     "t:1:4: a tag (!), expected the value itself, in quotes if it begins with !"},
    {"deep", "[[[[[[[[[1", "t:1:9: more levels than any key has"},
    {"second document", BUSINESS LINES "---\na: b\n", "t:3:1: a second document, expected one"},
    {"key is a list", "[a]: b\n", "t:1:1: a list or group as a key, expected a word"},
    {"unknown section", "bussiness: {}\n",
     "t:1:1: unknown key \"bussiness\", did you mean \"business\"?"},
    {"unknown key", "reply:\n  cooldwn: 1h\n",
     "t:2:3: unknown key \"cooldwn\", did you mean \"cooldown\"?"},
    {"unlike all", "reply: {zzz: 1}\n", "t:1:9: unknown key \"zzz\", expected one of " REPLY_WORDS},
    {"a day by its whole name", "hours: {monday: []}\n",
     "t:1:9: unknown key \"monday\", expected one of mon|tue|wed|thu|fri|sat|sun"},
    {"misplaced", "hours: {delay: 5s}\n",
     "t:1:9: unknown key \"delay\" here, it belongs below \"reply:\""},
    {"misplaced at the top", "number: 1\n",
     "t:1:1: unknown key \"number\" here, it belongs below \"lines:\""},
    {"the table's own spelling", "\"reply.delay\": 5s\n",
     "t:1:1: unknown key \"reply.delay\", expected one of " TOP_WORDS},
    {"the table's spelling of lines", "\"lines[]\": 5s\n",
     "t:1:1: unknown key \"lines[]\", expected one of " TOP_WORDS},
    {"empty key", "? \n: 1\n", "t:1:2: unknown key \"\", expected one of " TOP_WORDS},
    {"NUL in a key", "\"version\\0\": 1\n",
     "t:1:1: unknown key \"version<00>\", did you mean \"version\"?"},
    {"escape in a key", "\"\\e[1m\": 1\n",
     "t:1:1: unknown key \"<1B>[1m\", expected one of " TOP_WORDS},
    {"twice", "version: 1\nreply: {}\nversion: 1\n",
     "t:3:1: \"version\" comes twice, first in line 1"},
    {"section twice", "reply: {}\nreply: {}\n", "t:2:1: \"reply\" comes twice, first in line 1"},
    {"version", "version: 2\n", "t:1:10: version: \"2\" is not known, expected 1"},
    {"section is a value", "reply: 5s\n", "t:1:8: reply: one value, expected keys and values"},
    {"section is a list", "reply: [5s]\n", "t:1:8: reply: a list, expected keys and values"},
    {"value is a list", "reply: {delay: [5s]}\n",
     "t:1:16: reply.delay: a list, expected one value (if it begins with { or [, in quotes)"},
    {"braces without quotes", "templates:\n  first: {business} here\n",
     "t:2:21: text behind what ends with } or ], expected quotes around the whole value"},
    {"list of lists", "hours: {mon: [[a]]}\n",
     "t:1:15: hours.mon: a value that is a list or group, expected text"},
    {"list is a group", "hours: {mon: {a: b}}\n",
     "t:1:14: hours.mon: a group of keys, expected a list of values"},
    {"no business", LINES,
     "t:1:1: business.name is missing. Name of the business, as callers know it: "
     "{business} in the texts."},
    {"no country", "business: {name: B}\n" LINES,
     "t:1:1: business.country is missing. Country whose dialling rules numbers follow: two "
     "letters, "
     "such as GB."},
    {"empty name", "business: {name: \"\"}\n", "t:1:18: business.name: is empty, expected text"},
    {"control in a name", "business: {name: \"a\\eb\"}\n",
     "t:1:18: business.name: \"a<1B>b\" holds a control character, expected text"},
    {"NUL in a name", "business: {name: \"a\\0b\"}\n",
     "t:1:18: business.name: \"a<00>b\" holds a NUL character, expected text"},
    {"long name",
     "business: {name: 12345678901234567890123456789012345678901234567890123456789012345}\n",
     "t:1:18: business.name: is 65 octets long, expected at most 64"},
    {"country", "business: {country: UK}\n",
     "t:1:21: business.country: \"UK\" is not a country, expected two letters (ISO 3166) such as "
     "GB"},
    {"zone", "business: {timezone: Nowhere/At_All}\n",
     "t:1:22: business.timezone: no time zone \"Nowhere/At_All\" on this machine, expected a name "
     "such "
     "as Europe/London"},
    {"zone that leaves", "business: {timezone: ../../etc/passwd}\n",
     "t:1:22: business.timezone: \"../../etc/passwd\" is not a usable time zone, expected a name "
     "such "
     "as Europe/London"},
    {"no lines", BUSINESS,
     "t:1:1: lines is missing, expected one to 4 modems, each with its number"},
    {"lines without any", BUSINESS "lines: []\n", "t:2:8: lines: none, expected one to 4"},
    {"lines is a group", BUSINESS "lines: {number: 1}\n",
     "t:2:8: lines: expected a list: each line begins with \"- \""},
    {"a line is a word", BUSINESS "lines: [a]\n",
     "t:2:9: lines: one value, expected keys and values"},
    {"five lines",
     BUSINESS "lines:\n"
              "  - {name: a, number: +447700900120, device: /dev/a}\n"
              "  - {name: b, number: +447700900121, device: /dev/b}\n"
              "  - {name: c, number: +447700900122, device: /dev/c}\n"
              "  - {name: d, number: +447700900123, device: /dev/d}\n"
              "  - {name: e, number: +447700900124, device: /dev/e}\n",
     "t:7:5: lines: too many, expected at most 4"},
    {"no number", BUSINESS "lines:\n  - device: /dev/ttyUSB0\n",
     "t:3:5: lines[].number is missing. The SIM's own number; it is never texted."},
    {"no number in the second line",
     BUSINESS
     "lines:\n  - {number: +447700900120, device: /dev/a}\n  - {name: b, device: /dev/b}\n",
     "t:4:5: lines[].number is missing. The SIM's own number; it is never texted."},
    {"device", BUSINESS "lines: [{number: +447700900123, device: ttyUSB0}]\n",
     "t:2:41: lines[].device: \"ttyUSB0\" is no modem, expected auto, a path that starts with "
     "\"/\", usb:VID:PID, usb:VID:PID:SERIAL or imei:DIGITS"},
    {"same modem by its IMEI",
     BUSINESS "lines:\n  - {name: a, number: +447700900120, device: \"imei:861234567890123\"}\n"
              "  - {name: b, number: +447700900121, device: \"imei:861234567890123\"}\n",
     "t:4:46: lines[].device: \"imei:861234567890123\" is that of another line already"},
    {"name with a blank", BUSINESS "lines: [{name: a b}]\n",
     "t:2:16: lines[].name: \"a b\" is not a name, expected letters, digits, - and _"},
    {"number with letters", BUSINESS "lines: [{number: \"0800 FLOWERS\"}]\n", NULL},
    {"short number", BUSINESS "lines: [{number: \"123\"}]\n", NULL},
    {"baud", BUSINESS "lines: [{baud: 115201}]\n",
     "t:2:16: lines[].baud: \"115201\" is not a speed, expected one such as 9600, 115200 or "
     "460800"},
    {"ring gap", BUSINESS "lines: [{ring_gap: 1s}]\n",
     "t:2:20: lines[].ring_gap: \"1s\" is out of range, expected 2s to 1m or auto"},
    {"init", BUSINESS "lines: [{init: [\"AT+A\\r\"]}]\n",
     "t:2:17: lines[].init: \"AT+A<0D>\" holds a character that no AT command has"},
    {"init is no AT command", BUSINESS "lines: [{init: [\"+A\"]}]\n",
     "t:2:17: lines[].init: \"+A\" is not an AT command, expected one that starts with AT"},
    {"PIN too short", BUSINESS "lines: [{pin: \"123\"}]\n",
     "t:2:15: lines[].pin: is no PIN, expected 4 to 8 digits or file:/path"},
    {"PIN with a letter", BUSINESS "lines: [{pin: 12a4}]\n",
     "t:2:15: lines[].pin: is no PIN, expected 4 to 8 digits or file:/path"},
    {"PIN in no file", BUSINESS "lines: [{pin: \"file:/nowhere/pin\"}]\n",
     "t:2:15: lines[].pin: \"file:/nowhere/pin\": No such file or directory"},
    {"PIN in a file without one", BUSINESS "lines: [{pin: \"file:/dev/null\"}]\n",
     "t:2:15: lines[].pin: what the file holds is no PIN, expected 4 to 8 digits or file:/path"},
    {"SMSC that is no number", BUSINESS "lines: [{smsc: x}]\n",
     "t:2:16: lines[].smsc: \"x\" has characters that no telephone number has, expected a "
     "telephone "
     "number such as +447700900123"},
    {"heartbeat too quick", BUSINESS "lines: [{heartbeat: 1s}]\n",
     "t:2:21: lines[].heartbeat: \"1s\" is out of range, expected 5s to 10m or off"},
    {"reports", BUSINESS "lines: [{delivery_reports: maybe}]\n",
     "t:2:28: lines[].delivery_reports: \"maybe\" is neither true nor false"},
    {"same name",
     BUSINESS "lines:\n  - {number: +447700900120, device: /dev/a}\n"
              "  - {number: +447700900121, device: /dev/b}\n",
     "t:4:5: lines[].name: \"main\" is that of another line already"},
    {"same number",
     BUSINESS "lines:\n  - {name: a, number: +447700900120, device: /dev/a}\n"
              "  - {name: b, number: 07700 900120, device: /dev/b}\n",
     "t:4:23: lines[].number: \"+447700900120\" is that of another line already"},
    {"same device",
     BUSINESS "lines:\n  - {name: a, number: +447700900120, device: /dev/a}\n"
              "  - {name: b, number: +447700900121, device: /dev/a}\n",
     "t:4:46: lines[].device: \"/dev/a\" is that of another line already"},
    {"not a duration", "reply: {delay: 5 seconds}\n",
     "t:1:16: reply.delay: \"5 seconds\" is not a duration, expected 0s to 10m (units: s m h d)"},
    {"duration without a unit", "reply: {delay: 5}\n",
     "t:1:16: reply.delay: \"5\" is not a duration, expected 0s to 10m (units: s m h d)"},
    {"long duration", "reply: {delay: 11m}\n",
     "t:1:16: reply.delay: \"11m\" is out of range, expected 0s to 10m"},
    {"huge duration", "reply: {cooldown: 99999999999999999999d}\n",
     "t:1:19: reply.cooldown: \"99999999999999999999d\" is out of range, expected 0s to 365d or "
     "off"},
    {"hours", "hours:\n  tue: [9 to 5]\n",
     "t:2:9: hours.tue: \"9 to 5\" is not a time of day from-to, expected such as \"08:00-17:30\""},
    {"hours overlap", "hours: {mon: [\"08:00-12:00\", \"11:00-13:00\"]}\n",
     "t:1:30: hours.mon: \"11:00-13:00\" overlaps another time of that day"},
    {"five times a day",
     "hours: {mon: [\"01:00-02:00\", \"03:00-04:00\", \"05:00-06:00\", \"07:00-08:00\", "
     "\"09:00-10:00\"]}\n",
     "t:1:75: hours.mon: \"09:00-10:00\" is one too many, expected at most 4 a day"},
    {"template variable", "templates: {first: \"Hi {nam}\"}\n", NULL},
    {"template empty", "templates: {first: \"\"}\n",
     "t:1:20: templates.first: is empty, expected text"},
    {"choice", "text: {unicode: folded}\n",
     "t:1:17: text.unicode: \"folded\" is not known, expected one of fold|allow|refuse"},
    {"not whole", "text: {max_parts: 1.5}\n",
     "t:1:19: text.max_parts: \"1.5\" is not a whole number, expected 1 to 10"},
    {"too many parts", "text: {max_parts: 11}\n",
     "t:1:19: text.max_parts: \"11\" is out of range, expected 1 to 10"},
    {"a text of two parts", BUSINESS LINES "templates:\n  first: " OF_144 "\n",
     "t:4:10: templates.first: needs 2 parts when it is filled in, expected 1 at most "
     "(text.max_parts)"},
    {"a name that makes it so",
     "business: {name: 1234567890123456789012345678901234567890123, country: GB}\n" LINES
     "hours: {mon: \"08:00-17:00\"}\n",
     "t:1:1: templates.closed: needs 2 parts when it is filled in, expected 1 at most "
     "(text.max_parts)"},
    {"a costly character", BUSINESS LINES "text: {unicode: refuse}\ntemplates:\n  repeat: \u4F60\n",
     "t:5:11: templates.repeat: holds the character U+4F60, expected those of plain texts only "
     "(text.unicode: refuse)"},
    {"word", "opt_out: {extra_words: [\"\"]}\n",
     "t:1:25: opt_out.extra_words: \"\" is not a word, expected up to 127 octets with a letter in "
     "them"},
    {"language", "opt_out: {languages: [english]}\n",
     "t:1:23: opt_out.languages: \"english\" is not a language, expected two letters (ISO 639) "
     "such "
     "as en"},
    {"prefix", "reply: {deny_prefixes: [070]}\n",
     "t:1:25: reply.deny_prefixes: \"070\" is not the beginning of a number, expected such as "
     "\"+4470\""},
    {"countries", "reply: {countries: [GB, England]}\n",
     "t:1:25: reply.countries: \"England\" is not a country, expected two letters such as GB, own "
     "or "
     "all"},
    {"clock", "reply: {quiet: {from: 9pm}}\n",
     "t:1:23: reply.quiet.from: \"9pm\" is not a time of day, expected such as \"21:00\" or off"},
    {"no count in a time", "breaker: {burst: 10 in 5m}\n",
     "t:1:18: breaker.burst: \"10 in 5m\" is no count in a time, expected such as 10_in_5m (2 to "
     "1000, in 1s to 1d) or off"},
    {"no time after a text", "follow_up: {after: [4]}\n",
     "t:1:21: follow_up.after: \"4\" is not a time after a text, expected 1h to 90d such as 4h"},
    {"too soon after a text", "follow_up: {after: 59m}\n",
     "t:1:20: follow_up.after: \"59m\" is not a time after a text, expected 1h to 90d such as 4h"},
    {"four follow-ups", "follow_up: {after: [4h, 4h, 4h, 4h]}\n",
     "t:1:33: follow_up.after: \"4h\" is one too many, expected at most 3"},
    {"a window over midnight", "follow_up: {window: \"20:00-09:00\"}\n",
     "t:1:21: follow_up.window: \"20:00-09:00\" is not a time of one day from-to, expected such as "
     "\"09:00-20:00\""},
    {"no weekday", "follow_up: {days: [mon, tuesday]}\n",
     "t:1:25: follow_up.days: \"tuesday\" is not a weekday, expected mon, tue, wed, thu, fri, sat "
     "or "
     "sun"},
    {"once is no burst", "breaker: {burst: 1_in_5m}\n",
     "t:1:18: breaker.burst: \"1_in_5m\" is no count in a time, expected such as 10_in_5m (2 to "
     "1000, in 1s to 1d) or off"},
    {"too long for a burst", "breaker: {identical: 3_in_2d}\n",
     "t:1:22: breaker.identical: \"3_in_2d\" is no count in a time, expected such as 3_in_1h (2 to "
     "1000, in 1s to 1d) or off"},
    {"no time", "breaker: {identical: 3_in_}\n",
     "t:1:22: breaker.identical: \"3_in_\" is no count in a time, expected such as 3_in_1h (2 to "
     "1000, in 1s to 1d) or off"},
    {"more than all of it", "limits: {jitter: 1.001}\n",
     "t:1:18: limits.jitter: \"1.001\" is not a part of one, expected 0 to 1 such as 0.3"},
    {"a point and nothing", "limits: {jitter: \"0.\"}\n",
     "t:1:18: limits.jitter: \"0.\" is not a part of one, expected 0 to 1 such as 0.3"},
    {"a part of one in per cent", "limits: {jitter: 30%}\n",
     "t:1:18: limits.jitter: \"30%\" is not a part of one, expected 0 to 1 such as 0.3"},
    {"a part of one too fine", "limits: {jitter: 0.3001}\n",
     "t:1:18: limits.jitter: \"0.3001\" is not a part of one, expected 0 to 1 such as 0.3"},
    {"a cap of nothing", "limits: {per_hour: 0}\n",
     "t:1:20: limits.per_hour: \"0\" is out of range, expected 1 to 10000"},
    {"key below a key", "reply: {quiet: {form: \"21:00\"}}\n",
     "t:1:17: unknown key \"form\", did you mean \"from\"?"},
    {"quiet as one value", "reply: {quiet: off}\n",
     "t:1:16: reply.quiet: one value, expected keys and values"},
    {"holiday without a name", "holidays: [{date: 2026-12-25}]\n",
     "t:1:12: holidays: expected a date and a name, such as {date: 2026-12-25, name: Christmas}"},
    {"no such day", "holidays: [{date: 2026-02-29, name: Leap}]\n",
     "t:1:19: holidays: \"2026-02-29\" is not a date, expected such as 2026-12-25, or 12-25 for "
     "every "
     "year"},
    {"holidays alone", BUSINESS LINES "holidays: [{date: 12-25, name: Christmas}]\n",
     "t:3:11: holidays: mean nothing without hours"},
    {"an owner with the number of a line",
     BUSINESS LINES "owner: {numbers: [07700 900900, \"+447700900123\"]}\n",
     "t:3:33: owner.numbers: \"+447700900123\" is the number of the line main, expected another "
     "phone"},
    {"an owner with the number of a line, alone", "owner: {numbers: 07700 900123}\n" BUSINESS LINES,
     "t:1:18: owner.numbers: \"+447700900123\" is the number of the line main, expected another "
     "phone"},
    {"an owner without a number", BUSINESS LINES "owner: {numbers: [me]}\n",
     "t:3:19: owner.numbers: \"me\" has characters that no telephone number has, expected a "
     "telephone "
     "number such as +447700900123"},
    {"five owners",
     BUSINESS LINES
     "owner: {numbers: [07700900901, 07700900902, 07700900903, 07700900904, 07700900905]}\n",
     "t:3:71: owner.numbers: \"07700900905\" is one too many, expected at most 4"},
    {"an alert of which nobody knows", BUSINESS LINES "owner: {notify: [urgent, fire]}\n",
     "t:3:26: owner.notify: \"fire\" is not known, expected some of urgent|waiting|broken"},
    {"an urgent word of nothing", BUSINESS LINES "owner: {urgent_words: [\"!!\"]}\n",
     "t:3:24: owner.urgent_words: \"!!\" is not a word, expected up to 63 octets with a letter in "
     "them"},
    {"a digest for nobody", BUSINESS LINES "owner: {digest: \"18:00\"}\n",
     "t:3:17: owner.digest: means nothing without owner.numbers"},
    {"a relay to nobody", BUSINESS LINES "owner: {relay: true}\n",
     "t:3:16: owner.relay: means nothing without owner.numbers"},
    {"no time for a digest", BUSINESS LINES "owner: {digest: evening}\n",
     "t:3:17: owner.digest: \"evening\" is not a time of day, expected such as \"21:00\" or off"},
    {"a PIN that is none is not shown", BUSINESS LINES "owner: {pin: 12a4}\n",
     "t:3:14: owner.pin: is no PIN, expected 4 to 8 digits or file:/path"},
    {"waiting for less than a minute", BUSINESS LINES "owner: {waiting_after: 10s}\n",
     "t:3:24: owner.waiting_after: \"10s\" is out of range, expected 1m to 7d or off"},
    {"no such language", BUSINESS LINES "opt_out: {languages: [en, xx]}\n",
     "t:3:22: opt_out: there are no words for the language \"xx\""},
    {"what is removed holds nothing back",
     BUSINESS LINES "store: {keep: 1d}\nreply: {cooldown: 25h}\n",
     "t:3:15: store.keep: shorter than reply.cooldown, expected at least as long"},
    {"nor does it tell of a conversation",
     BUSINESS LINES "reply: {conversation_window: 8d}\nstore: {keep: 7d}\n",
     "t:4:15: store.keep: shorter than reply.conversation_window, expected at least as long"},
    {"a program without its place", "hooks: {on_event: [mosquitto_pub, -s]}\n",
     "t:1:20: hooks.on_event: \"mosquitto_pub\" is not the path of a program, expected one that "
     "starts with /"},
    {"an argument too many",
     "hooks: {on_event: [/x, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]}\n",
     "t:1:75: hooks.on_event: \"16\" is one too many, expected at most 16"},
    {"too many at once", "hooks: {max_running: 17}\n",
     "t:1:22: hooks.max_running: \"17\" is out of range, expected 1 to 16"},
    {"a short time", "hooks: {timeout: 0s}\n",
     "t:1:18: hooks.timeout: \"0s\" is out of range, expected 1s to 10m"},
    {"path", "store: {path: data.db}\n",
     "t:1:15: store.path: \"data.db\" is not a whole path, expected one that starts with \"/\""},
    {"mode", "control: {mode: rw}\n",
     "t:1:17: control.mode: \"rw\" is not a mode, expected octal permissions of 0600 to 0777 such "
     "as "
     "0660"},
    {"mode that locks the owner out", "control: {mode: \"0060\"}\n",
     "t:1:17: control.mode: \"0060\" is not a mode, expected octal permissions of 0600 to 0777 "
     "such "
     "as 0660"},
    {"level", "log: {level: loud}\n",
     "t:1:14: log.level: \"loud\" is not known, expected one of error|warning|info|debug"},
};

static const char full[] =
    "# every kind of value\n"
    "version: 1\n"
    "lines:\n"
    "  - name: main\n"
    "    number: 07700 900123\n"
    "    device: /dev/ttyUSB0\n"
    "    baud: 9600\n"
    "    own_numbers: [\"01632 960001\", +447700900123, +441632960001]\n"
    "    hang_up_after: 0s\n"
    "    ring_gap: 7s\n"
    "    init: [\"AT+CLVL=1\", at+x]\n"
    "    delivery_reports: no\n"
    "    pin: 0042\n"
    "    smsc: 07785 016005\n"
    "    heartbeat: 1m\n"
    "    mode: forwarded\n"
    "  - {name: second, number: +4530123456, device: /dev/ttyUSB3}\n"
    "business:\n"
    "  name: \"Brightwater\\u2019s: Plumbing\"\n"
    "  callback: 01632 960001\n"
    "  timezone: UTC\n"
    "  country: gb\n"
    "reply: {delay: 0s, max_age: 1h, cooldown: off, conversation_window: 1d}\n"
    "hours:\n"
    "  mon: [08:00-12:00, \"13:00-17:30\"]\n"
    "  sun: 10:00-11:00\n"
    "  sat:\n"
    "templates:\n"
    "  first: |\n"
    "    Hi {name|there},\n"
    "    {business}\n"
    "text: {unicode: refuse, max_parts: 3, opt_out_line: \"\"}\n"
    "opt_out: {extra_words: [nein, 'no']}\n"
    "follow_up: {enabled: true, after: [4h, 3d], window: \"10:00-24:00\", days: [sun, mon]}\n"
    "store: {path: /tmp/x.db}\n"
    "control: {socket: /tmp/x.sock, mode: \"0600\"}\n"
    "log: {level: debug, mask_numbers: true}\n";

static struct config c, other;
static char error[CONFIG_ERROR_MAX];

static int parse(const char *yaml)
{
    error[0] = '\0';
    return config_parse("t", yaml, strlen(yaml), &c, error);
}

static void test_bad(void)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&c, 0x5A, sizeof(c));
        memset(&other, 0x5A, sizeof(other));
        int err = parse(bad[i].yaml);
        bool ok = err == -EINVAL && memcmp(&c, &other, sizeof(c)) == 0;
        ok = ok && (bad[i].error ? strcmp(error, bad[i].error) == 0 : error[0] == 't');
        if (!tap_ok(ok, "%s", bad[i].name))
            tap_diag("%d \"%s\"", err, error);
    }
}

/* However a file is cut or damaged, it is read or refused with one line. */
static void test_damaged(void)
{
    char text[sizeof(full)];
    bool ok = true;
    for (size_t len = 0; len < sizeof(full) - 1 && ok; len++) {
        int err = config_parse("t", full, len, &c, error);
        ok = err == 0 || (err == -EINVAL && !strchr(error, '\n'));
    }
    tap_ok(ok, "cut at every octet");
    for (size_t at = 0; at < sizeof(full) - 1 && ok; at++) {
        memcpy(text, full, sizeof(text));
        text[at] = "\0\xFF:[{\"'-#&*!|>%@`\n\t"[at % 19];
        int err = config_parse("t", text, sizeof(full) - 1, &c, error);
        ok = err == 0 || (err == -EINVAL && !strchr(error, '\n'));
    }
    tap_ok(ok, "damaged at every octet");
}

static void test_owner(void)
{
    tap_ok(parse("owner:\n  numbers: [07700 900900, +447700900900, \"+353851234567\"]\n"
                 "  notify: [broken]\n  urgent_words: [Leak, \"No  water\"]\n"
                 "  waiting_after: off\n  digest: 18:30\n  relay: yes\n"
                 "  pin: 0042\n" BUSINESS LINES) == 0 &&
               c.policy.owner.number_count == 2 && owner_is(&c.policy.owner, "+447700900900") &&
               owner_is(&c.policy.owner, "+353851234567") &&
               c.policy.owner.notify == OWNER_BROKEN && c.policy.owner.word_count == 2 &&
               strcmp(c.policy.owner.urgent_words[1], "no water") == 0 &&
               c.policy.owner.waiting_after_ms == -1 && c.policy.owner.digest_min == 18 * 60 + 30 &&
               c.policy.owner.relay && strcmp(c.policy.owner.pin, "0042") == 0,
           "an owner, before the country is known");
    tap_ok(c.policy.own_count == 3 && strcmp(c.policy.own[1], "+447700900900") == 0,
           "whose phones are own numbers");
    tap_ok(parse(BUSINESS LINES "owner: {notify: []}\n") == 0 && c.policy.owner.notify == 0 &&
               parse(BUSINESS LINES) == 0 && c.policy.owner.notify == OWNER_NOTIFY_ALL,
           "an empty list is nothing, none is all");
}

static void test_full(void)
{
    const struct policy_config *p = &c.policy;
    const struct config_line *line = &c.lines[0];
    if (!tap_ok(parse(full) == 0, "a file with everything"))
        tap_diag("%s", error);
    tap_ok(c.line_count == 2 && strcmp(line->number, "+447700900123") == 0 &&
               strcmp(c.lines[1].number, "+4530123456") == 0 && line->baud == 9600 &&
               c.lines[1].baud == 115200,
           "lines, with numbers as the country dials them though it comes later");
    tap_ok(p->own_count == 3 && strcmp(p->own[0], "+441632960001") == 0 &&
               strcmp(p->own[1], "+447700900123") == 0 && strcmp(p->own[2], "+4530123456") == 0,
           "own numbers of all lines, each once");
    tap_ok(line->modem.hang_up_after_ms == 0 && line->modem.ring_gap_ms == 7000 &&
               !line->modem.delivery_reports && line->modem.init_count == 2 &&
               strcmp(line->modem.init[0], "AT+CLVL=1") == 0,
           "settings of a modem");
    tap_ok(strcmp(line->modem.pin, "0042") == 0 && line->modem.heartbeat_ms == 60000 &&
               strcmp(line->modem.smsc, "+447785016005") == 0,
           "PIN, SMS centre and heartbeat");
    tap_ok(line->mode == POLICY_LINE_FORWARDED && c.lines[1].mode == POLICY_LINE_PRIMARY,
           "what a ring means");
    tap_ok(!c.lines[1].modem.pin[0] && !c.lines[1].modem.smsc[0] &&
               c.lines[1].modem.heartbeat_ms == 30000,
           "their defaults");
    tap_ok(c.lines[1].modem.hang_up_after_ms == -1 && c.lines[1].modem.ring_gap_ms == 0 &&
               c.lines[1].modem.delivery_reports && c.lines[1].modem.init_count == 0,
           "defaults of another modem");
    tap_ok(strcmp(p->business, "Brightwater\u2019s: Plumbing") == 0 && strcmp(p->region, "GB") == 0,
           "business");
    tap_ok(p->delay_ms == 0 && p->max_age_ms == 3600000 && p->cooldown_ms == 0 &&
               p->conversation_window_ms == 86400000,
           "durations");
    tap_ok(p->hours_set && p->hours.count[0] == 2 && p->hours.count[6] == 1 &&
               p->hours.count[5] == 0,
           "hours");
    tap_ok(strcmp(p->templates[TEMPLATE_FIRST], "Hi {name|there},\n{business}\n") == 0, "template");
    tap_ok(c.unicode == COMPOSE_REFUSE && c.max_parts == 3 && p->opt_out_line[0] == '\0', "text");
    tap_ok(p->follow_up.enabled && p->follow_up.after_count == 2 &&
               p->follow_up.after_ms[1] == INT64_C(3) * 86400 * 1000 &&
               p->follow_up.window.from_min == 600 && p->follow_up.window.to_min == 1440 &&
               p->follow_up.days[0] && p->follow_up.days[6] && !p->follow_up.days[1],
           "follow_up");
    tap_ok(c.opt_out.word_count == 2 && strcmp(c.opt_out.words[1], "no") == 0 &&
               keyword_match("Nein!", &p->opt_out) == KEYWORD_STOP,
           "words");
    tap_ok(strcmp(c.store_path, "/tmp/x.db") == 0 && strcmp(c.control_socket, "/tmp/x.sock") == 0 &&
               c.control_mode == 0600 && c.log_level == CONFIG_LOG_DEBUG && c.mask_numbers,
           "store, control, log");
    tap_ok(
        parse("business: {name: N, country: NO}\nlines: [{number: 40612345, device: /dev/a}]\n") ==
                0 &&
            strcmp(c.policy.region, "NO") == 0 && strcmp(c.lines[0].number, "+4740612345") == 0,
        "Norway is no false");
    tap_ok(parse(BUSINESS LINES "hours:\n") == 0 && !c.policy.hours_set, "hours without days");
    tap_ok(parse(BUSINESS LINES "hours: {mon: []}\n") == 0 && !c.policy.hours_set,
           "days without hours");
    tap_ok(parse(BUSINESS LINES "text: {max_parts: 2}\ntemplates:\n  first: " OF_144 "\n") == 0,
           "a text of two parts where they are allowed");
    tap_ok(parse(BUSINESS LINES "text: {opt_out_line: \"\"}\ntemplates:\n  first: " OF_144 "\n") ==
               0,
           "a text of one part without the opt-out line");
    tap_ok(parse("\xEF\xBB\xBF" BUSINESS LINES) == 0, "byte order mark");
    tap_ok(parse("business: {name: B, country: GB}\r\nlines: [{number: +447700900123, " DEVICE
                 "}]\r\n") == 0,
           "lines that end in CR LF");
}

/* Returns what config_print_defaults() writes, on the heap. */
static char *printed_defaults(void)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print_defaults(out);
    fclose(out);
    return text;
}

/* Puts `word` behind the first `key`. */
static void fill_in(char *text, size_t cap, const char *key, const char *word)
{
    char rest[16384];
    char *at = strstr(text, key);
    if (!at)
        return;
    at += strlen(key);
    snprintf(rest, sizeof(rest), "%s", at);
    snprintf(at, cap - (size_t)(at - text), "%s%s", word, rest);
}

static void test_defaults(void)
{
    static struct policy_config policy;
    char text[16384];
    char *printed = printed_defaults();
    snprintf(text, sizeof(text), "%s", printed);
    fill_in(text, sizeof(text), "\n  name:", " B");
    fill_in(text, sizeof(text), "\n  country:", " GB");
    fill_in(text, sizeof(text), "\n    number:", " +447700900123");
    fill_in(text, sizeof(text), "\n    device:", " /dev/a");
    setenv("TZ", "UTC0", 1);
    if (!tap_ok(parse(text) == 0, "the defaults that are shown can be read"))
        tap_diag("%s\n%s", error, text);
    other = c;
    parse(BUSINESS LINES);
    memcpy(&c.policy.business, &other.policy.business, sizeof(c.policy.business));
    memcpy(&c.policy.zone, &other.policy.zone, sizeof(c.policy.zone)); /* it has gaps */
    memcpy(c.policy.hash, other.policy.hash, sizeof(c.policy.hash));
    c.policy.opt_out = other.policy.opt_out; /* it has gaps, too */
    memcpy(c.lines[0].device, other.lines[0].device, sizeof(c.lines[0].device));
    tap_ok(memcmp(&c, &other, sizeof(c)) == 0, "and say what a file without them means");

    policy_config_init(&policy);
    config_defaults(&c);
    tap_ok(memcmp(&c.policy, &policy, sizeof(policy)) == 0, "and are those of the policy");
    tap_ok(c.line_count == 0 && c.max_parts == 1 && c.control_mode == 0660 &&
               strcmp(c.store_path, "/var/lib/textback/textback.db") == 0,
           "defaults");
    free(printed);
}

/* Each key and its default stand in the manual: `.Ss reply`, then `.It Ic delay : 5s`. */
static void test_manual(void)
{
    static char man[65536];
    char section[64] = "", line[512], key[64], want[640];
    char *printed = printed_defaults();
    FILE *file = fopen("man/textback-config.5", "re");
    size_t len = file ? fread(man, 1, sizeof(man) - 1, file) : 0;
    FILE *in = fmemopen(printed, strlen(printed), "r");
    const char *at = man;

    tap_ok(len > 0, "man/textback-config.5");
    while (in && fgets(line, sizeof(line), in)) {
        size_t indent = strspn(line, " -");
        char *colon = strchr(line, ':');
        if (!colon || line[indent] == '#')
            continue;
        *colon = '\0';
        snprintf(key, sizeof(key), "%s", line + indent);
        char *value = colon + 1 + strspn(colon + 1, " \"");
        value[strcspn(value, "\"\n")] = '\0';
        if (indent == 0 && !value[0]) {
            snprintf(section, sizeof(section), "%s", key);
            snprintf(want, sizeof(want), "\n.Ss %s\n", key);
        } else if (!value[0]) {
            snprintf(want, sizeof(want), "\n.It Ic %s :\n", key);
        } else {
            /* at the end of a line mdoc would take a full stop for its own */
            bool sentence = strchr(".?", value[strlen(value) - 1]) != NULL;
            snprintf(want, sizeof(want), "\n.It Ic %s : %s%s\n", key, value, sentence ? "\\&" : "");
        }
        const char *found = strstr(at, want);
        if (tap_ok(found != NULL, "manual: %s %s", section, key))
            at = found;
        else
            tap_diag("wanted in order:%s", want);
    }
    if (in)
        fclose(in);
    if (file)
        fclose(file);
    free(printed);
}

static void test_files(void)
{
    char directory[] = "/tmp/textback-config-XXXXXX", path[64], found[CONFIG_PATH_MAX];
    if (!mkdtemp(directory))
        return;
    snprintf(path, sizeof(path), "%s/c.yaml", directory);
    tap_ok(config_read(path, &c, error) == -ENOENT && strstr(error, "No such file"), "no file");
    tap_ok(config_read(directory, &c, error) == -EINVAL && strstr(error, "directory"),
           "a directory");
    FILE *file = fopen(path, "we");
    if (file) {
        fputs(BUSINESS LINES, file);
        fclose(file);
    }
    tap_ok(config_read(path, &c, error) == 0, "a file");
    tap_ok(truncate(path, (1 << 20) + 1) == 0 && config_read(path, &c, error) == -EINVAL &&
               strstr(error, "over 1 MB"),
           "a large file");
    if (geteuid() == 0)
        tap_skip("an unreadable file", "root may read it");
    else
        tap_ok(chmod(path, 0) == 0 && config_read(path, &c, error) == -EACCES,
               "an unreadable file");

    tap_ok(config_read("/no\x1b[31m", &c, error) == -ENOENT && strstr(error, "/no<1B>[31m: ") &&
               config_parse("\x1b[31m", "", 0, &c, error) == -EINVAL &&
               strncmp(error, "<1B>[31m:1:1: ", 14) == 0,
           "a name with an escape sequence");
    tap_ok(config_find("", found) == -ENOENT, "find: nothing given is not found");
    setenv("HOME", directory, 1);
    unsetenv("TEXTBACK_CONFIG");
    tap_ok(config_find(path, found) == 0 && strcmp(found, path) == 0, "find: given");
    tap_ok(config_find("/nowhere", found) == -ENOENT && strcmp(found, "/nowhere") == 0,
           "find: given and not there");
    setenv("TEXTBACK_CONFIG", path, 1);
    tap_ok(config_find(NULL, found) == 0 && strcmp(found, path) == 0, "find: environment");
    setenv("TEXTBACK_CONFIG", "/nowhere", 1);
    tap_ok(config_find(NULL, found) == -ENOENT && strcmp(found, "/nowhere") == 0,
           "find: environment, and not there");
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    test_bad();
    test_damaged();
    test_full();
    test_owner();
    test_defaults();
    test_manual();
    test_files();
    if (!tap_ok(config_read("config.example.yaml", &c, error) == 0, "config.example.yaml"))
        tap_diag("%s", error);
    return tap_done();
}
