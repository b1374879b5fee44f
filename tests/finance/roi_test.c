/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every figure of the report is the formula's. Method: a case calculated by hand; random
 * cases against a second implementation, written straight from the formulas; properties of the net
 * present value; every kind of fault in the file. */
#include "finance/roi.h"

#include <stdlib.h>

#include "base/timestamp.h"
#include "event/column.h"
#include "tests/test.h"

#define RATES                                                                      \
    "\"discount_rate\":{\"value\":0.10,\"source\":\"s\",\"date\":\"2026-01-01\"}," \
    "\"hourly_rate\":{\"value\":60,\"source\":\"s\",\"date\":\"2026-01-01\"},"     \
    "\"realised_share\":{\"value\":0.5,\"source\":\"s\",\"date\":\"2026-01-01\"},"
#define FROM   "\"source\":\"s\",\"date\":\"2026-01-01\""
#define PRICES "\"price_basis\":{\"prices\":\"nominal\",\"year\":2026},"
#define COSTS  "\"costs\":{" FROM "}"
#define REST   COSTS "}"
#define HEAD   "{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"years\":3," RATES

/* 60 an hour is 1 a minute, of which half counts. */
static const char by_hand[] = HEAD
    "\"budget_share\":{\"value\":0.25,\"source\":\"s\",\"date\":\"2026-01-01\"},"
    "\"costs\":{" FROM
    ",\"one_off\":{\"licence\":1000,"
    "\"training\":{\"amount\":500,\"budget_effective\":false}},"
    "\"running\":{\"hosting\":100,\"support\":[10,20,30]}},"
    "\"services\":{\"a\":{" FROM
    ",\"transactions\":100,\"minutes_before\":20,\"minutes_after\":8,"
    "\"material_saved\":{\"paper\":0.5,\"postage\":1.0},\"citizen_minutes_saved\":30},"
    "\"b\":{" FROM
    ",\"minutes_before\":10}},"
    "\"no_shows\":{" FROM ",\"avoided_per_year\":20,\"slot_minutes\":10}}";

static const struct roi_measured nothing_measured = {0, NULL};

static const struct roi_assumptions *parse(const char *json, struct arena *arena) {
    const struct roi_assumptions *assumptions = NULL;
    const struct time_zone *zone = NULL;
    struct error err = {0};
    EXPECT_OK(timezone_load("Europe/Berlin", arena, &zone, NULL));
    enum status status = roi_assumptions_parse(json, strlen(json), zone, arena, &assumptions, &err);
    if (status != STATUS_OK) test_fail(__FILE__, __LINE__, "%s", err.text);
    return assumptions;
}

static struct roi_report evaluate(const struct roi_assumptions *assumptions,
                                  const struct roi_measured *measured, struct arena *arena) {
    struct roi_report report;
    EXPECT_OK(roi_evaluate(assumptions, measured, arena, &report, NULL));
    return report;
}

/* --- by hand --- */

/* A year's benefits: time 100 * 12 * 1 * 0.5 = 600, material 100 * 1.5 = 150, no-shows
 * 20 * 10 * 1 = 200: 950, of the budget (600 + 200) / 4 + 150 = 350.
 * Costs: 1500 (1000 of the budget), 110, 120, 130. */
TEST(a_case_calculated_by_hand_comes_out) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    struct roi_report report = evaluate(parse(by_hand, &arena), &nothing_measured, &arena);
    EXPECT_EQ(report.year_count, 4);
    const struct roi_year *year = report.year;
    EXPECT_NEAR(year[0].cost, 1500, 1e-9);
    EXPECT_NEAR(year[0].cost_budget, 1000, 1e-9);
    EXPECT_NEAR(year[0].benefit, 0, 0);
    EXPECT_NEAR(year[1].cost, 110, 1e-9);
    EXPECT_NEAR(year[2].cost, 120, 1e-9);
    EXPECT_NEAR(year[3].cost_budget, 130, 1e-9);
    EXPECT_NEAR(year[1].benefit_time, 600, 1e-9);
    EXPECT_NEAR(year[1].benefit_material, 150, 1e-9);
    EXPECT_NEAR(year[1].benefit_no_show, 200, 1e-9);
    EXPECT_NEAR(year[3].benefit, 950, 1e-9);
    EXPECT_NEAR(year[3].benefit_budget, 350, 1e-9);
    EXPECT_NEAR(year[1].net, 840, 1e-9);
    EXPECT_NEAR(year[2].net, 830, 1e-9);
    EXPECT_NEAR(year[3].net, 820, 1e-9);
    EXPECT_NEAR(year[2].cumulative, -1500 + 840 + 830, 1e-9);
    EXPECT_NEAR(report.cost_total, 1860, 1e-9);
    EXPECT_NEAR(report.tco, 1860, 1e-9);
    EXPECT_NEAR(report.benefit_total, 2850, 1e-9);
    EXPECT_NEAR(report.roi, (2850.0 - 1860) / 1860, 1e-12);
    /* 840/1.1 = 763.63636, 830/1.21 = 685.95041, 820/1.331 = 616.07814 */
    EXPECT_NEAR(report.npv, -1500 + 763.636364 + 685.950413 + 616.078137, 1e-6);
    EXPECT_NEAR(report.npv_lo, report.npv, 1e-9); /* nothing measured, nothing uncertain */
    /* 110/1.1 = 100, 120/1.21 = 99.173554, 130/1.331 = 97.670924 */
    EXPECT_NEAR(report.tco_present, 1500 + 100 + 99.173554 + 97.670924, 1e-6);
    /* 350/1.1 = 318.181818, 350/1.21 = 289.256198, 350/1.331 = 262.960180 */
    EXPECT_NEAR(report.npv_budget,
                -1000 - 100 - 99.173554 - 97.670924 + 318.181818 + 289.256198 + 262.960180, 5e-6);
    EXPECT_NEAR(report.payback_static, 1 + 660.0 / 830, 1e-12);
    EXPECT_NEAR(report.payback_dynamic, 2 + (1500 - 763.636364 - 685.950413) / 616.078137, 1e-8);
    EXPECT_NEAR(report.break_even_cases, 1860.0 / 3 / 7.5, 1e-9); /* 6 + 1.5 a case */
    arena_free(&arena);
}

