"""Tells somebody elsewhere of findings and ends: a command, or an address that is posted to."""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable

from ...engine.stream.events import Event, Finished, Found

SECONDS = 10.0
"""Time that a command or an address may take for one message."""

LAST = 2.0
"""Time that messages still on their way may take when everything else is over."""


class Notifier:
    """Sends messages from a thread of its own, so that a dead address delays nobody.

    Args:
        target: an address that begins with http:// or https://, which gets JSON with `run` and `text`;
            else a command line, which finds them in GRADLAB_RUN and GRADLAB_TEXT.
        complain: told, once, why messages do not arrive; called from that thread.
    """

    def __init__(self, target: str, complain: Callable[[str], object]) -> None:
        self.target = target
        self._complain = complain
        self._complained = False
        self._waiting: queue.Queue[tuple[str, str]] = queue.Queue(maxsize=64)
        self._told: set[tuple[str, str]] = set()
        threading.Thread(target=self._work, name="gradlab-notify", daemon=True).start()

    def hear(self, run: str, event: Event) -> None:
        """Tell of an event, if it is a finding that has begun, or the end."""
        match event:
            case Found() if not event.cleared and (run, event.finding.problem) not in self._told:
                self._told.add((run, event.finding.problem))
                problem = event.finding.problem.replace("_", " ")
                self._put(
                    run, f"{problem} since step {event.finding.first_step}: {event.finding.message}"
                )
            case Finished():
                why = f": {event.reason}" if event.reason else ""
                self._put(run, f"{event.status} after {event.step} steps{why}")

    def _put(self, run: str, text: str) -> None:
        if not self._waiting.full():
            self._waiting.put((run, text))

    def close(self) -> None:
        """Give what is still on its way a moment."""
        end = time.monotonic() + LAST
        while self._waiting.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.02)

    def _work(self) -> None:
        while True:
            run, text = self._waiting.get()
            try:
                self._send(run, text)
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                if not self._complained:
                    self._complained = True
                    self._complain(f"--notify {self.target}: {error}")
            finally:
                self._waiting.task_done()

    def _send(self, run: str, text: str) -> None:
        if self.target.startswith(("http://", "https://")):
            body = json.dumps({"run": run, "text": text}).encode()
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(self.target, body, headers)
            urllib.request.urlopen(request, timeout=SECONDS).close()
            return
        subprocess.run(
            shlex.split(self.target),
            env={**os.environ, "GRADLAB_RUN": run, "GRADLAB_TEXT": text},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=SECONDS, check=True,
        )  # fmt: skip
