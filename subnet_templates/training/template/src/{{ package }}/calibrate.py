"""Measure this machine and this model, and print the terms that fit: for ``run.py``.

Run it where an honest miner, and a validator, would run. All of a run have to take the same terms.
"""

from __future__ import annotations

import argparse
import sys
from statistics import fmean, pstdev

from taokit.subnet_templates.training.calibrating import advise, observe
from taokit.subnet_templates.training.contributing import Inner
from taokit.wallet.errors import TaokitError

from . import run


def main() -> int:
    """Train alone for a while."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=32, help="how long to train")
    parser.add_argument("--miners", type=int, default=64, help="how many have to be judged")
    parser.add_argument("--window", type=int, help="blocks of a window, if that is settled")
    parser.add_argument("--block-s", type=float, default=12.0, help="seconds of a block")
    parser.add_argument("--upload-mbps", type=float, default=10.0, help="megabits a second")
    chosen = parser.parse_args()
    try:
        seen = observe(
            run.backend(), run.PAGES, run.TERMS, run.BAR, windows=chosen.windows, inner=Inner()
        )
    except TaokitError as error:
        sys.stderr.write(f"{error.code}: {error} ({error.hint})\n")
        return 2
    found = advise(
        seen,
        run.TERMS,
        run.BAR,
        miners=chosen.miners,
        block_s=chosen.block_s,
        upload_s=seen.update_bytes * 8 / (chosen.upload_mbps * 1e6),
        window=chosen.window,
    )
    bar, told = found.bar, [f"# careful: {doubt}" for doubt in found.told]
    work, none = (f"{fmean(p):.3f} ({pstdev(p):.3f})" for p in (seen.worked, seen.idle))
    sys.stdout.write(
        f"# a step takes {seen.step_s * 1e3:.2f} ms, judging an update {seen.judge_s * 1e3:.1f} ms\n"
        f"# an update has {seen.update_bytes} bytes and removes {fmean(seen.gains):.2%} of the loss\n"
        f"# proofs (and their deviation): {work} of work, {none} of none\n"
        f"TERMS = replace(TERMS, window={found.window}, pages={found.pages})\n"
        f"BAR = replace(BAR, memory={bar.memory}, probation={bar.probation}, proof={bar.proof}, "
        f"sure={bar.sure}, doubt={bar.doubt}, apart={bar.apart})\n" + "\n".join([*told, ""])
    )
    return int(bool(found.told))


if __name__ == "__main__":
    raise SystemExit(main())
