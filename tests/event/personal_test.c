/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>

#include "event/event.h"
#include "tests/test.h"

/* Goal: what looks like an e-mail address, a telephone number or an IBAN is found, and what
 * administrations write in ids, steps and offices is not taken for it. */

enum { NEVER, STRICT, ALWAYS };

static void expect(const char *text, int when) {
    size_t size = strlen(text);
    if (event_text_is_personal(text, size, true) != (when >= STRICT))
        test_fail(__FILE__, __LINE__, "strict: \"%s\"", text);
    if (event_text_is_personal(text, size, false) != (when >= ALWAYS))
        test_fail(__FILE__, __LINE__, "not strict: \"%s\"", text);
}

TEST(personal_email_addresses_are_found) {
    expect("max.mustermann@example.org", ALWAYS);
    expect("m@ex.de", ALWAYS);
    expect("Antwort an max_m+x@post.stadt-beispiel.de bitte", ALWAYS);
    expect("a@b@example.org", ALWAYS);
    expect("j\xc3\xb6rg@m\xc3\xbcller.de", ALWAYS);
    expect("mailto:eva@example.org", ALWAYS);
    expect("eva@localhost", NEVER);
    expect("@example.org", NEVER);
    expect("slot@12.30", NEVER);
    expect("a@.de", NEVER);
    expect("50 @ 3.20", NEVER);
    expect("@", NEVER);
}

TEST(personal_telephone_numbers_are_found) {
    expect("+491701234567", ALWAYS);
    expect("+49 170 1234567", ALWAYS);
    expect("+49 (0)89 233-00", ALWAYS);
    expect("004917012345678", ALWAYS);
    expect("0049 170 1234567", ALWAYS);
    expect("tel:+49-30-901820", ALWAYS);
    expect(
        "R\xc3\xbc"
        "ckruf +49 170 1234567",
        STRICT);
    expect("01701234567", STRICT);
    expect("0170 1234567", STRICT);
    expect("0170/1234567", STRICT);
    expect("(089) 23 32 11 00", STRICT);
    expect("Tel. 089/2333-0000, B\xc3\xbcro", STRICT);
    expect("Tel:0176-12345678", STRICT);
    expect("00412345-012345", STRICT); /* as an id it may be one of digits */
    expect("017612345678", STRICT);    /* twelve digits, but no state has a district 0 of 017 */
}

TEST(personal_ibans_are_found_when_their_check_sum_holds) {
    expect("DE89370400440532013000", ALWAYS);
    expect("DE89 3704 0044 0532 0130 00", ALWAYS);
    expect("GB82WEST12345698765432", ALWAYS);
    expect("NL91ABNA0417164300", ALWAYS);
    expect("FR1420041010050500013M02606", ALWAYS);
    expect("AT611904300234573201", ALWAYS);
    expect("NO9386011117947", ALWAYS);
    expect("IBAN DE89 3704 0044 0532 0130 00 bitte", STRICT);
    expect("de89370400440532013000", STRICT);
    expect("DE88370400440532013000", NEVER);
    expect("DE8937040044053201300", NEVER);
    expect("XDE89370400440532013000", NEVER);
    expect("DE893704004405320130001", NEVER);
}

TEST(personal_nothing_in_what_administrations_write) {
    const char *const texts[] = {
        "",
        "99050012104000", /* LeiKa key */
        "091620000000",   /* ARS: Munich */
        "010015101002",   /* ... of Schleswig-Holstein and Lower Saxony */
        "034030000000",
        "09162000", /* AGS */
        "110000000000",
        "2011-123456", /* case numbers */
        "2011-0171234567",
        "BG-2026/0001234",

        "AZ 12.3-4567/24",
        "01/2024-000123",
        "0000123456",
        "000000012345",
        "0012345678",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479", /* UUIDs */
        "0a1b2c3d-0123-4567-8901-abcdefabcdef",
        "aaaaaaaa-bbbb-4ccc-8ddd-012345678901",
        "01234567-1234-4123-8123-012345678901",
        "00491701-0049-4917-8004-917012345678",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV", /* ULID */
        "2026-10-31",
        "2026-10-31T23:00:00+01:00",
        "2026-10-31 23:00",
        "01.02.2024",
        "01.02.2024 12:30",
        "2.1 Pr\303\274fung der Unterlagen",
        "0815",
        "T02 Check confirmation of receipt",
        "Amt 33 / Sachgebiet 2",
        "+1",
        "+ 12 Tage",
        "1790000000000",
        "DE",
        "1.234.567,89",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) expect(texts[i], NEVER);
}

/* Random ids of the usual kinds must pass: a refused id is a lost event. */
TEST(personal_hardly_anything_in_a_million_random_ids) {
    static const char *const alphabets[] = {
        "0123456789abcdef", "0123456789ABCDEF", "0123456789", "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
    uint64_t seed = 1;
    unsigned found = 0;
    for (int i = 0; i < 1000000; i++) {
        const char *alphabet = alphabets[i % 5];
        char id[65];
        size_t size = 8 + test_random(&seed) % 29;
        for (size_t at = 0; at < size; at++)
            id[at] = alphabet[test_random(&seed) % strlen(alphabet)];
        if (i % 5 == 0 && size == 36) id[8] = id[13] = id[18] = id[23] = '-';
        if (i % 5 == 2 && id[0] == '0') id[0] = '1';
        id[size] = '\0';
        if (!event_text_is_personal(id, size, false)) continue;
        found++;
        if (found > 2) test_fail(__FILE__, __LINE__, "%s", id); /* a rare chance stays */
    }
}

/* Any bytes at all: only that nothing is read outside (the sanitizers watch). */
TEST(personal_reads_only_the_text) {
    static const char alphabet[] = "0+49 ()/.-@aD8E\xc3\xbcz.";
    uint64_t seed = 2;
    for (int i = 0; i < 200000; i++) {
        size_t size = test_random(&seed) % 40;
        char *exact = malloc(size > 0 ? size : 1);
        for (size_t at = 0; at < size; at++)
            exact[at] = alphabet[test_random(&seed) % (sizeof alphabet - 1)];
        (void)event_text_is_personal(exact, size, false);
        (void)event_text_is_personal(exact, size, true);
        free(exact);
    }
}
