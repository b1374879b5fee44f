/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a package is whole or refused: no byte of it can be changed, taken away or added, and no
 * file exchanged, without package_read saying so and naming where.
 * Method: a small package, with every byte flipped once (of the PDF every seventh), cut at every
 * length, and signed anew by somebody else. */
#include <stdlib.h>

#include "report/package.h"
#include "tests/test.h"

enum { STEP_IN_PDF = 7, PATH_BYTES = 512 };

static struct signature_key *make_key(const char *name) {
    struct signature_key *key = NULL;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    EXPECT_OK(signature_key_open(path, true, &key, NULL));
    return key;
}

static struct text make_package(const struct signature_key *key, const char *assumptions) {
    static const struct report report = {.version = "0",
                                         .language = LANGUAGE_DE,
                                         .tenant = "091620000000",
                                         .place = "Beispielstadt",
                                         .first_day = "2026-01-01",
                                         .last_day = "2026-09-30",
                                         .as_of = "2026-10-05T00:00:00.000Z",
                                         .as_of_ms = INT64_C(1791158400000),
                                         .checksum = "none"};
    const struct package_parts parts = {
        .report = &report, .definitions = "{}", .assumptions = assumptions};
    struct text out;
    text_init(&out, 1 << 24);
    EXPECT_OK(package_write(&parts, key, &out, NULL));
    return out;
}

static enum status read_back(const struct text *package, struct package_seal *seal,
                             struct error *err) {
    struct archive archive;
    return package_read(package->bytes, package->size, &archive, seal, err);
}

/* What the file is called that a byte of the package belongs to, its header included. */
static const char *file_at(const struct archive *archive, const char *byte) {
    for (uint32_t at = 0; at < archive->count; at++)
        if (byte < archive->files[at].bytes + archive->files[at].size)
            return archive->files[at].name;
    return "directory";
}

/* Not of a header. */
static bool is_content(const struct archive *archive, const char *byte) {
    for (uint32_t at = 0; at < archive->count; at++) {
        const struct archive_file *file = &archive->files[at];
        if (byte >= file->bytes && byte < file->bytes + file->size) return true;
    }
    return false;
}

TEST(a_package_reads_back_with_its_key_and_twice_the_same) {
    struct signature_key *key = make_key("signing.key");
    struct text package = make_package(key, "{\"a\":1}"), again = make_package(key, "{\"a\":1}");
    struct package_seal seal;
    struct archive archive;
    char own[SIGNATURE_PUBLIC_TEXT_BYTES];
    signature_public(key, own);
    EXPECT_OK(package_read(package.bytes, package.size, &archive, &seal, NULL));
    EXPECT_TEXT(seal.public_key, own);
    EXPECT_EQ(strlen(seal.fingerprint), 64);
    EXPECT(archive_find(&archive, PACKAGE_REPORT) != NULL);
    EXPECT(archive_find(&archive, PACKAGE_PILOT) == NULL);
    EXPECT_EQ(archive_find(&archive, PACKAGE_ASSUMPTIONS)->size, strlen("{\"a\":1}"));
    EXPECT_EQ(package.size, again.size);
    EXPECT(memcmp(package.bytes, again.bytes, package.size) == 0);
    text_free(&package);
    text_free(&again);
    signature_key_close(key);
}

TEST(every_flipped_byte_is_refused_and_its_file_named) {
    struct signature_key *key = make_key("signing.key");
    struct text package = make_package(key, "{\"a\":1}");
    struct archive archive;
    struct package_seal seal;
    EXPECT_OK(package_read(package.bytes, package.size, &archive, &seal, NULL));
    const size_t pdf = (size_t)(archive.files[0].bytes - package.bytes);
    const size_t pdf_end = pdf + archive.files[0].size;
    for (size_t at = 0; at < package.size;) {
        struct error err = {{0}};
        const char *name = file_at(&archive, package.bytes + at);
        const size_t in = at >= pdf && at < pdf_end ? STEP_IN_PDF : 1;
        package.bytes[at] = (char)(package.bytes[at] ^ 1 << at % 8);
        EXPECT_EQ(read_back(&package, &seal, &err), STATUS_CORRUPT);
        if (is_content(&archive, package.bytes + at) && strstr(err.text, name) == NULL)
            test_fail(__FILE__, __LINE__, "byte %zu of %s: %s", at, name, err.text);
        package.bytes[at] = (char)(package.bytes[at] ^ 1 << at % 8);
        at += in;
    }
    EXPECT_OK(read_back(&package, &seal, NULL));
    text_free(&package);
    signature_key_close(key);
}

TEST(a_package_that_was_cut_or_has_more_is_refused) {
    struct signature_key *key = make_key("signing.key");
    struct text package = make_package(key, NULL);
    struct package_seal seal;
    const size_t size = package.size;
    for (package.size = 0; package.size < size; package.size += package.size + 4000 < size ? 97 : 1)
        EXPECT_EQ(read_back(&package, &seal, NULL), STATUS_CORRUPT);
    text_add(&package, "", 1);
    EXPECT_EQ(package.size, size + 1);
    EXPECT_EQ(read_back(&package, &seal, NULL), STATUS_CORRUPT);
    text_free(&package);
    signature_key_close(key);
}

