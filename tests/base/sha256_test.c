/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: SHA-256 is that of FIPS 180-4. Method: its published examples, and lengths around a block
 * against coreutils' sha256sum. */
#include "base/sha256.h"

#include <stdlib.h>

#include "tests/test.h"

TEST(the_published_examples_come_out) {
    static char million[1000000];
    char text[SHA256_TEXT_BYTES];
    sha256_text("abc", 3, text);
    EXPECT_TEXT(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, text);
    EXPECT_TEXT(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    sha256_text("", 0, text);
    EXPECT_TEXT(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    memset(million, 'a', sizeof million);
    sha256_text(million, sizeof million, text);
    EXPECT_TEXT(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(every_length_is_what_sha256sum_says) {
    if (system("command -v sha256sum >/dev/null") != 0) TEST_SKIP("sha256sum is not installed");
    char path[300], command[400], bytes[200], mine[SHA256_TEXT_BYTES], theirs[SHA256_TEXT_BYTES];
    uint64_t seed = 1;
    snprintf(path, sizeof path, "%s/bytes", test_folder());
    snprintf(command, sizeof command, "sha256sum <%s", path);
    for (size_t size = 50; size < 135; size++) {
        for (size_t i = 0; i < size; i++) bytes[i] = (char)test_random(&seed);
        FILE *file = fopen(path, "w");
        CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
        fclose(file);
        FILE *pipe = popen(command, "r");
        CHECK(pipe != NULL && fscanf(pipe, "%64s", theirs) == 1);
        pclose(pipe);
        sha256_text(bytes, size, mine);
        EXPECT_TEXT(mine, theirs);
    }
}
