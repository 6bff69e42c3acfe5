"""The page in a headless Chromium: what people see, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import FAINT, SHIFTED, Browser, Tab, browser, found_browser

from taokit.chain_client.calls import Call
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.transfers import Transfer
from taokit.local_chain import LocalChain, NodeConfig

pytestmark = [
    pytest.mark.skipif(found_browser() is None, reason="there is no Chromium here"),
    pytest.mark.timeout(300),
]
MINERS = 6
FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What was laid out is drawn."""


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain() as made:
        subnet = made.subnet(
            validators=3, miners=MINERS, commit_reveal=False, tempo=10, max_allowed_uids=64
        )
        two = {"netuid": subnet.netuid, "mechanism_count": 2}
        call = Call("Sudo", "sudo", {"call": Call("AdminUtils", "sudo_set_mechanism_count", two)})
        made.client().submit(call, made.accounts.alice)
        for skip, validator in enumerate(subnet.validators):
            shares = {miner.uid: 0.1 * (at + 1) for at, miner in enumerate(subnet.miners)}
            del shares[subnet.miners[skip].uid]
            subnet.set_weights(validator, shares)
        made.travel(epochs=2, netuid=subnet.netuid)
        yield made


@pytest.fixture(scope="module")
def address(chain: LocalChain) -> str:
    return chain.serve().replace("ws://", "http://") + "/"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def opened(chromium: Browser, address: str) -> Iterator[Tab]:
    with chromium.tab(address) as tab:
        tab.until("document.querySelectorAll('main tbody tr').length > 5")
        yield tab


@pytest.fixture
def tab(opened: Tab) -> Iterator[Tab]:
    """The page, at its first view; nothing may have gone wrong in the end."""
    opened.visit("#/accounts")
    opened.visit("#/blocks")
    yield opened
    assert opened.complaints == []


def test_new_blocks_and_their_transactions_appear_by_themselves(
    tab: Tab, chain: LocalChain
) -> None:
    to = chain.accounts.bob.ss58_address
    chain.client().submit(Transfer(to=to, amount=Tao.parse("1")), chain.accounts.alice)
    tab.until(f"document.querySelector('main tbody a').textContent == '{chain.height}'")
    first = tab.look("document.querySelector('main tbody tr').innerText")
    assert "Alice" in first
    assert "Balances.transfer_keep_alive" in first
    tab.visit(f"#/block/{chain.height}")
    assert "Bob" in tab.text()
    assert "value\n1\u00a0τ" in tab.text()


def test_what_has_the_focus_keeps_it_while_blocks_come(tab: Tab, chain: LocalChain) -> None:
    tab.look("document.querySelectorAll('main tbody a')[2].focus()")
    focused = tab.look("document.activeElement.textContent")
    chain.mine(2)
    tab.until(f"document.querySelector('main tbody a').textContent == '{chain.height}'")
    assert tab.look("document.activeElement.textContent") == focused


def test_it_can_be_paused(tab: Tab, chain: LocalChain) -> None:
    tab.look("document.getElementById('pause').click()")
    tab.visit("#/accounts")  # after which nothing is on its way any more
    tab.visit("#/blocks")
    shown = tab.look("document.querySelector('main tbody a').textContent")
    chain.mine(2)
    assert tab.look("document.getElementById('state').textContent") == "paused"
    assert tab.look("document.querySelector('main tbody a').textContent") == shown
    tab.look("document.getElementById('pause').click()")
    tab.until(f"document.querySelector('main tbody a').textContent == '{chain.height}'")


def test_the_keyboard_skips_to_the_content_and_moves_in_a_heat_map(tab: Tab) -> None:
    tab.visit("#/subnet/2")
    tab.until("document.querySelector('canvas').width > 50")
    tab.look("document.activeElement.blur()")
    tab.look("document.getElementById('skip').focus()")
    tab.press("Enter")
    assert tab.look("document.activeElement.id") == "main"
    tab.look("document.querySelector('canvas').focus()")
    tab.until("document.querySelector('output').value.includes('validator 1 to neuron 0')")
    for _ in range(MINERS + 3):
        tab.press("ArrowRight")
    tab.press("ArrowDown")
    said = tab.look("document.querySelector('output').value")
    assert said == f"validator 2 to neuron {MINERS + 3}: 1.0000"


