#include "io/control.h"
#include "base/text.h"
#include "io/clock.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROL_ASK_MS 2000

struct client {
    int fd;           /* -1: this place is free */
    uint64_t arrived; /* counts up: the smallest came first; its ticket, too */
    bool kept;        /* its request is answered later */
    bool trusted;     /* root, or the user that we run as */
    size_t len;
    char line[CONTROL_LINE_MAX];
};

struct control {
    int fd, spare; /* `spare` is for a client for whom no other descriptor is left */
    unsigned mode;
    struct loop *loop;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    dev_t device; /* and inode: whether what lies at `path` is still ours */
    ino_t inode;
    uint64_t arrivals;
    struct client *asking; /* whose request was handed out and is not answered */
    struct client clients[CONTROL_CLIENTS_MAX];
};

static int set_address(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    return text_copy(ret->sun_path, sizeof(ret->sun_path), path) ? -ENAMETOOLONG : 0;
}

/* Makes the directory that `path` lies in, if only that one is missing. */
static void make_directory(const char *path)
{
    char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return;
    memcpy(directory, path, (size_t)(slash - path));
    directory[slash - path] = '\0';
    (void)mkdir(directory, 0755); /* bind() tells what is wrong with it */
}

/* Removes a socket that nobody listens at. Returns 0, -EADDRINUSE (somebody does), or -EEXIST
 * (something else lies there). */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(address->sun_path, &st))
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int err = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
    close(fd);
    if (err == ENOENT)
        return 0;
    if (err == ECONNREFUSED)
        return unlink(address->sun_path) ? -errno : 0;
    return -EADDRINUSE; /* it answers, or is too busy to (EAGAIN), or is not for us (EACCES) */
}

/* Binds and listens; the socket never has more permissions than `mode`, not even for a moment. */
static int bind_socket(struct control *c, const struct sockaddr_un *address, unsigned mode)
{
    struct stat st;
    if (fchmod(c->fd, (mode_t)mode) ||
        bind(c->fd, (const struct sockaddr *)address, sizeof(*address)))
        return -errno;
    if (chmod(c->path, (mode_t)mode) || lstat(c->path, &st) || listen(c->fd, CONTROL_CLIENTS_MAX)) {
        int err = -errno;
        (void)unlink(c->path);
        return err;
    }
    c->device = st.st_dev;
    c->inode = st.st_ino;
    return 0;
}

/* Makes the socket and listens. On an error `c->fd` is -1. */
static int open_socket(struct control *c)
{
    struct sockaddr_un address;
    int err = set_address(c->path, &address);
    if (!err)
        make_directory(c->path);
    if (!err)
        err = remove_stale(&address);
    if (err)
        return err;
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    err = c->fd < 0 ? -errno : bind_socket(c, &address, c->mode);
    if (!err) {
        err = loop_add(c->loop, c->fd, c);
        if (err)
            (void)unlink(c->path);
    }
    if (err && c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
    return err;
}

static int spare_descriptor(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int control_listen(const char *path, unsigned mode, struct loop *loop, struct control **ret,
                   char ret_error[256])
{
    struct control *c = malloc(sizeof(*c));
    int err = c ? 0 : -ENOMEM;
    if (c) {
        *c = (struct control){.fd = -1, .spare = spare_descriptor(), .mode = mode, .loop = loop};
        for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
            c->clients[i].fd = -1;
        err = text_copy(c->path, sizeof(c->path), path) ? -ENAMETOOLONG : open_socket(c);
    }
    if (!err) {
        *ret = c;
        return 0;
    }
    if (c && c->spare >= 0)
        close(c->spare);
    free(c);
    (void)snprintf(ret_error, 256, "%.120s: %s", path,
                   err == -EADDRINUSE ? "another daemon answers there"
                   : err == -EEXIST   ? "something that is no socket lies there"
                                      : strerror(-err));
    return err;
}

static bool lies_there(const struct control *c)
{
    struct stat st;
    return c->fd >= 0 && lstat(c->path, &st) == 0 && st.st_dev == c->device &&
           st.st_ino == c->inode;
}

int control_refresh(struct control *c)
{
    if (lies_there(c))
        return 0;
    if (c->fd >= 0) {
        loop_remove(c->loop, c->fd);
        close(c->fd);
        c->fd = -1;
    }
    int err = open_socket(c);
    return err ? err : 1;
}

int control_set_mode(struct control *c, unsigned mode)
{
    c->mode = mode;
    return !lies_there(c) || chmod(c->path, (mode_t)mode) == 0 ? 0 : -errno;
}

static void drop(struct control *c, struct client *client)
{
    loop_remove(c->loop, client->fd);
    close(client->fd);
    client->fd = -1;
    if (c->asking == client)
        c->asking = NULL;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (c->clients[i].fd >= 0)
            drop(c, &c->clients[i]);
    if (lies_there(c))
        (void)unlink(c->path);
    if (c->fd >= 0) {
        loop_remove(c->loop, c->fd);
        close(c->fd);
    }
    if (c->spare >= 0)
        close(c->spare);
    free(c);
}

/* Returns the client that `who` is, or NULL. */
static struct client *find_client(struct control *c, const void *who)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (who == &c->clients[i])
            return &c->clients[i];
    return NULL;
}

bool control_owns(const struct control *c, const void *who)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (who == &c->clients[i])
            return true;
    return who == c;
}

/* The client that has kept us waiting longest, NULL where there is none. */
static struct client *oldest_client(struct control *c)
{
    struct client *oldest = NULL;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (c->clients[i].fd >= 0 && (!oldest || c->clients[i].arrived < oldest->arrived))
            oldest = &c->clients[i];
    return oldest;
}

