#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: reports and packages say what the API says, are accessible and repeat byte for byte, and a
package is verified against a store that has changed since.
Method: a sample town; `pegel report` in four languages, looked at with poppler (text, structure,
fonts) and compared with the figures of the package; the same over HTTP; then late events come, and
an import that tells of earlier times.
usage: package.py PEGEL; skips when there is no poppler"""
import base64
import concurrent.futures
import hashlib
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
import zlib

TENANT = "090990000000"
WORDS = ["--tenant", TENANT, "--from", "2026-01-01", "--to", "2026-10-01", "--as-of",
         "2026-10-05T06:00:00Z"]
LATE = {"id": "late-1", "time": "2026-09-20T08:00:00Z", "type": "case.received",
        "subject": "late-A", "tenant": TENANT, "service": "hundesteuer", "channel": "online"}


def run(*words, code=0):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert result.returncode == code, (words, result.returncode, result.stdout, result.stderr)
    return result.stdout + result.stderr


def grouped(number):
    return f"{number:,.0f}".replace(",", ".")


def unbroken(text):
    """Without what a line break changes."""
    return re.sub(r"[\s\u00ad-]+", "", text)


def check_funnels(rows, text):
    """One funnel each of the two services that lost most, its steps in the order of the form."""
    services = {}
    for row in rows:
        services.setdefault(row["service"], []).append(row)
    worst = sorted(services.values(), key=lambda form: -sum(row["drop"] for row in form))[:2]
    tables = re.findall(r"Erreicht.*?Abgesendet +[\d.]+", text, re.S)
    assert len(tables) == 2, tables
    for form, table in zip(worst, tables):
        assert [row["position"] for row in form] == list(range(len(form))), form
        reached = re.findall(r"^ *\S.*?  +([\d.]+) +\d", table, re.M)
        assert reached[:len(form) - 1] == [grouped(row["reach"]) for row in form[:-1]], table


def check_assumptions(rows, text):
    """People read names, not the paths of the file."""
    assert "CHF" in text and "EUR" not in text and "€" not in text
    for row in rows:
        assert row["path"] not in unbroken(text) or row["path"] in ("grant", "years"), row
    for name in ("Stundensatz", "Einmalig: Lizenzen", "Laufend: Betrieb", "Wohngeld: Fälle im Jahr",
                 "Telefon: Arbeitszeit je Fall", "Preise mit Teuerung, Preisjahr"):
        assert name in text, name


def check_periods(pegel, data, config, folder):
    """Sentences speak of the period itself when it has a name, else of its last whole month."""
    for first, end, says, by_month in (
            ("2026-07-01", "2026-10-01", "Im 3. Quartal 2026", False),
            ("2026-09-01", "2026-10-01", "Im September 2026", False),
            ("2026-01-01", "2026-10-01", "Im September 2026", True),
            ("2026-06-10", "2026-09-20", "Im August 2026", True)):
        path = folder / "period.pdf"
        run(pegel, "report", "--data", data, "--config", config, "--tenant", TENANT, "--from",
            first, "--to", end, "--as-of", "2026-10-05T06:00:00Z", "--out", path)
        text = run("pdftotext", "-l", "1", path, "-")
        drawn = len(re.findall(rb"/S /Figure\n   /P", path.read_bytes()))
        assert drawn == (2 if first == "2026-09-01" else 4), "a chart of one month says nothing"
        assert says in text and ("von dem Monat" in text) == by_month, (first, end, text)


def check_pdf(path, figures, language):
    info = run("pdfinfo", path)
    assert re.search(r"Tagged:\s+yes", info), info
    raw = path.read_bytes().decode("latin-1")
    assert raw.count("/Lang (" + language + ")") == 1, "no language"
    figures_drawn = len(re.findall(r"/S /Figure\n   /P", raw))
    assert figures_drawn == 4 and raw.count("   /Alt <FEFF") == figures_drawn, "no alternatives"
    assert raw.count("/Scope /Column") >= 20
    pages = int(re.search(r"Pages:\s+(\d+)", info).group(1))
    structure = run("pdfinfo", "-struct", path)
    for tag in ("Document", "H1", "H2", "H3", "P", "Table", "TR", "TH", "TD", "Figure"):
        assert re.search(rf"^\s*{tag}\b", structure, re.M), f"no {tag} in {path}"
    fonts = run("pdffonts", path).splitlines()[2:]
    assert fonts and all(re.search(r"\byes\s+(yes|no)\s+(yes|no)\s+\d+", f) for f in fonts), fonts
    text = run("pdftotext", "-layout", path, "-")
    assert language != "de" or f"Seite 1 von {pages}" in text
    assert figures["checksum"] in text.replace("\n", ""), "no checksum"
    for question in figures["questions"]:
        answer = question["answer"]
        if "sentence" in answer:
            said = unbroken(answer["sentence"][language])
            assert language == "ar" or said in unbroken(text), question["question"]
        elif "/funnel" in question["question"] and language == "de":
            check_funnels(answer["rows"], text)
        elif "/roi" in question["question"] and language == "de":
            for row in answer["sections"]["years"]["rows"]:
                assert grouped(row["cost"]) in text and grouped(row["benefit"]) in text, row
            check_assumptions(answer["sections"]["assumptions"]["rows"], text)
        elif "by=month" not in question["question"] and language == "de":
            name = answer["definition"]["name"]
            assert "/inventory" in question["question"] or name.split()[0] in text, name
            n = answer["rows"][0].get("n")
            assert "/inventory" in question["question"] or n is None or grouped(n) in text, name
    return pages


def check_reports(pegel, data, config, folder, figures):
    for language in ("de", "en", "tr", "ar"):
        first, second = folder / f"{language}.pdf", folder / f"{language}-again.pdf"
        for path in (first, second):
            run(pegel, "report", "--data", data, "--config", config, *WORDS, "--lang", language,
                "--out", path)
        assert first.read_bytes() == second.read_bytes(), f"{language}: other bytes"
        known = figures if language == "de" else ask_figures(pegel, data, config, folder, language)
        pages = check_pdf(first, known, language)
        print(f"report in {language}: {pages} pages")


def read_figures(package):
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        content = archive.read("figures.json")
        for line in archive.read("MANIFEST.sha256").decode().splitlines():
            checksum, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == checksum, name
        assert json.loads(archive.read("definitions.json"))["kpis"]
        quality = json.loads(archive.read("data-quality.json"))
        assert {"n", "coverage", "late_share"} <= set(quality["figures"][0])
    figures = json.loads(content)
    figures["checksum"] = hashlib.sha256(content).hexdigest()
    return figures


def pack(files, when):
    """A ZIP to the byte as Pegel writes it; `when` is the time of its files, as they have it."""
    body, directory = b"", b""
    for name, content in files:
        common = struct.pack("<HH", 1 << 11, 0) + when + struct.pack(
            "<IIIHH", zlib.crc32(content), len(content), len(content), len(name), 0)
        directory += (struct.pack("<IHH", 0x02014b50, 10, 10) + common +
                      struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode())
        body += struct.pack("<IH", 0x04034b50, 10) + common + name.encode() + content
    return body + directory + struct.pack("<IIHHIIH", 0x06054b50, 0, len(files), len(files),
                                          len(directory), len(body), 0)


def sign(data, manifest, folder):
    """By the key of the store, with another program."""
    seed = (data / "keys/signing.key").read_text().split()[1]
    der = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420" + seed)).decode()
    (folder / "key.pem").write_text(
        f"-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
    (folder / "manifest").write_bytes(manifest)
    run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", folder / "key.pem", "-in",
        folder / "manifest", "-out", folder / "signature")
    return (folder / "signature").read_bytes().hex()


def forge(package, data, folder, change, name="figures.json"):
    """A package of which who has the key has changed a file, or left it out, in order in all
    else."""
    forged = folder / "forged.zip"
    with zipfile.ZipFile(package) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    changed = change(files[name].decode("latin-1")).encode("latin-1")
    files = {key: changed if key == name else value for key, value in files.items()
             if key != name or changed}
    public = files.pop("SIGNATURE").split()[1].decode()
    del files["MANIFEST.sha256"]
    manifest = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n"
                       for name, content in files.items()).encode()
    files["MANIFEST.sha256"] = manifest
    files["SIGNATURE"] = f"ed25519 {public} {sign(data, manifest, folder)}\n".encode()
    forged.write_bytes(pack(list(files.items()), package.read_bytes()[10:14]))
    return forged


def check_forgeries(pegel, data, config, package, folder):
    """No figure stands in a package that the store was not asked for."""
    if shutil.which("openssl") is None:
        print("forgeries skipped: there is no openssl")
        return
    store = ("--data", data, "--config", config)

    def count(text):
        return re.sub(r'"in":(\d+)', lambda found: f'"in":{int(found[1]) + 7}', text, count=1)

    def hide(text):
        lines = text.split("\n")
        at = next(i for i, line in enumerate(lines) if "/throughput?" in line)
        lines[at] = " " + count(lines[at])
        return "\n".join(lines)

    same = forge(package, data, folder, lambda text: text)
    assert same.read_bytes() == package.read_bytes(), "this forger cannot forge"
    for change, says in ((count, "DIFFERS"), (hide, "DIFFERS"),
                         (lambda text: text.replace('"answer":', '"answer":{},"answer":', 1),
                          "DIFFERS"),
                         (lambda text: text.replace('"questions"', '"seal":"yes","questions"', 1),
                          "says more"),
                         (lambda text: text.replace("\n]}", "\n],\"seal\":\"yes\"}"), "says more"),
                         (lambda text: re.sub(r"\[\n.*\]", "[]", text, flags=re.S),
                          "no questions")):
        forged = forge(package, data, folder, change)
        assert "whole: " in run(pegel, "verify-package", forged)
        said = run(pegel, "verify-package", forged, *store, code=1)
        assert says in said, said
    for name, change in (("report.pdf", lambda text: text + "%\n"), ("workbook.xlsx", lambda _: ""),
                         ("data-quality.json", lambda text: text.replace('"n":', '"n":1', 1)),
                         ("definitions.json", lambda text: text + " ")):
        said = run(pegel, "verify-package", forge(package, data, folder, change, name), *store,
                   code=1)
        assert said.count("DIFFERS") == 1 and f"DIFFERS  {name}" in said, said


def ask_figures(pegel, data, config, folder, language="de"):
    package = folder / f"package-{language}.zip"
    run(pegel, "package", "--data", data, "--config", config, *WORDS, "--lang", language, "--out",
        package)
    return read_figures(package)


def check_served(pegel, data, config, package):
    """The server gives the same bytes, and says what is wrong with a question."""
    server = subprocess.Popen([str(pegel), "serve", "--data", str(data), "--config", str(config),
                               "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        base = re.search(r"http://[\d.:]+", server.stdout.readline()).group()
        query = (f"?tenant={TENANT}&from=2026-01-01&to=2026-10-01&as_of=2026-10-05T06:00:00Z"
                 "&lang=de")
        with urllib.request.urlopen(f"{base}/v1/package{query}") as answer:
            assert answer.headers["content-type"] == "application/zip"
            assert answer.read() == package.read_bytes(), "the server's package is another"
        with urllib.request.urlopen(f"{base}/v1/report{query}") as answer:
            assert answer.headers["content-type"] == "application/pdf"
            with zipfile.ZipFile(package) as archive:
                assert answer.read() == archive.read("report.pdf")
        # Many at once share caches of fonts; that must not move a letter.
        targets = [f"{base}/v1/report{query}", f"{base}/v1/report{query[:-2]}ar"] * 6
        with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
            bodies = list(pool.map(lambda url: urllib.request.urlopen(url).read(), targets))
        assert len(set(bodies)) == 2, "the same report has other bytes beside others"
        for wrong in ("?tenant=" + TENANT, "?from=2026-01-01&to=2026-02-01", query + "&by=month"):
            try:
                urllib.request.urlopen(f"{base}/v1/report{wrong}")
                raise AssertionError(f"{wrong} was taken")
            except urllib.error.HTTPError as error:
                assert error.code == 400, error.code
        # The commands ask the server that has the data open.
        asked = package.parent / "asked"
        run(pegel, "report", "--data", data, "--config", config, *WORDS, "--out", asked)
        with zipfile.ZipFile(package) as archive:
            assert asked.read_bytes() == archive.read("report.pdf"), "another report when asked"
        said = run(pegel, "package", "--data", data, "--config", config, *WORDS, "--out", asked)
        assert asked.read_bytes() == package.read_bytes(), "another package when asked"
        assert re.search(r"^[0-9a-f]{64}$", said, re.M), said
        asked.unlink()
        said = run(pegel, "report", "--data", data, "--config", config, *WORDS, "--assumptions",
                   config, "--out", asked, code=1)
        assert "--assumptions" in said and not asked.exists(), said
        said = run(pegel, "report", "--data", data, "--tenant", TENANT, "--out", asked, code=1)
        assert "from and to" in said and not asked.exists(), said
    finally:
        server.terminate()
        server.wait()


def check(pegel, folder):
    town, data = folder / "town", folder / "data"
    config, package = town / "config.json", folder / "package-de.zip"
    run(pegel, "sample", "--out", town, "--days", 500)
    for path in town.glob("assumptions-*.json"):
        path.write_text(path.read_text().replace('"currency":"EUR"', '"currency":"CHF"'))
    run(pegel, "import", "--data", data, "--config", config, town / "events.ndjson")
    figures = ask_figures(pegel, data, config, folder)
    check_reports(pegel, data, config, folder, figures)
    check_periods(pegel, data, config, folder)
    check_served(pegel, data, config, package)

    def verify(*words, code=0):
        return run(pegel, "verify-package", package, *words, code=code)

    fingerprint = re.search(r"\b[0-9a-f]{64}\b", verify()).group()
    assert "nobody has vouched" in verify()
    assert "that was asked for" in verify("--key", fingerprint)
    assert "another key" in verify("--key", fingerprint[::-1], code=1)
    check_forgeries(pegel, data, config, package, folder)
    said = verify("--data", data, "--config", config)
    assert f"{len(figures['questions'])} answers are equal, 0 differ" in said, said
    assert "equal    report.pdf" in said and "equal    workbook.xlsx" in said, said

    # Events that arrive today are not of that moment, whatever time they tell of ...
    late = folder / "late.ndjson"
    late.write_text(json.dumps(LATE | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ")}) + "\n")
    run(pegel, "import", "--data", data, "--config", config, late)
    run(pegel, "compact", "--data", data)
    assert ", 0 differ" in verify("--data", data, "--config", config)
    # ... but an import is taken to have been known when it happened: that is told.
    late.write_text(json.dumps(LATE | {"id": "late-2"}) + "\n")
    run(pegel, "import", "--data", data, "--config", config, late)
    said = verify("--data", data, "--config", config, code=1)
    assert "DIFFERS" in said and "why:" in said, said
    assert re.search(r"backlog\?.*\n.*rows\[0\]\.value: \d+ in the package, \d+ now", said), said
    damaged = bytearray(package.read_bytes())
    damaged[len(damaged) // 2] ^= 4
    package.write_bytes(damaged)
    assert "refused" in verify(code=1)
    print("packages: equal while nothing changed, told when something did, refused when damaged")


def main():
    if shutil.which("pdftotext") is None:
        print("skipped: there is no poppler (Debian: poppler-utils)")
        return
    with tempfile.TemporaryDirectory(prefix="pegel-package-") as folder:
        check(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))


if __name__ == "__main__":
    main()
