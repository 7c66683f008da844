/* tests/fuzz/replay.c - runs one fuzz target over a folder of inputs: what a fuzzer once found
 * stays fixed. */
#include "tap.h"
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A crash ends the program, so a line per input names the one before it. */
static void replay(const char *folder, const char *name)
{
    char path[4096];
    uint8_t *data = NULL;
    size_t size = 0;
    FILE *file = NULL;
    int length = snprintf(path, sizeof(path), "%s/%s", folder, name);
    bool ok = length > 0 && (size_t)length < sizeof(path);

    if (ok)
        file = fopen(path, "rb");
    ok = file != NULL;
    if (ok) {
        data = malloc(INPUT_MAX);
        ok = data != NULL;
    }
    if (ok) {
        size = fread(data, 1, INPUT_MAX, file);
        ok = ferror(file) == 0 && feof(file) != 0;
    }
    if (ok) {
        /* of the exact size, so that AddressSanitizer sees the first octet read past the end */
        uint8_t *exact = malloc(size > 0 ? size : 1);
        ok = exact != NULL;
        if (ok) {
            memcpy(exact, data, size);
            ok = LLVMFuzzerTestOneInput(exact, size) == 0;
        }
        free(exact);
    }
    tap_ok(ok, "%s", name);
    free(data);
    if (file)
        fclose(file);
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int count = argc == 2 ? scandir(argv[1], &entries, is_input, alphasort) : -1;

    if (count < 0)
        tap_ok(false, "usage: replay FOLDER (that can be read)");
    for (int i = 0; i < count; i++) {
        fflush(stdout);
        replay(argv[1], entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return tap_done();
}
