/* tests/unit/test_store_crash.c - killed before any statement of a day: after a restart each call
 * has its outcome, each text its fate, nothing is there twice, and nothing that was acknowledged is
 * gone. */
#include "store_script.h"
#include "tap.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESEND_S 600

static char dir[32] =
    "/dev/shm/textback-XXXXXX"; /* in memory: processes are killed here, not disks */
static char path[sizeof(dir) + 16];
static int statements_left;
static int acknowledge[2]; /* a pipe: one octet for each word that is done */

static int count_down(unsigned int event, void *context, void *stmt, void *text)
{
    (void)event, (void)context, (void)stmt, (void)text;
    if (statements_left-- == 0)
        raise(SIGKILL);
    return 0;
}

/* The octets of an empty database: making the tables anew for each kill would take most of the
 * time. */
static char empty[512 * 1024];
static size_t empty_octets;

static bool empty_make(void)
{
    struct script p;
    script_open(&p, path, SCRIPT_START);
    store_free(p.s);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    empty_octets = fread(empty, 1, sizeof(empty), f);
    return fclose(f) == 0 && empty_octets < sizeof(empty);
}

static bool empty_copy(void)
{
    FILE *f = fopen(path, "we");
    bool ok = f && fwrite(empty, 1, empty_octets, f) == empty_octets;
    return f && fclose(f) == 0 && ok;
}

/* Calls, texts of two parts, reports, an answer, an opt-out: one word after another, as separate
 * transactions. */
static const char *const day[] = {
    "ring", "auto:2", "+5 take",  "sent:1", "take",    "unk:600", "rep:2:d",
    "in",   "man",    "take",     "sent:3", "rep:3:d", "man",     "take",
    "fail", "ring",   "man take", "stop",   "conf",    "take",    "sent:4",
};
#define DAY_WORDS (sizeof(day) / sizeof(day[0]))

static void child_day(int kill_at)
{
    struct script p;
    script_open(&p, path, SCRIPT_START);
    statements_left = kill_at;
    sqlite3_trace_v2(p.s->db, SQLITE_TRACE_STMT, count_down, NULL);
    for (size_t i = 0; i < DAY_WORDS; i++) {
        int64_t call = p.call;
        if (script_run(&p, day[i]) < 0 || write(acknowledge[1], "+", 1) != 1)
            _exit(2);
        if (call != 0)
            p.call = call;
    }
    _exit(0); /* without a farewell to the database, as in a power cut */
}

/* The restart: what rings is missed, what was being sent is unknown, and the queue runs empty. */
static const char *restart(struct script *p, size_t done)
{
    char error[STORE_ERROR_MAX];
    struct outbox_part part;
    struct store_rows *rows = NULL;
    struct call_row call;
    *p = (struct script){.now = {SCRIPT_START + 100}};
    if (store_open(path, STORE_EXISTING, &p->s, error) < 0 ||
        store_line(p->s, "main", &p->line) < 0)
        return "a database that does not open";
    const char *what = script_broken(p->s);
    if (what)
        return what;
    /* Word n of the day added these; an acknowledged one must be there. */
    if (script_count(p->s, "SELECT count(*) FROM call") < (done > 0) + (done > 15) ||
        script_count(p->s, "SELECT count(*) FROM message WHERE direction = 'in'") < (done > 7) ||
        script_count(p->s, "SELECT count(*) FROM opt_out") < (done > 17))
        return "an acknowledged row that is gone";
    if (script_run(p, "restart:600") < 0)
        return "texts that cannot be settled";
    if (script_count(p->s, "SELECT count(*) FROM part WHERE state = 'sending'") != 0)
        return "a text that is sent for ever";
    if (calls_list_unsettled(p->s, p->line, &rows) < 0)
        return "calls that cannot be listed";
    while (calls_next(rows, &call) == 1)
        if (calls_end(p->s, call.id, CALL_STATE_MISSED, false, 0, call.started) < 0 ||
            calls_decide(p->s, call.id, "too_old", 0, NULL, 0, p->now) < 0)
            what = "a call that cannot be settled";
    store_rows_free(rows);
    p->now.s += RESEND_S;
    for (int turns = 0; !what && outbox_take(p->s, p->line, NULL, p->now, &part) == 1; turns++) {
        p->part = part.id;
        if (script_run(p, "sent:99") < 0 || turns > 9)
            what = "a queue that does not run empty";
    }
    if (!what &&
        script_count(p->s, "SELECT count(*) FROM part WHERE tries > 2 OR tries > 1 + resent"))
        what = "a part that was sent too often";
    return what ? what : script_broken(p->s);
}

int main(void)
{
    int kill_at = 0, status = -1, points = 0;
    if (!mkdtemp(dir)) {
        snprintf(dir, sizeof(dir), "/tmp/textback-XXXXXX");
        if (!mkdtemp(dir))
            return 1;
    }
    snprintf(path, sizeof(path), "%s/day.db", dir);
    if (!empty_make())
        return 1;
    do {
        struct script p;
        char octets[DAY_WORDS];
        char files[3][sizeof(path) + 8];
        if (!empty_copy() || pipe(acknowledge) < 0)
            return 1;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            child_day(kill_at);
        close(acknowledge[1]);
        waitpid(child, &status, 0);
        ssize_t done = read(acknowledge[0], octets, sizeof(octets));
        close(acknowledge[0]);
        const char *what = restart(&p, done < 0 ? 0 : (size_t)done);
        if (what || (WIFEXITED(status) && WEXITSTATUS(status) != 0)) {
            tap_ok(false, "killed before statement %d, after word %zd", kill_at, done);
            tap_diag("%s, status %d", what ? what : "the day itself failed", status);
        }
        store_free(p.s);
        for (size_t i = 0; i < 3; i++) {
            static const char *const ends[] = {"", "-wal", "-shm"};
            snprintf(files[i], sizeof(files[i]), "%s%s", path, ends[i]);
            unlink(files[i]);
        }
        points++;
        kill_at++;
    } while (WIFSIGNALED(status) && points < 2000);
    rmdir(dir);
    tap_ok(points > 150 && points < 2000, "a day killed at each of %d statements", points - 1);
    return tap_done();
}
