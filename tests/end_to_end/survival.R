# SPDX-License-Identifier: EUPL-1.2
# Times to an end by R's package survival: what real_survival.py holds Pegel against.
# usage: Rscript survival.R CASES.csv AGES PROBABILITIES
# CASES.csv: from,until,how (0: open, 1: decided, 2..4: other ends); AGES, PROBABILITIES: 1,2,3.
# Prints JSON. Times are whole numbers; timefix = FALSE keeps them as they are.
library(survival)
words <- commandArgs(trailingOnly = TRUE)
cases <- read.csv(words[1])
ages <- as.numeric(strsplit(words[2], ",")[[1]])
probabilities <- as.numeric(strsplit(words[3], ",")[[1]])
level <- 2 * pnorm(1.96) - 1 # the 1.96 of Pegel
number <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
say <- function(name, x, last = FALSE) cat(sprintf('"%s":%s%s\n', name, number(x), if (last) "}" else ","))
least <- function(time, share, p) { reached <- which(share >= p - 1e-12); if (length(reached)) time[reached[1]] else NA }
late <- any(cases$from > 0)
cases$from[cases$from == 0] <- -1

cat("{")
any_end <- survfit(Surv(from, until, how > 0) ~ 1, data = cases, conf.type = "log-log", conf.int = level, timefix = FALSE)
at <- summary(any_end, times = ages, extend = TRUE)
say("none", at$surv)
say("none_lo", at$lower)
say("none_hi", at$upper)
say("at_risk", sapply(ages, function(age) sum(cases$from < age & cases$until >= age)))
if (max(cases$how) <= 1) { # Kaplan and Meier
  fit <- any_end
  share <- 1 - fit$surv; upper <- 1 - fit$lower; lower <- 1 - fit$upper
  q <- quantile(fit, probabilities)
  say("r_quantile", q$quantile) # the middle between two where S is exactly p
} else { # Aalen and Johansen; bounds of F from its standard error, log(-log(1 - F))
  fit <- survfit(Surv(from, until, factor(how, 0:4)) ~ 1, data = cases, id = seq_len(nrow(cases)), timefix = FALSE)
  spread <- function(f, s) 1.96 * s / ((1 - f) * -log(1 - f))
  at <- summary(fit, times = ages, extend = TRUE)
  s <- at$std.err[, 2:5]; f <- at$pstate[, 2:5]
  for (k in 1:4) {
    say(paste0("end", k), f[, k])
    say(paste0("end", k, "_lo"), 1 - (1 - f[, k])^exp(-spread(f[, k], s[, k])))
    say(paste0("end", k, "_hi"), 1 - (1 - f[, k])^exp(spread(f[, k], s[, k])))
  }
  share <- fit$pstate[, 2]; s <- fit$std.err[, 2]
  lower <- 1 - (1 - share)^exp(-spread(share, s)); upper <- 1 - (1 - share)^exp(spread(share, s))
}
say("value", sapply(probabilities, function(p) least(fit$time, share, p)))
say("lo", sapply(probabilities, function(p) least(fit$time, upper, p)))
say("hi", sapply(probabilities, function(p) least(fit$time, lower, p)), last = TRUE)
