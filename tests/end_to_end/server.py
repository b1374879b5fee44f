# SPDX-License-Identifier: EUPL-1.2
"""A real `pegel serve` on loopback for the end-to-end tests, and the few requests they make."""
import http.client
import json
import pathlib
import re
import signal
import subprocess


class Server:
    """One data folder; start, kill and start again as often as a test likes."""

    def __init__(self, pegel, data):
        self.pegel, self.data = str(pegel), pathlib.Path(data)
        self.process = self.port = None

    def command(self, *arguments, check=True):
        """Runs `pegel ARGUMENTS` and answers its standard output."""
        done = subprocess.run([self.pegel, *map(str, arguments)], capture_output=True, text=True)
        if check and done.returncode != 0:
            raise AssertionError(f"pegel {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def token(self, tenant="*"):
        text = self.command("token", "create", "--data", self.data, "--source", "test",
                            "--tenant", tenant)
        return re.search(r"pegel_[A-Za-z0-9_-]{43}", text).group()

    def start(self):
        self.process = subprocess.Popen(
            [self.pegel, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return self
        raise AssertionError("pegel serve ended before it served")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise AssertionError(f"pegel serve ended with {self.process.returncode}")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path):
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {body}")
        return body


def post(connection, token, lines):
    """Sends NDJSON; answers the parsed body of a 200, None for a refusal that may be retried."""
    connection.request("POST", "/v1/events", body="\n".join(lines).encode(),
                       headers={"Authorization": f"Bearer {token}",
                                "Content-Type": "application/x-ndjson"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status in (429, 503):
        return None
    if answer.status != 200:
        raise AssertionError(f"POST /v1/events: {answer.status} {body[:300]}")
    return json.loads(body)
