/* tests/fuzz/fuzz_cards.c - any text as an address book, vCard or CSV: each entry lies within what
 * was read. */
#include "cli/cards.h"
#include "cli/csv.h"
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy that ends with a NUL and has no other. */
static char *copy_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        abort();
    for (size_t i = 0; i < size; i++)
        text[i] = data[i] ? (char)data[i] : ' ';
    text[size] = '\0';
    return text;
}

static void read_book(const uint8_t *data, size_t size)
{
    char *text = copy_of(data, size);
    struct cards_error error = {0};
    int line = 0;
    struct cards *cards = cards_read(text, &error);
    assert(cards || (error.why && error.line >= 1 && error.column >= 1));
    for (const struct card *card; cards && (card = cards_next(cards)); line = card->line) {
        size_t len = strlen(card->name) + strlen(card->number) + strlen(card->labels);
        assert(len <= 3 * size);
        assert(card->line >= line && card->column >= 1);
    }
    cards_free(cards);
    free(text);
}

static void read_csv(const uint8_t *data, size_t size)
{
    struct csv_field fields[CSV_FIELDS_MAX];
    char *text = copy_of(data, size);
    struct csv csv;
    int count, line = 1;
    size_t octets = 0;
    csv_init(&csv, text);
    while ((count = csv_next(&csv, fields)) >= 0) {
        assert(count > 0 && count <= CSV_FIELDS_MAX);
        for (int i = 0; i < count; i++) {
            assert(fields[i].line >= line && fields[i].column >= 1);
            line = fields[i].line;
            octets += strlen(fields[i].text);
        }
        assert(octets <= size);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_book(data, size);
    read_csv(data, size);
    return 0;
}