static enum status read_archive(const struct archive *archive, struct error *err) {
    struct text bytes;
    struct archive again;
    struct package_seal seal;
    text_init(&bytes, 1 << 24);
    archive_write(archive, &bytes);
    const enum status status = package_read(bytes.bytes, bytes.size, &again, &seal, err);
    text_free(&bytes);
    return status;
}

static void exchange(struct archive *archive, uint32_t one, uint32_t other) {
    const struct archive_file file = archive->files[one];
    archive->files[one] = archive->files[other];
    archive->files[other] = file;
}

/* All of them make an archive that is in order, with a manifest that is truly signed. */
TEST(a_file_that_is_missing_added_renamed_or_moved_is_refused) {
    enum { MISSING, ADDED, RENAMED, MOVED, UNSIGNED, UNLISTED, ANOTHER_MANIFEST, FORGERIES };
    struct signature_key *key = make_key("signing.key");
    struct text package = make_package(key, "{\"rate\":54}");
    struct package_seal seal;
    struct archive archive;
    EXPECT_OK(package_read(package.bytes, package.size, &archive, &seal, NULL));
    EXPECT_OK(read_archive(&archive, NULL));
    for (int forgery = 0; forgery < FORGERIES; forgery++) {
        struct archive forged = archive;
        struct error err = {{0}};
        switch (forgery) {
            case MISSING:
                forged.count--;
                for (uint32_t at = 1; at < forged.count; at++)
                    forged.files[at] = archive.files[at + 1];
                break;
            case ADDED:
                archive_add(&forged, "read-me-first.pdf", "%PDF", 4);
                exchange(&forged, 0, forged.count - 1);
                break;
            case RENAMED: snprintf(forged.files[0].name, 8, "new.pdf"); break;
            case MOVED: exchange(&forged, 0, 1); break;
            case UNSIGNED: forged.count--; break;
            case UNLISTED: archive_add(&forged, "more.pdf", "%PDF", 4); break;
            case ANOTHER_MANIFEST: /* before the one that is signed */
                archive_add(&forged, PACKAGE_MANIFEST, "", 0);
                exchange(&forged, forged.count - 3, forged.count - 1);
                break;
        }
        EXPECT_EQ(read_archive(&forged, &err), STATUS_CORRUPT);
        EXPECT(strlen(err.text) > 0);
    }
    text_free(&package);
    signature_key_close(key);
}

/* Whoever unpacks it by hand gets files in the folder where he stands. */
TEST(names_that_lead_elsewhere_are_refused) {
    static const char *const names[] = {"../report.pdf", "/etc/passwd", "a/b", "a\\b", ".profile",
                                        "a\nb",          "a\x1b[2J",    "C:a", "..",   "\xC3\xA4"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct archive archive = {.time_ms = INT64_C(1791158400000)}, again;
        struct error err = {{0}};
        struct text bytes;
        archive_add(&archive, "report.pdf", "%PDF", 4);
        text_init(&bytes, 1 << 16);
        archive_write(&archive, &bytes);
        EXPECT_OK(archive_read(bytes.bytes, bytes.size, &again, NULL));
        text_clear(&bytes);
        archive_add(&archive, names[i], "x", 1);
        archive_write(&archive, &bytes);
        EXPECT_EQ(archive_read(bytes.bytes, bytes.size, &again, &err), STATUS_CORRUPT);
        EXPECT(strstr(err.text, "name") != NULL);
        text_free(&bytes);
    }
}

/* The archive itself is in order here: only manifest and signature can tell. */
TEST(an_exchanged_file_is_refused_by_name) {
    struct signature_key *key = make_key("signing.key"), *other = make_key("other.key");
    struct text package = make_package(key, "{\"rate\":54}"), forged;
    struct package_seal seal, seal_of_other;
    struct archive archive, archive_of_other;
    struct error err = {{0}};
    EXPECT_OK(package_read(package.bytes, package.size, &archive, &seal, NULL));
    text_init(&forged, 1 << 24);
    for (uint32_t at = 0; at < archive.count; at++)
        if (strcmp(archive.files[at].name, PACKAGE_ASSUMPTIONS) == 0)
            archive.files[at].bytes = "{\"rate\":99}";
    archive_write(&archive, &forged);
    EXPECT_EQ(package_read(forged.bytes, forged.size, &archive_of_other, &seal_of_other, &err),
              STATUS_CORRUPT);
    EXPECT(strstr(err.text, PACKAGE_ASSUMPTIONS) != NULL);
    text_free(&forged);
    forged = make_package(other, "{\"rate\":99}");
    EXPECT_OK(package_read(forged.bytes, forged.size, &archive_of_other, &seal_of_other, NULL));
    EXPECT(strcmp(seal.fingerprint, seal_of_other.fingerprint) != 0);
    /* His signature over what the first one wrote is his, and not the first one's. */
    EXPECT_OK(package_read(package.bytes, package.size, &archive, &seal, NULL));
    struct archive mixed = archive;
    const struct archive_file *his = archive_find(&archive_of_other, PACKAGE_SIGNATURE);
    for (uint32_t at = 0; at < mixed.count; at++)
        if (strcmp(mixed.files[at].name, PACKAGE_SIGNATURE) == 0) mixed.files[at] = *his;
    EXPECT_EQ(read_archive(&mixed, &err), STATUS_CORRUPT);
    text_free(&forged);
    text_free(&package);
    signature_key_close(key);
    signature_key_close(other);
}
