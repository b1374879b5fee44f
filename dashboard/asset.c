/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/asset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct asset *asset_find(const char *path) {
    size_t low = 0, high = asset_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(path, asset_list[middle].path);
        if (order == 0) return &asset_list[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The next element of a comma-separated header, without white space around it; false at the end. */
static bool next_element(const char **header, const char **element, size_t *size) {
    const char *at = *header + strspn(*header, " \t,");
    *element = at;
    at += strcspn(at, ",");
    *header = at;
    while (at > *element && (at[-1] == ' ' || at[-1] == '\t')) at--;
    *size = (size_t)(at - *element);
    return *size > 0;
}

bool asset_tag_matches(const char *if_none_match, const char *etag) {
    const char *element;
    size_t size;
    while (if_none_match != NULL && next_element(&if_none_match, &element, &size)) {
        if (size == 1 && *element == '*') return true;
        if (size > 2 && memcmp(element, "W/", 2) == 0) {
            element += 2;
            size -= 2;
        }
        if (strlen(etag) == size && memcmp(element, etag, size) == 0) return true;
    }
    return false;
}

bool asset_accepts_gzip(const char *accept_encoding) {
    const char *element;
    size_t size;
    while (accept_encoding != NULL && next_element(&accept_encoding, &element, &size)) {
        const size_t name = strcspn(element, " \t;,");
        if (name != 4 || strncasecmp(element, "gzip", 4) != 0) continue;
        const char *quality = memmem(element, size, "q=", 2);
        return quality == NULL || strtod(quality + 2, NULL) > 0;
    }
    return false;
}
