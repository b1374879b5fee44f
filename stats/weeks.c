/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/weeks.h"

#include <math.h>

#include "base/status.h"
#include "stats/student.h"

#define WEIGHT_MIN 1e-5 /* of a mixture that is 1: it moves p by no more */

enum {
    WIDTH = WEEKS_COLUMNS_MAX + 1, /* the columns, then y */
    RHOS = 10,                     /* 0 to 0.9 */
    PSIS = 4,                      /* 1/4 to 1, and 0 once: then there is no rho */
    GRID_MAX = 1 + RHOS * PSIS,
    ALONE = RHOS * PSIS / 2
};

/* --- one rho and psi --- */

/* Sums of products of whitened weeks. */
struct normal {
    double product[WIDTH][WIDTH]; /* lower triangle; after factoring: that of Cholesky */
    double log_determinant;       /* of the errors' covariance */
};

/* Each week less what the weeks before let expect of it, over the standard deviation of that
 * surprise: the Kalman filter of a state that is seen with noise. */
static void add_whitened(const struct weeks *weeks, double rho, double psi, struct normal *normal) {
    const size_t width = weeks->column_count + 1;
    double expected[WIDTH] = {0}, surprise[WIDTH] = {0};
    double variance = psi; /* of the state, given the weeks before */
    for (size_t t = 0; t < weeks->count; t++) {
        if (t > 0) {
            const double keeps = pow(rho, weeks->week[t] - weeks->week[t - 1]);
            variance = keeps * keeps * variance + psi * (1 - keeps * keeps);
            for (size_t i = 0; i < width; i++) expected[i] *= keeps;
        }
        const double noise = (1 - psi) * weeks->noise[t];
        const double seen = variance + noise, scale = 1 / sqrt(seen), gain = variance / seen;
        for (size_t i = 0; i < width; i++) {
            const double value =
                i + 1 < width ? weeks->column[t * weeks->column_count + i] : weeks->y[t];
            const double off = value - expected[i];
            surprise[i] = off * scale;
            expected[i] += gain * off;
        }
        variance *= 1 - gain;
        normal->log_determinant += log(seen);
        for (size_t i = 0; i < width; i++)
            for (size_t j = 0; j <= i; j++) normal->product[i][j] += surprise[i] * surprise[j];
    }
}

/* In place; false: the columns depend on each other. The last row is y's: its diagonal becomes the
 * root of the residual sum of squares. */
static bool factor(struct normal *normal, size_t width) {
    for (size_t i = 0; i < width; i++) {
        double *row = normal->product[i];
        const double whole = row[i];
        for (size_t j = 0; j <= i; j++) {
            double sum = row[j];
            for (size_t k = 0; k < j; k++) sum -= row[k] * normal->product[j][k];
            if (j < i) {
                row[j] = sum / normal->product[j][j];
            } else {
                if (i + 1 < width && !(sum > whole * 1e-10)) return false;
                row[i] = sqrt(fmax(sum, 0));
            }
        }
    }
    return true;
}

/* The column must be the last one: then its coefficient is one division. */
static bool fit_last(const struct weeks *weeks, double rho, double psi, struct weeks_fit *out) {
    struct normal normal = {.log_determinant = 0};
    const size_t k = weeks->column_count;
    add_whitened(weeks, rho, psi, &normal);
    const double size = normal.product[k][k];
    if (!factor(&normal, k + 1)) return false;
    const double freedom = (double)(weeks->count - k);
    double squares = normal.product[k][k] * normal.product[k][k];
    squares = fmax(squares, size * 1e-20); /* a perfect fit has no likelihood */
    if (!(squares > 0)) return false;
    double log_columns = 0;
    for (size_t i = 0; i < k; i++) log_columns += 2 * log(normal.product[i][i]);
    out->value = normal.product[k][k - 1] / normal.product[k - 1][k - 1];
    out->error = sqrt(squares / freedom) / normal.product[k - 1][k - 1];
    out->log_likelihood = -(normal.log_determinant + log_columns + freedom * log(squares)) / 2;
    return true;
}

/* The same weeks with the column exchanged with the last one, and the noise 1 on (harmonic)
 * average, so that psi means the same whatever the noise is measured in. */
struct room {
    double column[WEEKS_MAX * WEEKS_COLUMNS_MAX], noise[WEEKS_MAX];
};

static struct weeks with_last(const struct weeks *weeks, size_t column, struct room *room) {
    const size_t k = weeks->column_count;
    struct weeks out = *weeks;
    double precision = 0;
    for (size_t t = 0; t < weeks->count; t++) {
        room->noise[t] = weeks->noise != NULL ? weeks->noise[t] : 1;
        precision += 1 / room->noise[t] / (double)weeks->count;
    }
    for (size_t t = 0; t < weeks->count; t++) room->noise[t] *= precision;
    out.noise = room->noise;
    for (size_t t = 0; t < weeks->count; t++) {
        for (size_t i = 0; i < k; i++) room->column[t * k + i] = weeks->column[t * k + i];
        room->column[t * k + column] = weeks->column[t * k + k - 1];
        room->column[t * k + k - 1] = weeks->column[t * k + column];
    }
    out.column = room->column;
    return out;
}

