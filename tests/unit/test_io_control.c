/* tests/unit/test_io_control.c - the socket and its clients: stale, slow, many, wrong; one process
 * plays both sides. */
#include "io/clock.h"
#include "io/control.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct loop *loop;
static struct control *control;
static char directory[] = "/tmp/textback-control-XXXXXX";
static char path[64], error[256], request[CONTROL_LINE_MAX];

/* Handles what is ready; returns how many requests came, the last in `request`; each is answered
 * where `answer` is given. */
static int turn(const char *answer)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    int requests = 0, n;
    while ((n = loop_wait(loop, clock_now().mono, events)) > 0) {
        for (int i = 0; i < n; i++) {
            if (!control_owns(control, events[i].who) ||
                control_event(control, &events[i], request) == 0)
                continue;
            requests++;
            control_answer(control, answer);
        }
    }
    return requests;
}

static int client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        close(fd);
        return -1;
    }
    return fd;
}

static void say(int fd, const char *text, size_t len)
{
    if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        tap_diag("send: %s", strerror(errno));
}

/* Returns what a client got: its text, "" for silence, NULL where it was cut off. */
static const char *heard(int fd)
{
    static char text[CONTROL_ANSWER_MAX + 2];
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    if (n < 0 && errno == EAGAIN)
        return "";
    if (n <= 0)
        return NULL;
    text[n] = '\0';
    return text;
}

static bool got(int fd, const char *want)
{
    const char *text = heard(fd);
    return want ? text && strcmp(text, want) == 0 : text == NULL;
}

static void test_listen(void)
{
    struct control *second;
    struct stat st;
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    tap_ok(control_listen(path, 0600, loop, &control, error) == -EEXIST &&
               strstr(error, "no socket"),
           "a file is not replaced");
    unlink(path);
    tap_ok(control_listen("/proc/nowhere/x", 0600, loop, &control, error) < 0 && error[0] == '/',
           "a directory that cannot be made");
    tap_ok(control_ask(path, "wake", request, sizeof(request)) == -ENOENT, "ask: no socket");
    tap_ok(control_listen(path, 0660, loop, &control, error) == 0, "listen");
    tap_ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660, "its mode");
    tap_ok(control_listen(path, 0660, loop, &second, error) == -EADDRINUSE &&
               strstr(error, "another daemon"),
           "a second daemon is refused");
    unlink(path);
    tap_ok(control_listen(path, 0600, loop, &second, error) == 0,
           "the socket was removed: a new one");
    control_free(control);
    tap_ok(access(path, F_OK) == 0, "a socket that is another's stays");
    control_free(second);
    control_free(NULL);
    tap_ok(access(path, F_OK) < 0, "one's own goes");
}

/* A daemon that was killed leaves a socket that nobody listens at. */
static void test_stale(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    tap_ok(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "a stale socket");
    close(fd);
    tap_ok(control_ask(path, "wake", request, sizeof(request)) == -ENOENT, "ask: nobody behind it");
    tap_ok(control_listen(path, 0600, loop, &control, error) == 0, "is replaced");
}

static void test_requests(void)
{
    char longest[CONTROL_LINE_MAX + 1], answer[CONTROL_ANSWER_MAX + 1];
    int fd = client();
    say(fd, "sta", 3);
    tap_ok(turn("x") == 0 && got(fd, ""), "half a line waits");
    say(fd, "tus\n", 4);
    tap_ok(turn("{}") == 1 && strcmp(request, "status") == 0 && got(fd, "{}\n") && got(fd, NULL),
           "the other half is answered");
    close(fd);

    fd = client();
    close(fd);
    tap_ok(turn("x") == 0, "a client that leaves at once");
    fd = client();
    say(fd, "wake\nwake\n", 10);
    tap_ok(turn("ok") == 1 && got(fd, "ok\n"), "one request a client");
    close(fd);
    fd = client();
    say(fd, "wake\n", 5);
    close(fd);
    tap_ok(turn("ok") == 1, "a client that does not wait for the answer");
    fd = client();
    say(fd, "wa\0ke\n", 6);
    tap_ok(turn("x") == 0 && got(fd, NULL), "a NUL is cut off");
    close(fd);
    memset(longest, 'a', sizeof(longest));
    fd = client();
    say(fd, longest, CONTROL_LINE_MAX);
    tap_ok(turn("x") == 0 && got(fd, NULL), "a line without an end is cut off");
    close(fd);
    fd = client();
    longest[CONTROL_LINE_MAX - 1] = '\n';
    say(fd, longest, CONTROL_LINE_MAX);
    tap_ok(turn("ok") == 1 && strlen(request) == CONTROL_LINE_MAX - 1, "the longest line");
    close(fd);
    memset(answer, 'a', sizeof(answer));
    answer[CONTROL_ANSWER_MAX - 1] = '\0';
    fd = client();
    say(fd, "status\n", 7);
    tap_ok(turn(answer) == 1 && strlen(heard(fd)) == CONTROL_ANSWER_MAX, "the longest answer");
    close(fd);
}

