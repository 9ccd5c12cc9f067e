"""The token bucket: a burst, then a rate; what answers say of it."""

import pytest

from gateway.systems.bucket import LONGEST_SHUT_S, Bucket, left_of

FULL = Bucket(rate=2, burst=10, tokens=10, at=0.0)


def test_a_burst_passes_at_once_and_then_the_rate() -> None:
    """Ten, then one each half second."""
    bucket = FULL
    for _ in range(10):
        assert bucket.wait_s(0.0) == 0
        bucket = bucket.taken(0.0)
    assert bucket.wait_s(0.0) == 0.5
    assert bucket.wait_s(0.5) == 0
    assert bucket.left(1000.0) == 10


def test_a_reserve_is_left_to_others() -> None:
    """Waiting for the third token beyond a reserve of two."""
    empty = Bucket(rate=2, burst=10, tokens=0, at=0.0)
    assert empty.wait_s(0.0, reserve=2) == 1.5


def test_shut_it_gives_nothing_and_then_one() -> None:
    """After Retry-After the first request is an attempt, not a burst."""
    shut = FULL.shut(0.0, 30.0)
    assert (shut.wait_s(0.0), shut.wait_s(29.0), shut.wait_s(30.0)) == (30.0, 1.0, 0.0)
    assert shut.taken(30.0).wait_s(30.0) == 0.5


def test_a_shorter_time_never_undoes_a_longer_one() -> None:
    """Two answers cross."""
    assert FULL.shut(0.0, 30.0).shut(1.0, 2.0).wait_s(1.0) == 29.0


def test_no_answer_shuts_it_for_days() -> None:
    """A broken header is no outage."""
    assert FULL.shut(0.0, 1e12).wait_s(0.0) == LONGEST_SHUT_S


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (None, 0.0)),
        ({"x-ratelimit-remaining": "7"}, (7, 0.0)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "12"}, (0, 12.0)),
        ({"x-rate-limit-requests-left": "3"}, (3, 0.0)),
        ({"ratelimit": '"default";r=50;t=30'}, (50, 30.0)),
        ({"ratelimit": '"minute";r=50;t=30, "day";r=9;t=3600'}, (9, 3600.0)),
        ({"ratelimit": '"default"; r=5'}, (5, 0.0)),
        ({"x-ratelimit-remaining": "many"}, (None, 0.0)),
        ({"x-ratelimit-remaining": "-1"}, (None, 0.0)),
        ({"x-ratelimit-remaining": "\u0667"}, (None, 0.0)),
        ({"ratelimit": '"default";r=;t=x'}, (None, 0.0)),
        ({"x-ratelimit-remaining": "9" * 5000}, (None, 0.0)),
    ],
)
def test_headers_say_what_is_left(
    headers: dict[str, str], expected: tuple[int | None, float]
) -> None:
    """In the forms that systems use; what is none of them says nothing."""
    assert left_of(headers) == expected


def test_fewer_left_than_we_thought_is_believed_and_more_is_not() -> None:
    """Others use the same account; our own limit stands."""
    assert FULL.learned(0.0, {"x-ratelimit-remaining": "2"}).left(0.0) == 2
    assert FULL.taken(0.0).learned(0.0, {"x-ratelimit-remaining": "500"}).left(0.0) == 9


def test_an_answer_that_crosses_a_refusal_opens_nothing() -> None:
    """It was sent before the system said no."""
    assert FULL.shut(0.0, 30.0).learned(1.0, {"x-ratelimit-remaining": "5"}).wait_s(1.0) == 29.0


def test_none_left_shuts_it_until_there_are_more() -> None:
    """A Unix time in place of seconds is no wait."""
    none_left = {"x-ratelimit-remaining": "0"}
    assert FULL.learned(0.0, none_left | {"x-ratelimit-reset": "20"}).wait_s(0.0) == 20.0
    assert FULL.learned(0.0, none_left | {"x-ratelimit-reset": "1767571200"}).wait_s(0.0) == 0.5
