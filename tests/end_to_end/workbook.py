#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: the workbook of GET /v1/roi calculates: LibreOffice, which knows nothing of Pegel, gives the
figures of the JSON answer when it recalculates the formulas, and still does after an assumption has
been changed in the sheet and, for JSON, in the file.
Method: `pegel roi --format xlsx` and `--format json` on a sample town; the workbook is recalculated
by soffice --headless and every figure of "Figures" and "Years" compared. For the second round a cell
of "Rates", "Costs" or "Volumes" is set in the file of the sheet itself. No cached figure can pass:
those of the second round are of the first.
usage: workbook.py PEGEL; skips when there is no soffice"""
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
TENANT = "090990000000"
compared = 0


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, **more)


def sheet_paths(archive):
    relations = {r.get("Id"): r.get("Target") for r in
                 ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    return {sheet.get("name"): "xl/" + relations[sheet.get(RELATION)].removeprefix("/xl/")
            for sheet in book.iter(MAIN + "sheet")}


def read_sheets(path):
    """{sheet: {cell: number or text}}"""
    sheets = {}
    with zipfile.ZipFile(path) as archive:
        shared = []
        if "xl/sharedStrings.xml" in archive.namelist():
            root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
            shared = ["".join(t.text or "" for t in s.iter(MAIN + "t")) for s in root]
        for name, part in sheet_paths(archive).items():
            cells = sheets[name] = {}
            for cell in ElementTree.fromstring(archive.read(part)).iter(MAIN + "c"):
                value = cell.find(MAIN + "v")
                if value is None or value.text is None:
                    continue
                kind = cell.get("t", "n")
                cells[cell.get("r")] = (shared[int(value.text)] if kind == "s" else
                                        value.text if kind in ("str", "e") else float(value.text))
    return sheets


def set_cell(path, sheet, cell, value):
    """Changes one number in the file as it is; all else, cached figures too, stays."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        part = sheet_paths(archive)[sheet]
    text = files[part].decode()
    text, count = re.subn(rf'(<c r="{cell}"[^>]*>)<v>[^<]*</v>', rf"\g<1><v>{value!r}</v>", text)
    assert count == 1, (sheet, cell, count)
    files[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def recalculated(path, folder):
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user/registrymodifications.xcu").write_text(ALWAYS)
    out = folder / "recalculated"
    run("soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "xlsx",
        "--outdir", out, path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    return read_sheets(out / path.name)


def expect(where, found, wanted):
    global compared
    compared += 1
    if wanted is None:
        assert not isinstance(found, float), f"{where}: {found} instead of none"
        return
    assert isinstance(found, float), f"{where}: {found!r} instead of {wanted}"
    close = math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-6)
    assert close, f"{where}: {found!r} instead of {wanted!r}"


def column_letter(index):
    return ("" if index < 26 else chr(ord("A") + index // 26 - 1)) + chr(ord("A") + index % 26)


def compare(sheets, answer):
    total = answer["rows"][0]
    figures = sheets["Figures"]
    known = 0
    for row in range(3, 30):
        name = figures.get(f"A{row}")
        if name in total:
            expect(f"Figures.{name}", figures.get(f"C{row}"), total[name])
            known += 1
    assert known == 10, f"{known} headline figures"
    years = sheets["Years"]
    heads = [years[f"{column_letter(at)}1"] for at in range(14)]
    for number, row in enumerate(answer["sections"]["years"]["rows"]):
        for at, name in enumerate(heads):
            wanted = row[name]
            if name == "transactions" and number == 0:
                wanted = 0.0
            expect(f"Years.{name}[{number}]", years.get(f"{column_letter(at)}{number + 2}"), wanted)


def compare_table(sheets, answer):
    """The table of a KPI as it is: durations are parts of a day, all else in the answer's unit."""
    table = sheets[answer["definition"]["id"]]
    for at, column in enumerate(answer["columns"]):
        head = table[f"{column_letter(at)}1"]
        assert head.split(" (")[0] == column["name"], head
        assert ("(" in head) == (column["unit"] != ""), f"{head}: unit {column['unit']}"
        for number, row in enumerate(answer["rows"]):
            found, wanted = table.get(f"{column_letter(at)}{number + 2}"), row[column["name"]]
            if isinstance(wanted, str):
                assert found == wanted, (head, found, wanted)
            else:
                scale = 86400 if column["unit"] == "s" else 1
                expect(f"{head}[{number}]", found, None if wanted is None else wanted / scale)
    about = sheets["About"].values()
    for text in (answer["definition"]["formula"], answer["as_of"], answer["state"], "n"):
        assert text in about, f"About does not say {text}"


def find_row(sheet, name, column="A"):
    return next(int(cell[1:]) for cell, value in sheet.items()
                if value == name and re.fullmatch(column + r"\d+", cell))


def change_rate(document, value):
    document["hourly_rate"]["value"] = value


def change_discount(document, value):
    document["discount_rate"]["value"] = value


def change_licence(document, value):
    document["costs"]["one_off"]["licence"] = value


def main():
    pegel = pathlib.Path(sys.argv[1]).resolve()
    if shutil.which("soffice") is None:
        print("skipped: there is no soffice (Debian: libreoffice-calc-nogui)")
        return
    with tempfile.TemporaryDirectory(prefix="pegel-workbook-") as folder:
        check(pegel, pathlib.Path(folder))


def check(pegel, folder):
    town, data = folder / "town", folder / "data"
    quiet = {"stdout": subprocess.DEVNULL}
    run(pegel, "sample", "--out", town, "--days", 500, **quiet)
    run(pegel, "import", "--data", data, "--config", town / "config.json", town / "events.ndjson",
        **quiet)
    source = json.loads((town / f"assumptions-{TENANT}.json").read_text())

    def ask(form, assumptions):
        return run(pegel, "roi", "--data", data, "--config", town / "config.json", "--tenant",
                   TENANT, "--as-of", "2026-10-01", "--assumptions", assumptions, "--lang", "de",
                   "--format", form, stdout=subprocess.PIPE).stdout

    for kpi, by in (("processing_time", "service,month"), ("no_show", "office"), ("funnel", "service")):
        question = [pegel, "kpi", kpi, "--data", data, "--config", town / "config.json", "--by", by,
                    "--as-of", "2026-10-01", "--format"]
        book = folder / f"{kpi}.xlsx"
        book.write_bytes(run(*question, "xlsx", stdout=subprocess.PIPE).stdout)
        compare_table(read_sheets(book), json.loads(run(*question, "json",
                                                        stdout=subprocess.PIPE).stdout))
    plain = folder / "assumptions.json"
    plain.write_text(json.dumps(source))
    first = ask("xlsx", plain)
    assert first == ask("xlsx", plain), "the same answer has other bytes"
    book = folder / "roi.xlsx"
    book.write_bytes(first)
    compare(read_sheets(book), json.loads(ask("json", plain)))  # for who does not calculate
    sheets = recalculated(book, folder)
    compare(sheets, json.loads(ask("json", plain)))
    rows = {"hourly_rate": ("Rates", "B", change_rate, 71.25),
            "discount_rate": ("Rates", "B", change_discount, 0.085),
            "costs.one_off.licence": ("Costs", "E", change_licence, 99000.5)}
    for name, (sheet, column, change, value) in rows.items():
        document = json.loads(json.dumps(source))
        change(document, value)
        changed = folder / f"{name}.json"
        changed.write_text(json.dumps(document))
        book.write_bytes(first)
        set_cell(book, sheet, f"{column}{find_row(sheets[sheet], name)}", value)
        compare(recalculated(book, folder), json.loads(ask("json", changed)))
        wrong = json.loads(ask("json", plain))["rows"][0]["npv"]
        assert not math.isclose(wrong, json.loads(ask("json", changed))["rows"][0]["npv"]), name
    print(f"{compared} figures are equal, after {1 + len(rows)} recalculations")


if __name__ == "__main__":
    main()
