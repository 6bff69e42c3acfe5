"""What holds for every test: a keyboard interrupt reaches the processes that a test starts.

A shell starts its background jobs with SIGINT ignored, and ignoring is inherited: a suite run in
the background would then test programs that cannot be interrupted.
"""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
