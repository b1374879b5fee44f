/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what was compressed comes back byte for byte, whatever the piece sizes; what is damaged,
 * cut off or too large is refused with the right status and nothing leaks. Method: round trips of
 * random data against zstd's and zlib's own one-shot calls, every prefix of a compressed text,
 * random flips. */
#include "base/compression.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/memory.h"
#include "tests/test.h"

enum { LARGE = 300000 };

/* Text that compresses, but not to nothing. */
static char *make_text(size_t size, uint64_t seed) {
    char *text = memory_get(size + 1);
    CHECK(text != NULL);
    for (size_t i = 0; i < size; i++)
        text[i] = "abcdefgh\n "[test_random(&seed) % (i % 100 < 50 ? 2 : 10)];
    text[size] = '\0';
    return text;
}

static size_t gzip(const void *bytes, size_t size, uint8_t *out, size_t capacity) {
    z_stream zlib = {0};
    CHECK(deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    zlib.next_in = (const Bytef *)bytes;
    zlib.avail_in = (unsigned)size;
    zlib.next_out = out;
    zlib.avail_out = (unsigned)capacity;
    CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
    size_t written = zlib.total_out;
    (void)deflateEnd(&zlib);
    return written;
}

static size_t compress_as(enum compression kind, const void *bytes, size_t size, uint8_t *out,
                          size_t capacity) {
    if (kind == COMPRESSION_GZIP) return gzip(bytes, size, out, capacity);
    if (kind == COMPRESSION_ZSTD) return compression_zstd(bytes, size, 3, out, capacity);
    memcpy(out, bytes, size);
    return size;
}

static uint8_t packed[LARGE + 4096];

TEST(a_block_comes_back_and_only_at_its_own_size) {
    char *text = make_text(5000, 1);
    CHECK(compression_zstd_bound(5000) <= sizeof packed);
    size_t size = compression_zstd(text, 5000, 1, packed, sizeof packed);
    EXPECT(size > 0 && size < 5000);
    char out[5001];
    EXPECT(compression_unzstd(packed, size, out, 5000));
    EXPECT(memcmp(out, text, 5000) == 0);
    EXPECT(!compression_unzstd(packed, size, out, 4999));
    EXPECT(!compression_unzstd(packed, size, out, 5001));
    EXPECT(!compression_unzstd(packed, size - 1, out, 5000));
    EXPECT(!compression_unzstd(packed, 0, out, 0));
    EXPECT_EQ(compression_zstd(text, 5000, 1, packed, 10), 0);
    memory_free(text);
}

static void *expand_without_memory(void *size) {
    char out[5000];
    memory_fail_after(0);
    EXPECT(!compression_zstd_ready());
    EXPECT(compression_zstd_ready()); /* it was refused once */
    memory_fail_after(0);
    EXPECT(compression_unzstd(packed, *(const size_t *)size, out, sizeof out)); /* needs no more */
    EXPECT(memory_fail_after(SIZE_MAX));
    return NULL;
}

TEST(a_thread_is_told_that_it_lacks_memory_before_it_takes_blocks_for_damaged) {
    char *text = make_text(5000, 1);
    size_t size = compression_zstd(text, 5000, 1, packed, sizeof packed);
    pthread_t thread; /* a new one: it has no contexts yet */
    CHECK(pthread_create(&thread, NULL, expand_without_memory, &size) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    memory_free(text);
}

TEST(a_body_expands_to_what_was_sent_up_to_the_limit_exactly) {
    for (int kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
        const size_t sizes[] = {0, 1, 4095, 4096, 70000, LARGE};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char *text = make_text(sizes[i], 7 + i), *out = NULL;
            size_t size =
                compress_as((enum compression)kind, text, sizes[i], packed, sizeof packed);
            size_t out_size = 0;
            EXPECT_OK(compression_expand((enum compression)kind, packed, size, sizes[i], &out,
                                         &out_size, NULL));
            EXPECT_EQ(out_size, sizes[i]);
            EXPECT(out != NULL && memcmp(out, text, out_size + 1) == 0);
            memory_free(out);
            struct error err;
            if (sizes[i] > 0) {
                EXPECT_EQ(compression_expand((enum compression)kind, packed, size, sizes[i] - 1,
                                             &out, &out_size, &err),
                          STATUS_TOO_LARGE);
                EXPECT(out == NULL);
            }
            memory_free(text);
        }
    }
}

TEST(members_and_frames_in_a_row_are_one_body) {
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        size_t size = compress_as((enum compression)kind, "one,", 4, packed, sizeof packed);
        size += compress_as((enum compression)kind, "", 0, packed + size, sizeof packed - size);
        size += compress_as((enum compression)kind, "two", 3, packed + size, sizeof packed - size);
        char *out;
        size_t out_size;
        EXPECT_OK(
            compression_expand((enum compression)kind, packed, size, 100, &out, &out_size, NULL));
        EXPECT_TEXT(out, "one,two");
        memory_free(out);
    }
}

