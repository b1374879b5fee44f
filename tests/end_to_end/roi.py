#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: what Pegel says of costs and benefits follows from the events and the assumptions file by the
formulas of docs/KPIS.md, to the cent, with measured figures before assumed ones.
Method: random towns and random assumptions; every figure is calculated again here with decimal
numbers of 50 digits, from the events themselves. usage: roi.py PEGEL"""
import collections
import datetime
import decimal
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import zoneinfo

from decimal import Decimal as D

decimal.getcontext().prec = 50
ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc
TENANT = "091620000000"
ORIGIN = {"source": "drawn", "date": "2025-01-01"}
ONE_OFF = ["licence", "implementation", "interfaces", "migration", "consulting", "training"]
RUNNING = ["hosting", "maintenance", "support", "adjustments", "training"]
QUIET = datetime.timedelta(days=4)
failures = claims = 0


def expect(claim, got, wanted, tolerance=D("0.000001")):
    """Figures agree to a millionth of themselves, or of one."""
    global failures, claims
    claims += 1
    if got is None or wanted is None or isinstance(wanted, str):
        same = got == wanted
    else:
        same = abs(D(got) - wanted) <= tolerance * max(1, abs(wanted))
    if not same:
        failures += 1
        print(f"FAILED {claim}: {got}, expected {wanted}")


# --- random worlds ---

def make_events(rng, services, begin, days):
    """Cases with and without minutes, and bookings with positions, known and unknown ones."""
    events, serial = [], 0
    for service in services:
        for _ in range(rng.randrange(5, 60)):
            serial += 1
            received = begin + datetime.timedelta(minutes=rng.randrange(days * 1440))
            head = {"subject": f"case-{serial}", "tenant": TENANT, "service": service}
            events.append({**head, "type": "case.received", "time": received, "channel": "online"})
            for _ in range(rng.randrange(0, 3)):
                later = received + datetime.timedelta(minutes=rng.randrange(1, 600))
                events.append({**head, "type": "case.activity", "time": later, "step": "check",
                               "minutes": rng.randrange(1, 400) / 10})
    for _ in range(rng.randrange(0, 40)):
        events.append({"tenant": TENANT, "type": "cost.booked", "code": rng.choice(["p1", "p2", "x"]),
                       "service": rng.choice(services), "value": rng.randrange(-5000, 900000),
                       "time": begin + datetime.timedelta(minutes=rng.randrange(days * 1440))})
    for number, event in enumerate(events):
        event["id"] = f"event-{number}"
        event["time"] = event["time"].astimezone(UTC)
    return events


def rate(rng, low, high):
    return {"value": round(rng.uniform(low, high), 4), **ORIGIN}


def make_costs(rng, years):
    def line(amount):
        if rng.random() < 0.5:
            return amount
        return {"amount": amount, "budget_effective": rng.random() < 0.5,
                "position": rng.choice(["p1", "p2"])}
    return {**ORIGIN,
            "one_off": {name: line(rng.randrange(90000)) for name in rng.sample(ONE_OFF, 3)},
            "running": {name: line(rng.choice([rng.randrange(9000),
                                               [rng.randrange(9000) for _ in range(years)]]))
                        for name in rng.sample(RUNNING, 3)}}


def make_service(rng, years):
    service = {**ORIGIN}
    if rng.random() < 0.7:
        service["transactions"] = rng.choice([rng.randrange(5000),
                                              [rng.randrange(5000) for _ in range(years)]])
    if rng.random() < 0.7:
        service["minutes_before"] = rng.randrange(600) / 10
    if rng.random() < 0.7:
        service["minutes_after"] = rng.randrange(400) / 10
    if rng.random() < 0.7:
        service["material_saved"] = {"paper": rng.randrange(100) / 100, "postage": 0.95}
    return service


def make_assumptions(rng, services, go_live):
    years = rng.randrange(1, 7)
    file = {"version": "1", "currency": "EUR", "years": years, "go_live": go_live.isoformat(),
            "price_basis": {"prices": "nominal", "year": 2025},
            "discount_rate": rate(rng, -0.01, 0.08), "hourly_rate": rate(rng, 20, 90),
            "realised_share": rate(rng, 0, 0.8), "budget_share": rate(rng, 0, 1),
            "grant": rate(rng, 0, 9000), "costs": make_costs(rng, years),
            "services": {key: make_service(rng, years) for key in services[1:] + ["only-assumed"]},
            "no_shows": {**ORIGIN, "avoided_per_year": rng.randrange(300), "slot_minutes": 15},
            "scenarios": {"pessimistic": {**ORIGIN, "factors": {
                "transactions": 0.8, "minutes_saved": 0.7, "one_off_costs": 1.2,
                "running_costs": 1.1, "hourly_rate": 0.9, "no_shows_avoided": 0.5,
                "material_saved": 0.6, "realised_share": 1.5, "discount_rate": 1.3}}}}
    return file


# --- the second implementation ---

class World:
    """What was measured, straight from the events."""

    def __init__(self, events, file, from_, to):
        self.years, self.events = file["years"], events
        go_live = datetime.date.fromisoformat(file["go_live"])
        self.edges = [datetime.datetime(go_live.year + t, go_live.month, go_live.day,
                                        tzinfo=ZONE).astimezone(UTC)
                      for t in range(self.years + 1)]
        times = [event["time"] for event in events if event["time"] <= to]  # known as of then
        self.begin, self.end = max(from_, min(times)), min(to, max(times))
        self.quiet = (max(from_, min(times) - QUIET), min(to, max(times) + QUIET))
        first = {}
        minutes = collections.defaultdict(list)
        for event in events:
            if event["type"] == "case.received":
                first[event["subject"]] = event
            elif event["type"] == "case.activity" and event["time"] <= to:
                minutes[event["subject"]].append(D(str(event["minutes"])))
        self.cases = [(event["service"], event["time"], sum(minutes[subject]))
                      for subject, event in first.items() if from_ <= event["time"] < to]
        self.booked = [event for event in events
                       if event["type"] == "cost.booked" and from_ <= event["time"] < to]

    def year_of(self, time):
        return sum(time >= edge for edge in self.edges)

    def complete(self, year):
        return self.quiet[0] <= self.edges[year - 1] and self.edges[year] <= self.quiet[1]

    def services(self):
        return {service for service, _, _ in self.cases}

    def count(self, service, year=None):
        return sum(key == service and (year is None or self.year_of(time) == year)
                   for key, time, _ in self.cases)

    def pace(self, service):
        years = D((self.end - self.begin) / datetime.timedelta(milliseconds=1)) \
            / (D("365.25") * 86400000)
        return self.count(service) / years

    def minutes(self, service, years):
        return [minutes for key, time, minutes in self.cases
                if key == service and self.year_of(time) in years and minutes > 0]


def volume(world, file, service, year):
    if service in world.services() and world.complete(year):
        return D(world.count(service, year)), "measured"
    assumed = file["services"].get(service, {}).get("transactions")
    if assumed is not None:
        return D(str(assumed[year - 1] if isinstance(assumed, list) else assumed)), "assumed"
    if service in world.services():
        return world.pace(service), "extrapolated"
    return None, None


def mean_minutes(world, file, service, years, name):
    measured = world.minutes(service, years)
    if measured:
        return sum(measured) / len(measured), "measured", measured
    assumed = file["services"].get(service, {}).get(name)
    return (None, None, []) if assumed is None else (D(str(assumed)), "assumed", [])


def cost_lines(file, years):
    for group, names in (("one_off", ONE_OFF), ("running", RUNNING)):
        for name in names:
            line = file["costs"][group].get(name)
            if line is None:
                continue
            line = line if isinstance(line, dict) else {"amount": line}
            amount = line["amount"]
            by_year = [D(0)] * (years + 1)
            if group == "one_off":
                by_year[0] = D(amount)
            else:
                by_year[1:] = [D(a) for a in (amount if isinstance(amount, list) else [amount] * years)]
            yield group, line.get("budget_effective", True), line.get("position", name), by_year


def evaluate(world, file, factors):
    """The report: every year, and what follows."""
    factor = collections.defaultdict(lambda: D(1), {k: D(str(v)) for k, v in factors.items()})
    number = lambda name: D(str(file[name]["value"]))
    years = file["years"]
    share = min(D(1), number("realised_share") * factor["realised_share"])
    per_minute = number("hourly_rate") * factor["hourly_rate"] / 60
    i = number("discount_rate") * factor["discount_rate"]
    report = {"years": [], "services": {}, "incomplete": 0}
    keys = sorted(world.services() | set(file["services"]))
    for key in keys:
        before, before_basis, befores = mean_minutes(world, file, key, {0}, "minutes_before")
        after, after_basis, afters = mean_minutes(world, file, key, set(range(1, years + 2)),
                                                  "minutes_after")
        saved = None if before is None or after is None else \
            (before - after) * factor["minutes_saved"]
        volumes = [None]
        for t in range(1, years + 1):
            n, basis = volume(world, file, key, t)
            volumes.append((n * factor["transactions"] if basis not in (None, "measured") else n,
                            basis))
        material = sum(D(str(v)) for v in
                       file["services"].get(key, {}).get("material_saved", {}).values())
        report["services"][key] = {
            "saved": saved, "before": (before, before_basis, befores),
            "after": (after, after_basis, afters), "volumes": volumes,
            "material": material * factor["material_saved"]}
        report["incomplete"] += saved is None or any(n is None for n, _ in volumes[1:])
    cumulative = present = budget = tco = tco_present = benefit = time_and_material = cases = D(0)
    for t in range(years + 1):
        cost = cost_budget = D(0)
        for group, effective, _, by_year in cost_lines(file, years):
            amount = by_year[t] * factor["one_off_costs" if group == "one_off" else "running_costs"]
            cost += amount
            cost_budget += amount if effective else 0
        time = material = no_show = D(0)
        if t > 0:
            for service in report["services"].values():
                n = service["volumes"][t][0]
                if n is None:
                    continue
                cases += n
                material += n * service["material"]
                time += n * service["saved"] * per_minute * share if service["saved"] is not None else 0
            no_show = D(file["no_shows"]["avoided_per_year"]) * factor["no_shows_avoided"] \
                * file["no_shows"]["slot_minutes"] * per_minute
        gain = time + material + no_show
        gain_budget = (time + no_show) * number("budget_share") + material
        discount = 1 / (1 + i) ** t
        cumulative += gain - cost
        present += (gain - cost) * discount
        budget += (gain_budget - cost_budget) * discount
        tco += cost
        tco_present += cost * discount
        benefit += gain
        time_and_material += time + material
        report["years"].append({"cost": cost, "cost_budget": cost_budget, "benefit_time": time,
                                "benefit_material": material, "benefit_no_show": no_show,
                                "benefit": gain, "benefit_budget": gain_budget,
                                "cumulative": cumulative, "cumulative_present": present})
    report.update(npv=present, npv_budget=budget, tco=tco, tco_present=tco_present,
                  benefit=benefit, roi=(benefit - tco) / tco if tco > 0 else None)
    report["payback_static"] = payback([y["cumulative"] for y in report["years"]])
    report["payback_dynamic"] = payback([y["cumulative_present"] for y in report["years"]])
    report["break_even_cases"] = tco / years / (time_and_material / cases) \
        if time_and_material > 0 else None
    return report


def payback(sums):
    """The moment after the last at which the sum is below zero."""
    if sums[-1] < 0:
        return None
    below = [t for t, value in enumerate(sums) if value < 0]
    if not below:
        return D(0)
    t = below[-1]
    return t + sums[t] / (sums[t] - sums[t + 1])


# --- comparing ---

def compare_report(name, row, report):
    for column in ("npv", "npv_budget", "tco", "tco_present", "benefit", "roi", "payback_static",
                   "payback_dynamic", "break_even_cases"):
        expect(f"{name}: {column}", row[column], report[column])
    expect(f"{name}: incomplete", row["incomplete_services"], D(report["incomplete"]))


def compare_services(name, sections, report):
    rows = {row["service"]: row for row in sections["services"]["rows"]}
    expect(f"{name}: services", " ".join(sorted(rows)), " ".join(sorted(report["services"])))
    for key, service in report["services"].items():
        row = rows[key]
        expect(f"{name} {key}: saved", row["minutes_saved"], service["saved"])
        for side in ("before", "after"):
            mean, basis, values = service[side]
            expect(f"{name} {key}: {side}", row[f"minutes_{side}"], mean)
            expect(f"{name} {key}: {side} basis", row[f"minutes_{side}_basis"], basis)
            expect(f"{name} {key}: {side} n", row[f"minutes_{side}_n"], D(len(values)))
            if len(values) > 1:
                error = statistics.stdev(values) / D(len(values)).sqrt()
                expect(f"{name} {key}: {side} hi", row[f"minutes_{side}_hi"],
                       mean + D("1.96") * error)
    for row in sections["volumes"]["rows"]:
        n, basis = report["services"][row["service"]]["volumes"][row["year"]]
        expect(f"{name} {row['service']} {row['year']}: volume", row["transactions"], n)
        expect(f"{name} {row['service']} {row['year']}: basis", row["basis"], basis)


def compare_plan(name, sections, world, file):
    """Every booking is in one row, beside the sum of the lines of its position."""
    booked = collections.Counter()
    for event in world.booked:
        booked[event["code"], world.year_of(event["time"])] += D(event["value"]) / 100
    lines = list(cost_lines(file, world.years))
    positions = {position for _, _, position, _ in lines}
    for row in sections["plan_actual"]["rows"]:
        claim = f"{name} plan {row['figure']} {row['year']} {row['service']} {row['position']}"
        if row["figure"] == "cost":
            expect(f"{claim}: planned", row["planned"], sum(
                by_year[row["year"]] for _, _, p, by_year in lines if p == row["position"]))
            actual = booked.pop((row["position"], row["year"]), None)
            expect(claim, row["actual"], actual)
        elif row["figure"] == "cost_outside_plan":
            outside = [key for key in booked if key[0] not in positions and key[1] == row["year"]]
            expect(claim, row["actual"], sum(booked.pop(key) for key in outside))
        elif row["figure"] == "transactions":
            expect(claim, row["actual"], D(world.count(row["service"], row["year"])))
        elif row["figure"] in ("minutes_before", "minutes_after"):
            values = world.minutes(row["service"], {row["year"]})
            expect(claim, row["actual"], sum(values) / len(values) if values else None)
            expect(f"{claim}: n", row["n"], D(len(values)))
    left = {key: value for key, value in booked.items() if key[1] <= world.years}
    expect(f"{name}: bookings told nowhere", str(left), "{}")


def compare_tornado(name, sections, world, file):
    swings = []
    for row in sections["sensitivity"]["rows"]:
        for side, factor in (("low", "0.8"), ("high", "1.2")):
            changed = evaluate(world, file, {row["input"]: factor})
            expect(f"{name} {row['input']} {side}", row[f"npv_{side}"], changed["npv"])
            expect(f"{name} {row['input']} budget {side}", row[f"npv_budget_{side}"],
                   changed["npv_budget"])
        swings.append(row["swing"])
    expect(f"{name}: longest first", str(swings), str(sorted(swings, reverse=True)))


def ask(pegel, folder, events, file, from_, to):
    lines = [json.dumps({**event, "time": event["time"].isoformat()}) for event in events]
    (folder / "events.ndjson").write_text("\n".join(lines) + "\n")
    (folder / "roi.json").write_text(json.dumps(file))
    run = lambda *words: subprocess.run([pegel, *map(str, words)], check=True, text=True,
                                        capture_output=True).stdout
    run("import", "--data", folder / "data", folder / "events.ndjson")
    words = ["roi", "--data", folder / "data", "--assumptions", folder / "roi.json", "--from",
             from_.isoformat(), "--to", to.isoformat(), "--as-of", to.isoformat(), "--format", "json"]
    text = run(*words)
    expect("asked twice", run(*words), text)
    return json.loads(text)


def check(pegel, seed, folder):
    rng = random.Random(seed)
    services = ["permit", "passport", "parking"]
    begin = datetime.datetime(2022, 3, 1, tzinfo=ZONE)
    days = rng.randrange(300, 1500)
    events = make_events(rng, services, begin, days)
    file = make_assumptions(rng, services, datetime.date(2023, rng.randrange(1, 13), 1))
    from_ = (begin + datetime.timedelta(days=rng.randrange(-20, 60))).astimezone(UTC)
    to = (begin + datetime.timedelta(days=days + rng.randrange(-90, 90))).astimezone(UTC)
    answer = ask(pegel, folder, events, file, from_, to)
    world = World(events, file, from_, to)
    report = evaluate(world, file, {})
    sections, name = answer["sections"], f"seed {seed}"
    cases = {row["scenario"]: row for row in sections["scenarios"]["rows"]}
    compare_report(name, cases["expected"], report)
    compare_report(f"{name} pessimistic", cases["pessimistic"],
                   evaluate(world, file, file["scenarios"]["pessimistic"]["factors"]))
    for row, year in zip(sections["years"]["rows"], report["years"], strict=True):
        for column, value in year.items():
            expect(f"{name} year {row['year']}: {column}", row[column], value)
    compare_services(name, sections, report)
    compare_plan(name, sections, world, file)
    compare_tornado(name, sections, world, file)


def main():
    pegel = str(pathlib.Path(sys.argv[1]).resolve())
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    for seed in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            check(pegel, seed, pathlib.Path(folder))
    print(f"roi: {claims} claims about {runs} random towns, {failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