def test_a_heat_map_can_be_read_as_a_table(tab: Tab) -> None:
    tab.visit("#/subnet/2")
    tab.until("document.querySelector('canvas').width > 50")
    tab.look("document.querySelector('.heat details').open = true")
    tab.until("document.querySelectorAll('.heat details tbody tr').length == 3")
    first = tab.look("document.querySelector('.heat details tbody tr').innerText")
    assert f"{MINERS + 3} (1.0000)" in first
    pixels = tab.look(
        "new Set(document.querySelector('canvas').getContext('2d')"
        ".getImageData(0, 0, 200, 40).data).size"
    )
    assert pixels > 10


def test_the_last_epoch_is_walked_through_stage_by_stage(tab: Tab) -> None:
    tab.visit("#/subnet/2/yuma")
    tab.until("document.querySelectorAll('canvas').length == 4")
    headings = tab.look("[...document.querySelectorAll('.stage h2')].map(h => h.textContent)")
    assert headings[0] == "Stake"
    assert headings[-1] == "Emission"
    assert len(headings) == 9
    assert "run again, the block came to other values" not in tab.text().lower()


def test_a_mechanism_is_chosen_and_has_an_epoch_of_its_own(tab: Tab) -> None:
    tab.visit("#/subnet/2")
    tab.until("document.querySelectorAll('main nav.tabs a').length == 2")
    tab.look("document.querySelectorAll('main nav.tabs a')[1].click()")
    tab.until("document.querySelector('main nav.tabs [aria-current]').textContent == 'Mechanism 1'")
    assert tab.look("location.hash") == "#/subnet/2/mechanism/1"
    assert tab.text().count("Nobody holds any.") == 2
    tab.look("document.querySelector('main .pager a').click()")
    tab.until("document.querySelector('.stages')")
    assert tab.look("location.hash") == "#/subnet/2/mechanism/1/yuma"
    assert tab.look("document.querySelector('[aria-current=true]').textContent") == "Mechanism 1"


def test_a_list_stands_still_under_the_pointer(tab: Tab, chain: LocalChain) -> None:
    first = "document.querySelector('main tbody a').textContent"
    box = tab.look("document.querySelector('main tbody tr').getBoundingClientRect().toJSON()")
    tab.point(box["x"] + 5, box["y"] + 5)
    tab.until("document.querySelector('.hold:hover')")
    chain.mine(2)  # what was on its way may still be shown
    tab.until(f"document.querySelector('#facts a').textContent == '{chain.height}'")
    shown = tab.look(first)
    chain.mine(3)
    tab.until(f"document.querySelector('#facts a').textContent == '{chain.height}'")
    assert tab.look(first) == shown
    tab.point(5, 5)
    tab.until(f"{first} == '{chain.height}'")


def test_nothing_but_lists_moves_while_blocks_come(tab: Tab, chain: LocalChain) -> None:
    for view in ("#/blocks", "#/events", "#/subnet/2"):
        tab.visit(view)
        tab.look(FRAME)
        tab.look(SHIFTED)
        for _ in range(2):
            chain.client().submit(
                Transfer(to=chain.accounts.bob.ss58_address, amount=Tao.parse("1")),
                chain.accounts.alice,
            )
            tab.until(f"document.querySelector('#facts a').textContent == '{chain.height}'")
        tab.look(FRAME)
        assert tab.look("shifted") == [], view


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out(chromium: Browser, address: str, dark: bool) -> None:
    with chromium.tab(address, dark=dark) as tab:
        tab.until("document.querySelectorAll('main tbody tr').length > 5")
        for view in ("#/blocks", "#/events", "#/accounts", "#/subnet/2", "#/subnet/2/yuma"):
            tab.visit(view)
            tab.until("document.querySelector('main table, main form')")
            assert tab.look(FAINT) == [], view