TEST(a_service_without_a_figure_is_listed_and_brings_nothing) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    struct roi_report report = evaluate(parse(by_hand, &arena), &nothing_measured, &arena);
    EXPECT_EQ(report.service_count, 2);
    EXPECT_EQ(report.incomplete_count, 1);
    EXPECT_TEXT(report.services[1].service, "b");
    EXPECT(!report.services[1].complete && report.services[0].complete);
    EXPECT(isnan(report.services[1].transactions.value));
    EXPECT(report.services[1].minutes_before.value == 10);
    EXPECT(report.services[1].time_benefit == 0);
    EXPECT_NEAR(report.services[0].citizen_hours_saved, 50, 1e-9);
    arena_free(&arena);
}

static struct roi_measured_service measured_service(const char *key) {
    struct roi_measured_service service = {.service = key,
                                           .transactions_per_year = NAN,
                                           .before = {NAN, NAN, 0},
                                           .after = {NAN, NAN, 0}};
    for (uint32_t t = 0; t <= ROI_YEARS_MAX; t++) service.transactions[t] = NAN;
    return service;
}

/* A factor speaks of what is not known yet: not of a year that is over. */
TEST(a_factor_on_volumes_leaves_measured_years_alone) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    struct roi_measured_service services[] = {measured_service("z"), measured_service("a")};
    services[0].transactions_per_year = 50;
    services[1].transactions[1] = 200;
    const struct roi_measured measured = {2, services};
    struct roi_assumptions assumptions = *parse(by_hand, &arena);
    assumptions.factor[ROI_INPUT_TRANSACTIONS] = 3;
    struct roi_report report = evaluate(&assumptions, &measured, &arena);
    const struct roi_service_report *a = &report.services[0], *z = &report.services[2];
    EXPECT(a->volume[1].value == 200 && a->volume[2].value == 300 && z->volume[1].value == 150);
    arena_free(&arena);
}

/* Of "a" year 1 is over and had 200 cases, the file says 100 for each year; after go-live 10
 * minutes were measured (standard error 0.5). "z" is not in the file: 50 a year so far, 5 minutes
 * before (0.5), 3 after (0). A minute is worth 0.5. */
TEST(measured_figures_go_before_assumed_ones_and_say_so) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    struct roi_measured_service services[] = {measured_service("z"), measured_service("a")};
    services[0].transactions_per_year = 50;
    services[0].before = (struct roi_minutes){5, 0.5, 40};
    services[0].after = (struct roi_minutes){3, 0, 30};
    services[1].transactions[1] = 200;
    services[1].transactions_per_year = 170;
    services[1].after = (struct roi_minutes){10, 0.5, 90};
    const struct roi_measured measured = {2, services};
    struct roi_report report = evaluate(parse(by_hand, &arena), &measured, &arena);
    EXPECT_EQ(report.service_count, 3);
    const struct roi_service_report *a = &report.services[0], *z = &report.services[2];
    EXPECT_TEXT(a->service, "a");
    EXPECT_TEXT(z->service, "z");
    EXPECT(a->volume[1].basis == ROI_MEASURED && a->volume[1].value == 200);
    EXPECT(a->volume[2].basis == ROI_ASSUMED && a->volume[2].value == 100);
    EXPECT(a->transactions.basis == ROI_MIXED);
    EXPECT_NEAR(a->transactions.value, 400.0 / 3, 1e-9);
    EXPECT(z->volume[1].basis == ROI_EXTRAPOLATED && z->volume[3].value == 50);
    EXPECT(a->minutes_before.basis == ROI_ASSUMED && a->minutes_before.value == 20);
    EXPECT(a->minutes_after.basis == ROI_MEASURED && a->minutes_after.value == 10);
    EXPECT_EQ(a->measured_after.count, 90);
    EXPECT_NEAR(a->saved_lo, 10 - 1.96 * 0.5, 1e-12);
    EXPECT_NEAR(a->time_benefit, 400.0 / 3 * 10 * 0.5, 1e-9);
    EXPECT_NEAR(a->time_benefit_hi, 400.0 / 3 * (10 + 0.98) * 0.5, 1e-9);
    EXPECT_NEAR(z->time_benefit, 50 * 2 * 0.5, 1e-9);
    EXPECT(z->complete);
    EXPECT_NEAR(report.year[1].benefit_time, 200 * 10 * 0.5 + 50, 1e-9);
    EXPECT_NEAR(report.year[2].benefit_time, 100 * 10 * 0.5 + 50, 1e-9);
    EXPECT(report.year[1].basis == ROI_MIXED && report.year[1].transactions == 250);
    /* discounted cases: a 200/1.1 + 100/1.21 + 100/1.331 = 339.594290, z 50 * 2.486852 =
     * 124.342600; standard error of a minute 0.5 each, at 0.5 a minute */
    EXPECT_NEAR(report.npv_hi - report.npv,
                1.96 * 0.25 * sqrt(339.594290 * 339.594290 + 124.342600 * 124.342600), 1e-4);
    EXPECT_NEAR(report.npv - report.npv_lo, report.npv_hi - report.npv, 1e-9);
    arena_free(&arena);
}

