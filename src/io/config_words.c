#include "base/text.h"
#include "io/config_parts.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536

__attribute__((format(printf, 2, 3))) static int refuse(char *what, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(what, CONFIG_WHAT_MAX, format, ap);
    va_end(ap);
    return -EINVAL;
}

/* Reads a list of the owner's own. Returns 1, 0 where there is no such file, or -errno
 * as config_read(). */
static int read_own(struct keyword_list *list, const char *directory, const char *language,
                    char *what)
{
    char path[CONFIG_PATH_MAX + 8];
    size_t len, line = 0;
    (void)snprintf(path, sizeof(path), "%s/%s.txt", directory, language);
    errno = 0;
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return 0;
    char *text = file ? malloc(FILE_MAX) : NULL;
    len = text ? fread(text, 1, FILE_MAX, file) : 0;
    int err = !text || ferror(file) ? config_errno(errno) : 0;
    if (err != 0)
        (void)refuse(what, "%s: %s", path, strerror(errno));
    else if (len == FILE_MAX)
        err = refuse(what, "%s is over 64 KB", path);
    if (file)
        fclose(file);
    if (err == 0) {
        text[len] = '\0';
        err = keyword_read(list, text, &line);
        if (err == -ENOSPC)
            err = refuse(what, "%s:%zu: too many words", path, line);
        else if (err != 0)
            err = refuse(what, "%s:%zu: neither a section such as [stop] nor a word in one", path,
                         line);
    }
    free(text);
    return err < 0 ? err : 1;
}

static int add_language(struct config *c, const char *language, char *what)
{
    size_t line;
    int own = 0;
    if (c->opt_out.directory[0])
        own = read_own(&c->policy.opt_out, c->opt_out.directory, language, what);
    if (own != 0)
        return own < 0 ? own : 0;
    const char *text = keyword_builtin(language);
    if (!text)
        return refuse(what, "there are no words for the language \"%s\"", language);
    if (keyword_read(&c->policy.opt_out, text, &line) != 0)
        return refuse(what, "too many languages");
    return 0;
}

int config_opt_out(struct config *c, char ret_what[CONFIG_WHAT_MAX])
{
    struct keyword_list *list = &c->policy.opt_out;
    *list = (struct keyword_list){.words_only = !c->opt_out.phrases};
    int err = add_language(c, "common", ret_what);
    if (err == 0 && c->opt_out.language_count == 0)
        err = add_language(c, "en", ret_what);
    for (size_t i = 0; err == 0 && i < c->opt_out.language_count; i++)
        err = add_language(c, c->opt_out.languages[i], ret_what);
    for (size_t i = 0; err == 0 && i < c->opt_out.word_count; i++) {
        const char *word = c->opt_out.words[i];
        if (keyword_add(list, KEYWORD_SECTION_STOP, word, strlen(word)) != 0)
            err = refuse(ret_what, "too many words");
    }
    return err;
}