def test_the_page_can_be_used_by_keyboard_alone(tab: Tab) -> None:
    tab.look("document.getElementById('skip').focus()")
    reached = []
    for _ in range(5):
        tab.press("Tab")
        reached.append(tab.look("document.activeElement.textContent"))
        assert tab.look("document.activeElement.matches(':focus-visible')")
    assert reached == ["Blocks", "Events", "Accounts", "Subnets", "Pause"]
    tab.look("document.querySelector('nav a[href=\"#/subnets\"]').focus()")
    tab.press("Enter")
    tab.until("document.querySelectorAll('main tbody tr').length == 3")
    assert tab.look("document.activeElement.id") == "main"
    reached = []
    for _ in range(3):  # the table itself is among them where it scrolls
        tab.press("Tab")
        reached.append(tab.look("document.activeElement.getAttribute('href')"))
    assert "#/subnet/1" in reached


def test_without_development_methods_the_page_says_what_it_cannot_show(chromium: Browser) -> None:
    with LocalChain(NodeConfig(ports=(), block_time="instant", dev_methods=False)) as plain:
        subnet = plain.subnet(validators=1, miners=1, commit_reveal=False, tempo=5)
        with chromium.tab(plain.serve().replace("ws://", "http://")) as tab:
            tab.until("document.querySelectorAll('main tbody tr').length > 5")
            tab.visit(f"#/subnet/{subnet.netuid}/yuma")
            assert "it was started without development methods" in tab.text()
            assert "Back to subnet" in tab.text()
            tab.visit("#/block/9999")
            assert "has not been made yet" in tab.text()
            tab.visit("#/accounts/nobody")
            assert "nobody: that is no account" in tab.text()
            tab.visit("#/elsewhere")
            assert "no such view" in tab.text()
            assert tab.complaints == []


def test_events_can_be_searched(tab: Tab) -> None:
    tab.visit("#/events")
    tab.look(
        "(() => { const f = document.getElementById('filter'); f.value = 'balances.transfer';"
        " f.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    rows = "[...document.querySelectorAll('main tbody tr')]"
    tab.until(f"{rows}.length && {rows}.every(r => r.innerText.includes('Balances.Transfer'))")


def test_going_back_is_told_and_shown(tab: Tab, chain: LocalChain) -> None:
    with chain.anchor():
        before = chain.height
        chain.mine(3)
        tab.until(f"document.querySelector('main tbody a').textContent == '{before + 3}'")
    tab.until(f"document.querySelector('main tbody a').textContent == '{before}'")
    said = tab.look("document.getElementById('news').textContent")
    assert said == f"The chain went back to block {before}."


def test_every_table_has_headings_and_nothing_is_wider_than_a_phone(
    chromium: Browser, address: str
) -> None:
    with chromium.tab(address, width=360, height=740, dark=True) as phone:
        phone.until("document.querySelectorAll('main tbody tr').length > 5")
        for view in ("#/events", "#/accounts", "#/subnets", "#/subnet/2", "#/subnet/2/yuma"):
            phone.visit(view)
            phone.until("document.querySelector('main table, main form')")
            assert phone.look("document.documentElement.scrollWidth <= innerWidth"), view
            assert phone.look(
                "[...document.querySelectorAll('table')].every(t => t.caption &&"
                " [...t.tHead.rows[0].cells].every(c => c.scope == 'col'))"
            ), view
        ground = phone.look("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(17, 22, 20)"
        assert phone.complaints == []


def test_it_comes_back_when_the_node_does(chromium: Browser) -> None:
    with LocalChain() as first:
        served = first.serve()
        with chromium.tab(served.replace("ws://", "http://") + "/") as tab:
            tab.until("document.getElementById('state').dataset.state == 'live'")
            first.close()
            tab.until("document.getElementById('state').dataset.state == 'lost'")
            with LocalChain() as second:
                second.mine(7)
                second.serve(int(served.rpartition(":")[2]))
                tab.until("document.getElementById('state').dataset.state == 'live'")
                tab.until("document.querySelector('main tbody a').textContent == '7'")
