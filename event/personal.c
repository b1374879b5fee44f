/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "event/event.h"

/* What personal data looks like. It errs on the side of letting through: the event model has no
 * field for such data, this is the net below it, and an honest id refused is lost for good. */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/* Letters of all scripts: whatever is not ASCII counts as one. */
static bool is_word(char c) {
    return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z') || (uint8_t)c >= 0x80;
}

static bool is_one_of(char c, const char *set) {
    while (*set != '\0' && *set != c) set++;
    return *set != '\0';
}

/* "x@example.org": something before the sign, a dot and two letters behind it. */
static bool has_email(const char *text, size_t size) {
    const char *end = text + size, *sign = memchr(text, '@', size);
    for (; sign != NULL; sign = memchr(sign + 1, '@', (size_t)(end - sign - 1))) {
        if (sign == text || !(is_word(sign[-1]) || is_one_of(sign[-1], "._%+-"))) continue;
        const char *label = sign + 1;
        for (const char *at = label; at < end && (is_word(*at) || *at == '-' || *at == '.'); at++) {
            if (*at != '.') continue;
            if (at > label && end - at > 2 && is_word(at[1]) && is_word(at[2]) &&
                !is_digit(at[1]) && !is_digit(at[2]))
                return true;
            label = at + 1;
        }
    }
    return false;
}

/* Digits with single or double separators between them. */
struct digit_run {
    size_t end; /* just after the last digit */
    unsigned digits, first_group;
    bool international; /* begins with + */
    bool hyphened;
};

static struct digit_run digit_run_at(const char *text, size_t size, size_t at) {
    struct digit_run run = {.end = at, .international = text[at] == '+'};
    size_t gap = 0;
    bool grouped = false;
    for (at += run.international; at < size; at++) {
        if (is_digit(text[at])) {
            grouped |= gap > 0 && run.digits > 0;
            run.hyphened |= gap > 0 && is_one_of(text[at - 1], "-.");
            gap = 0;
            run.digits++;
            run.end = at + 1;
            if (!grouped) run.first_group = run.digits;
        } else if (!is_one_of(text[at], " ()/.-") || ++gap > 2) {
            break;
        }
    }
    return run;
}

/* A run that hangs together with a word or a number beside it is a piece of something else: a UUID,
 * a file reference, a date with a time. */
static bool stands_alone(const char *text, size_t size, size_t begin, size_t end) {
    const char *joints = "-_/.";
    if (begin > 0 && is_word(text[begin - 1])) return false;
    if (begin > 1 && is_one_of(text[begin - 1], joints) && is_word(text[begin - 2])) return false;
    if (end < size && (is_word(text[end]) || text[end] == ':')) return false;
    return !(end + 1 < size && is_one_of(text[end], joints) && is_word(text[end + 1]));
}

/* An ARS in one piece: state 01..09, and a digit for the kind of association (0, 5 or 9) at the
 * sixth place. No state has a district that begins like a mobile number (015, 016, 017). */
static bool is_ars(const char *digits) {
    bool mobile = digits[1] == '1' && digits[2] >= '5' && digits[2] <= '7';
    return !mobile && is_one_of(digits[5], "059");
}

/* Ids of digits may begin with 00 too. In them, only the calling codes of the German-speaking
 * countries are taken for one, and nothing that is joined by hyphens. */
static bool is_after_00(const char *country, const struct digit_run *run, bool grouped,
                        bool strict) {
    if (country[0] == '0') return false;
    if (strict) return run->digits >= (grouped ? 10 : 12);
    return !run->hyphened && run->digits >= (grouped ? 10 : 13) && country[0] == '4' &&
           is_one_of(country[1], "139");
}

static bool run_is_phone(const char *text, size_t begin, const struct digit_run *run, bool strict) {
    const char *first = text + begin;
    bool grouped = run->first_group < run->digits;
    if (run->international)
        return is_digit(first[1]) && first[1] != '0' && run->digits >= 8 && run->digits <= 15;
    if (first[0] != '0' || run->first_group < 3 || run->digits > 17) return false;
    if (first[1] == '0') return is_after_00(first + 2, run, grouped, strict);
    if (!strict || run->digits < 9 || run->digits > 13) return false;
    if (grouped) return run->first_group <= 6;
    return !(run->digits == 12 && is_ars(first));
}

static bool has_phone(const char *text, size_t size, bool strict) {
    size_t begin = 0;
    if (!strict) {
        if (size >= 4 && memcmp(text, "tel:", 4) == 0) begin = 4;
        while (begin < size && is_one_of(text[begin], " (")) begin++;
        if (begin == size || (text[begin] != '+' && text[begin] != '0')) return false;
        if (text[begin] == '0' && (begin + 1 == size || text[begin + 1] != '0')) return false;
        struct digit_run run = digit_run_at(text, size, begin);
        return run.end == size && run_is_phone(text, begin, &run, strict);
    }
    while (begin < size) {
        if (text[begin] != '+' && !is_digit(text[begin])) {
            begin++;
            continue;
        }
        struct digit_run run = digit_run_at(text, size, begin);
        if (run.digits > 0 && stands_alone(text, size, begin, run.end) &&
            run_is_phone(text, begin, &run, strict))
            return true;
        begin = run.end > begin ? run.end : begin + 1;
    }
    return false;
}

