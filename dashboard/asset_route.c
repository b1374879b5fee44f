/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "dashboard/asset.h"
#include "dashboard/dashboard.h"

/* asset_route: GET /, the files beside it, and /openapi.json. */

/* Nothing from elsewhere, nothing inline; data: is for the small pictures in style sheets. */
static const char content_security_policy[] =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

static void add_headers(struct http_request *request, const struct asset *asset, const char *etag) {
    http_reply_header(request, "etag", etag);
    http_reply_header(request, "cache-control",
                      asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    http_reply_header(request, "vary", "accept-encoding");
    http_reply_header(request, "x-content-type-options", "nosniff");
    http_reply_header(request, "referrer-policy", "no-referrer");
    if (strncmp(asset->content_type, "text/html", strlen("text/html")) != 0) return;
    http_reply_header(request, "content-security-policy", content_security_policy);
    http_reply_header(request, "cross-origin-opener-policy", "same-origin");
}

void asset_route_answer(void *context, struct http_request *request) {
    (void)context;
    const char *path = http_request_path(request);
    const struct asset *asset = asset_find(strcmp(path, "/") == 0 ? "/index.html" : path);
    if (asset == NULL) {
        http_reply_problem(request, STATUS_NOT_FOUND,
                           "there is nothing here; the pages begin at /, the API is described at "
                           "/openapi.json");
        return;
    }
    const bool gzip = asset->gzip_bytes != NULL &&
                      asset_accepts_gzip(http_request_header(request, "accept-encoding"));
    const char *etag = gzip ? asset->gzip_etag : asset->etag;
    add_headers(request, asset, etag);
    if (asset_tag_matches(http_request_header(request, "if-none-match"), etag)) {
        http_reply(request, 304, asset->content_type, "", 0);
    } else if (gzip) {
        http_reply_header(request, "content-encoding", "gzip");
        http_reply(request, 200, asset->content_type, asset->gzip_bytes, asset->gzip_size);
    } else {
        http_reply(request, 200, asset->content_type, asset->bytes, asset->size);
    }
}