/* Returns a free place; where there is none, the oldest client goes. */
static struct client *free_place(struct control *c)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (c->clients[i].fd < 0)
            return &c->clients[i];
    struct client *oldest = oldest_client(c);
    drop(c, oldest);
    return oldest;
}

static int accept_client(const struct control *c)
{
    return accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/* Without a descriptor for who waits, the loop would wake for them for ever: the oldest client goes
 * instead, else they are let in and sent away. Returns a descriptor, or -1. */
static int accept_in_need(struct control *c)
{
    struct client *oldest = oldest_client(c);
    if (oldest) {
        drop(c, oldest);
        return accept_client(c);
    }
    if (c->spare >= 0)
        close(c->spare);
    int fd = accept_client(c);
    if (fd >= 0)
        close(fd);
    c->spare = spare_descriptor();
    return -1;
}

static bool is_trusted(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void take_client(struct control *c)
{
    int fd = accept_client(c);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        fd = accept_in_need(c);
    if (fd < 0)
        return; /* gone again */
    struct client *client = free_place(c);
    client->fd = fd;
    client->len = 0;
    client->kept = false;
    client->trusted = is_trusted(fd);
    client->arrived = c->arrivals++;
    if (loop_add(c->loop, fd, client)) {
        close(fd);
        client->fd = -1;
    }
}

/* Reads what a client sent. Returns whether its line is whole; a client that cannot have one any
 * more is dropped. */
static bool read_line(struct control *c, struct client *client)
{
    if (client->kept) { /* it has gone, or says more than it should */
        drop(c, client);
        return false;
    }
    char *at = client->line + client->len;
    ssize_t n = recv(client->fd, at, sizeof(client->line) - client->len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n > 0) {
        client->len += (size_t)n;
        char *end = memchr(client->line, '\n', client->len);
        if (end && !memchr(client->line, '\0', (size_t)(end - client->line))) {
            *end = '\0';
            return true;
        }
        if (!end && client->len < sizeof(client->line))
            return false;
    }
    drop(c, client);
    return false;
}

int control_event(struct control *c, const struct loop_event *event,
                  char ret_request[CONTROL_LINE_MAX])
{
    struct client *client = find_client(c, event->who);
    assert(!c->asking);
    if (!client) {
        take_client(c);
        return 0;
    }
    if (client->fd < 0 || !read_line(c, client)) /* an event from before it was dropped */
        return 0;
    memcpy(ret_request, client->line, CONTROL_LINE_MAX);
    c->asking = client;
    return 1;
}

bool control_trusts(const struct control *c)
{
    assert(c->asking);
    return c->asking->trusted;
}

/* Sends the answer, and that is all there is to say. */
static void send_answer(struct control *c, struct client *client, const char *line)
{
    char answer[CONTROL_ANSWER_MAX + 1];
    struct text t;
    text_init(&t, answer, sizeof(answer));
    text_add(&t, line);
    text_add_char(&t, '\n');
    /* An answer fits into the empty buffer of a fresh socket: sent whole, or the client is cut off.
     */
    if (text_ok(&t))
        (void)send(client->fd, answer, t.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    drop(c, client);
}

void control_answer(struct control *c, const char *line)
{
    assert(c->asking);
    send_answer(c, c->asking, line);
}

uint64_t control_keep(struct control *c)
{
    assert(c->asking);
    uint64_t ticket = c->asking->arrived;
    c->asking->kept = true;
    c->asking = NULL;
    return ticket;
}

void control_answer_kept(struct control *c, uint64_t ticket, const char *line)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct client *client = &c->clients[i];
        if (client->fd >= 0 && client->kept && client->arrived == ticket) {
            send_answer(c, client, line);
            return;
        }
    }
}

/* Waits until the socket is ready for `events`. Returns 0, or -ETIMEDOUT past the deadline. */
static int wait_ready(int fd, short events, struct mono deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = deadline.ms - clock_now().mono.ms;
        if (left <= 0)
            return -ETIMEDOUT;
        int n = poll(&p, 1, (int)left);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
    }
}

/* Sends the request line. A daemon reads at once, so a buffer that is full is no daemon's. */
static int send_request(int fd, const char *request)
{
    char line[CONTROL_LINE_MAX + 1];
    struct text t;
    text_init(&t, line, sizeof(line));
    text_add(&t, request);
    text_add_char(&t, '\n');
    assert(text_ok(&t));
    return send(fd, line, t.len, MSG_NOSIGNAL) == (ssize_t)t.len ? 0 : -EPROTO;
}

static int read_answer(int fd, struct mono deadline, char *ret_answer, size_t cap)
{
    size_t len = 0;
    while (len < cap) {
        int err = wait_ready(fd, POLLIN, deadline);
        if (err)
            return err;
        ssize_t n = recv(fd, ret_answer + len, cap - len, 0);
        if (n <= 0)
            break;
        char *end = memchr(ret_answer + len, '\n', (size_t)n);
        if (end) {
            *end = '\0';
            return 0;
        }
        len += (size_t)n;
    }
    return -EPROTO;
}

int control_ask(const char *path, const char *request, char *ret_answer, size_t cap)
{
    return control_ask_long(path, request, CONTROL_ASK_MS, ret_answer, cap);
}

int control_ask_long(const char *path, const char *request, int64_t wait_ms, char *ret_answer,
                     size_t cap)
{
    struct mono deadline = mono_after(clock_now().mono, wait_ms);
    struct sockaddr_un address;
    int err, fd;
    if (set_address(path, &address))
        return -ENOENT;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)))
        err = errno == EACCES || errno == EPERM ? -EACCES : errno == EAGAIN ? -ETIMEDOUT : -ENOENT;
    else
        err = send_request(fd, request);
    if (!err)
        err = read_answer(fd, deadline, ret_answer, cap);
    close(fd);
    return err;
}
