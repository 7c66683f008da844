/* tests/fuzz/fuzz_lists.c - any bytes as what commands take in: the first octet says whether it is
 * an address book, a list of numbers, a history or a web form. All of it is taken or nothing; a
 * second time all of it is known. */
#include "office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const commands[][OFFICE_WORDS_MAX + 1] = {
    {"contact", "import"}, {"skip", "import"},   {"import", "-"},
    {"lead", "add"},       {"optout", "import"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The rows that this connection sees, of what the commands write. */
static int64_t rows(void)
{
    struct store *store;
    char error[STORE_ERROR_MAX];
    int64_t count = -1;
    if (store_open(office_path, STORE_EXISTING, &store, error) != 0)
        abort();
    struct sql q = sql(store, "SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM skip)"
                              " + (SELECT count(*) FROM call) + (SELECT count(*) FROM message)"
                              " + (SELECT count(*) FROM lead) + (SELECT count(*) FROM opt_out)");
    if (sql_get_i64(&q, &count) != 0)
        abort();
    store_free(store);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *const *command = commands[data[0] % COMMANDS];
    (void)office_begin();
    int64_t before = rows();
    int code = office_run(command, data + 1, size - 1);
    int64_t after = rows();
    assert(code == CLI_DONE || code == CLI_FAILED || code == CLI_USAGE || code == CLI_REFUSED ||
           code == CLI_WARNINGS);
    assert(after >= before);
    assert(after == before || code == CLI_DONE || code == CLI_WARNINGS || code == CLI_REFUSED);
    if (code == CLI_DONE || code == CLI_WARNINGS) {
        assert(office_run(command, data + 1, size - 1) == code);
        assert(rows() == after);
    }
    return 0;
}
