#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: docs/FORMAT.md is enough to read what Pegel has stored, without a line of Pegel's own code.
Method: this file knows the bytes from that document only. It reads what `pegel import` and `pegel
serve` wrote (manifest, names, segments, ids, write-ahead log) and finds every event of the input in
it, field by field, and nothing else. Needs the zstd program. usage: format.py PEGEL"""
import collections
import datetime
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

from server import Server, post

TIME, CODE, CHOICE, TOKEN, NUMBER, COUNT, AMOUNT = range(7)
ABSENT_TIME = -2**63
EVENT_COLUMNS = [
    ("time", TIME), ("type", CHOICE), ("subject", TOKEN), ("tenant", CODE), ("service", CODE),
    ("office", CODE), ("channel", CHOICE), ("step", CODE), ("field", CODE), ("code", CODE),
    ("start", TIME), ("link", TOKEN), ("country", CODE), ("lang", CODE), ("device", CHOICE),
    ("value", NUMBER), ("minutes", NUMBER), ("recorded", TIME), ("source", CODE),
    ("arrival", TIME), ("flags", CHOICE),
    *((f"dimension.{n}", CODE) for n in range(16)), *((f"measure.{n}", NUMBER) for n in range(8))]
COMMON = [("tenant", CODE), ("subject", TOKEN), ("service", CODE), ("office", CODE),
          ("channel", CHOICE), ("lang", CODE), ("device", CHOICE), ("first", TIME), ("last", TIME),
          ("events", COUNT), ("flags", CHOICE)]


def times(names):
    return [(name, TIME) for name in names.split()]


FRAMES = {
    "event": EVENT_COLUMNS,
    "attempt": COMMON + times("submitted ineligible failed saved") +
    [("active_ms", COUNT), ("steps", TOKEN), ("step_errors", TOKEN), ("last_step", CHOICE),
     ("last_step_time", TIME)],
    "case": COMMON + times("received complete decided delivered closed withdrawn forwarded rejected "
                           "reopened end_last") +
    [("requests", COUNT), ("reopenings", COUNT), ("minutes", AMOUNT), ("paused", AMOUNT),
     ("paused_complete", AMOUNT), ("paused_since", TIME)],
    "appointment": COMMON + times("reserved confirmed start start_set cancelled") +
    [("cancelled_by", CHOICE)] + times("arrived called showedup finished missed") +
    [("service_ms", COUNT), ("reschedulings", COUNT), ("serving", TIME)],
    "day": [("tenant", CODE), ("service", CODE), ("type", CHOICE), ("flags", CHOICE), ("time", TIME),
            ("events", COUNT)]}

# What a journey's column is told by: a TIME is a distance from another one, from `first` where that
# is absent; a COUNT is what it lacks of the time between two.
RELATIONS = {
    "attempt": {"last": "first", "submitted": "last", "ineligible": "last", "failed": "last",
                "saved": "last", "last_step_time": "last", "active_ms": ("first", "last")},
    "case": {"last": "first", "received": "first", "complete": "first", "decided": "last",
             "delivered": "last", "closed": "last", "withdrawn": "last", "forwarded": "last",
             "rejected": "last", "reopened": "last", "end_last": "last",
             "paused_since": "last"},
    "appointment": {"last": "first", "reserved": "first", "confirmed": "first", "start": "last",
                    "start_set": "confirmed", "cancelled": "last", "arrived": "start",
                    "called": "last", "showedup": "called", "finished": "last", "missed": "last",
                    "service_ms": ("showedup", "finished"), "serving": "last"}}
# The moment of a journey that is the first event of a type.
FIRST_OF = {f"{family}.{name}": name for family, names in (
    ("form", "submitted ineligible failed"),
    ("case", "received complete decided delivered closed withdrawn forwarded rejected reopened"),
    ("appointment", "reserved confirmed cancelled arrived called showedup finished missed"))
    for name in names.split()}
RELATED = ["service", "office", "channel", "lang", "device", "start"]
TYPES = [None, *("form.started form.step form.error form.saved form.resumed form.submitted "
                 "form.ineligible form.failed case.received case.complete case.assigned "
                 "case.activity case.requested case.replied case.decided case.delivered case.closed "
                 "case.reopened case.withdrawn case.forwarded case.rejected appointment.reserved "
                 "appointment.preconfirmed appointment.confirmed appointment.rescheduled "
                 "appointment.cancelled appointment.arrived appointment.called "
                 "appointment.showedup appointment.parked appointment.resumed "
                 "appointment.finished appointment.missed capacity.planned capacity.free "
                 "feedback.rated contact.support page.viewed cost.booked outage.begin "
                 "outage.end").split()]
CHANNELS = [None, "online", "app", "phone", "counter", "mail", "assisted", "other"]
DEVICES = [None, "mobile", "desktop", "tablet", "kiosk"]
PURPOSES = ["none", "visit", "attempt", "case", "appointment"]
BLOCK_ROWS = 8192


def expect(claim, holds):
    if not holds:
        raise AssertionError(claim)


# ---- pieces ----

def crc_of_byte(crc):
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


CRC_TABLE = [crc_of_byte(byte) for byte in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def unzstd(data):
    return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout


class Bytes:
    """A run of bytes that is read from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        expect("enough bytes", self.at + size <= len(self.data))
        self.at += size
        return self.data[self.at - size:self.at]

    def numbers(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def number(self, layout):
        return self.numbers(layout)[0]

    def rest(self):
        return self.take(len(self.data) - self.at)

    def ended(self):
        return self.at == len(self.data)


def signed(word):
    return word - 2**64 if word >= 2**63 else word


# ---- one column of one block: words of 1, 4 or 8 bytes ----
WORD = {TIME: 8, CODE: 4, CHOICE: 1, TOKEN: 8, NUMBER: 8, COUNT: 4, AMOUNT: 8}
CONST, PACKED, ZSTD, ASCENT, MAGNITUDE, RUNS, DELTA, DICT, UNIT, DECIMAL, SPARSE = range(11)


def bits(source, count, width):
    return bits_of(source.take((count * width + 7) // 8), count, width)


def bits_of(data, count, width):
    return split(int.from_bytes(data, "little"), count, width)


def split(whole, count, width):
    """Halves the long number first: shifting all of it for each value would be quadratic."""
    if count <= 64:
        return [whole >> i * width & (1 << width) - 1 for i in range(count)]
    half = count // 2
    return (split(whole & (1 << half * width) - 1, half, width) +
            split(whole >> half * width, count - half, width))


def short(source):
    return source.number("H")


def frame(source):
    return unzstd(source.take(short(source)))


def word_of(source, size):
    return int.from_bytes(source.take(size), "little")


def ascent(source, rows, size):
    width, base = source.number("B"), word_of(source, size)
    lows, steps = bits(source, rows, width), source.take(short(source))
    places = [at for at, step in enumerate(bits_of(steps, len(steps) * 8, 1)) if step]
    expect("a step a row", len(places) == rows)
    return [base + low + (place - i << width) for i, (low, place) in enumerate(zip(lows, places))]


def magnitude(source, rows, size):
    zigzag, base, symbols = source.number("B"), word_of(source, size), frame(source)
    expect("a symbol a row", len(symbols) == rows)
    widths = [max(symbol // 4 - 1, 0) for symbol in symbols]
    data = source.take((sum(widths) + 7) // 8)
    numbers, at = [], 0
    for symbol, width in zip(symbols, widths):
        below = int.from_bytes(data[at // 8:at // 8 + 9], "little") >> at % 8
        start = symbol if symbol < 8 else 4 + symbol % 4 << width
        numbers.append(start + (below & (1 << width) - 1))
        at += width
    return [base + ((z >> 1 ^ -(z & 1)) if zigzag else z) for z in numbers]


def leaf(scheme, source, rows, size):
    if scheme == CONST:
        return [word_of(source, size)] * rows
    if scheme == ASCENT:
        return ascent(source, rows, size)
    if scheme == MAGNITUDE:
        return magnitude(source, rows, size)
    width, base = source.number("B"), word_of(source, size)
    numbers = (bits(source, rows, width) if scheme == PACKED else
               bits_of(frame(source), rows, width))
    return [base + number for number in numbers]


def sums(first, differences):
    words = [first]
    for difference in differences:
        words.append(words[-1] + difference)
    return words


def composed(scheme, source, rows, size, absent):
    def inner(count, inner_size=size):
        return decode(source, count, inner_size, absent, scheme)
    if scheme == RUNS:
        runs = short(source)
        values = inner(runs)
        return [value for value, length in zip(values, inner(runs, 4)) for _ in range(length)]
    if scheme == DELTA:
        return sums(word_of(source, size), inner(rows - 1))
    if scheme == DICT:
        count = short(source)
        values = inner(count)
        return [values[i] for i in inner(rows, 1 if count <= 256 else 4)]
    if scheme == UNIT:
        unit, base = word_of(source, size), word_of(source, size)
        return [base + unit * quotient for quotient in inner(rows)]
    if scheme == DECIMAL:
        scale = 10.0 ** source.number("B")
        return [struct.unpack("<Q", struct.pack("<d", signed(word) / scale))[0]
                for word in inner(rows)]
    present = short(source)
    there = bits_of(bytes(inner((rows + 7) // 8, 1)), rows, 1)
    kept = iter(inner(present))
    return [next(kept) if bit else absent for bit in there]


def decode(source, rows, size, absent, limit=SPARSE + 1):
    scheme = source.number("B")
    expect("a scheme below the one that holds it", scheme < limit)
    words = (leaf(scheme, source, rows, size) if scheme < RUNS else
             composed(scheme, source, rows, size, absent))
    expect("a word a row", len(words) == rows)
    return [word & (1 << 8 * size) - 1 for word in words]


def values_of(kind, words):
    if kind in (TIME, AMOUNT):
        return [signed(word) for word in words]
    if kind == NUMBER:
        return list(struct.unpack(f"<{len(words)}d", struct.pack(f"<{len(words)}Q", *words)))
    return words


def absent_of(kind):
    if kind == NUMBER:
        return math.nan
    return ABSENT_TIME if kind == TIME else 0


def column(kind, data, rows):
    source = Bytes(data)
    absent = {TIME: 2**63, NUMBER: 0x7FF8000000000000}.get(kind, 0)
    words = decode(source, rows, WORD[kind], absent)
    expect("all bytes of a column are used", source.ended() and len(words) == rows)
    return values_of(kind, words)


# ---- files ----

def read_manifest(folder):
    text = (folder / "MANIFEST").read_bytes()
    body, check = text[:-16], text[-16:]
    expect("the manifest's checksum", check == b"crc32c %08x\n" % crc32c(body))
    lines = body.decode().splitlines()
    expect("the manifest's head line", lines[0] == "pegel store 1")
    facts = collections.defaultdict(list)
    for line in lines[1:]:
        word, number = line.split()
        facts[word].append(int(number))
    return facts


def read_names(source, names, steps):
    """What is there already may come again, but the same."""
    for known, read_one in ((names, lambda: source.take(source.number("B")).decode()),
                            (steps, lambda: source.numbers("III"))):
        first, count = source.numbers("II")
        expect("names follow on those before", first <= len(known))
        for at in range(first, first + count):
            one = read_one()
            expect("names never change", known[at:at + 1] in ([], [one]))
            known[at:at + 1] = [one]


def read_names_file(path):
    data = path.read_bytes()
    expect("the names' checksum", struct.unpack("<I", data[-4:])[0] == crc32c(data[:-4]))
    names, steps, source = [""], [], Bytes(data[:-4])
    read_names(source, names, steps)
    expect("all names are read", source.ended())
    return names, steps


def relate(frame, block, name):
    """Makes the stored values of a journey's column what they stand for."""
    relation = RELATIONS.get(frame, {}).get(name)
    if isinstance(relation, tuple):
        since, until = (block[which] for which in relation)
        block[name] = [
            value if ABSENT_TIME in (a, b) else (b - a - value) % 2**32
            for value, a, b in zip(block[name], since, until)]
    elif relation:
        block[name] = [
            value if value == ABSENT_TIME else value + (first if origin == ABSENT_TIME else origin)
            for value, origin, first in zip(block[name], block[relation], block["first"])]


def relation_depth(frame, name):
    relation = RELATIONS.get(frame, {}).get(name, ())
    others = relation if isinstance(relation, tuple) else (relation,)
    return 1 + max((relation_depth(frame, other) for other in others), default=0)


def read_entries(data, columns, entries):
    """One block of an index: its first event and {column name: (kind, bytes, low, high)}."""
    first_event, present = entries.numbers("IQ")
    block = {}
    for number, (name, kind) in enumerate(columns):
        if present >> number & 1:
            offset, size, crc, low, high = entries.numbers("QIIQQ")
            stored = data[offset:offset + size]
            expect(f"checksum of {name}", crc32c(stored) == crc)
            low, high = (signed(low), signed(high)) if kind in (TIME, AMOUNT) else (low, high)
            block[name] = kind, stored, low, high
    return first_event, block


def check_ranges(entries, block):
    for name, (kind, _, low, high) in entries.items():
        known = [v for v in block[name] if kind != NUMBER and not (kind == TIME and v == ABSENT_TIME)]
        if known:
            expect(f"range of {name}", (min(known), max(known)) == (low, high))


def read_rows(frame, entries, rows):
    """A block of which every row stands for itself, as {column name: values}."""
    block = {name: [absent_of(kind)] * rows for name, kind in FRAMES[frame]}
    block.update((name, column(kind, stored, rows))
                 for name, (kind, stored, _, _) in entries.items())
    for name in sorted(entries, key=lambda name: relation_depth(frame, name)):
        relate(frame, block, name)  # the others of a relation first
    check_ranges(entries, block)
    return block


class Owner:
    """A journey and the rows of its events."""

    def __init__(self, frame, journey, begin):
        self.frame, self.journey = frame, journey
        self.begin, self.end = begin, begin + journey["events"]


def owners_of(frames, first_events, events):
    """Per event the journey that it is of, or None."""
    owners = []
    for frame in RELATIONS:
        for number, journey in enumerate(frames[frame]):
            if number % BLOCK_ROWS == 0:
                first_event = first_events[frame][number // BLOCK_ROWS]
                if not any(owners):
                    owners = [None] * first_event
                expect("journeys follow on each other", first_event == len(owners))
            owner = Owner(frame, journey, len(owners))
            owners.extend([owner] * journey["events"])
    owners = owners or [None] * events
    expect("every event has a journey or none", len(owners) == events)
    return owners


def known_times(types, owners, start):
    """What is known of a block's times without what is stored of them; None: stored."""
    times, seen, end = [], set(), start + len(types)
    for at, (number, owner) in enumerate(zip(types, owners), start):
        own = FIRST_OF.get(TYPES[number])
        time = None
        if owner is not None:
            whole = owner.begin >= start and owner.end <= end
            if at == owner.begin:
                time, seen = owner.journey["first"], set()
            elif whole and at == owner.end - 1:
                time = owner.journey["last"]
            elif whole and own is not None and own not in seen:
                time = owner.journey[own]
            seen.add(own)
        times.append(time)
    return times


def read_times(stored, low, types, owners, start):
    times = known_times(types, owners, start)
    missing = times.count(None)
    expect("no times, no bytes", missing > 0 or stored == b"")
    rests = iter(column(AMOUNT, stored, missing) if missing else [])
    for row, time in enumerate(times):
        if time is None:
            times[row] = (times[row - 1] if row else low) + next(rests)
    return times


def unrelate(name, values, owners, start):
    """What events of a journey that is whole in the block say in relation to it."""
    out = []
    for value, owner in zip(values, owners):
        own = owner.journey.get(name) if owner is not None and owner.begin >= start and \
            owner.end <= start + len(values) else None
        if name == "start":
            if own not in (None, ABSENT_TIME) and value != ABSENT_TIME:
                value = own - value
        elif own:
            value = {own: 1, 1: own}.get(value, value)
        out.append(value)
    return out


def read_events(entries, owners, start, rows):
    """A block of events, which lean on their types and journeys."""
    block = {name: [absent_of(kind)] * rows for name, kind in EVENT_COLUMNS}
    types, distances = column(CHOICE, entries["type"][1], rows), {}
    lone = sum(owner is None for owner in owners)
    for name, (kind, stored, low, _) in entries.items():
        if name == "type":
            block[name] = types
        elif name == "time":
            block[name] = read_times(stored, low, types, owners, start)
        elif name in ("tenant", "subject"):
            expect("no rows, no bytes", lone > 0 or stored == b"")
            block[name] = (column(kind, stored, lone) if lone else []) + \
                [owner.journey[name] for owner in owners[lone:]]
        else:
            mask = struct.unpack("<Q", stored[:8])[0]
            there = [mask >> number & 1 for number in types]
            values = iter(column(kind, stored[8:], sum(there)))
            block[name] = [next(values) if one else absent_of(kind) for one in there]
            if mask >> 63:
                expect("what may be a distance", name in ("recorded", "arrival"))
                distances[name] = block[name]
        if name in RELATED:
            block[name] = unrelate(name, block[name], owners, start)
    for name, values in distances.items():
        block[name] = [value if value == ABSENT_TIME else value + time
                       for value, time in zip(values, block["time"])]
    check_ranges(entries, block)
    return block


def rows_of(block):
    return [dict(zip(block, row)) for row in zip(*block.values())]


def known_of(row):
    """Since when an event is known."""
    told = row["time"] if row["recorded"] == ABSENT_TIME else row["recorded"]
    return min(told, row["arrival"]) if row["flags"] & 2 else row["arrival"]


def read_segment(path):
    """{frame: list of rows as dictionaries}, and per frame the first event of each block."""
    data = path.read_bytes()
    offset, size, raw_size, index_crc, version, magic, reserved, crc = \
        struct.unpack("<QIIIIQII", data[-40:])
    expect("trailer", magic == 0x31474553474550 and version == 1 and reserved == 0 and
           crc == crc32c(data[-40:-4]) and offset + size + 40 == len(data))
    stored = data[offset:offset + size]
    expect("checksum of the index", crc32c(stored) == index_crc)
    index = Bytes(unzstd(stored))
    expect("size of the index", len(index.data) == raw_size)
    _, *newest = index.numbers("Qqqqq")  # order, oldest, newest, newest arrival and known
    frames, first_events, blocks, row_counts = {}, {}, {}, {}
    for frame, columns in FRAMES.items():
        row_counts[frame], _, entries_bytes = index.numbers("QQQ")
        entries = Bytes(index.take(entries_bytes))
        starts = range(0, row_counts[frame], BLOCK_ROWS)
        both = [read_entries(data, columns, entries) for _ in starts]
        expect("all entries are used", entries.ended())
        first_events[frame] = [first_event for first_event, _ in both]
        blocks[frame] = [(start, min(BLOCK_ROWS, row_counts[frame] - start), block)
                         for start, (_, block) in zip(starts, both)]
    expect("all of the index is used", index.ended())
    for frame in FRAMES:
        if frame != "event":
            frames[frame] = [row for _, rows, block in blocks[frame]
                             for row in rows_of(read_rows(frame, block, rows))]
    owners = owners_of(frames, first_events, row_counts["event"])
    frames["event"] = [row for start, rows, block in blocks["event"] for row in
                       rows_of(read_events(block, owners[start:start + rows], start, rows))]
    events = frames["event"]
    expect("least and greatest times",
           newest == [min(row["time"] for row in events), max(row["time"] for row in events),
                      max(row["arrival"] for row in events), max(map(known_of, events))])
    expect("what became known a day later", all(
        row["flags"] >> 2 == (known_of(row) - row["time"] > 86_400_000) for row in events))
    return frames, first_events


SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947,
         0x5c6bfb31]


def in_filter(block, low):
    words = struct.unpack("<8I", block)
    return all(word >> (low * salt % 2**32 >> 27) & 1 for word, salt in zip(words, SALTS))


def read_piece(data, at, count, blocks, piece, ids):
    """Entries and filter of one piece of the ids; answers where it ends."""
    own = min(blocks - piece * 2048, 2048)
    bloom = at + count * 16
    for entry in range(at, bloom, 16):
        high, low, _ = struct.unpack("<QII", data[entry:entry + 16])
        block = ((high >> 32) * blocks >> 32) - piece * 2048
        expect("an id lies in its piece", 0 <= block < own)
        expect("every id is in the filter",
               in_filter(data[bloom + block * 32:bloom + block * 32 + 32], low))
        ids.append((high, low))
    return bloom + own * 32


def read_ids(path):
    data = path.read_bytes()
    magic, count, blocks, version, crc = struct.unpack("<QQQII", data[:32])
    expect("head of the ids", magic == 0x3153444947455000 and version == 1 and
           crc == crc32c(data[:28]))
    expect("size of the filter", blocks == count * 12 // 256 + 1)
    pieces = (blocks + 2047) // 2048
    body = 32 + count * 16 + blocks * 32 + pieces * 8
    chunks = (body + 65535) // 65536
    expect("size of the ids", len(data) == body + chunks * 4 + 4)
    expect("checksum of the checksums", crc32c(data[body:-4]) == struct.unpack("<I", data[-4:])[0])
    crcs = struct.unpack(f"<{chunks}I", data[body:-4])
    for number, crc in enumerate(crcs):
        expect("checksum of a chunk", crc32c(data[:body][number * 65536:][:65536]) == crc)
    firsts = [*struct.unpack(f"<{pieces}Q", data[body - pieces * 8:body]), count]
    ids, at = [], 32
    for piece in range(pieces):
        at = read_piece(data, at, firsts[piece + 1] - firsts[piece], blocks, piece, ids)
    expect("pieces fill the file", at == body - pieces * 8)
    expect("ids ascend", all(a < b for a, b in zip(ids, ids[1:])))
    return ids


def read_log(path, names, steps):
    """Rows of one log file; what follows the last good record was never acknowledged."""
    epoch = int(path.name.split("-")[1])
    data, rows, wanted = path.read_bytes(), [], 1
    source = Bytes(data)
    while len(data) - source.at >= 40:
        start = source.at
        magic, size, sequence, _, its_epoch, crc, head_crc = source.numbers("IIQQQII")
        if head_crc != crc32c(data[start:start + 36]) or len(data) - source.at < size:
            break
        expect("head of a record", (magic, sequence, its_epoch) == (0x4C574750, wanted, epoch))
        payload = source.take(size)
        expect("checksum of a record", crc32c(payload) == crc)
        wanted += 1
        rows.extend(read_record(Bytes(payload), names, steps))
    return rows


def read_record(source, names, steps):
    read_names(source, names, steps)
    while not source.ended():
        count = source.number("I")
        source.take(count * 16)  # ids
        present = source.number("Q")
        block = {}
        for number, (name, kind) in enumerate(EVENT_COLUMNS):
            block[name] = column(kind, source.take(source.number("I")), count) \
                if present >> number & 1 else [absent_of(kind)] * count
        yield from (dict(zip(block, row)) for row in zip(*block.values()))


# ---- what should be there ----

TEXTS = ["tenant", "service", "office", "step", "field", "code", "country", "lang"]


def milliseconds(text):
    moment = datetime.datetime.fromisoformat(text)
    return round((moment - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) /
                 datetime.timedelta(milliseconds=1))


def facts_of_line(event):
    """A line of the input as what must be stored of it: all but id and subject."""
    return (milliseconds(event["time"]), event["type"], *(event.get(f) for f in TEXTS),
            event.get("channel"), event.get("device"),
            milliseconds(event["start"]) if "start" in event else None,
            event.get("value"), event.get("minutes"), "subject" in event)


def facts_of_row(row, names):
    def number(value):
        return None if math.isnan(value) else value
    return (row["time"], TYPES[row["type"]], *(names[row[f]] or None for f in TEXTS),
            CHANNELS[row["channel"]], DEVICES[row["device"]],
            None if row["start"] == ABSENT_TIME else row["start"],
            number(row["value"]), number(row["minutes"]), row["subject"] != 0)


def purpose_of(row):
    family = (TYPES[row["type"]] or "").split(".")[0]
    purpose = {"form": "attempt", "case": "case", "appointment": "appointment",
               "feedback": "visit", "contact": "visit", "page": "visit"}.get(family, "none")
    return purpose if row["subject"] else "none"


def check_order(rows):
    keys = [(PURPOSES.index(purpose_of(r)), r["tenant"], r["subject"] or r["type"] << 56, r["time"])
            for r in rows]
    expect("events are in order", keys == sorted(keys))


def check_journeys(frames, first_events):
    """The journeys of a segment are those of its events, in their order."""
    groups = {}
    for number, row in enumerate(frames["event"]):
        key = (purpose_of(row), row["tenant"], row["subject"])
        groups.setdefault(key, []).append((number, row))
    for frame in ("attempt", "case", "appointment"):
        wanted = [events for key, events in groups.items() if key[0] == frame]
        expect(f"number of {frame}s", len(wanted) == len(frames[frame]))
        for row_number, (events, journey) in enumerate(zip(wanted, frames[frame])):
            at = [event["time"] for _, event in events]
            expect("first, last and events of a journey",
                   (journey["subject"], journey["first"], journey["last"], journey["events"]) ==
                   (events[0][1]["subject"], min(at), max(at), len(at)))
            if row_number % BLOCK_ROWS == 0:
                expect("first event of a block",
                       first_events[frame][row_number // BLOCK_ROWS] == events[0][0])
    for case in frames["case"]:
        events = [row for _, row in groups["case", case["tenant"], case["subject"]]]
        received = [row["time"] for row in events if TYPES[row["type"]] == "case.received"]
        minutes = [row["minutes"] for row in events if not math.isnan(row["minutes"])]
        expect("received", case["received"] == min(received, default=ABSENT_TIME))
        expect("minutes", case["minutes"] == sum(round(one * 1_000_000) for one in minutes))
        expect("pauses", (case["paused"], case["paused_since"]) == pauses_of(events))


def pauses_of(events):
    """From the receipt until the case stops: the pauses that have ended, and the open one."""
    first = {}
    for row in events:
        name = TYPES[row["type"]][len("case."):]
        first[name] = min(row["time"], first.get(name, row["time"]))
    end = next((first[name] for name in ("decided", "delivered", "closed") if name in first), None)
    other = min((first[name] for name in ("withdrawn", "forwarded", "rejected") if name in first),
                default=None)
    stop = other if end is None or (other is not None and other < end) else end
    begin = first.get("received", -math.inf)
    paused, since = 0, None
    for moment in sorted({row["time"] for row in events}):
        here = {TYPES[row["type"]] for row in events if row["time"] == moment}
        if "case.replied" in here:
            if since is not None:
                paused += max(0, min(moment, moment if stop is None else stop) - max(since, begin))
            since = None
        elif "case.requested" in here and since is None:
            since = moment
    if since is None or stop is None:
        return paused, ABSENT_TIME if since is None else max(since, begin)
    return paused + max(0, stop - max(since, begin)), ABSENT_TIME


def check_day_counts(frames):
    """Day counts are the events, counted by pieces of days."""
    hour = 3_600_000
    counts = collections.Counter()
    for row in frames["event"]:
        of_day = row["time"] // hour % 24
        piece = (row["time"] // hour - (0 if of_day >= 22 else of_day)) * hour
        counts[row["tenant"], row["service"], row["type"], row["flags"] & 1, piece] += 1
    expect("day counts", [(*key, events) for key, events in sorted(counts.items())] ==
           [tuple(row.values()) for row in frames["day"]])


def check_store(folder, lines, segments_wanted):
    manifest = read_manifest(folder)
    names, steps = read_names_file(folder / f"names-{manifest['names'][0]:08}")
    expect("steps are of this store", all(names[code] for step in steps for code in step))
    rows, ids = [], []
    for number in manifest["segment"]:
        frames, first_events = read_segment(folder / f"segment-{number:08}")
        check_order(frames["event"])
        check_journeys(frames, first_events)
        check_day_counts(frames)
        rows.extend(frames["event"])
    for number in manifest["ids"]:
        ids.extend(read_ids(folder / f"ids-{number:08}"))
    expect("number of segments", len(manifest["segment"]) == segments_wanted)
    expect("an id an event", len(set(ids)) == len(ids) == len(rows))
    wanted, got = {}, collections.Counter(facts_of_row(row, names) for row in rows)
    subjects = {(r["tenant"], purpose_of(r), r["subject"]) for r in rows if r["subject"]}
    for line in lines:
        wanted.setdefault(line["id"], line)
    expect("every event, field by field",
           got == collections.Counter(facts_of_line(line) for line in wanted.values()))
    expect("as many pseudonyms as subjects", len(subjects) == len(
        {(e["tenant"], e["type"].split(".")[0], e["subject"]) for e in wanted.values()
         if "subject" in e}))
    return rows


def check_import(pegel, work, lines):
    server = Server(pegel, work / "imported")
    pieces = 9
    for piece in range(pieces):
        part = work / f"part-{piece}.ndjson"
        part.write_text("".join(json.dumps(line) + "\n" for line in lines[piece::pieces]))
        server.command("import", "--data", server.data, part)
        if piece == 5:
            server.command("compact", "--data", server.data)  # what was six segments is one
    rows = check_store(server.data, lines, 4)
    answer = json.loads(server.command("kpi", "inventory", "--data", server.data, "--format", "json"))
    expect("as many events as `pegel kpi inventory` says",
           sum(row["events"] for row in answer["rows"]) == len(rows))
    return len(rows)


def check_log(pegel, data, lines):
    """A server that is killed leaves logs, and what it acknowledged is in them: two rounds, the
    second one after a replay."""
    server = Server(pegel, data)
    token = server.token()
    accepted = 0
    for part in (lines[:len(lines) // 2], lines[len(lines) // 2:]):
        server.start()
        connection = server.connect()
        for start in range(0, len(part), 500):
            body = [json.dumps(line) for line in part[start:start + 500]]
            accepted += post(connection, token, body)["accepted"]
        server.kill()
    manifest = read_manifest(server.data)
    names, steps, rows = [""], [], []
    if manifest["names"][0] != 0:
        names, steps = read_names_file(server.data / f"names-{manifest['names'][0]:08}")
    for path in sorted(server.data.glob("wal-*")):
        if int(path.name.split("-")[1]) >= manifest["wal"][0]:
            rows.extend(read_log(path, names, steps))
    wanted = {line["id"]: line for line in reversed(lines)}
    expect("what was acknowledged is in the log", accepted == len(rows) == len(wanted))
    expect("every event of the log, field by field",
           collections.Counter(facts_of_row(row, names) for row in rows) ==
           collections.Counter(facts_of_line(line) for line in wanted.values()))
    return len(rows)


def main():
    pegel = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="pegel-format-") as folder:
        work = pathlib.Path(folder)
        Server(pegel, work).command("sample", "--seed", 11, "--events", 30000, "--days", 60,
                                    "--no-truth", "--out", work / "town")
        lines = [json.loads(line) for line in (work / "town/events.ndjson").open()]
        stored = check_import(pegel, work, lines)
        logged = check_log(pegel, work / "served", lines[:4000])
        logged += check_log(pegel, work / "imported", lines[-4000:])
    print(f"format: {stored} events of segments and {logged} of logs read by another program, "
          "all equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
