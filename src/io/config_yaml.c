#include "base/utf8.h"
#include "io/config_parts.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

__attribute__((format(printf, 4, 5))) static int refuse(struct config_problem *problem, size_t line,
                                                        size_t column, const char *format, ...)
{
    va_list ap;
    problem->line = line;
    problem->column = column;
    va_start(ap, format);
    (void)vsnprintf(problem->what, sizeof(problem->what), format, ap);
    va_end(ap);
    return -EINVAL;
}

static int refuse_at(struct config_problem *problem, yaml_mark_t mark, const char *what)
{
    return refuse(problem, mark.line + 1, mark.column + 1, "%s", what);
}

/* Finds line and column of the octet at `at`, which begins a character or ends the text. */
static void locate(const char *text, size_t at, size_t *ret_line, size_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            ++*ret_line;
            *ret_column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
            ++*ret_column;
        }
    }
}

/* A file that is no text at all is told before the parser stumbles over it. */
static int check_characters(const char *text, size_t len, struct config_problem *problem)
{
    size_t line, column, at = utf8_valid_prefix(text, len);
    for (size_t i = 0; i < at; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && !strchr("\t\r\n", c)) || c == '\0' || c == 0x7F) {
            locate(text, i, &line, &column);
            return refuse(problem, line, column, "a control character (0x%02X), expected text", c);
        }
    }
    if (at == len)
        return 0;
    locate(text, at, &line, &column);
    return refuse(problem, line, column, "an octet that is not UTF-8 (0x%02X), expected UTF-8 text",
                  (unsigned)(unsigned char)text[at]);
}

/* Returns the character that libyaml points at if it is one of ASCII, else NUL. Its lines are not
 * ours (YAML 1.1 has more line ends), so the characters are counted; a byte order mark is none. */
static char char_at(const char *text, size_t len, yaml_mark_t mark)
{
    size_t i = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    uint32_t code = 0;
    for (size_t skipped = 0; skipped < mark.index && i < len; skipped++)
        i += utf8_decode(text + i, len - i, &code);
    return i < len && (unsigned char)text[i] < 0x80 ? text[i] : '\0';
}

/* Says what the parser means, with the remedy where the mistake is a common one. */
static int refuse_syntax(const yaml_parser_t *parser, const char *text, size_t len,
                         struct config_problem *problem)
{
    yaml_mark_t mark = parser->problem_mark;
    const char *said = parser->problem;
    char begin = char_at(text, len, mark), quoted[CONFIG_QUOTED_MAX];
    size_t line, column;

    if (!said) /* libyaml has no words for this alone, and not always its own YAML_MEMORY_ERROR */
        return -ENOMEM;
    if (parser->error == YAML_READER_ERROR) {
        locate(text, parser->problem_offset < len ? parser->problem_offset : len, &line, &column);
        return refuse(problem, line, column, "%s", said);
    }
    if (begin == '\t')
        return refuse_at(problem, mark, "a tab, expected blanks for indentation");
    if (strstr(said, "cannot start any token"))
        return refuse(problem, mark.line + 1, mark.column + 1,
                      "a value cannot begin with %s, expected quotes around it",
                      config_quote(&begin, 1, quoted));
    if (strstr(said, "mapping values are not allowed"))
        return refuse_at(problem, mark,
                         "a second \": \" in one value, expected quotes around the value, or an "
                         "indentation like that of the line above");
    if (!parser->context)
        return refuse_at(problem, mark, said);
    if (strstr(said, "end of stream") && strstr(parser->context, "quoted scalar"))
        return refuse_at(problem, parser->context_mark,
                         "a quote that nothing ends, expected another one behind the value");
    return refuse(problem, mark.line + 1, mark.column + 1, "%s, %s that begins in line %zu", said,
                  parser->context, parser->context_mark.line + 1);
}

/* Returns what is wrong with a token, or NULL; keeps count of the levels that are open. */
static const char *judge_token(const yaml_token_t *token, size_t *depth)
{
    switch ((int)token->type) {
    case YAML_ANCHOR_TOKEN:
        return "an anchor (&), expected the value itself, in quotes if it begins with &";
    case YAML_ALIAS_TOKEN:
        return "an alias (*), expected the value itself, in quotes if it begins with *";
    case YAML_TAG_TOKEN:
        return "a tag (!), expected the value itself, in quotes if it begins with !";
    case YAML_BLOCK_SEQUENCE_START_TOKEN:
    case YAML_BLOCK_MAPPING_START_TOKEN:
    case YAML_FLOW_SEQUENCE_START_TOKEN:
    case YAML_FLOW_MAPPING_START_TOKEN:
        return ++*depth > CONFIG_DEPTH_MAX ? "more levels than any key has" : NULL;
    case YAML_BLOCK_END_TOKEN:
    case YAML_FLOW_SEQUENCE_END_TOKEN:
    case YAML_FLOW_MAPPING_END_TOKEN:
        *depth -= *depth > 0;
        return NULL;
    default:
        return NULL;
    }
}

