/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the draws of the net present value have the moments that follow from the distributions, and
 * can be repeated. Method: cases whose moments are known exactly, because the value is linear in
 * what varies; the bits of one answer, written down once. */
#include "finance/roi.h"

#include "base/timezone.h"
#include "tests/test.h"

/* One service, 1000 cases a year, 10 minutes saved, at 60 an hour and all of it realised: 10,000 a
 * year for one year, at no discount; material 2,000; costs 9,000. NPV 3,000. */
#define FROM        "\"source\":\"s\",\"date\":\"2026-01-01\""
#define FIXED(name) "\"" name "\":{" FROM ",\"distribution\":\"fixed\"}"
#define FILE_WITH(spreads)                                                                         \
    "{\"version\":\"1\",\"currency\":\"EUR\",\"price_basis\":{\"prices\":\"real\",\"year\":2026}," \
    "\"years\":1,\"discount_rate\":{\"value\":0," FROM "},\"hourly_rate\":{\"value\":60," FROM     \
    "},\"realised_share\":{\"value\":1," FROM "},\"costs\":{" FROM                                 \
    ",\"one_off\":{\"licence\":9000}},\"services\":{\"a\":{" FROM                                  \
    ",\"transactions\":1000,\"minutes_before\":30,\"minutes_after\":20,"                           \
    "\"material_saved\":{\"paper\":2}}},\"uncertainty\":{" spreads "}}"

static const struct roi_measured nothing_measured = {0, NULL};

