#include "io/config_parts.h"
#include <string.h>

/* Returns whether a value of this kind is shown in quotes. */
static bool is_quoted(enum config_kind kind)
{
    return kind == CONFIG_TEXT || kind == CONFIG_TEMPLATE || kind == CONFIG_MODE ||
           kind == CONFIG_CLOCK || kind == CONFIG_PATH || kind == CONFIG_WINDOW;
}

/* Prints one key: "delay: 5s", or without a default "name:". */
static void print_key(FILE *out, const struct config_key *key)
{
    const char *dot = strrchr(key->name, '.');
    const char *quote = is_quoted(key->kind) ? "\"" : "";
    fprintf(out, "%s:", dot ? dot + 1 : key->name);
    if (config_kind_is_list(key->kind))
        fprintf(out, " [%s]\n", key->fallback);
    else if (key->fallback)
        fprintf(out, " %s%s%s\n", quote, key->fallback, quote);
    else
        fprintf(out, "\n");
}

/* Prints the line "  quiet:" before the first key of a section in a section. Returns how deep the
 * keys of this one's section are. */
static int open_section(FILE *out, const struct config_key *key, const struct config_key *before)
{
    size_t same = 0;
    int depth = 0;
    for (const char *dot = strchr(key->name, '.'); dot; dot = strchr(dot + 1, '.')) {
        size_t len = (size_t)(dot - key->name) + 1;
        bool open = before && strncmp(before->name, key->name, len) == 0;
        const char *word = key->name + same;
        if (!open)
            fprintf(out, "%s%*s%.*s:\n", depth == 0 ? "\n" : "", 2 * depth, "",
                    (int)strcspn(word, ".["), word);
        same = len;
        depth++;
    }
    if (depth == 0 && before && strchr(before->name, '.'))
        fputc('\n', out);
    return depth;
}

void config_print_defaults(FILE *out)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const struct config_key *key = &keys[i], *before = i > 0 ? &keys[i - 1] : NULL;
        bool of_line = config_key_of_line(key);
        bool first = of_line && !config_key_of_line(before);
        int indent = 2 * open_section(out, key, before);
        fprintf(out, "%*s# %s%s\n", indent + 2 * of_line, "", key->help,
                key->fallback ? "" : " Required.");
        fprintf(out, "%*s%s", indent, "", first ? "- " : of_line ? "  " : "");
        print_key(out, key);
    }
}
