/* tests/bench/ready.c - how soon a daemon is ready and what memory it holds: `ready SETTLED_S
 * PROGRAM ARGUMENT...` starts it, waits for the READY=1 of sd_notify(3), lets it run SETTLED_S
 * seconds more, ends it, and prints `MILLISECONDS KILOBYTES`, from fork() on and by Pss of
 * /proc/PID/smaps_rollup. Needs nothing but the C library, so that it also runs in a guest. Exit 1
 * where the daemon was not ready within half a minute. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 30

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int fail(const char *what)
{
    fprintf(stderr, "ready: %s: %s\n", what, strerror(errno));
    return 1;
}

/* A socket under an abstract name, which is gone with it. Returns its descriptor, or -1. */
static int listen_as(char name[static 32])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int length = snprintf(name, 32, "@ready-%ld", (long)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)length - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
        bind(fd, (struct sockaddr *)&address,
             (socklen_t)(sizeof(address.sun_family) + (size_t)length)) < 0)
        return -1;
    return fd;
}

static int wait_ready(int fd)
{
    char said[4096];
    ssize_t n;
    do {
        n = recv(fd, said, sizeof(said) - 1, 0);
        said[n < 0 ? 0 : n] = '\0';
    } while (n >= 0 && !strstr(said, "READY=1"));
    return n < 0 ? -1 : 0;
}

/* In KB, or -1. */
static long held_by(pid_t pid)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
    FILE *f = fopen(path, "r");
    while (f && kb < 0 && fgets(line, sizeof(line), f))
        if (strncmp(line, "Pss:", 4) == 0)
            kb = strtol(line + 4, NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

int main(int argc, char **argv)
{
    char name[32];
    int fd = listen_as(name);
    if (argc < 3)
        return fprintf(stderr, "usage: ready SETTLED_S PROGRAM ARGUMENT...\n"), 2;
    if (fd < 0 || setenv("NOTIFY_SOCKET", name, 1) < 0)
        return fail("socket");
    double began = now_ms();
    pid_t daemon = fork();
    if (daemon == 0) {
        execv(argv[2], argv + 2);
        _exit(fail(argv[2]));
    }
    int err = daemon < 0 || wait_ready(fd) < 0 ? fail("not ready") : 0;
    double took = now_ms() - began;
    if (!err)
        poll(NULL, 0, (int)strtol(argv[1], NULL, 10) * 1000);
    long kb = err ? -1 : held_by(daemon);
    if (daemon > 0 && kill(daemon, SIGTERM) == 0)
        waitpid(daemon, NULL, 0);
    if (err || kb < 0)
        return err ? err : fail("smaps_rollup");
    printf("%.3f %ld\n", took, kb);
    return 0;
}
