/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/occurrence.h"

#include <string.h>

#include "base/timestamp.h"
#include "event/column.h"
#include "sample/almanac.h"
#include "sample/dice.h"

static const char *const codes[OCCURRENCE_CODE_COUNT] = {[OCCURRENCE_CODE_NONE] = "",
#define X(name, text) [OCCURRENCE_CODE_##name] = (text),
                                                         OCCURRENCE_CODE_LIST(X)
#undef X
};
static const char *const countries[OCCURRENCE_COUNTRIES] = {"DE", "AT", "PL", "TR",
                                                            "UA", "FR", "NL", "IT"};
static const char *const langs[OCCURRENCE_LANGS] = {"de", "en", "tr", "ar"};

void occurrence_writer_init(struct occurrence_writer *writer, const struct town *town,
                            uint64_t seed) {
    *writer = (struct occurrence_writer){.town = town, .seed = dice_mix(seed), .day = INT64_MIN};
}

static char *put(char *at, const char *text) {
    size_t size = strlen(text);
    memcpy(at, text, size + 1); /* what follows goes over the NUL */
    return at + size;
}

#define PUT(at, literal) (memcpy((at), (literal), sizeof(literal) - 1), (at) + sizeof(literal) - 1)

static char *put_digits(char *at, uint32_t number, int count) {
    for (int i = count - 1; i >= 0; i--, number /= 10) at[i] = (char)('0' + number % 10);
    return at + count;
}

static char *put_number(char *at, int64_t number) {
    char digits[20];
    int count = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    if (number < 0) *at++ = '-';
    do digits[count++] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    while (count > 0) *at++ = digits[--count];
    return at;
}

static char *put_hex(char *at, uint64_t bits, int count) {
    for (int i = count - 1; i >= 0; i--, bits >>= 4) at[i] = "0123456789abcdef"[bits & 15];
    return at + count;
}

/* Letters only: a token must never look like a telephone number. */
static char *put_token(char *at, uint64_t bits) {
    for (int i = 0; i < 16; i++, bits >>= 4) at[i] = "bcdfghjkmnpqrtvz"[bits & 15];
    return at + 16;
}

static char *put_time(struct occurrence_writer *writer, char *at, int64_t utc_ms) {
    int64_t day = utc_ms / DAY_MS;
    uint32_t ms = (uint32_t)(utc_ms - day * DAY_MS);
    if (day != writer->day) {
        char text[TIMESTAMP_TEXT_BYTES];
        timestamp_format_utc(utc_ms, text);
        memcpy(writer->date, text, sizeof writer->date);
        writer->day = day;
    }
    memcpy(at, writer->date, sizeof writer->date);
    at += sizeof writer->date;
    *at++ = 'T';
    at = put_digits(at, ms / 3600000, 2);
    *at++ = ':';
    at = put_digits(at, ms / 60000 % 60, 2);
    *at++ = ':';
    at = put_digits(at, ms / 1000 % 60, 2);
    *at++ = '.';
    at = put_digits(at, ms % 1000, 3);
    *at++ = 'Z';
    return at;
}

/* A UUID of version 7: the time, then 64 bits that a bijection makes of the event's number. */
static char *put_id(const struct occurrence_writer *writer, char *at,
                    const struct occurrence *occurrence) {
    uint64_t bits = dice_mix(occurrence->number ^ writer->seed);
    at = put_hex(at, (uint64_t)occurrence->time_ms >> 16, 8);
    *at++ = '-';
    at = put_hex(at, (uint64_t)occurrence->time_ms & 0xFFFF, 4);
    at = PUT(at, "-7");
    at = put_hex(at, bits >> 52, 3);
    *at++ = '-';
    at = put_hex(at, 8 | (bits >> 50 & 3), 1);
    at = put_hex(at, bits >> 38, 3);
    *at++ = '-';
    /* 48 bits: the 38 that are left, and ten of them again */
    return put_hex(at, (bits & UINT64_C(0x3FFFFFFFFF)) | (bits & 1023) << 38, 12);
}

