#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: the figures of three real event logs are those that another engine computed straight from the
files, to the millisecond, on the command line and over HTTP alike.
Method: import the logs as a user would, ask, compare with expected.json; import again: nothing
changes. usage: real_data.py PEGEL"""
import csv
import datetime
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zoneinfo

from server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("PEGEL_DATA", ROOT / ".." / "shared" / "data")).resolve()
TENANT = "091620000000"
failures = 0
claims = 0


def expect(claim, got, wanted, tolerance=0.0):
    global failures, claims
    claims += 1
    same = got == wanted if got is None or wanted is None else abs(got - wanted) <= tolerance
    if not same:
        failures += 1
        print(f"FAILED {claim}: {got}, expected {wanted}")


def answers(server, parameters):
    """The same question on the command line (nobody serves), over HTTP, and on the command line
    beside the running server."""
    words = [word for name, value in parameters.items() for word in (f"--{name}", value)]
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    command = ["kpi", "processing_time", "--data", server.data, "--format", "json", *words]
    yield "command line", json.loads(server.command(*command))["rows"]
    server.start()
    yield "HTTP", server.get(f"/v1/kpis/processing_time?{query}")["rows"]
    yield "beside the server", json.loads(server.command(*command))["rows"]
    server.stop()


def check_log(pegel, work, name, file, expected):
    server = Server(pegel, work / name)
    arguments = ["import", "--data", server.data, "--tenant", TENANT, "--service", "permit", file]
    server.command(*arguments)
    again = server.command(*arguments)
    for way, rows in answers(server, {"stat": "p50,p90,p95"}):
        row = rows[0]
        duration = expected["duration"]
        expect(f"{name}, {way}: cases", row["n"], int(duration["n"]))
        expect(f"{name}, {way}: mean", row["mean"], duration["mean_s"], 0.0005)
        for stat in ("p50", "p90", "p95"):
            expect(f"{name}, {way}: {stat}", row[stat], duration[f"{stat}_s"], 0.0005)
        expect(f"{name}, {way}: max", row["max"], duration["max_s"], 0.0005)
    for way, rows in answers(server, {"by": "year", "stat": "p50"}):
        years = {row["year"]: row for row in rows if row["n"] > 0}
        expect(f"{name}, {way}: years", len(years), len(expected["closed_by_year_berlin"]))
        for year in expected["closed_by_year_berlin"]:
            row = years.get(year["y_closed"], {"n": 0, "p50": None})
            expect(f"{name}, {way}: closed in {year['y_closed']}", row["n"], int(year["n"]))
            expect(f"{name}, {way}: p50 of {year['y_closed']}", row["p50"], year["p50_s"], 0.0005)
    inventory = json.loads(server.command("kpi", "inventory", "--data", server.data, "--format",
                                          "json"))["rows"]
    single_event_cases = 116 if name == "wabo" else 2  # first and last at once: two events
    expect(f"{name}: events, twice imported", sum(row["events"] for row in inventory),
           int(expected["events"]) + single_event_cases)
    check_trails(server, name, expected)
    check_trails_by_duckdb(server, name, file, work)
    check_deadlines(server, name, file)
    del again


def rows_of(server, kpi, **parameters):
    words = [word for name, value in parameters.items() for word in (f"--{name}", str(value))]
    return json.loads(server.command("kpi", kpi, "--data", server.data, "--format", "json",
                                     *words))["rows"]


def check_trails(server, name, expected):
    """The transitions of the other engine; together as many as events less cases."""
    rows = rows_of(server, "transitions", top=1000, stat="p50")
    pairs = {(row["activity"], row["next_activity"]): row for row in rows}
    top = expected["top_transitions_file_order"]
    for wanted in top:
        row = pairs.get((wanted["a"], wanted["b"]), {"n": 0, "value": None})
        expect(f"{name}: {wanted['a']} -> {wanted['b']}", row["n"], int(wanted["n"]))
        expect(f"{name}: median of it", row["value"], wanted["median_s"], 0.0005)
    expect(f"{name}: none is more frequent", rows[len(top) - 1]["n"], int(top[-1]["n"]))
    cases, events = int(expected["cases"]), int(expected["events"])
    expect(f"{name}: transitions", sum(row["n"] for row in rows), events - cases)
    rows = rows_of(server, "activities", top=1000)
    expect(f"{name}: activities", len(rows), int(expected["activities"]))
    expect(f"{name}: activities of all cases", sum(row["n"] for row in rows), events)
    expect(f"{name}: each case begins once", sum(row["starts"] for row in rows), cases)
    rows = rows_of(server, "variants", top=1000, stat="p50,p90")
    expect(f"{name}: cases of all variants", sum(row["n"] for row in rows), cases)
    expect(f"{name}: their shares", rows[-1]["cumulative_share"], 1, 1e-9)
    row = rows_of(server, "rework")[0]
    expect(f"{name}: cases that may be reworked", row["n"], cases)
    for year in expected["closed_by_year_berlin"]:
        interval = {"from": f"{year['y_closed']}-01-01", "to": f"{int(year['y_closed']) + 1}-01-01"}
        rows = rows_of(server, "variants", top=1000, **interval)
        expect(f"{name}: cases of the variants of {year['y_closed']}",
               sum(row["n"] for row in rows), int(year["n"]))
    if name == "wabo":
        expect(f"{name}: the commonest variant", rows_of(server, "variants", top=1)[0]["n"], 713)


BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def bavarian_holidays():
    """Of a public list, which has the breaks of schools as well."""
    path = DATA / "de_holidays" / "DE_BY.json.zst"
    listed = json.loads(subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout)
    days = listed.get("holidays", listed)
    return {datetime.date.fromisoformat(day) for day, names in days.items()
            if any(not name.endswith("Break") for name in names.split("; "))}


def last_day(limit, day, is_working):
    """Sections 187 to 193 BGB, from day to day."""
    count, unit = int(re.match(r"\d+", limit)[0]), re.sub(r"\d", "", limit)
    one = datetime.timedelta(days=1)
    if unit == "wd":
        while count > 0:
            day += one
            count -= is_working(day)
        return day
    if unit == "m":
        first = datetime.date(day.year + (day.month + count - 1) // 12,
                              (day.month + count - 1) % 12 + 1, 1)
        number = day.day
        while True:
            try:
                day = first.replace(day=number)
                break
            except ValueError:
                number -= 1
    else:
        day += count * {"d": 1, "w": 7}[unit] * one
    while not is_working(day):
        day += one
    return day


def check_deadlines(server, name, file):
    """Every case of the log against every limit, by another calendar in another language."""
    holidays = bavarian_holidays()

    def is_working(day):
        return day.weekday() < 5 and day not in holidays

    cases = []
    for trace in gzip.open(file, "rt", encoding="utf-8-sig").read().split("<trace>")[1:]:
        times = [datetime.datetime.fromisoformat(time) for time in
                 re.findall(r'key="time:timestamp"\s+value="([^"]+)"', trace)]
        cases.append((min(times), max(times)))
    for limit in ("1d", "20wd", "8w", "3m", "12m"):
        met = sum(end.astimezone(BERLIN).date() <=
                  last_day(limit, start.astimezone(BERLIN).date(), is_working)
                  for start, end in cases)
        row = rows_of(server, "sla_share", limit=limit)[0]
        expect(f"{name}: in time within {limit}", row["met"], met)
        expect(f"{name}: not within {limit}", row["missed"], len(cases) - met)
    for hours in (1, 24, 300):
        met = sum(end - start <= datetime.timedelta(hours=hours) for start, end in cases)
        expect(f"{name}: within {hours} hours", rows_of(server, "sla_share", limit=f"{hours}h")[0]["met"],
               met)
    expect(f"{name}: nothing is due", rows_of(server, "due")[0]["value"], 0)
    row = rows_of(server, "processing_time", clock="net", stat="p50")[0]
    expect(f"{name}: without pauses net is gross", row["net_mean"], row["gross_mean"])
    expect(f"{name}: without pauses", row["with_pause"], 0)


def log_rows(file):
    """journey, position, time and activity of all events, in order of time; equal ones as in the file."""
    journey = 0
    for _, element in ElementTree.iterparse(gzip.open(file)):
        if element.tag.split("}")[-1] != "trace":
            continue
        events = []
        for event in element:
            if event.tag.split("}")[-1] != "event":
                continue
            values = {value.get("key"): value.get("value") for value in event}
            time = datetime.datetime.fromisoformat(values["time:timestamp"])
            events.append((round(time.timestamp() * 1000), values["concept:name"]))
        events.sort(key=lambda event: event[0])
        for position, (time_ms, activity) in enumerate(events):
            yield journey, position, time_ms, activity
        journey += 1
        element.clear()


def check_trails_by_duckdb(server, name, file, work):
    """Every transition, variant and activity, not only the top ones, by DuckDB's window functions."""
    peers = ROOT / "benchmarks" / "peers"
    if not (peers / "node_modules" / "@duckdb").exists():
        print(f"skipped: {name} against DuckDB: npm ci in benchmarks/peers")
        return
    log = work / f"{name}.csv"
    with open(log, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["journey", "position", "time_ms", "activity"])
        writer.writerows(log_rows(file))
    peer = json.loads(subprocess.run(["node", peers / "trails.mjs", log], check=True,
                                     capture_output=True, text=True).stdout)
    # By service it is the same one; so a cell of its own is asked for, too.
    ours = {kpi: rows_of(server, kpi, top=1000, by="service") for kpi in peer}
    keys = {"transitions": lambda row: (row["activity"], row["next_activity"]),
            "variants": lambda row: row["variant"], "activities": lambda row: row["activity"]}
    theirs = {"transitions": {(row["a"], row["b"]): row for row in peer["transitions"]},
              "variants": {row["variant"]: row for row in peer["variants"]},
              "activities": {row["activity"]: row for row in peer["activities"]}}
    for kpi, rows in ours.items():
        shown = [row for row in rows if row["summed"] == 0]
        summed = sum(row["summed"] for row in rows)
        expect(f"{name}, DuckDB: rows of {kpi}", len(shown) + summed, len(theirs[kpi]))
        expect(f"{name}, DuckDB: n of {kpi}", sum(row["n"] for row in rows),
               sum(row["n"] for row in theirs[kpi].values()))
        for row in shown:
            wanted = theirs[kpi].get(keys[kpi](row), {})
            claim = f"{name}, DuckDB: {keys[kpi](row)}"
            expect(claim, row["n"], wanted.get("n"))
            if kpi != "variants":
                expect(claim + ": journeys", row["journeys"], wanted.get("journeys"))
            if kpi == "activities":
                expect(claim + ": self loops", row["self_loops"], wanted.get("self_loops"))
                expect(claim + ": repeats", row["self_loops"] + row["returns"],
                       wanted.get("repeats"))
            else:
                expect(claim + ": median", row["value"], wanted.get("median_s"), 0.0005)


