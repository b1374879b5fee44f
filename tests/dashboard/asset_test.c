/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the pages are found, and a browser is neither sent what it has nor what it cannot read.
 * Method: the assets of this very build, and the headers as RFC 9110 writes them. */
#include "dashboard/asset.h"

#include "base/compression.h"
#include "base/json.h"
#include "base/memory.h"
#include "tests/test.h"

TEST(every_asset_is_found_by_its_path) {
    EXPECT(asset_count >= 2);
    for (size_t at = 0; at < asset_count; at++) {
        EXPECT(asset_find(asset_list[at].path) == &asset_list[at]);
        if (at > 0) EXPECT(strcmp(asset_list[at - 1].path, asset_list[at].path) < 0);
    }
    EXPECT(asset_find("/index.html") != NULL);
    EXPECT(asset_find("/openapi.json") != NULL);
    EXPECT(asset_find("") == NULL);
    EXPECT(asset_find("/") == NULL);
    EXPECT(asset_find("/zzz") == NULL);
    EXPECT(asset_find("/../server.json") == NULL);
}

TEST(a_gzip_variant_expands_to_the_plain_bytes) {
    unsigned variants = 0;
    for (size_t at = 0; at < asset_count; at++) {
        const struct asset *asset = &asset_list[at];
        if (asset->gzip_bytes == NULL) continue;
        char *bytes = NULL;
        size_t size = 0;
        EXPECT_OK(compression_expand(COMPRESSION_GZIP, asset->gzip_bytes, asset->gzip_size,
                                     asset->size, &bytes, &size, NULL));
        EXPECT_EQ(size, asset->size);
        EXPECT(bytes != NULL && memcmp(bytes, asset->bytes, size) == 0);
        EXPECT(strcmp(asset->etag, asset->gzip_etag) != 0);
        memory_free(bytes);
        variants++;
    }
    EXPECT(variants > 0);
}

TEST(the_description_of_the_api_is_json) {
    const struct asset *asset = asset_find("/openapi.json");
    struct json *document;
    EXPECT_TEXT(asset->content_type, "application/json");
    EXPECT_OK(json_parse((const char *)asset->bytes, asset->size, &document, NULL));
    EXPECT_TEXT(json_text(json_member(document, "openapi"), ""), "3.1.0");
    json_free(document);
}

TEST(tags_match_as_in_rfc_9110) {
    EXPECT(asset_tag_matches("\"abc\"", "\"abc\""));
    EXPECT(asset_tag_matches("W/\"abc\"", "\"abc\""));
    EXPECT(asset_tag_matches("\"x\" , \"abc\",\"y\"", "\"abc\""));
    EXPECT(asset_tag_matches(" * ", "\"abc\""));
    EXPECT(!asset_tag_matches(NULL, "\"abc\""));
    EXPECT(!asset_tag_matches("", "\"abc\""));
    EXPECT(!asset_tag_matches("abc", "\"abc\""));
    EXPECT(!asset_tag_matches("\"abc", "\"abc\""));
    EXPECT(!asset_tag_matches("\"abcd\"", "\"abc\""));
    EXPECT(!asset_tag_matches(",,,", "\"abc\""));
}

TEST(gzip_is_sent_to_those_who_take_it) {
    EXPECT(asset_accepts_gzip("gzip"));
    EXPECT(asset_accepts_gzip("br, GZIP;q=0.5"));
    EXPECT(asset_accepts_gzip("deflate , gzip , br"));
    EXPECT(!asset_accepts_gzip(NULL));
    EXPECT(!asset_accepts_gzip(""));
    EXPECT(!asset_accepts_gzip("br"));
    EXPECT(!asset_accepts_gzip("gzip;q=0"));
    EXPECT(!asset_accepts_gzip("gzip; q=0.0, br"));
    EXPECT(!asset_accepts_gzip("xgzip"));
}
