/* tests/fuzz/fuzz_database.c - a damaged database: the first octet says which commands read it,
 * each five after it damage a page. The commands end with an answer or an error of the file; and
 * the daemon gets over it. */
#include "office.h"
#include "service/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGE 4096

static const char *const commands[][OFFICE_WORDS_MAX + 1] = {
    {"inbox", "--all"},
    {"thread", "1", "--peek"},
    {"calls"},
    {"why", "c1"},
    {"search", "in"},
    {"export"},
    {"events"},
    {"stats"},
    {"queue"},
    {"audit", "1"},
    {"contact", "list"},
    {"contact", "export"},
    {"db", "check"},
    {"skip", "list"},
    {"optout", "list"},
    {"thread", "1"},
    {"report", "--html"},
    {"forget", "1", "-y"},
    {"send", "1", "hello"},
    {"simulate"},
    {"follow-up", "list"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void damage(uint8_t *file, const uint8_t *data, size_t size)
{
    for (; size >= 5; data += 5, size -= 5) {
        size_t page = data[0] % (office_size / PAGE), at = (size_t)data[1] % 16 * 256 + data[2];
        size_t len = data[1] & 0x80 ? (size_t)data[4] + 1 : 1;
        len = len < PAGE - at ? len : PAGE - at;
        memset(file + page * PAGE + at, data[3], len);
    }
}

/* What the daemon does with it: settles what was under way, sends, hears a call and a text. */
static void serve(void)
{
    static const char heard[] =
        "\r\nOK\r\n\r\nRING\r\n\r\n+CLIP: \"+447700900321\",145\r\n\r\nNO CARRIER\r\n";
    static const struct modem_config modem = {.hang_up_after_ms = -1, .delivery_reports = true};
    static const enum policy_line mode = POLICY_LINE_PRIMARY;
    static const enum compose_unicode unicode = COMPOSE_FOLD;
    static const int32_t parts = 3;
    static struct policy_config policy;
    const struct service_config config = {"main", &policy, &mode, &modem, &unicode, &parts};
    struct now now = {{1000}, {SCRIPT_START + 3600}};
    struct store *store;
    char error[STORE_ERROR_MAX];
    policy_config_init(&policy);
    if (store_open(office_path, STORE_EXISTING, &store, error) != 0)
        return;
    struct service *service = service_new(store, &config, now);
    assert(service);
    service_opened(service, now);
    for (int i = 0; i < 200; i++) {
        size_t len;
        (void)service_output(service, &len);
        service_written(service, len);
        service_feed(service, now, (const uint8_t *)heard, i == 50 ? sizeof(heard) - 1 : 6);
        service_turn(service, now, i % 16 == 0);
        now.mono.ms += 500;
        now.wall.s += i % 2;
    }
    service_close(service, now);
    service_free(service);
    store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    damage(office_begin(), data + 1, size - 1);
    for (size_t i = 0; i < 3; i++) {
        int code = office_run(commands[(data[0] + i * 7) % COMMANDS], (const uint8_t *)"", 0);
        assert(code >= CLI_DONE && code <= CLI_TIMED_OUT && code != CLI_USAGE);
    }
    serve();
    return 0;
}