static bool can_fit(const struct weeks *weeks, size_t column) {
    CHECK(weeks->count <= WEEKS_MAX && weeks->column_count <= WEEKS_COLUMNS_MAX);
    CHECK(column < weeks->column_count);
    return weeks->count > weeks->column_count + 1;
}

bool weeks_fit(const struct weeks *weeks, size_t column, double rho, double psi,
               struct weeks_fit *out) {
    struct room room = {0};
    if (!can_fit(weeks, column)) return false;
    const struct weeks last = with_last(weeks, column, &room);
    return fit_last(&last, rho, psi, out);
}

/* --- the grid --- */

struct mixture {
    size_t count;
    double value[GRID_MAX], error[GRID_MAX], weight[GRID_MAX];
    double freedom;
};

static bool try_one(const struct weeks *weeks, double rho, double psi, double prior,
                    struct mixture *mixture) {
    struct weeks_fit fit;
    if (!fit_last(weeks, rho, psi, &fit)) return false;
    mixture->value[mixture->count] = fit.value;
    mixture->error[mixture->count] = fit.error;
    mixture->weight[mixture->count++] = fit.log_likelihood + log(prior);
    return true;
}

/* Each rho weighs the same, and their absence as much as half of them together. */
static bool fill(const struct weeks *weeks, struct mixture *mixture) {
    double best = -INFINITY, total = 0;
    if (!try_one(weeks, 0, 0, ALONE, mixture)) return false;
    for (int r = 0; r < RHOS; r++)
        for (int s = 1; s <= PSIS; s++)
            if (!try_one(weeks, r * 0.1, s * 1.0 / PSIS, 1, mixture)) return false;
    for (size_t i = 0; i < mixture->count; i++) best = fmax(best, mixture->weight[i]);
    for (size_t i = 0; i < mixture->count; i++) {
        mixture->weight[i] = exp(mixture->weight[i] - best);
        total += mixture->weight[i];
    }
    size_t kept = 0;
    for (size_t i = 0; i < mixture->count; i++) {
        const double weight = mixture->weight[i] / total;
        if (weight < WEIGHT_MIN) continue;
        mixture->value[kept] = mixture->value[i];
        mixture->error[kept] = mixture->error[i];
        mixture->weight[kept++] = weight;
    }
    mixture->count = kept;
    return true;
}

static double below(const struct mixture *mixture, double x) {
    double share = 0;
    for (size_t i = 0; i < mixture->count; i++)
        share += mixture->weight[i] *
                 student_cdf((x - mixture->value[i]) / mixture->error[i], mixture->freedom);
    return share;
}

/* False position with halved ends (Illinois, Dowell and Jarratt 1971): a tenth of the steps that
 * halving the interval takes. */
static double quantile(const struct mixture *mixture, double probability, double value,
                       double error) {
    double lo = value - 3 * error, hi = value + 3 * error;
    double at_lo = below(mixture, lo) - probability, at_hi = below(mixture, hi) - probability;
    while (at_lo > 0) {
        lo -= 3 * error;
        at_lo = below(mixture, lo) - probability;
    }
    while (at_hi < 0) {
        hi += 3 * error;
        at_hi = below(mixture, hi) - probability;
    }
    for (int i = 0, side = 0; i < 100 && hi - lo > 1e-9 * error; i++) {
        const double next = (lo * at_hi - hi * at_lo) / (at_hi - at_lo);
        const double at_next = below(mixture, next) - probability;
        if (fabs(at_next) < 1e-9) return next;
        if (at_next < 0) {
            lo = next;
            at_lo = at_next;
            if (side == -1) at_hi /= 2;
            side = -1;
        } else {
            hi = next;
            at_hi = at_next;
            if (side == 1) at_lo /= 2;
            side = 1;
        }
    }
    return (lo + hi) / 2;
}

bool weeks_estimate(const struct weeks *weeks, size_t column, struct estimate *out) {
    struct room room = {0};
    struct mixture mixture = {0};
    if (!can_fit(weeks, column)) return false;
    const struct weeks last = with_last(weeks, column, &room);
    mixture.freedom = (double)(weeks->count - weeks->column_count);
    if (!fill(&last, &mixture)) return false;
    double value = 0, error = 0;
    for (size_t i = 0; i < mixture.count; i++) {
        value += mixture.weight[i] * mixture.value[i];
        error += mixture.weight[i] * mixture.error[i];
    }
    const double at_zero = below(&mixture, 0);
    out->value = value;
    out->lo = quantile(&mixture, 0.025, value, error);
    out->hi = quantile(&mixture, 0.975, value, error);
    out->p = 2 * fmin(at_zero, 1 - at_zero);
    return true;
}