TEST(not_reached_is_an_answer) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    struct roi_report never =
        evaluate(parse(HEAD "\"costs\":{" FROM
                            ",\"one_off\":{\"licence\":5000}},\"services\":{\"a\":{" FROM ","
                            "\"transactions\":10,\"minutes_before\":5,\"minutes_after\":10}}}",
                       &arena),
                 &nothing_measured, &arena);
    EXPECT(isnan(never.payback_static) && isnan(never.payback_dynamic));
    EXPECT(isnan(never.break_even_cases));
    EXPECT(never.npv < -5000); /* it costs more minutes than before */
    struct roi_report free_of_charge =
        evaluate(parse(HEAD "\"costs\":{" FROM "}}", &arena), &nothing_measured, &arena);
    EXPECT(isnan(free_of_charge.roi) && free_of_charge.npv == 0);
    EXPECT(free_of_charge.payback_static == 0);
    arena_free(&arena);
}

TEST(payback_is_the_moment_after_which_the_sum_stays_up) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    /* -100, +100, -50, +100: up at 1, down again, up for good in the third year */
    struct roi_report report = evaluate(
        parse(HEAD "\"costs\":{" FROM
                   ",\"one_off\":{\"licence\":100},\"running\":{\"hosting\":[0,150,0]}},"
                   "\"services\":{\"a\":{" FROM ",\"transactions\":10,\"minutes_before\":20,"
                   "\"minutes_after\":0}}}",
              &arena),
        &nothing_measured, &arena);
    EXPECT_NEAR(report.payback_static, 2.5, 1e-12);
    arena_free(&arena);
}

TEST(channels_cost_minutes_material_and_their_share_of_what_is_fixed) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    const struct roi_assumptions *assumptions =
        parse(HEAD "\"costs\":{" FROM "},\"channels\":{\"online\":{" FROM
                   ",\"minutes\":4,\"material\":0.5,"
                   "\"fixed_per_year\":1000},\"phone\":{" FROM ",\"material\":1}}}",
              &arena);
    struct roi_figure assumed = roi_channel_cost(assumptions, CHANNEL_ONLINE, NAN, 500);
    EXPECT(assumed.basis == ROI_ASSUMED);
    EXPECT_NEAR(assumed.value, 4 + 0.5 + 2, 1e-12);
    struct roi_figure measured = roi_channel_cost(assumptions, CHANNEL_ONLINE, 3, 500);
    EXPECT(measured.basis == ROI_MEASURED);
    EXPECT_NEAR(measured.value, 3 + 0.5 + 2, 1e-12);
    EXPECT(isnan(roi_channel_cost(assumptions, CHANNEL_ONLINE, 3, 0).value));
    EXPECT(isnan(roi_channel_cost(assumptions, CHANNEL_PHONE, NAN, 10).value));
    EXPECT_NEAR(roi_channel_cost(assumptions, CHANNEL_PHONE, 2, 0).value, 3, 1e-12);
    EXPECT_NEAR(roi_channel_cost(assumptions, CHANNEL_MAIL, 2, 10).value, 2, 1e-12);
    EXPECT(isnan(roi_channel_cost(assumptions, CHANNEL_MAIL, NAN, 10).value));
    arena_free(&arena);
}

/* --- against the formulas --- */

enum { SERVICES = 4 };

struct random_case {
    struct roi_assumptions assumptions;
    struct roi_service services[SERVICES];
    struct roi_measured_service measured_services[SERVICES];
    struct roi_measured measured;
};

static double random_to(uint64_t *seed, double most) {
    return (double)(test_random(seed) % 1000001) / 1000000 * most;
}

static void make_case(struct random_case *out, uint64_t *seed) {
    static const char *const keys[SERVICES] = {"a", "b", "c", "d"};
    *out = (struct random_case){.assumptions.version = "1"};
    for (int i = 0; i < ROI_INPUT_COUNT; i++) out->assumptions.factor[i] = 1;
    struct roi_assumptions *assumptions = &out->assumptions;
    assumptions->years = 1 + (uint32_t)(test_random(seed) % ROI_YEARS_MAX);
    assumptions->discount.value = random_to(seed, 0.1) - 0.01;
    assumptions->hourly_rate.value = random_to(seed, 100);
    assumptions->realised_share.value = random_to(seed, 1);
    assumptions->budget_share.value = random_to(seed, 1);
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++) {
        assumptions->cost[cost].budget_effective = test_random(seed) % 2 == 0;
        if (cost < ROI_ONE_OFF_COUNT) assumptions->cost[cost].amount[0] = random_to(seed, 50000);
        for (uint32_t t = 1; cost >= ROI_ONE_OFF_COUNT && t <= assumptions->years; t++)
            assumptions->cost[cost].amount[t] = random_to(seed, 5000);
    }
    assumptions->no_shows_avoided = random_to(seed, 500);
    assumptions->no_show_slot_minutes = random_to(seed, 30);
    assumptions->services = out->services;
    assumptions->service_count = SERVICES;
    out->measured = (struct roi_measured){SERVICES, out->measured_services};
    for (int i = 0; i < SERVICES; i++) {
        struct roi_service *service = &out->services[i];
        *service = (struct roi_service){.service = keys[i],
                                        .minutes_before = random_to(seed, 60),
                                        .minutes_after = random_to(seed, 40),
                                        .material_saved = random_to(seed, 3),
                                        .citizen_minutes_saved = random_to(seed, 60)};
        struct roi_measured_service *measured = &out->measured_services[i];
        *measured = measured_service(keys[i]);
        const bool is_assumed = test_random(seed) % 3 > 0;
        for (uint32_t t = 1; t <= assumptions->years; t++) {
            service->transactions[t] = is_assumed ? random_to(seed, 9000) : NAN;
            if (t < 3 && test_random(seed) % 2 == 0)
                measured->transactions[t] = random_to(seed, 9000);
        }
        if (!is_assumed || test_random(seed) % 2 == 0)
            measured->transactions_per_year = random_to(seed, 9000);
        if (test_random(seed) % 2 == 0)
            measured->before = (struct roi_minutes){random_to(seed, 60), 1, 9};
    }
}