static struct roi_monte_carlo draw(const char *json, const struct roi_measured *measured) {
    struct arena arena;
    struct roi_monte_carlo out = {0};
    const struct time_zone *zone = NULL;
    const struct roi_assumptions *assumptions = NULL;
    struct error err = {0};
    arena_init(&arena, 4 << 20);
    EXPECT_OK(timezone_load("Europe/Berlin", &arena, &zone, NULL));
    if (roi_assumptions_parse(json, strlen(json), zone, &arena, &assumptions, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    else
        EXPECT_OK(roi_draw(assumptions, measured, ROI_SEED, &arena, &out, NULL));
    arena_free(&arena);
    return out;
}

static void expect_moments(const struct roi_monte_carlo *draws, double mean, double deviation) {
    EXPECT_EQ(draws->draws, ROI_DRAWS);
    EXPECT_NEAR(draws->mean, mean, 4 * deviation / sqrt(ROI_DRAWS) + 1e-9);
    EXPECT_NEAR(draws->deviation, deviation, 0.04 * deviation + 1e-9);
    EXPECT(draws->p2_5 <= draws->p5 && draws->p5 <= draws->p25 && draws->p25 <= draws->p50 &&
           draws->p50 <= draws->p75 && draws->p75 <= draws->p95 && draws->p95 <= draws->p97_5);
}

TEST(without_uncertainty_every_draw_is_the_value) {
    struct roi_monte_carlo draws =
        draw(FILE_WITH(FIXED("transactions") "," FIXED("minutes_saved") "," FIXED("hourly_rate")),
             &nothing_measured);
    expect_moments(&draws, 3000, 0);
    EXPECT(draws.p2_5 == 3000 && draws.p97_5 == 3000 && draws.share_positive == 1);
}

/* Uniform on [a, b]: mean (a + b) / 2, variance (b - a)^2 / 12. The rate moves 10,000. */
TEST(a_uniform_rate_moves_the_value_uniformly) {
    struct roi_monte_carlo draws =
        draw(FILE_WITH(FIXED("transactions") "," FIXED(
                 "minutes_saved") ",\"hourly_rate\":{" FROM
                                  ",\"distribution\":\"uniform\",\"low\":0.5,\"high\":1.1}"),
             &nothing_measured);
    expect_moments(&draws, 3000 - 0.2 * 10000, 10000 * 0.6 / sqrt(12));
    EXPECT_NEAR(draws.p97_5, 3000 + (0.1 - 0.025 * 0.6) * 10000, 60);
    EXPECT_NEAR(draws.share_positive, 4.0 / 6, 0.02); /* above 0.7 of 0.5 to 1.1 */
}

/* Triangular: mean (a + m + b) / 3, variance (a^2 + m^2 + b^2 - am - ab - mb) / 18. The volume
 * moves time and material, 12,000. */
TEST(a_triangular_volume_moves_time_and_material) {
    struct roi_monte_carlo draws =
        draw(FILE_WITH("\"transactions\":{" FROM
                       ",\"distribution\":\"triangular\",\"low\":0.7,\"high\":1.2}," FIXED(
                           "minutes_saved") "," FIXED("hourly_rate")),
             &nothing_measured);
    const double a = 0.7, b = 1.2;
    expect_moments(&draws, -9000 + 12000 * (a + 1 + b) / 3,
                   12000 * sqrt((a * a + 1 + b * b - a - a * b - b) / 18));
}

/* Normal: 95 % between low and high. */
TEST(normal_minutes_move_the_time) {
    struct roi_monte_carlo draws =
        draw(FILE_WITH(FIXED("transactions") "," FIXED(
                 "hourly_rate") ",\"minutes_saved\":{" FROM
                                ",\"distribution\":\"normal\",\"low\":0.8,\"high\":1.2}"),
             &nothing_measured);
    expect_moments(&draws, 3000, 10000 * 0.2 / 1.96);
    EXPECT_NEAR(draws.p97_5, 5000, 120);
}

/* Independent factors: the mean of a product is the product of means. */
TEST(factors_vary_independently) {
    struct roi_monte_carlo draws = draw(
        FILE_WITH("\"transactions\":{" FROM
                  ",\"distribution\":\"uniform\",\"low\":0.6,\"high\":1},\"minutes_saved\":{" FROM
                  ",\"distribution\":\"uniform\",\"low\":0.8,\"high\":1},\"hourly_rate\":{" FROM
                  ",\"distribution\":\"uniform\",\"low\":1,\"high\":1.4}"),
        &nothing_measured);
    const double volume = 0.8, minutes = 0.9, rate = 1.2;
    const double v2 = volume * volume + 0.16 / 12, m2 = minutes * minutes + 0.04 / 12,
                 r2 = rate * rate + 0.16 / 12;
    const double mean = 10000 * volume * minutes * rate + 2000 * volume;
    const double square = 1e8 * v2 * m2 * r2 + 2 * 10000 * 2000.0 * v2 * minutes * rate + 4e6 * v2;
    expect_moments(&draws, mean - 9000, sqrt(square - mean * mean));
}

/* Minutes that were measured: their standard errors, whatever the file says of assumed ones; a year
 * that was measured does not vary with the volume. */
TEST(measured_minutes_vary_by_their_standard_error) {
    struct roi_measured_service service = {.service = "a",
                                           .transactions_per_year = NAN,
                                           .before = {30, 0.3, 50},
                                           .after = {20, 0.4, 50}};
    for (int t = 0; t <= ROI_YEARS_MAX; t++) service.transactions[t] = NAN;
    const struct roi_measured measured = {1, &service};
    const char *file = FILE_WITH(
        "\"transactions\":{" FROM ",\"distribution\":\"uniform\",\"low\":0.5,\"high\":1.5}," FIXED(
            "hourly_rate") ",\"minutes_saved\":{" FROM
                           ",\"distribution\":\"uniform\",\"low\":0.1,\"high\":1.9}");
    service.transactions[1] = 1000;
    struct roi_monte_carlo draws = draw(file, &measured);
    expect_moments(&draws, 3000, 1000 * 0.5);
    service.transactions[1] = NAN; /* volume V uniform: Var(V (10 + e) + 2 V) */
    draws = draw(file, &measured);
    const double v2 = 1 + 1 / 12.0;
    expect_moments(&draws, 3000, 1000 * sqrt(v2 * 0.25 + 144 * (v2 - 1)));
}

/* Written down from a build with gcc; clang, and any other processor, must give the same. */
TEST(the_same_seed_gives_the_same_bits_everywhere) {
    struct roi_monte_carlo draws = draw(FILE_WITH(""), &nothing_measured);
    struct roi_monte_carlo again = draw(FILE_WITH(""), &nothing_measured);
    EXPECT(memcmp(&draws, &again, sizeof draws) == 0);
    uint64_t bits;
    memcpy(&bits, &draws.p2_5, sizeof bits);
    EXPECT_EQ(bits, INT64_C(4643185348086559867));
}
