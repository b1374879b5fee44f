/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef NET_HTTP_PARSE_H
#define NET_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* http_parse: what the bytes of an HTTP/1.1 request mean (RFC 9112). No I/O, no allocation. Strict
 * where leniency lets two servers disagree about where a request ends: line ends are CR LF, one
 * Content-Length or one "chunked" but not both, no folded lines, no space before a colon. */
enum {
    HTTP_HEAD_BYTES_MAX = 16384, /* request line and headers together */
    HTTP_HEADERS_MAX = 64,
    HTTP_CHUNK_EXTRA_BYTES_MAX = 4096 /* chunk extensions and trailers of one body, ignored */
};

struct http_header {
    const char *name; /* lower case */
    const char *value;
};

struct http_head {
    const char *method;
    const char *target; /* path and query: what follows the authority of an absolute form */
    uint32_t header_count;
    struct http_header headers[HTTP_HEADERS_MAX];
    bool keep_alive;
    bool expects_continue;
    bool chunked;
    bool has_length;
    uint64_t content_length;
};

/* Where the head that begins at bytes[0] ends, 0 when its end is not there yet. `seen`: how much
 * of it an earlier call has looked at. */
size_t http_head_end(const char *bytes, size_t size, size_t seen);

/* Parses a head of exactly `size` bytes (http_head_end) in place: *head points into it, all texts
 * NUL-terminated. Answers 0, or the HTTP status of the refusal: 400, 417, 431, 501, 505. */
int http_head_parse(char *bytes, size_t size, struct http_head *head);
/* NULL when absent. name in lower case. */
const char *http_head_header(const struct http_head *head, const char *name);

/* The body of "Transfer-Encoding: chunked", piece by piece. Starts zeroed. */
struct http_chunked {
    int state;
    uint64_t left; /* of the chunk */
    uint32_t digits;
    uint32_t extra_bytes;
};
enum http_chunk { HTTP_CHUNK_MORE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_CHUNK_BROKEN };

/* Takes at most `size` bytes, *used of them. DATA: `*data` of `*data_size` are body bytes (inside
 * `bytes`); call again with the rest. MORE: all were used. END: the body is complete. */
enum http_chunk http_chunked_next(struct http_chunked *chunked, const char *bytes, size_t size,
                                  size_t *used, const char **data, size_t *data_size);

/* Percent-decodes into `out` (as long as `text` suffices) and terminates it; plus: '+' is a space.
 * false: a broken escape or an encoded NUL. */
bool http_decode(const char *text, size_t size, bool plus, char *out, size_t *out_size);

#endif
