#include "base/sha256.h"
#include <assert.h>
#include <string.h>

#define BLOCK 64

/* FIPS 180-4 4.2.2 */
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

/* 6.2.2, steps 1 to 4 */
static void take_block(uint32_t state[8], const uint8_t block[BLOCK])
{
    uint32_t w[64], v[8];
    for (size_t t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | (uint32_t)block[4 * t + 3];
    for (size_t t = 16; t < 64; t++) {
        uint32_t s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    memcpy(v, state, sizeof(v)); /* a b c d e f g h */
    for (size_t t = 0; t < 64; t++) {
        uint32_t s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t one = v[7] + s1 + choice + k[t] + w[t];
        uint32_t s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += one;
        v[0] = one + s0 + majority;
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += v[i];
}

void sha256_init(struct sha256 *h)
{
    *h = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                   0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
    const uint8_t *from = data;
    assert(from || len == 0);
    while (len > 0) {
        size_t used = h->octets % BLOCK;
        size_t n = len < BLOCK - used ? len : BLOCK - used;
        memcpy(h->block + used, from, n);
        h->octets += n;
        from += n;
        len -= n;
        if (used + n == BLOCK)
            take_block(h->state, h->block);
    }
}

void sha256_end(struct sha256 *h, uint8_t ret[SHA256_OCTETS])
{
    static const uint8_t padding[BLOCK] = {0x80};
    uint64_t bits = h->octets * 8;
    uint8_t length[8];
    size_t used = h->octets % BLOCK;
    for (size_t i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(h, padding, (used < 56 ? 56 : 56 + BLOCK) - used);
    sha256_add(h, length, sizeof(length));
    assert(h->octets % BLOCK == 0);
    for (size_t i = 0; i < SHA256_OCTETS; i++)
        ret[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

/* HMAC: the two hashes that have taken in the key already, so that each round costs two blocks. */
struct keyed {
    struct sha256 inner, outer;
};

static void key(struct keyed *m, const void *secret, size_t len)
{
    uint8_t block[BLOCK] = {0};
    if (len > BLOCK) {
        sha256_init(&m->inner);
        sha256_add(&m->inner, secret, len);
        sha256_end(&m->inner, block);
    } else if (len > 0) {
        memcpy(block, secret, len);
    }
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36;
    sha256_init(&m->inner);
    sha256_add(&m->inner, block, sizeof(block));
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36 ^ 0x5c;
    sha256_init(&m->outer);
    sha256_add(&m->outer, block, sizeof(block));
}

/* `inner` has taken in the key and the text. */
static void finish(const struct keyed *m, struct sha256 *inner, uint8_t ret[SHA256_OCTETS])
{
    struct sha256 outer = m->outer;
    sha256_end(inner, ret);
    sha256_add(&outer, ret, SHA256_OCTETS);
    sha256_end(&outer, ret);
}

void sha256_stretch(const void *secret, size_t secret_len, const void *salt, size_t salt_len,
                    uint32_t rounds, uint8_t ret[SHA256_OCTETS])
{
    static const uint8_t first_block[4] = {0, 0, 0, 1};
    uint8_t u[SHA256_OCTETS];
    struct keyed m;
    assert(rounds >= 1);
    key(&m, secret, secret_len);
    struct sha256 inner = m.inner;
    sha256_add(&inner, salt, salt_len);
    sha256_add(&inner, first_block, sizeof(first_block));
    finish(&m, &inner, u);
    memcpy(ret, u, SHA256_OCTETS);
    for (uint32_t i = 1; i < rounds; i++) {
        inner = m.inner;
        sha256_add(&inner, u, sizeof(u));
        finish(&m, &inner, u);
        for (size_t j = 0; j < SHA256_OCTETS; j++)
            ret[j] ^= u[j];
    }
}
