/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/type.h"

#include <string.h>

const struct type_row type_rows[TYPE_COUNT] = {{"unknown", 7, PURPOSE_NONE, 0},
#define X(name, text, purpose, requires) {(text), sizeof(text) - 1, PURPOSE_##purpose, (requires)},
                                               TYPE_LIST(X)
#undef X
};

_Static_assert(TYPE_COUNT <= 64, "a set of types is a 64-bit mask");

/* The last eight bytes of a type's text tell it apart well enough: an open-addressed table of 128
 * slots, filled before main and only read afterwards. */
enum { TYPE_SLOTS = 128, TYPE_TEXT_BYTES_MIN = 8, TYPE_TEXT_BYTES_MAX = 64 };
static uint8_t type_slots[TYPE_SLOTS];

static uint32_t type_slot(const char *text, size_t size) {
    uint64_t tail;
    memcpy(&tail, text + size - sizeof tail, sizeof tail);
    return (uint32_t)(((tail ^ (uint8_t)text[0]) * UINT64_C(0x9E3779B97F4A7C15)) >> 57);
}

__attribute__((constructor)) static void type_slots_fill(void) {
    for (uint32_t type = 1; type < TYPE_COUNT; type++) {
        uint32_t slot = type_slot(type_rows[type].text, type_rows[type].size);
        while (type_slots[slot] != TYPE_UNKNOWN) slot = (slot + 1) % TYPE_SLOTS;
        type_slots[slot] = (uint8_t)type;
    }
}

enum event_type type_from_text(const char *text, size_t size) {
    if (size < TYPE_TEXT_BYTES_MIN || size > TYPE_TEXT_BYTES_MAX) return TYPE_UNKNOWN;
    uint32_t slot = type_slot(text, size);
    for (; type_slots[slot] != TYPE_UNKNOWN; slot = (slot + 1) % TYPE_SLOTS) {
        const struct type_row *row = &type_rows[type_slots[slot]];
        if (row->size == size && memcmp(row->text, text, size) == 0)
            return (enum event_type)type_slots[slot];
    }
    return TYPE_UNKNOWN;
}

const char *type_text(enum event_type type) {
    return type_rows[(unsigned)type < TYPE_COUNT ? type : TYPE_UNKNOWN].text;
}

const char *purpose_text(enum purpose purpose) {
    static const char *const texts[PURPOSE_COUNT] = {
#define X(name, text) text,
        PURPOSE_LIST(X)
#undef X
    };
    return (unsigned)purpose < PURPOSE_COUNT ? texts[purpose] : "";
}

struct choice_row {
    const char *text;
    size_t size;
};
#define X(name, text) {(text), sizeof(text) - 1},
static const struct choice_row channels[CHANNEL_COUNT] = {{"", 0}, CHANNEL_LIST(X)};
static const struct choice_row devices[DEVICE_COUNT] = {{"", 0}, DEVICE_LIST(X)};
#undef X

/* Index of the text in a list whose entry 0 is "absent"; 0 when it is not there. */
static unsigned choice_find(const struct choice_row *rows, unsigned count, const char *text,
                            size_t size) {
    for (unsigned i = 1; i < count; i++) {
        if (rows[i].size == size && memcmp(rows[i].text, text, size) == 0) return i;
    }
    return 0;
}

enum channel channel_from_text(const char *text, size_t size) {
    return (enum channel)choice_find(channels, CHANNEL_COUNT, text, size);
}

const char *channel_text(enum channel channel) {
    return (unsigned)channel < CHANNEL_COUNT ? channels[channel].text : "";
}

enum device device_from_text(const char *text, size_t size) {
    return (enum device)choice_find(devices, DEVICE_COUNT, text, size);
}

const char *device_text(enum device device) {
    return (unsigned)device < DEVICE_COUNT ? devices[device].text : "";
}
