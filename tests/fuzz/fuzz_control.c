/* tests/fuzz/fuzz_control.c - programs that say anything at the control socket, several at once:
 * the daemon stays, each answer is one printable line, and the modem gets whole commands and
 * nothing else. */
#include "../../src/daemon/internal.h"
#include "base/utf8.h"
#include "io/clock.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NEXT 0xff  /* another program speaks from now on */
#define LEAVE 0xfe /* it goes */
#define MODEM 0xfd /* and an octet: the modem says so much of its answer */
#define TIME 0xfc  /* and an octet: how long */
#define CLIENTS 20 /* more than are served */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct daemon_options options = {.root = ""};
static struct config config;
static struct daemon d = {.options = &options, .config = &config};
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char directory[] = "/tmp/textback-fuzz-XXXXXX";
static struct port port;
static struct now now;
static int clients[CLIENTS];

static void clean(void)
{
    control_free(d.control);
    (void)rmdir(directory);
}

static void begin(void)
{
    char error[256];
    if (!mkdtemp(directory) || loop_new(&d.loop) != 0)
        abort();
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
    if (control_listen(address.sun_path, 0600, d.loop, &d.control, error) != 0 ||
        atexit(clean) != 0 || store_open(":memory:", STORE_CREATE, &d.store, error) != 0)
        abort();
    config_defaults(&config);
    config.line_count = 1;
    snprintf(config.lines[0].name, sizeof(config.lines[0].name), "main");
    snprintf(config.lines[0].device, sizeof(config.lines[0].device), "/dev/none");
}

static void open_line(void)
{
    port = (struct port){.line = config.lines[0]};
    const struct service_config service = {.line = port.line.name,
                                           .policy = &config.policy,
                                           .mode = &port.line.mode,
                                           .modem = &port.line.modem,
                                           .unicode = &config.unicode,
                                           .max_parts = &config.max_parts};
    now = (struct now){{1000}, {1800000000}};
    d.port_count = 1;
    d.ports[0] = &port;
    port_init(&port, service_new(d.store, &service, now), "", now);
    service_opened(port.service, now);
}

static void hear(const char *text, size_t len)
{
    service_feed(port.service, now, (const uint8_t *)text, len);
}

/* What the modem is told: commands, each of printable characters up to its CR. */
static void look_at_modem(void)
{
    size_t len;
    const uint8_t *bytes = service_output(port.service, &len);
    for (size_t i = 0; i < len; i++) {
        assert((bytes[i] >= 0x20 && bytes[i] <= 0x7e) || bytes[i] == '\r' || bytes[i] == 0x1b);
        assert(bytes[i] != '\r' || i + 1 == len || bytes[i + 1] == 'A' || bytes[i + 1] == '\r');
    }
    service_written(port.service, len);
}

static void turn(void)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    char request[CONTROL_LINE_MAX];
    int count;
    while ((count = loop_wait(d.loop, (struct mono){0}, events)) > 0) {
        for (int i = 0; i < count; i++) {
            assert(control_owns(d.control, events[i].who));
            if (control_event(d.control, &events[i], request) == 1)
                request_take(&d, now, request);
        }
        service_turn(port.service, now, d.poked);
        request_finish(&d, &port);
        look_at_modem();
    }
    assert(count == 0);
}

static void look_at_answer(int fd)
{
    char answer[CONTROL_ANSWER_MAX + 2];
    ssize_t len = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
    if (len <= 0)
        return;
    assert(len <= CONTROL_ANSWER_MAX + 1);
    assert(memchr(answer, '\n', (size_t)len) == answer + len - 1);
    assert(utf8_valid_prefix(answer, (size_t)len) == (size_t)len);
    for (ssize_t i = 0; i < len - 1; i++)
        assert((unsigned char)answer[i] >= 0x20 && answer[i] != 0x7f);
}

static void leave(size_t who)
{
    if (clients[who] < 0)
        return;
    look_at_answer(clients[who]);
    close(clients[who]);
    clients[who] = -1;
}

static void say(size_t who, const uint8_t *bytes, size_t len)
{
    if (clients[who] < 0) {
        clients[who] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (clients[who] < 0 ||
            connect(clients[who], (const struct sockaddr *)&address, sizeof(address)) != 0)
            abort();
    }
    (void)!send(clients[who], bytes, len, MSG_NOSIGNAL);
}

static void pass(uint8_t how_long)
{
    now.mono.ms += how_long * INT64_C(100);
    now.wall.s += how_long / 10;
    service_turn(port.service, now, false);
    request_finish(&d, &port);
    look_at_modem();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char answer[] = "\r\n+CSQ: 20,99\r\n\r\nOK\r\n";
    size_t who = 0;
    if (!d.loop)
        begin();
    open_line();
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = -1;
    for (size_t i = 0; i < size; i++) {
        size_t len = 0;
        while (i + len < size && data[i + len] < TIME)
            len++;
        if (len > 0) {
            say(who, data + i, len);
            i += len - 1;
        } else if (data[i] == NEXT) {
            who = (who + 1) % CLIENTS;
        } else if (data[i] == LEAVE) {
            leave(who);
        } else if (i + 1 < size && data[i] == MODEM) {
            i++;
            hear(answer, data[i] % sizeof(answer));
        } else if (i + 1 < size) {
            pass(data[++i]);
        }
        turn();
    }
    for (size_t i = 0; i < CLIENTS; i++)
        leave(i);
    turn();
    port_close(&port, d.loop);
    return 0;
}