static char *put_choices(char *at, const struct occurrence *occurrence) {
    if (occurrence->channel != 0) {
        at = PUT(at, "\",\"channel\":\"");
        at = put(at, channel_text((enum channel)occurrence->channel));
    }
    if (occurrence->step != OCCURRENCE_NONE) {
        at = PUT(at, "\",\"step\":\"");
        at = put(at, occurrence->type == TYPE_CASE_ACTIVITY
                         ? town_activity[occurrence->step]
                         : town_service[occurrence->service].step[occurrence->step]);
    }
    if (occurrence->field != OCCURRENCE_NONE) {
        at = PUT(at, "\",\"field\":\"");
        at = put(at, town_field[occurrence->field]);
    }
    if (occurrence->code != 0) {
        at = PUT(at, "\",\"code\":\"");
        at = put(at, codes[occurrence->code]);
    }
    if (occurrence->country != OCCURRENCE_NONE) {
        at = PUT(at, "\",\"country\":\"");
        at = put(at, countries[occurrence->country]);
    }
    if (occurrence->lang != OCCURRENCE_NONE) {
        at = PUT(at, "\",\"lang\":\"");
        at = put(at, langs[occurrence->lang]);
    }
    if (occurrence->device != 0) {
        at = PUT(at, "\",\"device\":\"");
        at = put(at, device_text((enum device)occurrence->device));
    }
    return at;
}

static char *put_optional(struct occurrence_writer *writer, char *at,
                          const struct occurrence *occurrence) {
    if (occurrence->start_ms != TIME_ABSENT) {
        at = PUT(at, "\",\"start\":\"");
        at = put_time(writer, at, occurrence->start_ms);
    }
    if (occurrence->link != 0) {
        at = PUT(at, "\",\"link\":\"");
        at = put_token(at, occurrence->link);
    }
    if (occurrence->recorded_ms != TIME_ABSENT) {
        at = PUT(at, "\",\"recorded\":\"");
        at = put_time(writer, at, occurrence->recorded_ms);
    }
    *at++ = '"';
    if (occurrence->value != OCCURRENCE_NO_VALUE) {
        at = PUT(at, ",\"value\":");
        at = put_number(at, occurrence->value);
    }
    if (occurrence->minutes_tenths != 0) {
        at = PUT(at, ",\"minutes\":");
        at = put_number(at, occurrence->minutes_tenths / 10);
        *at++ = '.';
        *at++ = (char)('0' + occurrence->minutes_tenths % 10);
    }
    return at;
}

size_t occurrence_write(struct occurrence_writer *writer, const struct occurrence *occurrence,
                        char *line) {
    char *at = PUT(line, "{\"id\":\"");
    at = put_id(writer, at, occurrence);
    at = PUT(at, "\",\"time\":\"");
    at = put_time(writer, at, occurrence->time_ms);
    at = PUT(at, "\",\"type\":\"");
    at = put(at, type_text((enum event_type)occurrence->type));
    if (occurrence->subject != 0) {
        at = PUT(at, "\",\"subject\":\"");
        at = put_token(at, occurrence->subject);
    }
    at = PUT(at, "\",\"tenant\":\"");
    memcpy(at, writer->town->tenant[occurrence->tenant].ars, 12);
    at += 12;
    if (occurrence->service != SERVICE_COUNT) {
        at = PUT(at, "\",\"service\":\"");
        at = put(at, town_service[occurrence->service].key);
    }
    if (occurrence->office != OFFICE_COUNT) {
        at = PUT(at, "\",\"office\":\"");
        at = put(at, town_office[occurrence->office]);
    }
    at = put_choices(at, occurrence);
    at = put_optional(writer, at, occurrence);
    at = PUT(at, "}\n");
    CHECK(at - line <= OCCURRENCE_LINE_BYTES_MAX);
    return (size_t)(at - line);
}