def check_boston(pegel, work, expected):
    server = Server(pegel, work / "boston")
    file = DATA / "boston311" / "boston311_2015H1_trimmed.csv.zst"
    report = work / "rejects.txt"
    server.command("import", "--data", server.data, "--tenant", TENANT, "--map",
                   ROOT / "docs/examples/boston311.map.json", "--rejects", report, file)
    told = [line for line in report.read_text().splitlines() if "out_of_order" in line]
    expect("boston: rows that close before they open, told one by one", len(told),
           int(expected["totals"]["closed_before_open"]))
    for way, rows in answers(server, {"zone": "UTC", "stat": "p50"}):
        expect(f"boston, {way}: closed", rows[0]["n"], int(expected["totals"]["valid_closed"]))
        expect(f"boston, {way}: p50", rows[0]["p50"], expected["totals"]["p50_s"], 0.0005)
        expect(f"boston, {way}: mean", rows[0]["mean"], expected["totals"]["mean_s"], 0.0005)
        expect(f"boston, {way}: closed before opened", rows[0]["excluded_end_before_start"],
               int(expected["totals"]["closed_before_open"]))
    for way, rows in answers(server, {"zone": "UTC", "by": "office", "stat": "p50"}):
        offices = {row["office"]: row for row in rows}
        expect(f"boston, {way}: departments", len(offices), len(expected["by_department"]))
        for department in expected["by_department"]:
            row = offices[department["dep"]]
            whole = row["n"] + row["open"] + row["excluded_end_before_start"]
            expect(f"boston, {way}, {department['dep']}: requests", whole, int(department["n"]))
            expect(f"boston, {way}, {department['dep']}: closed", row["n"],
                   int(department["closed"]))
            expect(f"boston, {way}, {department['dep']}: p50", row["p50"], department["p50_s"],
                   0.0005)


def main():
    if not (DATA / "expected.json").exists():
        print(f"skipped: no real data at {DATA}")
        return 0
    expected = json.loads((DATA / "expected.json").read_text())
    pegel = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="pegel-real-") as folder:
        work = pathlib.Path(folder)
        check_log(pegel, work, "wabo", DATA / "wabo_receipt/receipt.xes.gz",
                  expected["wabo_receipt"])
        check_log(pegel, work, "bpic15", DATA / "bpic15/BPIC15_2.xes.gz", expected["bpic15_2"])
        check_boston(pegel, work, expected["boston_2015h1"])
    print(f"real data: {claims - failures} of {claims} figures equal")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
