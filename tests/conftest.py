"""What holds for every test, whoever runs the suite, and however.

A keyboard interrupt reaches the processes that a test starts: a shell starts its background jobs
with SIGINT ignored, and ignoring is inherited. Nothing that taokit or btcli read from the
environment of the person at this machine reaches a test, and nothing that a test forgets to put
elsewhere is put among that person's files.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

OF_THE_SUITE = (
    *("TAOKIT_LONG_TESTS", "TAOKIT_PEERS", "TAOKIT_PEERS_REQUIRED", "TAOKIT_BTCLI_SUITE"),
    *("TAOKIT_AGREE_SPECS", "TAOKIT_AGREE_TREES"),
)
"""Variables by which whoever runs the suite says what to test."""

for name in list(os.environ):
    if name.startswith(("TAOKIT_", "BT_", "BITTENSOR_")) and name not in OF_THE_SUITE:
        del os.environ[name]

if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit what is set here
    _elsewhere = tempfile.mkdtemp(prefix="taokit-tests-")
    atexit.register(shutil.rmtree, _elsewhere, ignore_errors=True)
    for kind in ("CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{kind}_HOME"] = os.path.join(_elsewhere, kind.lower())