/* Length of an IBAN by country, and how its account part begins: so many letters, then at least so
 * many digits. Without the form, one random id in 97 with the right beginning would be "valid". */
static const struct iban_form {
    char country[3];
    uint8_t size, letters, digits;
} iban_forms[] = {
    {"AD", 24, 0, 8},  {"AE", 23, 0, 19}, {"AT", 20, 0, 16}, {"BE", 16, 0, 12}, {"BG", 22, 4, 6},
    {"CH", 21, 0, 5},  {"CY", 28, 0, 8},  {"CZ", 24, 0, 20}, {"DE", 22, 0, 18}, {"DK", 18, 0, 14},
    {"EE", 20, 0, 16}, {"ES", 24, 0, 20}, {"FI", 18, 0, 14}, {"FR", 27, 0, 10}, {"GB", 22, 4, 14},
    {"GR", 27, 0, 7},  {"HR", 21, 0, 17}, {"HU", 28, 0, 24}, {"IE", 22, 4, 14}, {"IS", 26, 0, 22},
    {"IT", 27, 1, 10}, {"LI", 21, 0, 5},  {"LT", 20, 0, 16}, {"LU", 20, 0, 3},  {"LV", 21, 4, 0},
    {"MC", 27, 0, 10}, {"MT", 31, 4, 5},  {"NL", 18, 4, 10}, {"NO", 15, 0, 11}, {"PL", 28, 0, 24},
    {"PT", 25, 0, 21}, {"RO", 24, 4, 0},  {"RS", 22, 0, 18}, {"SE", 24, 0, 20}, {"SI", 19, 0, 15},
    {"SK", 24, 0, 20}, {"SM", 27, 1, 10}, {"TR", 26, 0, 5},  {"UA", 29, 0, 6},
};
enum { IBAN_BYTES_MAX = 34 };

static unsigned remainder_97(const char *digits, size_t size, unsigned remainder) {
    for (size_t i = 0; i < size; i++) {
        unsigned value =
            is_digit(digits[i]) ? (unsigned)(digits[i] - '0') : (unsigned)(digits[i] - 'A') + 10;
        remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
    }
    return remainder;
}

static bool form_matches(const struct iban_form *form, const char *iban, size_t size) {
    if (size < form->size || memcmp(form->country, iban, 2) != 0) return false;
    for (uint8_t i = 0; i < form->letters; i++) {
        if (!is_upper(iban[4 + i])) return false;
    }
    for (uint8_t i = 0; i < form->digits; i++) {
        if (!is_digit(iban[4 + form->letters + i])) return false;
    }
    return remainder_97(iban, 4, remainder_97(iban + 4, form->size - 4u, 0)) == 1;
}

/* Reads an IBAN at `begin`, in groups or in one piece; *end is just after it. */
static bool iban_at(const char *text, size_t size, size_t begin, bool any_case, size_t *end) {
    char iban[IBAN_BYTES_MAX];
    size_t ends[IBAN_BYTES_MAX], kept = 0;
    for (size_t at = begin; at < size && kept < IBAN_BYTES_MAX; at++) {
        char c = text[at];
        if (c == ' ' && kept > 0) continue;
        if (any_case && c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (!is_digit(c) && !is_upper(c)) break;
        iban[kept] = c;
        ends[kept++] = at + 1;
    }
    if (kept < 15 || !is_upper(iban[0]) || !is_digit(iban[2]) || !is_digit(iban[3])) return false;
    for (size_t i = 0; i < sizeof iban_forms / sizeof iban_forms[0]; i++) {
        if (!form_matches(&iban_forms[i], iban, kept)) continue;
        *end = ends[iban_forms[i].size - 1];
        if (*end == size || !is_word(text[*end])) return true;
    }
    return false;
}

static bool has_iban(const char *text, size_t size, bool strict) {
    size_t end;
    if (!strict) /* asked of every id: most are not even in capitals */
        return is_upper(text[0]) && iban_at(text, size, 0, false, &end) && end == size;
    for (size_t at = 0; at + 15 <= size; at++) {
        if ((at == 0 || !is_word(text[at - 1])) && iban_at(text, size, at, true, &end)) return true;
    }
    return false;
}

bool event_text_is_personal(const char *text, size_t size, bool strict) {
    if (size == 0) return false;
    return has_email(text, size) || has_phone(text, size, strict) || has_iban(text, size, strict);
}
