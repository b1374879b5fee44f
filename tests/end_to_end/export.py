#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: what is exported and imported again has the same KPIs, byte for byte, also as of a moment in
the past; and what is exported is XES that other programs can read.
Method: a sample town, sent to a server and imported, and two real logs; export, import into a fresh
data folder, ask both every KPI that the file speaks of. The XES is read by a parser of another maker.
usage: export.py PEGEL"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

from server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("PEGEL_DATA", ROOT / ".." / "shared" / "data")).resolve()
MAP = ROOT / "docs" / "examples" / "pegel.map.json"
TENANT = "091620000000"
XES = "{http://www.xes-standard.org/}"
OF_CASES = ["processing_time", "throughput", "backlog", "rework", "sla_share", "due",
            "digital_take_up", "transitions", "variants", "activities", "media_breaks"]
failures = 0
claims = 0


def expect(claim, holds, detail=""):
    global failures, claims
    claims += 1
    if not holds:
        failures += 1
        print(f"FAILED {claim} {detail}")


def ask(pegel, data, kpi, *words):
    done = subprocess.run([pegel, "kpi", kpi, "--data", data, "--format", "json", *words],
                          capture_output=True, text=True)
    if done.returncode != 0 and "has no intake view" not in done.stderr:
        raise AssertionError(f"pegel kpi {kpi} {words}: {done.stderr}")
    return done.stdout + done.stderr


def questions(definition):
    """Every view, clock and purpose of a KPI, whole, by month and by its dimensions."""
    dimensions = [d for d in definition["dimensions"] if d not in ("step",)]
    for view in definition["views"] or [None]:
        for clock in definition["clocks"] or [None]:
            for by in ("month", ",".join(dimensions[:2]), ",".join(dimensions[2:])):
                words = ["--view", view] if view else []
                words += ["--clock", clock] if clock and len(definition["clocks"]) > 1 else []
                words += ["--by", by] if by and (by != "month" or definition["buckets"]) else []
                yield words


def unordered(answer):
    """Steps of equal reach stand in the order in which they were first seen to come, and an export
    tells journeys in another order than they came in."""
    answer = json.loads(answer)
    for row in answer["rows"]:
        del row["position"]
    answer["rows"].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return answer


def compare(name, pegel, before, after, kpis, catalogue, as_ofs):
    for kpi in kpis:
        for words in questions(catalogue[kpi]):
            for as_of in as_ofs:
                asked = (kpi, *words, "--as-of", as_of)
                one, other = ask(pegel, before, *asked), ask(pegel, after, *asked)
                if kpi == "funnel":
                    one, other = unordered(one), unordered(other)
                expect(f"{name}: {' '.join(asked)}", one == other)


def check_xes(name, path, events, traces):
    """Well-formed; each trace named once, each event with a name, a time in order, a transition."""
    names, found = set(), 0
    for _, element in xml.iterparse(path):
        if element.tag != XES + "trace":
            continue
        values = [{item.get("key"): item.get("value") for item in event}
                  for event in element.findall(XES + "event")]
        own = {item.get("key"): item.get("value") for item in element if item.get("key")}
        names.add((own["tenant"], own["concept:name"]))
        moments = [event["time:timestamp"] for event in values]
        expect(f"{name}: a trace in order", moments == sorted(moments))
        expect(f"{name}: names and transitions",
               all(event["concept:name"] and event["lifecycle:transition"] == "complete"
                   for event in values))
        found += len(values)
        element.clear()
    expect(f"{name}: events of the file", found == events, f"{found} of {events}")
    expect(f"{name}: traces of the file", len(names) == traces, f"{len(names)} of {traces}")


def inventory(pegel, data):
    rows = json.loads(ask(pegel, data, "active_journeys"))["rows"]
    return rows[0]["n"]


def check_log(pegel, work, name, file, catalogue):
    first, second = Server(pegel, work / name), Server(pegel, work / f"{name}-again")
    out = work / f"{name}.xes"
    first.command("import", "--data", first.data, "--tenant", TENANT, "--map",
                  ROOT / "docs" / "examples" / f"{name}.map.json", file)
    first.command("export", "--data", first.data, "--out", out)
    second.command("import", "--data", second.data, "--map", MAP, out)
    events = json.loads(ask(pegel, first.data, "event_count"))["rows"][0]["n"]
    check_xes(name, out, events, inventory(pegel, first.data))
    expect(f"{name}: events there and back",
           json.loads(ask(pegel, second.data, "event_count"))["rows"][0]["n"] == events)
    kpis = [kpi for kpi in OF_CASES if kpi in catalogue]
    compare(name, pegel, first.data, second.data, kpis, catalogue,
            ["2026-01-01", "2014-06-01", "2011-03-01T10:00:00Z"])


