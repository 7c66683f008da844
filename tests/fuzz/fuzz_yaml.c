/* tests/fuzz/fuzz_yaml.c - any bytes as a configuration file: read, or refused with one line. */
#include "io/config.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    char error[CONFIG_ERROR_MAX] = "";
    int err = config_parse("fuzz", (const char *)data, size, &config, error);
    if (err) {
        assert(err == -EINVAL);
        assert(strncmp(error, "fuzz:", 5) == 0);
        assert(!strpbrk(error, "\n\x1b"));
    } else {
        assert(config.line_count >= 1);
        assert(config.policy.business[0]);
        assert(strlen(config.policy.region) == 2);
    }
    return 0;
}
