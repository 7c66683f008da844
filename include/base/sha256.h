/* include/base/sha256.h - SHA-256 (FIPS 180-4), HMAC with it (RFC 2104), and PBKDF2 (RFC 8018 5.2):
 * a hash of something short that is slow on purpose. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SHA256_OCTETS 32

struct sha256 {
    uint32_t state[8];
    uint64_t octets; /* taken so far */
    uint8_t block[64];
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
/* Ends the hash; `h` is then used up. */
void sha256_end(struct sha256 *h, uint8_t ret[SHA256_OCTETS]);

/* The first SHA256_OCTETS octets of PBKDF2-HMAC-SHA256. `rounds` is 1 or more. */
void sha256_stretch(const void *secret, size_t secret_len, const void *salt, size_t salt_len,
                    uint32_t rounds, uint8_t ret[SHA256_OCTETS]);