/* What is known of a service in a year: measured, else assumed, else at the pace so far. */
static double naive_volume(const struct random_case *in, int i, uint32_t t) {
    if (!isnan(in->measured_services[i].transactions[t]))
        return in->measured_services[i].transactions[t];
    if (!isnan(in->services[i].transactions[t])) return in->services[i].transactions[t];
    return in->measured_services[i].transactions_per_year;
}

/* sum of (B_t - C_t) / (1 + i)^t, with nothing kept between the years. */
static double naive_npv(const struct random_case *in, bool budget) {
    const struct roi_assumptions *assumptions = &in->assumptions;
    const double w = assumptions->hourly_rate.value, phi = assumptions->realised_share.value;
    double npv = 0;
    for (uint32_t t = 0; t <= assumptions->years; t++) {
        double time = 0, material = 0, no_show = 0, cost = 0;
        for (int i = 0; t > 0 && i < SERVICES; i++) {
            const struct roi_service *assumed = &in->services[i];
            const struct roi_measured_service *measured = &in->measured_services[i];
            double n = naive_volume(in, i, t);
            double before =
                isnan(measured->before.mean) ? assumed->minutes_before : measured->before.mean;
            time += n * (before - assumed->minutes_after) * w * phi / 60;
            material += n * assumed->material_saved;
        }
        if (t > 0)
            no_show = assumptions->no_shows_avoided * assumptions->no_show_slot_minutes * w / 60;
        for (enum roi_cost kind = 0; kind < ROI_COST_COUNT; kind++)
            if (!budget || assumptions->cost[kind].budget_effective)
                cost += assumptions->cost[kind].amount[t];
        double share = budget ? assumptions->budget_share.value : 1;
        double benefit = (time + no_show) * share + material;
        npv += (benefit - cost) / pow(1 + assumptions->discount.value, t);
    }
    return npv;
}

TEST(random_cases_are_those_of_the_formulas) {
    uint64_t seed = 41;
    for (int run = 0; run < 2000; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct random_case in;
        make_case(&in, &seed);
        struct roi_report report = evaluate(&in.assumptions, &in.measured, &arena);
        double scale = 1e-9 * (report.cost_total + fabs(report.benefit_total) + 1);
        EXPECT_NEAR(report.npv, naive_npv(&in, false), scale);
        EXPECT_NEAR(report.npv_budget, naive_npv(&in, true), scale);
        const struct roi_year *last = &report.year[report.year_count - 1];
        EXPECT_NEAR(last->cumulative, report.benefit_total - report.cost_total, scale);
        EXPECT_EQ(isnan(report.payback_static), last->cumulative < 0);
        EXPECT_EQ(isnan(report.payback_dynamic), report.npv < 0);
        if (!isnan(report.payback_static) && report.payback_static > 0) {
            /* on the line between the two year ends the sum is zero */
            uint32_t t = (uint32_t)ceil(report.payback_static);
            double part = report.payback_static - (t - 1);
            EXPECT_NEAR(report.year[t - 1].cumulative + part * report.year[t].net, 0, scale);
        }
        arena_free(&arena);
    }
}

/* The sum at any moment, interpolated; the first of many moments from which it stays up. */
static double sum_at(const struct roi_report *report, bool present, double moment) {
    uint32_t t = (uint32_t)moment;
    const struct roi_year *year = &report->year[t];
    double sum = present ? year->cumulative_present : year->cumulative;
    if (t + 1 < report->year_count) sum += (moment - t) * (present ? year[1].present : year[1].net);
    return sum;
}

TEST(payback_is_that_of_a_search_through_all_moments) {
    uint64_t seed = 45;
    enum { STEPS = 1000 };
    for (int run = 0; run < 300; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct random_case in;
        make_case(&in, &seed);
        struct roi_report report = evaluate(&in.assumptions, &in.measured, &arena);
        for (int present = 0; present < 2; present++) {
            const double payback = present ? report.payback_dynamic : report.payback_static;
            int64_t step = (int64_t)in.assumptions.years * STEPS;
            while (step >= 0 && sum_at(&report, present, (double)step / STEPS) >= -1e-9) step--;
            if (step == (int64_t)in.assumptions.years * STEPS)
                EXPECT(isnan(payback));
            else
                EXPECT_NEAR(payback, (double)(step + 1) / STEPS, 1.01 / STEPS);
        }
        arena_free(&arena);
    }
}