def unrecorded(line):
    """What is sent and says when it was written down was known later: one field cannot say both."""
    return json.dumps({k: v for k, v in json.loads(line).items() if k != "recorded"}).encode() + b"\n"


def check_town(pegel, work, catalogue):
    """Half of it imported, half sent: those arrived late, which they must not lose."""
    town = work / "town"
    first = Server(pegel, work / "first")
    first.command("sample", "--out", town, "--events", 20000, "--days", 120)
    lines = (town / "events.ndjson").read_bytes().splitlines(keepends=True)
    lines = lines[:10000] + [unrecorded(line) for line in lines[10000:]]
    (work / "half.ndjson").write_bytes(b"".join(lines[:10000]))
    first.command("import", "--data", first.data, work / "half.ndjson")
    token = first.token()
    first.start()
    connection = first.connect()
    connection.request("POST", "/v1/events", b"".join(lines[10000:]),
                       {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"})
    answer = json.loads(connection.getresponse().read())
    expect("the server takes them", answer["rejected"] == [])
    first.stop()
    second = Server(pegel, work / "second")
    for purpose in ("case", "attempt", "appointment"):
        out = work / f"{purpose}.xes"
        first.command("export", "--data", first.data, "--purpose", purpose, "--out", out)
        second.command("import", "--data", second.data, "--map", MAP, out)
    alone = work / "alone.ndjson"
    first.command("export", "--data", first.data, "--format", "ndjson", "--purpose", "none",
                  "--out", alone)
    second.command("import", "--data", second.data, alone)
    third = Server(pegel, work / "third")
    out = work / "all.ndjson"
    first.command("export", "--data", first.data, "--format", "ndjson", "--out", out)
    expect("exporting again gives the same lines",
           first.command("export", "--data", first.data, "--format", "ndjson", "--out", "-")
           == out.read_text())
    third.command("import", "--data", third.data, out)
    third.command("import", "--data", third.data, out)
    kpis = [kpi for kpi in catalogue
            if kpi not in ("roi", "cost_per_transaction")]
    for name, other in (("XES", second), ("NDJSON", third)):
        compare(f"town, {name}", pegel, first.data, other.data, kpis, catalogue,
                ["2026-12-31T00:00:00Z", "2026-10-01"])


def check_parts(pegel, work):
    """Each journey is in exactly one of two exports that meet; a service alone is a part of all."""
    data = work / "first"
    whole = Server(pegel, data)

    def subjects(*words):
        lines = whole.command("export", "--data", data, "--format", "ndjson", "--purpose", "case",
                              "--out", "-", *words).splitlines()
        return [json.loads(line)["subject"] for line in lines]
    rows = json.loads(ask(pegel, data, "event_count", "--by", "month"))["rows"]
    middle = rows[len(rows) // 2]["month"] + "-01"
    everything, old, new = subjects(), subjects("--to", middle), subjects("--from", middle)
    expect("two parts are the whole", sorted(old + new) == sorted(everything))
    expect("no journey is in both", not set(old) & set(new) and old and new)
    service = subjects("--service", "99900001017000")
    expect("a service is a part", 0 < len(service) < len(everything)
           and set(service) <= set(everything))
    expect("a service that nobody has", subjects("--service", "unknown") == [])


def main():
    pegel = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        server = Server(pegel, work / "catalogue").start()
        catalogue = {kpi["id"]: kpi for kpi in server.get("/v1/kpis")["kpis"]}
        server.stop()
        check_town(pegel, work, catalogue)
        check_parts(pegel, work)
        for name, file in (("wabo", "wabo_receipt/receipt.xes.gz"), ("bpic15", None)):
            if DATA.exists():
                path = DATA / file if file else next((DATA / "bpic15").glob("*.xes*"))
                check_log(pegel, work, name, path, catalogue)
    print(f"{claims} claims, {failures} failed")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
