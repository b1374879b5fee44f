/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/part_list.h"

#include "base/memory.h"
#include "store/manifest.h"

enum status part_list_reserve(struct part_list *list, struct error *err) {
    void *parts = list->parts;
    if (!memory_reserve(&parts, &list->capacity, list->count + 1u, sizeof *list->parts,
                        MANIFEST_FILES_MAX))
        return error_set(err, STATUS_NO_MEMORY, "store: too many parts");
    list->parts = parts;
    return STATUS_OK;
}

enum status part_list_add(struct part_list *list, struct part *part, struct error *err) {
    enum status status = part_list_reserve(list, err);
    if (status == STATUS_OK) {
        list->parts[list->count++] = part;
    } else {
        part_release(part);
    }
    return status;
}

void part_list_free(struct part_list *list) {
    for (uint32_t i = 0; i < list->count; i++) part_release(list->parts[i]);
    memory_free(list->parts);
    *list = (struct part_list){0};
}

uint64_t part_list_rows(const struct part_list *list) {
    uint64_t rows = 0;
    for (uint32_t i = 0; i < list->count; i++) rows += list->parts[i]->row_count[FRAME_EVENT];
    return rows;
}
