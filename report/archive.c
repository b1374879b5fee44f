/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/archive.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

enum {
    LOCAL_MAGIC = 0x04034b50,
    CENTRAL_MAGIC = 0x02014b50,
    END_MAGIC = 0x06054b50,
    LOCAL_BYTES = 30,
    VERSION = 10, /* 1.0: files as they are */
    FLAG_UTF8 = 1 << 11,
    DAY_MS = 86400000
};

/* --- numbers --- */

static void put(struct text *out, uint64_t number, int bytes) {
    for (int at = 0; at < bytes; at++) {
        const char byte = (char)(number >> (8 * at) & 0xff);
        text_add(out, &byte, 1);
    }
}

static uint32_t get(const char *bytes, int count) {
    uint32_t number = 0;
    for (int at = count; at-- > 0;) number = number << 8 | (unsigned char)bytes[at];
    return number;
}

/* CRC-32 of IEEE 802.3, as ZIP wants it; four bits at a time. */
static uint32_t crc32_of(const char *bytes, size_t size) {
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    for (size_t at = 0; at < size; at++) {
        crc ^= (unsigned char)bytes[at];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* Date and time as MS-DOS kept them, in UTC. */
static uint32_t dos_time(int64_t utc_ms) {
    int64_t year;
    int month, day;
    timestamp_civil_from_days(utc_ms / DAY_MS, &year, &month, &day);
    const uint32_t of_day_s = (uint32_t)(utc_ms % DAY_MS / 1000);
    if (year < 1980 || year > 2107) return 1 << 21 | 1 << 16; /* 1980-01-01 */
    const uint32_t date = (uint32_t)(year - 1980) << 9 | (uint32_t)month << 5 | (uint32_t)day;
    return date << 16 | of_day_s / 3600 << 11 | of_day_s / 60 % 60 << 5 | of_day_s % 60 / 2;
}

static int64_t time_of(uint32_t dos) {
    const int64_t day =
        timestamp_days_from_civil(1980 + (dos >> 25), (int)(dos >> 21 & 15), (int)(dos >> 16 & 31));
    return day * DAY_MS +
           ((int64_t)(dos >> 11 & 31) * 3600 + (dos >> 5 & 63) * 60 + (dos & 31) * 2) * 1000;
}

/* --- writing --- */

const struct archive_file *archive_find(const struct archive *archive, const char *name) {
    for (uint32_t at = 0; at < archive->count; at++)
        if (strcmp(archive->files[at].name, name) == 0) return &archive->files[at];
    return NULL;
}

void archive_add(struct archive *archive, const char *name, const char *bytes, size_t size) {
    CHECK(archive->count < ARCHIVE_FILES_MAX && strlen(name) < ARCHIVE_NAME_BYTES_MAX);
    struct archive_file *file = &archive->files[archive->count++];
    snprintf(file->name, sizeof file->name, "%s", name);
    file->bytes = bytes;
    file->size = size;
}

/* What both headers of a file say. */
static void put_common(struct text *out, const struct archive_file *file, uint32_t time,
                       uint32_t crc) {
    put(out, FLAG_UTF8, 2);
    put(out, 0, 2); /* method: as it is */
    put(out, time, 4);
    put(out, crc, 4);
    put(out, file->size, 4);
    put(out, file->size, 4);
    put(out, strlen(file->name), 2);
    put(out, 0, 2); /* no extra field */
}

void archive_write(const struct archive *archive, struct text *out) {
    const uint32_t time = dos_time(archive->time_ms);
    const size_t begin = out->size;
    size_t offsets[ARCHIVE_FILES_MAX];
    uint32_t crcs[ARCHIVE_FILES_MAX];
    for (uint32_t at = 0; at < archive->count; at++) {
        const struct archive_file *file = &archive->files[at];
        offsets[at] = out->size - begin;
        crcs[at] = crc32_of(file->bytes, file->size);
        put(out, LOCAL_MAGIC, 4);
        put(out, VERSION, 2);
        put_common(out, file, time, crcs[at]);
        text_add_string(out, file->name);
        text_add(out, file->bytes, file->size);
    }
    const size_t central = out->size - begin;
    for (uint32_t at = 0; at < archive->count; at++) {
        const struct archive_file *file = &archive->files[at];
        put(out, CENTRAL_MAGIC, 4);
        put(out, VERSION, 2);
        put(out, VERSION, 2);
        put_common(out, file, time, crcs[at]);
        put(out, 0, 2 + 2 + 2); /* no comment, first disk, no attributes */
        put(out, 0, 4);
        put(out, offsets[at], 4);
        text_add_string(out, file->name);
    }
    const size_t size = out->size - begin - central;
    put(out, END_MAGIC, 4);
    put(out, 0, 4); /* one disk */
    put(out, archive->count, 2);
    put(out, archive->count, 2);
    put(out, size, 4);
    put(out, central, 4);
    put(out, 0, 2); /* no comment */
}

/* --- reading --- */

/* A name that leads nowhere when the archive is unpacked and means nothing to a terminal, and that
 * no file before it has. */
static bool is_plain_name(const struct archive *archive, const char *name, size_t size) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return strspn(name, plain) == size && name[0] != '.' && archive_find(archive, name) == NULL;
}

static enum status read_file(const char *bytes, size_t size, size_t *offset, struct archive *out,
                             struct error *err) {
    const char *last = out->count > 0 ? out->files[out->count - 1].name : "the first file";
    const char *head = bytes + *offset;
    const size_t left = size - *offset;
    if (left < LOCAL_BYTES || out->count == ARCHIVE_FILES_MAX)
        return error_set(err, STATUS_CORRUPT, "the archive ends or is damaged after %s", last);
    const size_t name_size = get(head + 26, 2), file_size = get(head + 18, 4);
    if (name_size == 0 || name_size >= ARCHIVE_NAME_BYTES_MAX ||
        left - LOCAL_BYTES < name_size + file_size)
        return error_set(err, STATUS_CORRUPT, "the archive is damaged at byte %zu, after %s",
                         *offset, last);
    struct archive_file *file = &out->files[out->count];
    memcpy(file->name, head + LOCAL_BYTES, name_size);
    file->name[name_size] = '\0';
    if (!is_plain_name(out, file->name, name_size))
        return error_set(err, STATUS_CORRUPT,
                         "the file after %s has a name that no archive of "
                         "Pegel has",
                         last);
    out->count++;
    file->bytes = head + LOCAL_BYTES + name_size;
    file->size = file_size;
    if (out->count == 1) out->time_ms = time_of(get(head + 10, 4));
    *offset += LOCAL_BYTES + name_size + file_size;
    return STATUS_OK;
}

/* The file in which a byte of the archive lies. */
static const char *file_at(const struct archive *archive, const char *byte) {
    for (uint32_t at = 0; at < archive->count; at++)
        if (byte < archive->files[at].bytes + archive->files[at].size)
            return archive->files[at].name;
    return "the directory at the end";
}

enum status archive_read(const char *bytes, size_t size, struct archive *out, struct error *err) {
    enum status status = STATUS_OK;
    size_t offset = 0;
    struct text again;
    *out = (struct archive){0};
    do TRY(read_file(bytes, size, &offset, out, err));
    while (size - offset >= 4 && get(bytes + offset, 4) == LOCAL_MAGIC);
    text_init(&again, ARCHIVE_BYTES_MAX);
    archive_write(out, &again);
    size_t same = 0;
    while (!again.failed && same < size && same < again.size && bytes[same] == again.bytes[same])
        same++;
    if (again.failed)
        status = error_set(err, STATUS_NO_MEMORY, "the archive is too large");
    else if (same < size || same < again.size)
        status = error_set(err, STATUS_CORRUPT, "%s: the archive is damaged at byte %zu",
                           file_at(out, bytes + same), same);
    text_free(&again);
    return status;
}
