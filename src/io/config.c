#include "io/config.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config_reader.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_FILE_MAX (1 << 20)

static int read_document(struct config_reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    yaml_mark_t mark = root->start_mark;
    int err = config_read_top(r, root);
    if (!err)
        err = config_check_required(r, mark);
    if (!err)
        err = config_read_lines(r, mark);
    if (!err)
        err = config_finish(r, mark);
    if (!err)
        err = config_check_texts(r, mark);
    return err;
}

void config_defaults(struct config *c)
{
    memset(c, 0, sizeof(*c));
    policy_config_init(&c->policy);
    config_set_defaults(c, NULL);
}

/* Writes the FNV-1a hash of the file in 16 hex digits. */
static void hash_text(const char *text, size_t len, char ret_hash[POLICY_HASH_SIZE])
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    (void)snprintf(ret_hash, POLICY_HASH_SIZE, "%016" PRIx64, hash);
}

int config_parse(const char *file, const char *text, size_t len, struct config *ret,
                 char ret_error[CONFIG_ERROR_MAX])
{
    struct config_reader r = {.error = ret_error};
    struct config_problem problem;
    (void)utf8_printable(file, strlen(file), false, r.file, sizeof(r.file));
    int err = config_yaml(text, len, &r.document, &problem);
    if (err == -ENOMEM)
        goto no_memory;
    if (err)
        return config_refuse(&r,
                             (yaml_mark_t){.line = problem.line - 1, .column = problem.column - 1},
                             "%s", problem.what);
    r.config = malloc(sizeof(*r.config));
    if (!r.config) {
        yaml_document_delete(&r.document);
        goto no_memory;
    }
    config_defaults(r.config);
    err = read_document(&r);
    if (!err) {
        hash_text(text, len, r.config->policy.hash);
        *ret = *r.config;
    }
    free(r.config);
    yaml_document_delete(&r.document);
    return err;

no_memory:
    (void)snprintf(ret_error, CONFIG_ERROR_MAX, "%s: %s", r.file, strerror(ENOMEM));
    return -EAGAIN;
}

int config_errno(int number)
{
    bool machine = number == ENOMEM || number == EMFILE || number == ENFILE || number == EIO;
    return machine ? -EAGAIN : -EINVAL;
}

/* Reads a whole file that is not too large; `ret_text` is the caller's to free. */
static int read_file(const char *path, char **ret_text, size_t *ret_len)
{
    int err = 0;
    size_t len = 0;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    text = malloc(CONFIG_FILE_MAX + 1);
    if (!text) {
        err = -ENOMEM;
        goto out;
    }
    for (ssize_t n = 1; n > 0 && len <= CONFIG_FILE_MAX; len += (size_t)n) {
        n = read(fd, text + len, CONFIG_FILE_MAX + 1 - len);
        if (n < 0) {
            err = -errno;
            goto out;
        }
    }
    if (len > CONFIG_FILE_MAX) {
        err = -EFBIG;
        goto out;
    }
    *ret_text = text;
    *ret_len = len;
    text = NULL;
out:
    free(text);
    close(fd);
    return err;
}

int config_read(const char *path, struct config *ret, char ret_error[CONFIG_ERROR_MAX])
{
    char file[CONFIG_PATH_MAX], *text = NULL;
    size_t len = 0;
    int err = read_file(path, &text, &len);
    if (!err) {
        err = config_parse(path, text, len, ret, ret_error);
        free(text);
        return err;
    }
    (void)utf8_printable(path, strlen(path), false, file, sizeof(file));
    (void)snprintf(ret_error, CONFIG_ERROR_MAX, "%s: %s", file,
                   err == -EFBIG ? "over 1 MB, expected a text file" : strerror(-err));
    return err == -ENOENT || err == -EACCES ? err : config_errno(-err);
}

/* Takes `path` if there is such a file, readable or not. */
static int take_path(const char *directory, const char *name, char ret_path[CONFIG_PATH_MAX])
{
    struct text t;
    text_init(&t, ret_path, CONFIG_PATH_MAX);
    text_add(&t, directory);
    text_add(&t, name);
    if (!text_ok(&t))
        return -ENOENT;
    return access(ret_path, F_OK) == 0 ? 0 : errno == EACCES ? -EACCES : -ENOENT;
}

const struct config_line *config_line_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->line_count; i++) {
        if (strcmp(config->lines[i].name, name) == 0)
            return &config->lines[i];
    }
    return NULL;
}

int config_find(const char *given, char ret_path[CONFIG_PATH_MAX])
{
    const char *named = given ? given : getenv("TEXTBACK_CONFIG");
    const char *home = getenv("HOME");
    if (given || (named && named[0]))
        return take_path(named, "", ret_path);
    if (home && home[0] && take_path(home, "/.config/textback/config.yaml", ret_path) == 0)
        return 0;
    return take_path("/etc/textback/", "config.yaml", ret_path);
}