TEST(at_a_rate_of_zero_the_present_value_is_the_sum) {
    uint64_t seed = 42;
    for (int run = 0; run < 200; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct random_case in;
        make_case(&in, &seed);
        in.assumptions.discount.value = 0;
        struct roi_report report = evaluate(&in.assumptions, &in.measured, &arena);
        double scale = 1e-9 * (report.cost_total + fabs(report.benefit_total) + 1);
        EXPECT_NEAR(report.npv, report.benefit_total - report.cost_total, scale);
        EXPECT_NEAR(report.tco_present, report.tco, scale);
        arena_free(&arena);
    }
}

TEST(twice_the_money_is_twice_the_present_value) {
    uint64_t seed = 43;
    for (int run = 0; run < 200; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct random_case in;
        make_case(&in, &seed);
        struct roi_report once = evaluate(&in.assumptions, &in.measured, &arena);
        in.assumptions.hourly_rate.value *= 2;
        for (int i = 0; i < SERVICES; i++) in.services[i].material_saved *= 2;
        for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++)
            for (uint32_t t = 0; t <= ROI_YEARS_MAX; t++) in.assumptions.cost[cost].amount[t] *= 2;
        struct roi_report twice = evaluate(&in.assumptions, &in.measured, &arena);
        double scale = 1e-9 * (twice.cost_total + fabs(twice.benefit_total) + 1);
        EXPECT_NEAR(twice.npv, 2 * once.npv, scale);
        EXPECT_NEAR(twice.npv_hi, 2 * once.npv_hi, scale);
        EXPECT_NEAR(twice.npv_budget, 2 * once.npv_budget, scale);
        EXPECT_NEAR(twice.tco_present, 2 * once.tco_present, scale);
        EXPECT_NEAR(twice.roi, once.roi, 1e-9 * (1 + fabs(once.roi)));
        EXPECT_EQ(isnan(twice.payback_dynamic), isnan(once.payback_dynamic));
        arena_free(&arena);
    }
}

TEST(at_the_break_even_volume_benefits_meet_costs) {
    uint64_t seed = 44;
    for (int run = 0; run < 200; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct random_case in;
        make_case(&in, &seed);
        in.assumptions.no_shows_avoided = 0;
        struct roi_report report = evaluate(&in.assumptions, &in.measured, &arena);
        if (!isnan(report.break_even_cases)) {
            double cases = 0;
            for (uint32_t i = 0; i < report.service_count; i++)
                cases += report.services[i].transactions.value;
            double factor = report.break_even_cases / cases;
            for (int i = 0; i < SERVICES; i++) {
                in.measured_services[i].transactions_per_year *= factor;
                for (uint32_t t = 1; t <= in.assumptions.years; t++) {
                    in.services[i].transactions[t] *= factor;
                    in.measured_services[i].transactions[t] *= factor;
                }
            }
            struct roi_report then = evaluate(&in.assumptions, &in.measured, &arena);
            EXPECT_NEAR(then.benefit_total, then.cost_total, 1e-6 * (1 + then.cost_total));
        }
        arena_free(&arena);
    }
}

/* --- one at a time --- */

TEST(bars_are_symmetric_where_the_value_is_linear_and_the_longest_comes_first) {
    uint64_t seed = 46;
    for (int run = 0; run < 200; run++) {
        struct arena arena;
        arena_init(&arena, 4 << 20);
        struct random_case in;
        make_case(&in, &seed);
        in.assumptions.realised_share.value *= 0.8; /* a fifth more stays below 1 */
        struct roi_report report = evaluate(&in.assumptions, &in.measured, &arena);
        struct roi_tornado tornado;
        EXPECT_OK(roi_sensitivity(&in.assumptions, &in.measured, &arena, &tornado, NULL));
        double scale = 1e-9 * (report.cost_total + fabs(report.benefit_total) + 1);
        unsigned seen = 0;
        for (int i = 0; i < ROI_INPUT_COUNT; i++) {
            const struct roi_bar *bar = &tornado.bar[i];
            seen |= 1u << bar->input;
            EXPECT(i == 0 || bar->swing <= tornado.bar[i - 1].swing);
            EXPECT_NEAR(bar->swing, fabs(bar->npv_high - bar->npv_low), scale);
            EXPECT(!bar->capped);
            if (bar->input == ROI_INPUT_DISCOUNT_RATE) continue;
            EXPECT_NEAR(bar->npv_low + bar->npv_high, 2 * report.npv, scale);
            EXPECT_NEAR(bar->npv_budget_low + bar->npv_budget_high, 2 * report.npv_budget, scale);
        }
        EXPECT_EQ(seen, (1u << ROI_INPUT_COUNT) - 1);
        arena_free(&arena);
    }
}

static const struct roi_bar *bar_of(const struct roi_tornado *tornado, enum roi_input input) {
    for (int i = 0; i < ROI_INPUT_COUNT; i++)
        if (tornado->bar[i].input == input) return &tornado->bar[i];
    return NULL;
}

/* By hand, of the file above: costs 1500 at once, discounted running costs 296.844478; benefits
 * 600 of time, 150 of material, 200 of no-shows a year, times the annuity 2.486852. */
