"""Where weights that were committed by their hash are kept until they are revealed.

Owns the folder. The files in it are the client's (``weight_commits``).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from taokit.cli.state import state_folder

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.weight_commits import CommitFiles
    from taokit.cli.context import Run

__all__ = ["commit_files"]


def commit_files(run: Run) -> CommitFiles:
    """The files of the chain that the run is connected to."""
    from taokit.chain_client.weight_commits import CommitFiles

    return CommitFiles(state_folder(os.environ) / "weights", run.ask(_genesis))


async def _genesis(chain: ChainClient) -> str:
    return chain.runtime.genesis_hash
