/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_ASSET_H
#define DASHBOARD_ASSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* asset: the files of the pages and the API's description, built into the program by
 * scripts/embed_assets.py. Static and immutable; any thread. */
struct asset {
    const char *path; /* "/index.html" */
    const char *content_type;
    const char *etag; /* strong, with its quotes; that of the gzip variant differs */
    const char *gzip_etag;
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip_bytes; /* NULL: not worth it */
    size_t gzip_size;
    bool immutable; /* its name changes with its content */
};

extern const struct asset asset_list[]; /* sorted by path; written by the build */
extern const size_t asset_count;

const struct asset *asset_find(const char *path); /* NULL: none */

/* Whether an If-None-Match header names the tag: a list of tags, weak ones too, or "*". */
bool asset_tag_matches(const char *if_none_match, const char *etag);
/* Whether an Accept-Encoding header allows gzip. */
bool asset_accepts_gzip(const char *accept_encoding);

#endif