TEST(each_bar_moves_its_own_part) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    struct roi_tornado tornado;
    const struct roi_assumptions *assumptions = parse(by_hand, &arena);
    EXPECT_OK(roi_sensitivity(assumptions, &nothing_measured, &arena, &tornado, NULL));
    const struct {
        enum roi_input input;
        double part;
    } rows[] = {
        {ROI_INPUT_ONE_OFF_COSTS, -1500},           {ROI_INPUT_RUNNING_COSTS, -296.844478},
        {ROI_INPUT_TRANSACTIONS, 750 * 2.486852},   {ROI_INPUT_MINUTES_SAVED, 600 * 2.486852},
        {ROI_INPUT_HOURLY_RATE, 800 * 2.486852},    {ROI_INPUT_REALISED_SHARE, 600 * 2.486852},
        {ROI_INPUT_MATERIAL_SAVED, 150 * 2.486852}, {ROI_INPUT_NO_SHOWS, 200 * 2.486852}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct roi_bar *bar = bar_of(&tornado, rows[i].input);
        EXPECT_NEAR(bar->npv_high - tornado.npv, 0.2 * rows[i].part, 1e-3);
        EXPECT_NEAR(tornado.npv - bar->npv_low, 0.2 * rows[i].part, 1e-3);
    }
    struct roi_assumptions high = *assumptions;
    high.realised_share.value = 0.9; /* 1.08 is more than all of it */
    EXPECT_OK(roi_sensitivity(&high, &nothing_measured, &arena, &tornado, NULL));
    const struct roi_bar *share = bar_of(&tornado, ROI_INPUT_REALISED_SHARE);
    EXPECT(share->capped);
    EXPECT_NEAR(share->npv_high - tornado.npv, 120 * 2.486852, 1e-3);
    arena_free(&arena);
}

/* --- variants and scenarios --- */

TEST(each_case_is_the_file_with_what_it_says_differently) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    const struct roi_assumptions *chosen =
        parse(HEAD "\"costs\":{" FROM
                   ",\"one_off\":{\"licence\":1000},\"running\":{\"hosting\":100}},"
                   "\"services\":{\"a\":{" FROM
                   ",\"transactions\":100,\"minutes_before\":20,"
                   "\"minutes_after\":10}},"
                   "\"variants\":{\"own\":{" FROM
                   "},\"saas\":{\"source\":\"offer\",\"date\":"
                   "\"2026-02-02\",\"costs\":{\"one_off\":{\"licence\":0},\"running\":{\"hosting\":"
                   "[300,310,320]}}}},\"chosen_variant\":\"saas\","
                   "\"scenarios\":{\"pessimistic\":{" FROM
                   ",\"factors\":{\"minutes_saved\":0.5,"
                   "\"running_costs\":2},\"hourly_rate\":{\"value\":30},\"services\":{\"a\":"
                   "{\"minutes_after\":12},\"b\":{\"transactions\":7}}}}}",
              &arena);
    EXPECT_EQ(chosen->case_count, 4);
    const struct roi_case *cases = chosen->cases;
    EXPECT_TEXT(cases[0].variant, "own");
    EXPECT(cases[1].scenario == ROI_PESSIMISTIC && cases[2].figures == chosen);
    EXPECT_TEXT(cases[2].variant, "saas");
    EXPECT_TEXT(cases[2].origin.source, "offer");
    EXPECT_TEXT(chosen->cost[ROI_HOSTING].origin.source, "offer");
    EXPECT_TEXT(chosen->cost[ROI_LICENCE].origin.date, "2026-02-02");
    /* expected: 100 * 10 * 1 * 0.5 = 500 a year; own costs 1000 + 3 * 100, saas 930 */
    struct roi_report own = evaluate(cases[0].figures, &nothing_measured, &arena);
    struct roi_report saas = evaluate(cases[2].figures, &nothing_measured, &arena);
    EXPECT_NEAR(own.tco, 1300, 1e-9);
    EXPECT_NEAR(saas.tco, 930, 1e-9);
    EXPECT_NEAR(own.benefit_total, 1500, 1e-9);
    EXPECT_NEAR(saas.benefit_total, 1500, 1e-9);
    EXPECT_EQ(saas.service_count, 1);
    /* pessimistic: 100 * (20 - 12) / 2 * 0.5 * 0.5 = 100 a year; running costs twice */
    struct roi_report worse = evaluate(cases[3].figures, &nothing_measured, &arena);
    EXPECT_NEAR(worse.benefit_total, 300, 1e-9);
    EXPECT_NEAR(worse.tco, 1860, 1e-9);
    EXPECT_EQ(worse.service_count, 2);
    EXPECT_EQ(worse.incomplete_count, 1);
    EXPECT_TEXT(cases[3].figures->hourly_rate.origin.source, "s");
    arena_free(&arena);
}

TEST(a_year_of_operation_begins_on_the_same_day_of_the_wall_clock) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    const struct roi_assumptions *leap = parse(HEAD "\"go_live\":\"2028-02-29\"," REST, &arena);
    const char *begins[] = {"2028-02-28T23:00:00Z", "2029-02-28T23:00:00Z", "2030-02-28T23:00:00Z",
                            "2031-02-28T23:00:00Z"};
    const struct roi_assumptions *summer =
        parse(HEAD "\"go_live\":\"2027-03-28\"," REST, &arena); /* the night the clocks change */
    const char *summers[] = {"2027-03-27T23:00:00Z", "2028-03-27T22:00:00Z", "2029-03-27T22:00:00Z",
                             "2030-03-27T23:00:00Z"};
    for (int t = 0; t < 4; t++) {
        int64_t begin, of_summer;
        EXPECT(timestamp_parse(begins[t], 20, &begin));
        EXPECT(timestamp_parse(summers[t], 20, &of_summer));
        EXPECT_EQ(leap->edge_ms[1 + t], begin);
        EXPECT_EQ(summer->edge_ms[1 + t], of_summer);
    }
    EXPECT_EQ(parse(HEAD REST, &arena)->edge_count, 2);
    arena_free(&arena);
}

