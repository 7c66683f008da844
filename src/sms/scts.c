#include "sms/scts.h"
#include <assert.h>
#include <stdio.h>

/* Swapped semi-octets, 0..99; 255 where a nibble is no digit, which is no part of any date. */
static uint8_t read_swapped(uint8_t octet)
{
    uint8_t tens = octet & 15, units = octet >> 4;
    return tens <= 9 && units <= 9 ? (uint8_t)(10 * tens + units) : 255;
}

static uint8_t write_swapped(unsigned value)
{
    assert(value <= 99);
    return (uint8_t)(value % 10 << 4 | value / 10);
}

struct scts scts_decode(const uint8_t octets[SCTS_OCTETS])
{
    uint8_t field[6];
    bool valid = true;
    for (size_t i = 0; i < 6; i++) {
        field[i] = read_swapped(octets[i]);
        valid = valid && field[i] <= 99;
    }
    if (!valid || field[5] > 59)
        return (struct scts){.valid = false};
    struct scts t = {.local = {.year = 2000 + field[0],
                               .month = (int8_t)field[1],
                               .day = (int8_t)field[2],
                               .hour = (int8_t)field[3],
                               .minute = (int8_t)field[4],
                               .second = (int8_t)field[5]}};
    t.valid = civil_valid(&t.local);
    uint8_t quarters = read_swapped(octets[6] & 0xF7); /* bit 3 is the sign */
    t.zone_valid = t.valid && quarters <= 79;
    if (t.zone_valid) {
        t.offset_min = (int16_t)(octets[6] & 8 ? -15 * quarters : 15 * quarters);
        t.wall.s = civil_wall(&t.local).s - INT64_C(60) * t.offset_min;
    }
    return t;
}

void scts_encode(const struct civil *local, int16_t offset_min, uint8_t ret_octets[SCTS_OCTETS])
{
    assert(civil_valid(local));
    assert(local->year >= 2000 && local->year <= 2099);
    assert(offset_min % 15 == 0);
    unsigned quarters = (unsigned)(offset_min < 0 ? -offset_min : offset_min) / 15;
    assert(quarters <= 79);
    ret_octets[0] = write_swapped((unsigned)(local->year - 2000));
    ret_octets[1] = write_swapped((unsigned)local->month);
    ret_octets[2] = write_swapped((unsigned)local->day);
    ret_octets[3] = write_swapped((unsigned)local->hour);
    ret_octets[4] = write_swapped((unsigned)local->minute);
    ret_octets[5] = write_swapped((unsigned)local->second);
    ret_octets[6] = write_swapped(quarters) | (offset_min < 0 ? 8 : 0);
}

void scts_rfc3339(const struct scts *t, char ret_text[SCTS_RFC3339_SIZE])
{
    ret_text[0] = '\0';
    if (!t->valid || !t->zone_valid)
        return;
    unsigned offset = (unsigned)(t->offset_min < 0 ? -t->offset_min : t->offset_min);
    int len = snprintf(ret_text, SCTS_RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u%c%02u:%02u",
                       (unsigned)t->local.year % 10000, (unsigned)t->local.month % 100,
                       (unsigned)t->local.day % 100, (unsigned)t->local.hour % 100,
                       (unsigned)t->local.minute % 100, (unsigned)t->local.second % 100,
                       t->offset_min < 0 ? '-' : '+', offset / 60 % 100, offset % 60);
    assert(len == SCTS_RFC3339_SIZE - 1);
}
