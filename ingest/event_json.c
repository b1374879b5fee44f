/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/event_json.h"

static bool begin(struct text *text, const struct event *event, enum field field) {
    if ((event->given >> field & 1) == 0) return false;
    bool first = text->size == 0 || text->bytes[text->size - 1] == '{';
    text_add_format(text, "%s\"%s\":", first ? "" : ",", field_text(field));
    return true;
}

static void add_text(struct text *text, const struct event *event, enum field field,
                     struct slice slice) {
    if (begin(text, event, field)) text_add_json_string(text, slice.bytes, slice.size);
}

static void add_time(struct text *text, const struct event *event, enum field field, int64_t ms) {
    if (!begin(text, event, field)) return;
    text_add_string(text, "\"");
    text_add_utc(text, ms);
    text_add_string(text, "\"");
}

static void add_number(struct text *text, const struct event *event, enum field field,
                       double number) {
    if (begin(text, event, field)) text_add_json_number(text, number);
}

void event_json_write(struct text *text, const struct event *event) {
    text_add_string(text, "{");
    add_text(text, event, FIELD_ID, event->id);
    add_time(text, event, FIELD_TIME, event->time_ms);
    add_text(text, event, FIELD_TYPE, event->type);
    add_text(text, event, FIELD_SUBJECT, event->subject);
    add_text(text, event, FIELD_TENANT, event->tenant);
    add_text(text, event, FIELD_SERVICE, event->service);
    add_text(text, event, FIELD_OFFICE, event->office);
    add_text(text, event, FIELD_CHANNEL, event->channel);
    add_text(text, event, FIELD_STEP, event->step);
    add_text(text, event, FIELD_FIELD, event->field);
    add_text(text, event, FIELD_CODE, event->code);
    add_time(text, event, FIELD_START, event->start_ms);
    add_text(text, event, FIELD_LINK, event->link);
    add_text(text, event, FIELD_COUNTRY, event->country);
    add_text(text, event, FIELD_LANG, event->lang);
    add_text(text, event, FIELD_DEVICE, event->device);
    add_number(text, event, FIELD_VALUE, event->value);
    add_number(text, event, FIELD_MINUTES, event->minutes);
    add_time(text, event, FIELD_RECORDED, event->recorded_ms);
    text_add_string(text, "}\n");
}
