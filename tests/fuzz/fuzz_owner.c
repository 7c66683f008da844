/* tests/fuzz/fuzz_owner.c - any text from the owner's phone: an order within its bounds, and a PIN
 * that is hidden. */
#include "base/utf8.h"
#include "policy/owner.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct owner_config *config, const char *text)
{
    struct owner_order order = {0};
    owner_read(config, text, &order);
    assert(order.act <= OWNER_ECHO);
    if (order.act == OWNER_REPLY || order.act == OWNER_DONE)
        assert(order.thread >= 1 && order.thread <= 999999999);
    if (order.act == OWNER_REPLY)
        assert(order.text && order.text[0] && order.text <= text + strlen(text));
    if (order.act == OWNER_AWAY || order.act == OWNER_PAUSE)
        assert(order.ms == 0 || (order.ms >= 60000 && order.ms <= OWNER_AWAY_MAX_MS));
    if (order.act == OWNER_UNCLEAR)
        assert(order.expected && order.expected[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct owner_config open = {.word_count = 1, .urgent_words = {"leak"}};
    static const struct owner_config closed = {.pin = "4711"};
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    size_t len = strlen(text), valid = utf8_valid_prefix(text, len);
    judge(&open, text);
    judge(&closed, text);
    (void)owner_urgent(&open, text);
    owner_mask(&closed, text);
    assert(strlen(text) <= len);
    assert(!strstr(text, "4711"));
    if (valid == len)
        assert(utf8_valid_prefix(text, strlen(text)) == strlen(text));
    free(text);
    return 0;
}
