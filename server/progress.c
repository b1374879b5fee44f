/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_COLUMNS_MAX = 40, BAR_COLUMNS_MIN = 8, FIGURES_BYTES = 96, WIDTH_DEFAULT = 80 };
#define DRAW_EVERY_NS UINT64_C(100000000)

const char *progress_number(uint64_t number, char text[PROGRESS_NUMBER_BYTES]) {
    char digits[PROGRESS_NUMBER_BYTES];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), used = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

static unsigned terminal_width(FILE *terminal) {
    struct winsize size;
    if (ioctl(fileno(terminal), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return WIDTH_DEFAULT;
    return size.ws_col;
}

void progress_start(struct progress *progress, FILE *terminal, const struct clock *clock) {
    bool shown = isatty(fileno(terminal)) == 1;
    *progress = (struct progress){.terminal = shown ? terminal : NULL,
                                  .clock = clock,
                                  .start_ns = clock_monotonic_ns(clock),
                                  .width = shown ? terminal_width(terminal) : 0};
}

double progress_seconds(const struct progress *progress) {
    double seconds = (double)(clock_monotonic_ns(progress->clock) - progress->start_ns) / 1e9;
    return seconds > 1e-9 ? seconds : 1e-9;
}

static void add_left(char *text, size_t size, double seconds) {
    if (seconds < 3600) {
        (void)snprintf(text, size, "%u:%02u left", (unsigned)seconds / 60, (unsigned)seconds % 60);
    } else {
        (void)snprintf(text, size, "%.1f h left", seconds / 3600);
    }
}

void progress_line(char *line, size_t size, unsigned width, uint64_t done, uint64_t total,
                   uint64_t events, double seconds) {
    char figures[FIGURES_BYTES], left[24] = "", number[PROGRESS_NUMBER_BYTES],
                                 rate[PROGRESS_NUMBER_BYTES];
    double share = total > 0 && done < total ? (double)done / (double)total : total > 0 ? 1 : 0;
    if (share > 0.01 && seconds > 1 && share < 1)
        add_left(left, sizeof left, seconds * (1 - share) / share);
    (void)snprintf(figures, sizeof figures, "%s events  %s/s  %s", progress_number(events, number),
                   progress_number((uint64_t)((double)events / seconds), rate), left);
    if (total == 0) {
        (void)snprintf(line, size, "%.*s", (int)(width - 1), figures);
        return;
    }
    int room = (int)width - (int)strlen(figures) - 11; /* "[...] 100 %  " around them */
    int columns = room > BAR_COLUMNS_MAX ? BAR_COLUMNS_MAX : room;
    if (columns < BAR_COLUMNS_MIN) {
        (void)snprintf(line, size, "%3.0f %%", share * 100);
        return;
    }
    char bar[BAR_COLUMNS_MAX + 1];
    memset(bar, ' ', (size_t)columns);
    memset(bar, '#', (size_t)(share * columns));
    bar[columns] = '\0';
    (void)snprintf(line, size, "[%s] %3.0f %%  %s", bar, share * 100, figures);
}

void progress_draw(struct progress *progress, uint64_t done, uint64_t total, uint64_t events) {
    if (progress->terminal == NULL) return;
    uint64_t now_ns = clock_monotonic_ns(progress->clock);
    if (now_ns - progress->drawn_ns < DRAW_EVERY_NS) return;
    progress->drawn_ns = now_ns;
    char line[256];
    progress_line(line, sizeof line, progress->width, done, total, events,
                  progress_seconds(progress));
    (void)fprintf(progress->terminal, "\r\033[K%s", line);
    (void)fflush(progress->terminal);
}

void progress_wipe(struct progress *progress) {
    if (progress->terminal == NULL) return;
    (void)fputs("\r\033[K", progress->terminal);
    (void)fflush(progress->terminal);
}
