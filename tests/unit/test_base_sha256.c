/* tests/unit/test_base_sha256.c - SHA-256 at every length around its blocks, and PBKDF2 with it. */
#include "base/sha256.h"
#include "tap.h"
#include <string.h>

static void hex(const uint8_t *octets, char ret[2 * SHA256_OCTETS + 1])
{
    for (size_t i = 0; i < SHA256_OCTETS; i++)
        snprintf(ret + 2 * i, 3, "%02x", octets[i]);
}

static void check(const char *name, const uint8_t *got, const char *want)
{
    char text[2 * SHA256_OCTETS + 1];
    hex(got, text);
    if (!tap_ok(strcmp(text, want) == 0, "%s", name))
        tap_diag("%s", text);
}

static const struct row {
    const char *name;
    int count; /* of the letter a; -1 "abc" (FIPS 180-2 B.1) */
    const char *hash;
} rows[] = {
    {"abc", -1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"nothing", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"55 octets", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {"56 octets", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
    {"63 octets", 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
    {"64 octets", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
    {"65 octets", 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
    {"119 octets", 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
    {"120 octets", 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
    {"1000 octets", 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"},
};

static void test_hash(const struct row *row)
{
    static char text[1000];
    uint8_t whole[SHA256_OCTETS], pieces[SHA256_OCTETS];
    struct sha256 h;
    size_t len = row->count < 0 ? 3 : (size_t)row->count;
    memset(text, 'a', sizeof(text));
    if (row->count < 0)
        memcpy(text, "abc", 3);
    sha256_init(&h);
    sha256_add(&h, text, len);
    sha256_end(&h, whole);
    check(row->name, whole, row->hash);
    sha256_init(&h);
    for (size_t i = 0; i < len; i++)
        sha256_add(&h, text + i, 1);
    sha256_end(&h, pieces);
    tap_ok(memcmp(whole, pieces, sizeof(whole)) == 0, "%s, octet by octet", row->name);
}

int main(void)
{
    uint8_t hash[SHA256_OCTETS];
    char longer[65];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test_hash(&rows[i]);
    sha256_stretch("passwd", 6, "salt", 4, 1, hash);
    check("one round: RFC 7914 11", hash,
          "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    sha256_stretch("Password", 8, "NaCl", 4, 80000, hash);
    check("many rounds: RFC 7914 11", hash,
          "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
    memset(longer, 'x', sizeof(longer));
    sha256_stretch(longer, sizeof(longer), "", 0, 3, hash);
    check("a key longer than a block, no salt", hash,
          "5d1935c6ce2fe0fbe0c27a8bc516005b6165114d74a9f2cab516a49fde73d508");
    return tap_done();
}