TEST(every_cut_of_a_body_is_refused) {
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        char *text = make_text(3000, 5), *out;
        size_t size = compress_as((enum compression)kind, text, 3000, packed, sizeof packed);
        size_t out_size;
        for (size_t cut = 0; cut < size; cut++) {
            EXPECT_EQ(compression_expand((enum compression)kind, packed, cut, 10000, &out,
                                         &out_size, NULL),
                      STATUS_INVALID);
        }
        packed[size] = 'x'; /* and so is what follows the end */
        EXPECT_EQ(compression_expand((enum compression)kind, packed, size + 1, 10000, &out,
                                     &out_size, NULL),
                  STATUS_INVALID);
        memory_free(text);
    }
}

TEST(a_flipped_byte_never_crashes_and_gzip_never_lies) {
    uint64_t seed = 99;
    char *text = make_text(3000, 5);
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        for (int round = 0; round < 2000; round++) {
            size_t size = compress_as((enum compression)kind, text, 3000, packed, sizeof packed);
            packed[test_random(&seed) % size] ^= (uint8_t)(1u << test_random(&seed) % 8);
            char *out;
            size_t out_size;
            enum status status = compression_expand((enum compression)kind, packed, size, 10000,
                                                    &out, &out_size, NULL);
            if (status == STATUS_OK && kind == COMPRESSION_GZIP)
                EXPECT(out_size == 3000 && memcmp(out, text, 3000) == 0);
            memory_free(out);
        }
    }
    memory_free(text);
}

TEST(a_refused_allocation_is_no_memory) {
    size_t size = gzip("hello", 5, packed, sizeof packed);
    for (size_t after = 0;; after++) {
        char *out;
        size_t out_size;
        memory_fail_after(after);
        enum status status =
            compression_expand(COMPRESSION_GZIP, packed, size, 100, &out, &out_size, NULL);
        memory_fail_after(SIZE_MAX);
        if (status == STATUS_OK) {
            EXPECT(after > 1);
            memory_free(out);
            break;
        }
        EXPECT_EQ(status, STATUS_NO_MEMORY);
    }
}

static const char *write_file(const void *bytes, size_t size) {
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/file", test_folder());
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    return path;
}

/* Reads the whole stream in pieces of random size; the status of the first read that fails. */
static enum status read_all(const char *path, char *out, size_t *size, uint64_t *seed) {
    struct stream *stream;
    struct error err;
    enum status status = stream_open(path, &stream, &err);
    if (status != STATUS_OK) return status;
    for (*size = 0;;) {
        size_t got;
        size_t piece = 1 + test_random(seed) % 9000;
        status = stream_read(stream, out + *size, piece, &got, &err);
        if (status != STATUS_OK || got == 0) break;
        *size += got;
    }
    if (status == STATUS_OK) EXPECT_EQ(stream_bytes_read(stream), stream_bytes_total(stream));
    stream_close(stream);
    return status;
}

TEST(a_file_is_recognised_by_its_first_bytes_and_read_in_any_pieces) {
    static char out[LARGE + 10000];
    uint64_t seed = 3;
    char *text = make_text(LARGE, 11);
    for (int kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
        for (int round = 0; round < 10; round++) {
            size_t want = test_random(&seed) % LARGE, size = 0;
            size_t stored = compress_as((enum compression)kind, text, want, packed, sizeof packed);
            EXPECT_OK(read_all(write_file(packed, stored), out, &size, &seed));
            EXPECT_EQ(size, want);
            EXPECT(memcmp(out, text, want) == 0);
        }
    }
    memory_free(text);
}

TEST(a_cut_off_file_is_invalid_and_a_missing_one_not_found) {
    static char out[LARGE + 10000];
    uint64_t seed = 3;
    size_t size;
    char *text = make_text(LARGE, 12);
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        size_t stored = compress_as((enum compression)kind, text, LARGE, packed, sizeof packed);
        const size_t cuts[] = {stored - 1, stored / 2, 20, 5};
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
            EXPECT_EQ(read_all(write_file(packed, cuts[i]), out, &size, &seed), STATUS_INVALID);
    }
    struct stream *stream;
    struct error err = {""};
    EXPECT_EQ(stream_open("/nonexistent/file", &stream, &err), STATUS_NOT_FOUND);
    EXPECT(strstr(err.text, "/nonexistent/file") != NULL);
    EXPECT(stream == NULL);
    memory_free(text);
}
