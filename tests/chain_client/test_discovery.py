"""Names are found without importing what declares the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from taokit.chain_client.discovery import _declared_names
from taokit.chain_client.errors import UnknownOperation, UnknownRead
from taokit.chain_client.operations import all_operations, get_operation
from taokit.chain_client.operations.registry import operations_in
from taokit.chain_client.reads import all_reads, get_read

OPERATIONS, READS = "taokit.chain_client.operations", "taokit.chain_client.reads"


@pytest.mark.parametrize(
    ("package", "decorator", "known"),
    [(OPERATIONS, "operation", all_operations), (READS, "read", all_reads)],
)
def test_each_name_is_read_off_the_module_that_declares_it(package, decorator, known) -> None:
    entries = known()
    for module, names in _declared_names(package, decorator).items():
        for name in names:
            declared = getattr(entries[name], "operation", None) or entries[name].function
            assert declared.__module__ == f"{package}.{module}"
    found = {name for names in _declared_names(package, decorator).values() for name in names}
    own = {
        name
        for name, entry in entries.items()
        if (getattr(entry, "operation", None) or entry.function).__module__.startswith(package)
    }
    assert found == own


def test_a_group_holds_what_begins_with_its_name_and_no_more() -> None:
    wanted = {name for name in all_operations() if name.startswith("stake.child.")}
    assert set(operations_in("stake.child")) == wanted
    assert operations_in("nothing") == {}


def test_unknown_names_are_told_with_those_that_are_near() -> None:
    with pytest.raises(UnknownOperation) as operation:
        get_operation("stake.ad")
    assert "stake.add" in str(operation.value.hint)
    with pytest.raises(UnknownRead):
        get_read("no-such-read")


def test_for_one_group_the_others_are_not_imported() -> None:
    code = (
        "import sys\n"
        "from taokit.chain_client.operations.registry import operations_in\n"
        "from taokit.chain_client.reads import get_read\n"
        "assert set(operations_in('lock')) >= {'lock.add', 'lock.mode'}\n"
        "assert get_read('locks').name == 'locks'\n"
        f"assert '{OPERATIONS}.crowdloans' not in sys.modules\n"
        f"assert '{READS}.crowdloans' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