/* --- the file --- */

TEST(the_example_in_the_documents_is_read) {
    static char json[1 << 16];
    FILE *file = fopen(PEGEL_SOURCE_DIR "/docs/examples/roi-assumptions.json", "rb");
    EXPECT(file != NULL);
    if (file == NULL) return;
    size_t size = fread(json, 1, sizeof json - 1, file);
    (void)fclose(file);
    json[size] = '\0';
    struct arena arena;
    arena_init(&arena, 4 << 20);
    const struct roi_assumptions *assumptions = parse(json, &arena);
    if (assumptions != NULL) {
        int64_t go_live;
        EXPECT(timestamp_parse("2026-03-02T00:00:00+01:00", 25, &go_live));
        EXPECT(assumptions->has_go_live);
        EXPECT_EQ(assumptions->edge_ms[1], go_live);
        EXPECT(timestamp_parse("2027-03-02T00:00:00+01:00", 25, &go_live));
        EXPECT_EQ(assumptions->edge_ms[2], go_live);
        EXPECT_EQ(assumptions->edge_count, 8);
        EXPECT_EQ(assumptions->years, 5);
        EXPECT_NEAR(assumptions->cost[ROI_MAINTENANCE].amount[3], 3700, 0);
        EXPECT_NEAR(assumptions->cost[ROI_HOSTING].amount[5], 4800, 0);
        EXPECT(!assumptions->cost[ROI_ONE_OFF_TRAINING].budget_effective);
        EXPECT(assumptions->cost[ROI_RUNNING_TRAINING].budget_effective);
        EXPECT_NEAR(assumptions->services[0].material_saved, 1.25, 1e-12);
        EXPECT(roi_assumptions_service(assumptions, "99115005070000") == &assumptions->services[1]);
        EXPECT(roi_assumptions_service(assumptions, "99115005070001") == NULL);
        EXPECT(isnan(assumptions->channel[CHANNEL_OTHER].minutes) ||
               !assumptions->channel[CHANNEL_OTHER].given);
        struct roi_report report = evaluate(assumptions, &nothing_measured, &arena);
        EXPECT_EQ(report.incomplete_count, 0);
        EXPECT(report.npv > 0);
    }
    arena_free(&arena);
}