/* Turns the loop until a request is handed out, which is kept. */
static uint64_t keep(void)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    struct mono deadline = mono_after(clock_now().mono, 1000);
    while (clock_now().mono.ms < deadline.ms) {
        int n = loop_wait(loop, deadline, events);
        for (int i = 0; i < n; i++)
            if (control_event(control, &events[i], request) == 1)
                return control_keep(control);
    }
    return UINT64_MAX;
}

static void test_kept(void)
{
    int fd = client(), other;
    say(fd, "ask main AT\n", 12);
    uint64_t ticket = keep();
    other = client();
    say(other, "wake\n", 5);
    tap_ok(turn("ok") == 1 && got(other, "ok\n"), "others are answered while one waits");
    control_answer_kept(control, ticket + 1, "wrong");
    tap_ok(got(fd, ""), "who waits gets no other's answer");
    control_answer_kept(control, ticket, "late");
    tap_ok(got(fd, "late\n") && got(fd, NULL), "and its own when it comes");
    control_answer_kept(control, ticket, "again");
    close(other);
    close(fd);
    fd = client();
    say(fd, "ask main AT\n", 12);
    ticket = keep();
    close(fd);
    tap_ok(turn("x") == 0, "who waits may leave");
    control_answer_kept(control, ticket, "nobody hears it");
}

static void test_many(void)
{
    int fds[CONTROL_CLIENTS_MAX + 2], cut = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX + 2; i++) {
        fds[i] = client();
        turn("x");
    }
    tap_ok(got(fds[0], NULL) && got(fds[1], NULL), "the clients that came first make room");
    for (size_t i = 2; i < CONTROL_CLIENTS_MAX + 2; i++)
        cut += !got(fds[i], "");
    tap_ok(cut == 0, "the others stay");
    say(fds[CONTROL_CLIENTS_MAX + 1], "wake\n", 5);
    say(fds[2], "wake\n", 5);
    tap_ok(turn("ok") == 2 && got(fds[2], "ok\n") && got(fds[CONTROL_CLIENTS_MAX + 1], "ok\n"),
           "and are answered");
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX + 2; i++)
        close(fds[i]);
    turn("x");
}

/* Plays the daemon until one request is answered (or a cut-off client is gone). */
static void *serve(void *answer)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    struct mono deadline = mono_after(clock_now().mono, 1000);
    for (int n = 1; n > 0;) {
        n = loop_wait(loop, deadline, events);
        for (int i = 0; i < n; i++) {
            if (control_event(control, &events[i], request)) {
                control_answer(control, answer);
                return NULL;
            }
        }
    }
    return NULL;
}

static int ask(const char *answer, char *buf, size_t cap)
{
    pthread_t thread;
    char *given = strdup(answer);
    pthread_create(&thread, NULL, serve, given);
    int err = control_ask(path, "status", buf, cap);
    pthread_join(thread, NULL);
    free(given);
    return err;
}

static void test_ask(void)
{
    char buf[32], huge[CONTROL_ANSWER_MAX + 2];
    tap_ok(ask("{\"v\":1}", buf, sizeof(buf)) == 0 && strcmp(buf, "{\"v\":1}") == 0 &&
               strcmp(request, "status") == 0,
           "ask");
    tap_ok(ask("0123456789012345678901234567890", buf, sizeof(buf)) == 0 && strlen(buf) == 31,
           "an answer that just fits");
    tap_ok(ask("01234567890123456789012345678901", buf, sizeof(buf)) == -EPROTO,
           "one that does not");
    memset(huge, 'a', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    tap_ok(ask(huge, buf, sizeof(buf)) == -EPROTO, "an answer over the limit is not sent in part");
    snprintf(huge, sizeof(huge), "%s/%0120d", directory, 0);
    tap_ok(control_ask(huge, "wake", buf, sizeof(buf)) == -ENOENT,
           "a path that no socket can have");
}

int main(void)
{
    if (!mkdtemp(directory) || loop_new(&loop))
        return 1;
    snprintf(path, sizeof(path), "%s/run/sock", directory);
    char run[64];
    snprintf(run, sizeof(run), "%s/run", directory);
    mkdir(run, 0700);
    test_listen();
    rmdir(run); /* made again where missing */
    tap_ok(control_listen(path, 0600, loop, &control, error) == 0, "its directory is made");
    control_free(control);
    test_stale();
    test_requests();
    test_kept();
    test_many();
    test_ask();
    control_free(control);
    loop_free(loop);
    rmdir(run);
    rmdir(directory);
    return tap_done();
}
