"""When the integrator may stop looking at the beginning of the log."""

from compliance.floor import Candidate, Floor


def test_a_candidate_is_settled_when_every_transaction_below_its_number_has_ended():
    candidate = Candidate(last_id=10, transaction_id=500)
    assert not candidate.is_settled(horizon=499)
    assert candidate.is_settled(horizon=500)


def test_the_floor_stays_while_a_transaction_may_still_commit_below_it():
    floor = Floor(candidate=Candidate(last_id=10, transaction_id=500))
    floor.pass_done(horizon=499, sequenced_through=None)
    assert floor == Floor(0, Candidate(10, 500))


def test_the_floor_rises_after_a_whole_pass_that_began_when_all_had_ended():
    floor = Floor(candidate=Candidate(last_id=10, transaction_id=500))
    floor.pass_done(horizon=500, sequenced_through=None)
    assert floor == Floor(10, None)


def test_a_pass_cut_short_raises_the_floor_only_as_far_as_it_came():
    floor = Floor(candidate=Candidate(last_id=10, transaction_id=500))
    floor.pass_done(horizon=500, sequenced_through=4)
    assert floor == Floor(4, Candidate(10, 500))


def test_a_pass_cut_short_above_the_candidate_settles_it():
    floor = Floor(candidate=Candidate(last_id=10, transaction_id=500))
    floor.pass_done(horizon=500, sequenced_through=12)
    assert floor == Floor(10, None)


def test_without_a_candidate_the_floor_stays():
    floor = Floor(leaf_id=3)
    floor.pass_done(horizon=900, sequenced_through=8)
    assert floor == Floor(3, None)
