#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: the sets for federal reports are what the events say, name what is missing, and a month that
was told is corrected with a reason.
Method: a sample town; its file is counted here, line by line, and compared with the sets over HTTP and
with the files of `pegel zsk`; then late events arrive. usage: sets.py PEGEL"""
import collections
import csv
import datetime
import hashlib
import io
import json
import pathlib
import sys
import tempfile
import zoneinfo

from server import Server, post

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
failures = 0
claims = 0


def expect(claim, got, wanted):
    global failures, claims
    claims += 1
    if got != wanted:
        failures += 1
        print(f"FAILED {claim}: {str(got)[:300]}, expected {str(wanted)[:300]}")


def month_of(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(BERLIN).strftime("%Y-%m")


def read_events(path):
    events = {}
    for line in path.read_text().splitlines():
        event = json.loads(line)
        events.setdefault(event["id"], event)
    return list(events.values())


def transactions(events):
    """First case.received of each case, by month, municipality and service."""
    first = {}
    for event in events:
        if event["type"] == "case.received":
            key = (event["tenant"], event["subject"])
            if key not in first or event["time"] < first[key]["time"]:
                first[key] = event
    count = collections.Counter()
    for event in first.values():
        count[month_of(event["time"]), event["tenant"], event["service"]] += 1
    return count


def check_sdg(server, events, interval):
    tables = server.get(f"/v1/sets/sdg?{interval}")["tables"]
    views = collections.Counter(
        (month_of(event["time"]), event.get("service"), event.get("step"), event.get("country"),
         event.get("device")) for event in events if event["type"] == "page.viewed")
    months = {"2026-09", "2026-10"}
    wanted = {key: n for key, n in views.items() if key[0] in months}
    got = {(row["month"], row["service"], row["url_key"], row["country"], row["device"]):
           row["views"] for row in tables["page_views"]["rows"]}
    expect("sdg: page views by page, country and device", got, wanted)
    received = collections.Counter()
    for (month, _, service), n in transactions(events).items():
        if month in months:
            received[month, service] += n
    expect("sdg: requests", {(row["month"], row["service"]): row["received"]
                             for row in tables["requests"]["rows"] if row["received"]},
           dict(received))
    ratings = collections.Counter((month_of(event["time"]), event.get("service"))
                                  for event in events if event["type"] == "feedback.rated"
                                  and 1 <= event["value"] <= 5)
    expect("sdg: ratings", {(row["month"], row["service"]): row["ratings"]
                            for row in tables["feedback"]["rows"]},
           {key: n for key, n in ratings.items() if key[0] in months})
    expect("sdg: what is missing", [row["table"] for row in tables["gaps"]["rows"]],
           ["page_views", "requests"])


def check_din(server, interval):
    din = server.get(f"/v1/sets/din-spec-66336?{interval}&lang=en")
    items = {row["item"]: row for row in din["tables"]["items"]["rows"]}
    expect("din: summary", din["summary"], "3 of 3 must, 5 of 8 should delivered")
    expect("din: eleven items", len(items), 11)
    expect("din: gaps", [row["item"] for row in din["tables"]["gaps"]["rows"]],
           [name for name, row in items.items() if row["delivered"] == "no"])
    for name, row in items.items():
        if row["delivered"] == "no":
            expect(f"din: {name} has no figure", row["value"], None)
            continue
        kpi = row["definition"].split(";")[0]
        answer = server.get(f"/v1/kpis/{kpi}?{interval}")["rows"][0]
        column = {"correct_applications": "first_time_right",
                  "processing_time": "mean"}.get(name, "value")
        expect(f"din: {name}", row["value"], answer[column])
        expect(f"din: n of {name}", row["n"], answer["n"])
        by = server.get(f"/v1/kpis/{kpi}?{interval}&by=service,month")["rows"]
        expect(f"din: {name} by service and month",
               [(f["service"], f["month"], f["value"], f["n"])
                for f in din["tables"]["figures"]["rows"] if f["item"] == name],
               [(r["service"], r["month"], r[column], r["n"]) for r in by if r["n"] > 0])


def check_din_of_nothing(pegel, work):
    server = Server(pegel, work / "nothing").start()
    din = server.get("/v1/sets/din-spec-66336?lang=de&from=2026-01-01&to=2026-02-01")
    expect("din: the interval that was asked for", din["interval"]["from"],
           "2025-12-31T23:00:00.000Z")
    expect("din without events", din["summary"], "0 von 3 Muss-Angaben, 0 von 8 Soll-Angaben geliefert")
    sent = {row["item"]: row["send"] for row in din["tables"]["gaps"]["rows"]}
    expect("din: all is missing", len(sent), 11)
    expect("din: what to send for visits", sent["visits"], "page.viewed")
    expect("din: what to send for completions", sent["completions"],
           "form.started|form.step, form.submitted")
    expect("din: nothing to send", sent["qualitative_feedback"], None)
    server.stop()


PUBLISHER = {"name": "Beispielstadt \"B\"", "url": "https://example.org/zahlen",
             "contributor": "http://dcat-ap.de/def/contributors/beispielstadt",
             "contact": "daten@example.org"}


def check_open_data(server):
    """Every row is that of the KPI, rounded; every small one is not there, and nothing without a
    publisher."""
    config = server.data / "pegel.json"
    server.start()
    try:
        server.get("/v1/catalogue.jsonld")
        expect("nothing is published", "published", "404")
    except AssertionError as error:
        expect("nothing is published", ": 404" in str(error), True)
    server.stop()
    config.write_text(json.dumps({"publisher": PUBLISHER}))
    server.start()
    catalogue = server.get("/v1/catalogue.jsonld")
    expect("the catalogue's publisher", catalogue["dct:publisher"]["foaf:name"], PUBLISHER["name"])
    shown = suppressed = 0
    for dataset in catalogue["dcat:dataset"]:
        for field in ("dct:title", "dct:description", "dcat:theme", "dcatde:contributorID",
                      "dct:accrualPeriodicity", "dct:temporal", "dcatde:politicalGeocodingURI"):
            expect(f"{dataset['dct:identifier']} has {field}", field in dataset, True)
        expect("its distributions", [d["dct:license"]["@id"].rsplit("/", 2)[1]
                                     for d in dataset["dcat:distribution"]], ["dl-by-de"] * 2)
        url = dataset["dcat:distribution"][1]["dcat:downloadURL"]["@id"]
        rows = server.get(url.removeprefix(PUBLISHER["url"]))["tables"]["figures"]["rows"]
        kpi = dataset["dct:identifier"]
        last = dataset["dct:temporal"]["dcat:endDate"]["@value"]
        after = (datetime.date.fromisoformat(last) + datetime.timedelta(1)).isoformat()
        truth = server.get(f"/v1/kpis/{kpi}?by=tenant,service,month&to={after}")["rows"]
        expect(f"{kpi}: rows", [(r["tenant"], r["service"], r["month"]) for r in rows],
               [(r["tenant"], r["service"], r["month"]) for r in truth])
        for row, true in zip(rows, truth):
            value, n = true["value"], true["n"]
            small = value is None or n < (10 if row["unit"] == "s" else 5)
            if not small and row["unit"] == "ratio":
                small = min(round(value * n), n - round(value * n)) < 5
            if not small and row["unit"] == "count":
                small = value < 5
            shown += not small
            suppressed += small
            if small:
                expect(f"{kpi}: a small cell", (row["value"], row["n"]), (None, None))
                continue
            step = {"count": 5, "ratio": 0.01, "score": 0.1,
                    "s": 60 if value < 86400 else 3600}[row["unit"]]
            expect(f"{kpi}: rounded", abs(row["value"] - value) <= step / 2 + 1e-9
                   and abs(row["value"] / step - round(row["value"] / step)) < 1e-6
                   and row["n"] % 5 == 0 and abs(row["n"] - n) <= 2.5, True)
    expect("there were both", shown > 100 and suppressed > 100, True)
    server.stop()
    config.unlink()


def zsk(server, month, *words):
    out = server.data / "out.csv"
    out.unlink(missing_ok=True)
    server.command("zsk", "--data", server.data, "--month", month, "--out", out, *words)
    return out.read_bytes() if out.exists() else None


def rows_of(file):
    return {(row["ARS"], row["Leistung"]): int(row["Transaktionen"])
            for row in csv.DictReader(io.StringIO(file.decode()), delimiter=";")}


def check_zsk(server, events):
    """As many as the file says; then a late case, an old one from a file, and an altered file."""
    def expected(extra=()):
        return {(tenant, service): n for (month, tenant, service), n
                in transactions([*events, *extra]).items() if month == "2026-10"}
    first = zsk(server, "2026-10")
    expect("zsk: rows", rows_of(first), expected())
    expect("zsk: nothing has changed", zsk(server, "2026-10"), None)
    kept = server.data / "zsk"
    expect("zsk: what was told is kept", (kept / "2026-10-all-1.csv").read_bytes(), first)
    note = json.loads((kept / "2026-10-all-1.json").read_text())
    expect("zsk: with its checksum", note["sha256"], hashlib.sha256(first).hexdigest())
    late = {"id": "late", "time": "2026-10-31T22:59:59Z", "type": "case.received",
            "subject": "late", "tenant": "091620000000", "service": "99900001017000"}
    not_in_it = {**late, "id": "later", "time": "2026-10-31T23:00:00Z", "subject": "later"}
    token = server.token()
    server.start()
    post(server.connect(), token, [json.dumps(late), json.dumps(not_in_it)])
    second = zsk(server, "2026-10")
    server.stop()
    expect("zsk: the correction is the whole", rows_of(second), expected([late]))
    note = json.loads((kept / "2026-10-all-2.json").read_text())
    expect("zsk: what changed, and why", note["changes"],
           [{"ars": "091620000000", "service": "99900001017000", "sent": 0, "now": 1, "late": 1,
             "restated": 0}])
    old = {**late, "id": "old", "time": "2026-10-02T10:00:00Z", "subject": "old"}
    (server.data / "old.ndjson").write_text(json.dumps(old) + "\n")
    server.command("import", "--data", server.data, server.data / "old.ndjson")
    expect("zsk: of a file", rows_of(zsk(server, "2026-10")), expected([late, old]))
    note = json.loads((kept / "2026-10-all-3.json").read_text())
    expect("zsk: is a restatement", [(c["late"], c["restated"]) for c in note["changes"]], [(0, 1)])
    try:
        server.command("zsk", "--data", server.data, "--month", "2026-10", "--as-of",
                       "2026-11-02T00:00:00Z")
        expect("zsk: no run is corrected by an older one", "corrected", "refused")
    except AssertionError as error:
        expect("zsk: no run is corrected by an older one", "is later than" in str(error), True)
    try:
        server.command("zsk", "--data", server.data, "--month", "2026-+9")
        expect("zsk: a month has one name", "written", "refused")
    except AssertionError as error:
        expect("zsk: a month has one name", "is no month" in str(error), True)
    with open(kept / "2026-10-all-3.csv", "ab") as file:
        file.write(b"\n")
    try:
        server.command("zsk", "--data", server.data, "--month", "2026-10")
        expect("zsk: an altered file is noticed", "not noticed", "noticed")
    except AssertionError as error:
        expect("zsk: an altered file is noticed", "is not what was written" in str(error), True)


def main():
    pegel = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        server = Server(pegel, work / "data")
        server.command("sample", "--out", work / "town", "--events", 40000, "--days", 120,
                       "--end", "2026-11-20")
        events = read_events(work / "town" / "events.ndjson")
        server.command("import", "--data", server.data, work / "town" / "events.ndjson")
        interval = "from=2026-09-01&to=2026-11-01"
        server.start()
        check_sdg(server, events, interval)
        check_din(server, interval)
        server.stop()
        check_din_of_nothing(pegel, work)
        check_open_data(server)
        check_zsk(server, events)
    print(f"{claims} claims, {failures} failed")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