/* The token before, and how many braces and brackets are open behind it. */
struct before {
    bool quoted, closing; /* a value in quotes; a brace or bracket that ends one */
    yaml_mark_t start, end;
    size_t flow;
};

/* A value right behind a value: the parser would only tell what it misses there, which is far from
 * a quote that was forgotten. */
static int judge_neighbour(const struct before *b, const yaml_token_t *token,
                           struct config_problem *problem)
{
    bool beside = token->type == YAML_SCALAR_TOKEN && token->start_mark.line == b->end.line;
    if (!beside || !(b->quoted || b->closing))
        return 0;
    if (b->quoted && b->start.line != b->end.line)
        return refuse(problem, b->start.line + 1, b->start.column + 1,
                      "a quote that ends only in line %zu, expected it to end in its own line",
                      b->end.line + 1);
    if (b->flow > 0) /* a comma, as the parser says */
        return 0;
    return refuse_at(problem, token->start_mark,
                     b->quoted ? "text behind the quote that ends a value, expected nothing there "
                                 "(in \"...\" a quote is written \\\", in '...' it is '')"
                               : "text behind what ends with } or ], expected quotes around the "
                                 "whole value");
}

static void note_token(struct before *b, const yaml_token_t *token)
{
    int type = (int)token->type;
    b->quoted =
        type == YAML_SCALAR_TOKEN && (token->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                                      token->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    b->closing = type == YAML_FLOW_SEQUENCE_END_TOKEN || type == YAML_FLOW_MAPPING_END_TOKEN;
    b->start = token->start_mark;
    b->end = token->end_mark;
    if (type == YAML_FLOW_SEQUENCE_START_TOKEN || type == YAML_FLOW_MAPPING_START_TOKEN)
        b->flow++;
    b->flow -= b->closing && b->flow > 0;
}

/* Goes over the tokens before a document is built: an alias must not get to multiply anything. */
static int check_tokens(const char *text, size_t len, struct config_problem *problem)
{
    yaml_parser_t parser;
    yaml_token_t token;
    struct before before = {0};
    size_t depth = 0;
    bool end = false;
    int err = 0;

    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    while (!err && !end) {
        if (!yaml_parser_scan(&parser, &token)) {
            err = refuse_syntax(&parser, text, len, problem);
            break;
        }
        const char *what = judge_token(&token, &depth);
        if (what)
            err = refuse_at(problem, token.start_mark, what);
        else
            err = judge_neighbour(&before, &token, problem);
        note_token(&before, &token);
        end = token.type == YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return err;
}

/* Makes sure that nothing follows the first document. */
static int check_end(yaml_parser_t *parser, const char *text, size_t len,
                     struct config_problem *problem)
{
    yaml_document_t second;
    int err = 0;
    if (!yaml_parser_load(parser, &second))
        return refuse_syntax(parser, text, len, problem);
    const yaml_node_t *root = yaml_document_get_root_node(&second);
    if (root)
        err = refuse_at(problem, second.start_mark, "a second document, expected one");
    yaml_document_delete(&second);
    return err;
}

int config_yaml(const char *text, size_t len, yaml_document_t *ret_document,
                struct config_problem *ret_problem)
{
    yaml_parser_t parser;
    yaml_document_t document;
    int err = check_characters(text, len, ret_problem);

    if (!err)
        err = check_tokens(text, len, ret_problem);
    if (err)
        return err;
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (!yaml_parser_load(&parser, &document)) {
        err = refuse_syntax(&parser, text, len, ret_problem);
        goto out;
    }
    if (!yaml_document_get_root_node(&document))
        err =
            refuse(ret_problem, 1, 1, "nothing in the file, expected \"business:\" and \"lines:\"");
    else
        err = check_end(&parser, text, len, ret_problem);
    if (err)
        yaml_document_delete(&document);
    else
        *ret_document = document;
out:
    yaml_parser_delete(&parser);
    return err;
}
