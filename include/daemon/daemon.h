/* include/daemon/daemon.h - the daemon: one loop that reads the ports, feeds the services, commits,
 * and sends. */
#pragma once

struct config;

enum daemon_end {
    DAEMON_DONE,    /* SIGTERM or SIGINT: finished what was in flight */
    DAEMON_CONFIG,  /* the configuration is missing or invalid */
    DAEMON_STORE,   /* the database is damaged, or a newer textback's: to start again is no help */
    DAEMON_CONTROL, /* the control socket cannot be made; usually another daemon runs */
    DAEMON_FAILED,  /* the system refused something that is needed, such as room on the disk */
};

struct daemon_options {
    const char *config_path; /* a file that exists; read again on SIGHUP */
    struct config *config;   /* what it says, allocated: daemon_run() takes it; NULL: it reads it */
    const char *store_path;  /* NULL: from the configuration */
    const char *root;        /* what /sys and /dev begin with: "" but for tests */
};

/* Runs until told to stop; has then said on the log why it ended. */
enum daemon_end daemon_run(const struct daemon_options *options);
