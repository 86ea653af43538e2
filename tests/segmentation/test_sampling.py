"""Whom each crop shows: all domains in a batch, or cohorts in given shares."""

from collections import Counter

import pytest

from cirl.segmentation.sampling import BalancedBatches, Shares, ShuffledRounds

GROUPS = (("a0", "a1", "a2", "a3", "a4", "a5"), ("b0", "b1"), ("c0",))


def test_a_batch_holds_as_many_domains_as_it_has_room_for():
    for batch, domains in ((2, 2), (3, 3), (4, 3)):
        order = BalancedBatches(GROUPS, batch, seed=0)
        shown = [[order(batch * step + place)[0] for place in range(batch)] for step in range(60)]
        assert all(len(set(names)) == domains for names in shown)
        counts = Counter(name for names in shown for name in names)
        assert {counts[name] for name in "abc"} == {20 * batch}
        assert len(set(map(tuple, shown))) > 3  # the order of the domains changes


def test_a_domain_shows_everybody_once_before_it_begins_anew():
    order = BalancedBatches(GROUPS, 2, seed=0)
    counts = Counter(order(number) for number in range(36))
    assert [counts[name] for name in ("a0", "a5", "b0", "b1", "c0")] == [2, 2, 6, 6, 12]


def test_balanced_batches_leave_the_rest_of_the_order_as_it_is():
    everybody = [name for group in GROUPS for name in group]
    plain = ShuffledRounds(everybody, seed=4)
    one = BalancedBatches((tuple(everybody),), 2, seed=4)
    assert [one(number) for number in range(40)] == [plain(number) for number in range(40)]
    # Of equal domains a round has the subjects of that round of all, each domain in its order.
    equal = (("a0", "a1", "a2"), ("b0", "b1", "b2"))
    plain = ShuffledRounds([*equal[0], *equal[1]], seed=4)
    balanced = BalancedBatches(equal, 2, seed=4)
    for turn in range(20):
        rounds = [[order(6 * turn + place) for place in range(6)] for order in (plain, balanced)]
        for domain in "ab":
            own = [[name for name in names if name[0] == domain] for names in rounds]
            assert own[0] == own[1] and len(own[0]) == 3


@pytest.mark.parametrize("shares", [(1.0, 3.0, 0.5), (10.0, 30.0, 5.0)])
def test_cohorts_have_their_shares_whatever_their_sizes(shares):
    order = Shares(GROUPS, shares, seed=3)
    counts = Counter(order(number)[0] for number in range(1800))
    assert counts["a"] / 1800 == pytest.approx(1 / 4.5, abs=0.03)
    assert counts["b"] / 1800 == pytest.approx(3 / 4.5, abs=0.03)


def test_an_item_is_a_function_of_seed_and_number():
    for build in (
        lambda seed: BalancedBatches(GROUPS, 2, seed),
        lambda seed: Shares(GROUPS, (1, 1, 1), seed),
        lambda seed: ShuffledRounds([name for group in GROUPS for name in group], seed),
    ):
        one = [build(1)(number) for number in (7, 3, 90)]
        assert one == [build(1)(number) for number in (90, 3, 7)][::-1]
        numbers = range(30)
        assert [build(1)(n) for n in numbers] != [build(2)(n) for n in numbers]
