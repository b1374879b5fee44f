#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: what Pegel says of open cases in three real event logs is what R's package survival says, and
durations by year and the backlog of every day are what DuckDB says.
Method: import the logs as a user would, look at moments in the middle of them, so that many cases are
open, with one end and with four, with late entry, in days and working days; compare to nine digits.
usage: real_survival.py PEGEL"""
import csv
import datetime
import functools
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zoneinfo

from real_data import BERLIN, DATA, ROOT, TENANT, bavarian_holidays, log_rows, rows_of
from server import Server

DAY_MS = 86400000
PROBABILITIES = (0.5, 0.1, 0.25, 0.75, 0.9, 0.95)
STAT = "p10,p25,p75,p90,p95"
AGES = (7, 14, 30, 60, 90, 180, 365)
ENDS = ("value", "withdrawn", "forwarded", "rejected")
failures = claims = 0


def expect(claim, got, wanted, tolerance=1e-9):
    global failures, claims
    claims += 1
    if got is None or wanted is None:
        same = got is None and wanted is None
    else:
        same = math.isclose(got, wanted, rel_tol=tolerance, abs_tol=1e-12)
    if not same:
        failures += 1
        print(f"FAILED {claim}: {got}, expected {wanted}")


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


def moment(text):
    return milliseconds(datetime.datetime.fromisoformat(text))


def log_cases(file):
    """first and last moment of every case, and how it ended."""
    cases = {}
    for journey, _, time_ms, _ in log_rows(file):
        begin, end = cases.get(journey, (time_ms, time_ms))
        cases[journey] = (min(begin, time_ms), max(end, time_ms))
    return [(begin, end, 1) for begin, end in cases.values()]


END_TYPES = {1: "case.closed", 2: "case.withdrawn", 3: "case.forwarded", 4: "case.rejected"}
BOSTON_ENDS = {"INFO": 2, "BTDT": 3, "ISD": 4}  # departments, taken for ends where there are to be four


def boston_rows(file):
    raw = subprocess.run(["zstd", "-dc", file], check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(raw.splitlines()))


def boston_cases(file, ends):
    def time_of(text):
        if not text:
            return None
        read = datetime.datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")
        return milliseconds(read.replace(tzinfo=datetime.timezone.utc))

    return [(time_of(row["OPEN_DT"]), time_of(row["CLOSED_DT"]), ends.get(row["Department"], 1))
            for row in boston_rows(file)]


def working_days(first_ms, last_ms, zone=BERLIN):
    """Of Munich, counted from day to day once for all cases."""
    holidays = bavarian_holidays()
    day = datetime.datetime.fromtimestamp(first_ms / 1000, zone).date()
    last = datetime.datetime.fromtimestamp(last_ms / 1000, zone).date()
    until, count = {}, 0
    while day <= last:
        count += day.weekday() < 5 and day not in holidays
        until[day] = count
        day += datetime.timedelta(days=1)

    def between(begin_ms, end_ms):
        begin, end = (datetime.datetime.fromtimestamp(ms / 1000, zone).date()
                      for ms in (begin_ms, end_ms))
        return until[end] - until[begin]

    return between


def as_seen(cases, as_of_ms, begin_ms, end_ms, known_ms, clock):
    """from, until and how of what began in the interval, as known at a moment."""
    between = working_days(min(case[0] for case in cases), as_of_ms) if clock == "working_days" else None
    for begin, end, how in cases:
        if not begin_ms <= begin < end_ms or begin > as_of_ms:
            continue
        if end is None or end > as_of_ms:
            end, how = as_of_ms, 0
        late = known_ms is not None and begin < known_ms
        if end < begin or (late and (end <= known_ms or clock == "working_days")):
            continue
        yield (known_ms - begin if late else 0, between(begin, end) if between else end - begin, how)


def by_r(work, seen, clock):
    file = work / "seen.csv"
    with open(file, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["from", "until", "how"])
        writer.writerows(seen)
    unit = 1 if clock == "working_days" else DAY_MS
    done = subprocess.run(["Rscript", "--vanilla", ROOT / "tests/end_to_end/survival.R", file,
                           ",".join(str(age * unit) for age in AGES),
                           ",".join(map(str, PROBABILITIES))], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"R: {done.stderr}")
    return json.loads(done.stdout)


def compare_quantiles(claim, server, words, peer, seen, per):
    row = rows_of(server, "processing_time", view="intake", stat=STAT, **words)[0]
    expect(f"{claim}: n", row["n"], sum(how == 1 for _, _, how in seen))
    expect(f"{claim}: open", row["open"], sum(how == 0 for _, _, how in seen))
    expect(f"{claim}: entered late", row["entered_late"], sum(begin > 0 for begin, _, _ in seen))
    expect(f"{claim}: longest", row["longest"], max(until for _, until, _ in seen) / per)
    names = ["value", "p10", "p25", "p75", "p90", "p95"]
    for at, name in enumerate(names):
        wanted = peer["value"][at]
        expect(f"{claim}: {name}", row[name], None if wanted is None else wanted / per)
        ours_of_r = peer.get("r_quantile", peer["value"])[at]
        if ours_of_r != wanted:  # between two cases, of which ours is the first
            expect(f"{claim}: {name} of R is the middle", ours_of_r is not None and ours_of_r > wanted, True)
    for name in ("lo", "hi"):
        wanted = peer[name][0]
        expect(f"{claim}: {name}", row[name], None if wanted is None else wanted / per)


def compare_shares(claim, server, words, peer, seen):
    longest = max(until for _, until, _ in seen)
    late = any(begin > 0 for begin, _, _ in seen)
    unit = 1 if words.get("clock") == "working_days" else DAY_MS
    rows = rows_of(server, "decided_within", ages=",".join(map(str, AGES)), **words)
    for at, row in enumerate(rows):
        where = f"{claim}, within {AGES[at]}"
        expect(f"{where}: at risk", row["at_risk"], peer["at_risk"][at])
        if AGES[at] * unit > longest and peer["none"][at] > 0:
            expect(f"{where}: nobody was seen for so long", row["value"], None)
            continue
        expect(f"{where}: under way", row["under_way"], peer["none"][at])
        if 0 < peer["none"][at] < 1:
            expect(f"{where}: under way, lo", row["under_way_lo"], peer["none_lo"][at])
            expect(f"{where}: under way, hi", row["under_way_hi"], peer["none_hi"][at])
        if "end1" not in peer:
            expect(f"{where}: decided", row["value"], 1 - peer["none"][at])
            if 0 < peer["none"][at] < 1:
                expect(f"{where}: decided, lo", row["lo"], 1 - peer["none_hi"][at])
                expect(f"{where}: decided, hi", row["hi"], 1 - peer["none_lo"][at])
            continue
        for end, name in enumerate(ENDS, start=1):
            expect(f"{where}: {name}", row[name], peer[f"end{end}"][at])
            if peer[f"end{end}"][at] > 0 and not late:
                prefix = "" if name == "value" else f"{name}_"
                expect(f"{where}: {name}, lo", row[f"{prefix}lo"], peer[f"end{end}_lo"][at])
                expect(f"{where}: {name}, hi", row[f"{prefix}hi"], peer[f"end{end}_hi"][at])


def check(work, name, server, cases, as_of, interval=None, known_from=None, clock="gross"):
    begin, end = interval or ("1970-01-01T00:00:00+00:00", "2100-01-01T00:00:00+00:00")
    words = {"as-of": as_of, "clock": clock}
    if interval:
        words |= {"from": begin, "to": end}
    if known_from:
        words["known-from"] = known_from
    seen = list(as_seen(cases, moment(as_of), moment(begin), moment(end),
                        moment(known_from) if known_from else None, clock))
    claim = f"{name} as of {as_of}, {clock}" + (f", known from {known_from}" if known_from else "")
    peer = by_r(work, seen, clock)
    late_bounds = "end1" in peer and any(case[0] > 0 for case in seen)
    if not late_bounds:  # R's standard errors are others there: see docs/KPIS.md
        compare_quantiles(claim, server, words, peer, seen, 1 if clock == "working_days" else 1000)
    compare_shares(claim, server, words, peer, seen)


def check_by_duckdb(work, name, server, cases, zone):
    """Durations of what ended by year, and what was open at the end of each day."""
    peers = ROOT / "benchmarks" / "peers"
    if not (peers / "node_modules" / "@duckdb").exists():
        print(f"skipped: {name} against DuckDB: npm ci in benchmarks/peers")
        return
    file = work / f"{name}-cases.csv"
    last = max(end or begin for begin, end, _ in cases)
    between = working_days(min(begin for begin, _, _ in cases), last, zoneinfo.ZoneInfo(zone))
    with open(file, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["begin_ms", "end_ms", "working_days"])
        writer.writerows((begin, end, between(begin, end) if end and end >= begin else None)
                         for begin, end, _ in cases)
    peer = json.loads(subprocess.run(["node", peers / "cases.mjs", file, zone], check=True,
                                     capture_output=True, text=True).stdout)
    stats = "p1,p10,p25,p50,p75,p90,p95,p99"
    for clock, prefix in (("gross", "s"), ("working_days", "wd")):
        rows = rows_of(server, "processing_time", by="year", stat=stats, zone=zone, clock=clock)
        rows = {row["year"]: row for row in rows if row["n"] > 0}
        expect(f"{name}, DuckDB: years", len(rows), len(peer["years"]))
        for wanted in peer["years"]:
            row, claim = rows[wanted["year"]], f"{name}, DuckDB, {wanted['year']}, {clock}"
            expect(f"{claim}: n", row["n"], wanted["n"])
            for column, quantile in zip(stats.split(","), wanted[f"{prefix}_quantiles"]):
                expect(f"{claim}: {column}", row[column], quantile)
            for column in ("mean", "min", "max"):
                expect(f"{claim}: {column}", row[column], wanted[f"{prefix}_{column}"])
    days = {row["day"]: row["value"] for row in rows_of(server, "backlog", by="day", zone=zone)}
    expect(f"{name}, DuckDB: days", sum(day["day"] in days for day in peer["backlog"]),
           len(peer["backlog"]))
    for day in peer["backlog"]:
        expect(f"{name}, DuckDB: backlog of {day['day']}", days.get(day["day"]), day["open"])


def import_log(pegel, folder, file, mapping):
    server = Server(pegel, folder)
    server.command("import", "--data", server.data, "--tenant", TENANT, "--map", mapping, file,
                   check=False)
    return server


def boston_map(work, departments):
    """The example, with departments taken for ends."""
    mapping = json.loads((ROOT / "docs/examples/boston311.map.json").read_text())
    kinds = {how: [] for how in END_TYPES}
    for department in departments:
        kinds[BOSTON_ENDS.get(department, 1)].append(department)
    mapping["events"] = [{"type": "case.received", "time": "OPEN_DT"}] + [
        {"type": END_TYPES[how], "time": "CLOSED_DT", "optional": True,
         "when": {"column": "Department", "is": names}} for how, names in kinds.items()]
    del mapping["order"]
    path = work / "boston-ends.map.json"
    path.write_text(json.dumps(mapping))
    return path


@functools.cache
def r_has_survival():
    return shutil.which("Rscript") is not None and subprocess.run(
        ["Rscript", "-e", "library(survival)"], capture_output=True).returncode == 0


def check_logs(pegel, work):
    examples = ROOT / "docs" / "examples"
    logs = {"wabo": ("wabo_receipt/receipt.xes.gz", "wabo.map.json",
                     ("2011-03-01T00:00:00+00:00", "2011-09-01T12:00:00+00:00"),
                     "2010-12-01T00:00:00+00:00"),
            "bpic15": ("bpic15/BPIC15_2.xes.gz", "bpic15.map.json",
                       ("2012-01-01T00:00:00+00:00", "2014-02-03T04:05:06+00:00"),
                       "2011-06-01T00:00:00+00:00")}
    for name, (file, mapping, moments, known_from) in logs.items():
        server = import_log(pegel, work / name, DATA / file, examples / mapping)
        cases = log_cases(DATA / file)
        check_by_duckdb(work, name, server, cases, "Europe/Berlin")
        for as_of in moments + ("2030-01-01T00:00:00+00:00",):
            if not r_has_survival():
                continue
            check(work, name, server, cases, as_of)
            check(work, name, server, cases, as_of, clock="working_days")
            check(work, name, server, cases, as_of, known_from=known_from)
            check(work, name, server, cases, as_of, known_from=known_from, clock="working_days")


def check_boston(pegel, work):
    file = DATA / "boston311/boston311_2015H1_trimmed.csv.zst"
    server = import_log(pegel, work / "boston", file, ROOT / "docs/examples/boston311.map.json")
    check_by_duckdb(work, "boston", server, boston_cases(file, {}), "UTC")
    if not r_has_survival():
        return
    check(work, "boston", server, boston_cases(file, {}), "2015-04-01T00:00:00+00:00")
    check(work, "boston", server, boston_cases(file, {}), "2015-06-01T00:00:00+00:00",
          known_from="2015-03-01T00:00:00+00:00")
    ended = import_log(pegel, work / "ends", file, boston_map(
        work, sorted({row["Department"] for row in boston_rows(file)})))
    cases = boston_cases(file, BOSTON_ENDS)
    # R's standard errors of several ends take a row for each case at each moment: a week is enough.
    week = ("2015-02-01T00:00:00+00:00", "2015-02-08T00:00:00+00:00")
    check(work, "boston, four ends", ended, cases, "2015-03-10T00:00:00+00:00", week)
    check(work, "boston, four ends", ended, cases, "2015-03-10T00:00:00+00:00", week,
          known_from="2015-02-04T00:00:00+00:00")


def main():
    if not (DATA / "expected.json").exists():
        print(f"skipped: no real data at {DATA}")
        return 0
    if not r_has_survival():
        print("skipped: R's package survival is not there (Debian: r-base-core, r-cran-survival)")
    pegel = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="pegel-survival-") as folder:
        check_logs(pegel, pathlib.Path(folder))
        check_boston(pegel, pathlib.Path(folder))
    print(f"open cases and durations: {claims - failures} of {claims} figures equal")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
