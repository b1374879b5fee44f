#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Goal: kill -9 during load loses no acknowledged event and doubles none.
Method: several clients send batches without pause, repeating what was not answered, while the
server is killed and started again, 50 times. Then everything acknowledged is sent once more: each
must be there already. Then everything ever sent: afterwards there are exactly as many events as
different ids, and every checksum and invariant holds. usage: kill.py PEGEL [KILLS]"""
import json
import pathlib
import random
import sys
import tempfile
import threading
import time

from server import Server, post

CLIENTS = 4
SIZES = [8000, 200, 10, 1]  # of a batch, by client: workers take the large ones, loops the small ones
TYPES = ["form.started", "form.step", "form.submitted", "case.received", "case.closed",
         "appointment.arrived"]


def event(number):
    return json.dumps({"id": f"event-{number}", "time": 1700000000000 + number * 977,
                       "type": TYPES[number % len(TYPES)], "subject": f"subject-{number // 6}",
                       "tenant": "091620000000", "service": "permit", "step": f"s{number % 5}"})


class Client(threading.Thread):
    """Sends batch after batch of ids of its own; one that got no answer is sent again."""

    def __init__(self, server, token, index):
        super().__init__(daemon=True)
        self.server, self.token, self.next = server, token, index * 10_000_000
        self.size = SIZES[index % len(SIZES)]
        self.acknowledged, self.sent = [], []
        self.stopping = False

    def run(self):
        connection = None
        batch = None
        while not self.stopping:
            if batch is None:
                batch = range(self.next, self.next + self.size)
                self.next += self.size
                self.sent.append(batch)
            try:
                connection = connection or self.server.connect()
                answer = post(connection, self.token, [event(n) for n in batch])
                if answer is None:
                    continue
                assert answer["accepted"] + answer["duplicate"] == self.size, answer
                self.acknowledged.append(batch)
                batch = None
            except (OSError, json.JSONDecodeError, __import__("http.client").client.HTTPException):
                connection = None  # the server is gone: it will be back
                time.sleep(0.01)


def send_again(server, token, batches):
    """Answers how many events were not there before."""
    connection, fresh = server.connect(), 0
    for batch in batches:
        answer = None
        while answer is None:
            answer = post(connection, token, [event(n) for n in batch])
        fresh += answer["accepted"]
    return fresh


def main():
    pegel = pathlib.Path(sys.argv[1]).resolve()
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="pegel-kill-") as folder:
        server = Server(pegel, folder)
        token = server.token()
        server.start()
        clients = [Client(server, token, index) for index in range(CLIENTS)]
        for client in clients:
            client.start()
        for kill in range(kills):
            time.sleep(chance.uniform(0.05, 0.6))
            server.kill()
            server.start()
            if (kill + 1) % 10 == 0:
                told = sum(len(batch) for client in clients for batch in list(client.acknowledged))
                print(f"{kill + 1} kills, {told:,} events acknowledged", flush=True)
        for client in clients:
            client.stopping = True
        for client in clients:
            client.join(60)
        acknowledged = [batch for client in clients for batch in client.acknowledged]
        sent = [batch for client in clients for batch in client.sent]
        lost = send_again(server, token, acknowledged)
        send_again(server, token, sent)
        stored = server.get("/v1/status")["data"]["events"]
        server.stop()
        report = server.command("check", "--data", folder, check=False)
        wanted = sum(map(len, sent))
        print(f"{kills} kills, {sum(map(len, acknowledged)):,} acknowledged, {lost} lost; "
              f"{stored:,} stored of {wanted:,} sent; {report.splitlines()[-1]}")
        good = lost == 0 and stored == wanted and " 0 faults" in report and len(acknowledged) > 0
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
