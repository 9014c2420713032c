"""What holds for every test of the workspace, whichever folder it is in."""

from __future__ import annotations

import signal

from hypothesis import settings

# The inner loop looks at fewer examples; `./dev test` takes Hypothesis's own profile "ci".
settings.register_profile("brief", max_examples=20, deadline=None)

# Who starts the tests in the background, or with nohup, starts them with these signals ignored, and
# so would be every program that they start.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)
