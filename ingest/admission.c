/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/admission.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

void admission_free(struct admission *admission) {
    memory_free(admission->rejections);
    admission->rejections = NULL;
    admission->rejection_count = admission->rejection_capacity = 0;
}

static bool equals(const char *text, const char *bytes, size_t size) {
    return strlen(text) == size && memcmp(text, bytes, size) == 0;
}

static const char *only_tenant(const struct token_grant *grant) {
    return grant->tenant_count == 1 && strcmp(grant->tenants[0], "*") != 0 ? grant->tenants[0]
                                                                           : NULL;
}

static int find_name(const char *const *names, uint32_t count, const char *name, size_t size) {
    for (uint32_t i = 0; i < count; i++) {
        if (equals(names[i], name, size)) return (int)i;
    }
    return -1;
}

int admission_extra(const struct admission *admission, const char *tenant, size_t tenant_size,
                    const char *name, size_t name_size) {
    if (admission->extras_count == 0) return -1;
    if (tenant_size == 0) {
        tenant = only_tenant(admission->grant);
        if (tenant == NULL) return -1;
        tenant_size = strlen(tenant);
    }
    for (uint32_t i = 0; i < admission->extras_count; i++) {
        const struct tenant_extras *extras = &admission->extras[i];
        if (!equals(extras->tenant, tenant, tenant_size)) continue;
        int slot = find_name(extras->dimensions, extras->dimension_count, name, name_size);
        if (slot >= 0) return slot;
        slot = find_name(extras->measures, extras->measure_count, name, name_size);
        return slot >= 0 ? EXTRA_DIMENSIONS_MAX + slot : -1;
    }
    return -1;
}

bool admission_drops_unknown(const struct admission *admission) {
    return admission->grant->drop_unknown;
}

void admission_reject(struct admission *admission, uint32_t position, const char *id,
                      size_t id_size, const struct reject *reject) {
    admission->rejected++;
    void *rejections = admission->rejections;
    bool kept =
        memory_reserve(&rejections, &admission->rejection_capacity, admission->rejection_count + 1,
                       sizeof *admission->rejections, ADMISSION_REJECTIONS_MAX);
    admission->rejections = rejections;
    if (!kept) return;
    struct rejection *rejection = &admission->rejections[admission->rejection_count++];
    *rejection = (struct rejection){.position = position, .reject = *reject};
    if (id_size > EVENT_ID_BYTES_MAX) id_size = EVENT_ID_BYTES_MAX;
    if (id_size > 0 && !event_text_is_personal(id, id_size, false))
        memcpy(rejection->id, id, utf8_valid_bytes(id, id_size));
}

static bool refuse(struct reject *reject, enum reject_code code, const char *detail) {
    reject->code = code;
    (void)snprintf(reject->detail, sizeof reject->detail, "%s", detail);
    return false;
}

static bool grant_has(struct admission *admission, struct slice tenant) {
    const struct token_grant *grant = admission->grant;
    for (uint32_t tried = 0; tried < grant->tenant_count; tried++) {
        const char *granted = grant->tenants[admission->last_tenant];
        if (strcmp(granted, "*") == 0 || equals(granted, tenant.bytes, tenant.size)) return true;
        admission->last_tenant = (admission->last_tenant + 1) % grant->tenant_count;
    }
    return false;
}

static bool resolve_tenant(struct admission *admission, const struct event *event,
                           struct slice *tenant, struct reject *reject) {
    if ((event->given >> FIELD_TENANT & 1) != 0 && event->tenant.size > 0) {
        *tenant = event->tenant;
        return grant_has(admission, event->tenant) ||
               refuse(reject, REJECT_FORBIDDEN_TENANT, "tenant");
    }
    const char *only = only_tenant(admission->grant);
    if (only == NULL) return refuse(reject, REJECT_MISSING_FIELD, "tenant");
    *tenant = (struct slice){only, (uint32_t)strlen(only)};
    return true;
}

static bool has_text(const struct event *event, enum field field, struct slice text) {
    return (event->given >> field & 1) != 0 && text.size > 0;
}

static void begin_source(struct admission *admission) {
    const char *source = admission->grant->source;
    admission->source_of = admission->grant;
    admission->source_size = (uint32_t)strlen(source);
    admission->source = pseudonym_source(admission->pseudonyms, source, admission->source_size);
}

/* The texts that become pseudonyms of the row that was just appended. */
static void gather(struct admission *admission, const struct event *event,
                   const struct event_origin *origin) {
    struct pseudonym_group *open = &admission->open;
    if (origin->subject != 0) {
        admission->open_subjects[open->subject_count] = (uint8_t)open->id_count;
        pseudonym_gather_subject(open, admission->pseudonyms, type_purpose(origin->type),
                                 origin->tenant.bytes, origin->tenant.size, event->time_ms,
                                 event->subject.bytes, event->subject.size);
    }
    pseudonym_gather_id(open, &admission->source, event->id.bytes, event->id.size);
}

void admission_complete(struct admission *admission) {
    struct pseudonym_id ids[PSEUDONYM_GROUP_MAX];
    uint64_t hashes[PSEUDONYM_GROUP_MAX], subjects[PSEUDONYM_GROUP_MAX] = {0};
    const uint32_t rows = admission->open.id_count, of = admission->open.subject_count;
    const uint32_t first = admission->batch->row_count - rows;
    pseudonym_group_take(&admission->open, ids, hashes);
    for (uint32_t i = 0; i < of; i++) subjects[admission->open_subjects[i]] = hashes[i];
    for (uint32_t i = 0; i < rows; i++)
        batch_complete(admission->batch, first + i, (struct event_id){ids[i].high, ids[i].low},
                       subjects[i]);
}

static bool judge(struct admission *admission, const struct event *event, uint32_t position,
                  struct reject *reject) {
    if (admission->source_of != admission->grant) begin_source(admission);
    struct event_origin origin = {
        .source = {admission->grant->source, admission->source_size},
        .arrival_ms = admission->now_ms,
        .flags = admission->imported ? EVENT_IMPORTED : 0,
        .position = position,
        .subject = has_text(event, FIELD_SUBJECT, event->subject),
    };
    struct batch_texts texts;
    batch_find_texts(admission->batch, event, &texts);
    if ((texts.known >> FIELD_TYPE & 1) != 0)
        origin.type = (enum event_type)texts.text[FIELD_TYPE].code;
    if (!event_validate_rest(event, texts.known, admission->now_ms, &origin.type, reject) ||
        !resolve_tenant(admission, event, &origin.tenant, reject))
        return false;
    if (has_text(event, FIELD_LINK, event->link))
        origin.link = pseudonym_link(admission->pseudonyms, event->link.bytes, event->link.size);
    if (!batch_append_open(admission->batch, event, &origin, &texts, reject)) return false;
    gather(admission, event, &origin);
    if (admission->open.id_count == PSEUDONYM_GROUP_MAX) admission_complete(admission);
    return true;
}

bool admission_add_open(struct admission *admission, const struct event *event, uint32_t position) {
    struct reject reject;
    if (judge(admission, event, position, &reject)) return true;
    bool has_id = (event->given >> FIELD_ID & 1) != 0;
    admission_reject(admission, position, has_id ? event->id.bytes : "",
                     has_id ? event->id.size : 0, &reject);
    return false;
}

bool admission_add(struct admission *admission, const struct event *event, uint32_t position) {
    bool added = admission_add_open(admission, event, position);
    admission_complete(admission);
    return added;
}