TEST(faults_in_the_file_are_named) {
    static const struct {
        const char *json, *says;
    } rows[] = {
        {"", ""},
        {"[]", "no JSON object"},
        {"{}", "version is missing"},
        {HEAD "\"cost\":{}}", "cost is not known here"},
        {HEAD COSTS "," REST, ""},
        {HEAD "\"x\":1}", "x is not known here"},
        {"{\"version\":\"1\",\"currency\":\"Euro\"}", "currency"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"}", "price_basis is missing"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"years\":2.5}", "whole number"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"years\":11}",
         "years must be a number from 1 "},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"years\":\"3\"}",
         "years must be a number"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"years\":3}",
         "discount_rate is missing"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"years\":3,\"discount_rate\":0.02}",
         "discount_rate is no object"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES
         "\"years\":3,\"discount_rate\":{\"value\":0.02}}",
         "discount_rate.source is missing"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES
         "\"years\":3,\"discount_rate\":{\"value\":0.02,"
         "\"source\":\"s\",\"date\":\"2026\"}}",
         "discount_rate.date is no date"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES
         "\"years\":3,\"discount_rate\":{\"source\":\"s\","
         "\"date\":\"2026-01-01\"}}",
         "discount_rate.value is missing"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES
         "\"years\":3,\"go_live\":\"soon\"," RATES REST,
         "go_live is neither"},
        {HEAD "\"services\":{}}", "costs is missing"},
        {HEAD "\"costs\":{" FROM ",\"one_off\":{\"hosting\":1}}}", "one_off.hosting is not known"},
        {HEAD "\"costs\":{" FROM ",\"one_off\":{\"licence\":-1}}}",
         "one_off.licence must be a number"},
        {HEAD "\"costs\":{" FROM ",\"one_off\":{\"licence\":[1,2,3]}}}",
         "one_off.licence must be a number"},
        {HEAD "\"costs\":{" FROM ",\"running\":{\"hosting\":[1,2]}}}", "one number for each"},
        {HEAD "\"costs\":{" FROM ",\"running\":{\"hosting\":[1,2,\"3\"]}}}",
         "running.hosting must be"},
        {HEAD "\"costs\":{" FROM ",\"running\":{\"hosting\":{}}}}",
         "costs.running.hosting.amount is missing"},
        {HEAD "\"costs\":{" FROM
              ",\"running\":{\"hosting\":{\"amount\":1,\"budget_effective\":1}}}}",
         "must be true or false"},
        {HEAD COSTS ",\"services\":[]}", "services is no object"},
        {HEAD COSTS ",\"services\":{\"a\":{" FROM ",\"minutes\":1}}}",
         "services.a.minutes is not known"},
        {HEAD COSTS ",\"services\":{\"a\":{" FROM ",\"minutes_before\":-1}}}", "a.minutes_before"},
        {HEAD COSTS ",\"services\":{\"a\":{" FROM ",\"material_saved\":1}}}",
         "material_saved is no"},
        {HEAD COSTS ",\"services\":{\"a\":{" FROM ",\"material_saved\":{\"ink\":1}}}}",
         "material_saved.ink is not known"},
        {HEAD COSTS ",\"services\":{\"\":{}}}", "is no key"},
        {HEAD COSTS ",\"services\":{\"a\":{},\"a\":{}}}", ""},
        {HEAD COSTS ",\"no_shows\":{\"slot\":1}}", "no_shows.slot is not known"},
        {HEAD COSTS ",\"channels\":{\"fax\":{}}}", "channels.fax is not known"},
        {HEAD COSTS ",\"channels\":{\"online\":{" FROM ",\"minutes\":\"4\"}}}",
         "channels.online.minutes must be"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES "\"x\":1}", "x is not known here"},
        {"{\"version\":\"1\",\"currency\":\"EUR\"," PRICES REST, "years is missing"},
        {"{\"version\":\"1\",\"currency\":\"EUR\",\"price_basis\":{\"prices\":\"old\",\"year\":1}}",
         "price_basis.prices must be nominal or real"},
        {HEAD "\"costs\":{}}", "costs.source is missing"},
        {HEAD "\"costs\":{\"source\":\"s\"}}", "costs.date is missing"},
        {HEAD COSTS ",\"services\":{\"a\":{\"transactions\":1}}}", "services.a.source is missing"},
        {HEAD COSTS ",\"services\":{\"a\":{" FROM ",\"transactions\":[1,2]}}}",
         "services.a.transactions must have one number for each"},
        {HEAD COSTS ",\"no_shows\":{\"slot_minutes\":1}}", "no_shows.source is missing"},
        {HEAD COSTS ",\"grant\":{\"value\":1}}", "grant.source is missing"},
        {HEAD COSTS ",\"channels\":{\"online\":{\"minutes\":4}}}",
         "channels.online.source is miss"},
        {HEAD COSTS ",\"uncertainty\":{\"material\":{}}}", "uncertainty.material is not known"},
        {HEAD COSTS ",\"uncertainty\":{\"hourly_rate\":{" FROM ",\"distribution\":\"odd\"}}}",
         "uncertainty.hourly_rate.distribution must be one of"},
        {HEAD COSTS ",\"uncertainty\":{\"hourly_rate\":{" FROM
                    ",\"distribution\":\"uniform\",\"low\":1.1,\"high\":1.2}}}",
         "uncertainty.hourly_rate.low must be a number from 0 to 1"},
        {HEAD COSTS ",\"scenarios\":{\"rosy\":{}}}", "scenarios.rosy is not known here"},
        {HEAD COSTS ",\"scenarios\":{\"optimistic\":{}}}",
         "scenarios.optimistic.source is missing"},
        {HEAD COSTS ",\"scenarios\":{\"optimistic\":{" FROM ",\"years\":4}}}",
         "scenarios.optimistic.years is not known here"},
        {HEAD COSTS ",\"scenarios\":{\"optimistic\":{" FROM ",\"factors\":{\"luck\":2}}}}",
         "scenarios.optimistic.factors.luck is not known here"},
        {HEAD COSTS ",\"scenarios\":{\"optimistic\":{" FROM
                    ",\"discount_rate\":{\"value\":-0.5," FROM
                    "},\"factors\":{\"discount_rate\":2}}}}",
         "scenarios.optimistic.factors make a discount rate"},
        {HEAD COSTS ",\"variants\":{}}", "variants must be an object of one to eight"},
        {HEAD COSTS ",\"variants\":{\"saas\":{" FROM ",\"costs\":{\"running\":{\"hosting\":-1}}}}}",
         "variants.saas.costs.running.hosting must be a number from 0"},
        {HEAD COSTS ",\"variants\":{\"saas\":{" FROM "}},\"chosen_variant\":\"other\"}",
         "chosen_variant is none of the variants"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        arena_init(&arena, 4 << 20);
        const struct time_zone *zone = NULL;
        const struct roi_assumptions *assumptions = NULL;
        struct error err = {0};
        EXPECT_OK(timezone_load("Europe/Berlin", &arena, &zone, NULL));
        enum status status = roi_assumptions_parse(rows[i].json, strlen(rows[i].json), zone, &arena,
                                                   &assumptions, &err);
        if (status != STATUS_INVALID || strstr(err.text, rows[i].says) == NULL)
            test_fail(__FILE__, __LINE__, "row %zu: %s: %s", i, status_name(status), err.text);
        arena_free(&arena);
    }
}

TEST(a_small_budget_is_an_answer) {
    struct arena zone_arena;
    arena_init(&zone_arena, 1 << 20);
    const struct time_zone *zone = NULL;
    EXPECT_OK(timezone_load("Europe/Berlin", &zone_arena, &zone, NULL));
    for (size_t budget = 0; budget < 60000; budget += 512) {
        struct arena arena;
        arena_init(&arena, budget);
        const struct roi_assumptions *assumptions = NULL;
        enum status status =
            roi_assumptions_parse(by_hand, strlen(by_hand), zone, &arena, &assumptions, NULL);
        EXPECT(status == (assumptions == NULL ? STATUS_NO_MEMORY : STATUS_OK));
        struct roi_report report;
        if (assumptions != NULL) {
            status = roi_evaluate(assumptions, &nothing_measured, &arena, &report, NULL);
            EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
            struct roi_tornado tornado;
            status = roi_sensitivity(assumptions, &nothing_measured, &arena, &tornado, NULL);
            EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
            struct roi_monte_carlo draws;
            status = roi_draw(assumptions, &nothing_measured, 1, &arena, &draws, NULL);
            EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        }
        arena_free(&arena);
    }
    arena_free(&zone_arena);
}
