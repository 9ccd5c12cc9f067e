"""Flaws of how facts are read, rule by rule."""

from tests.conformance.broken.flaw import Flaw
from tests.conformance.broken.stating import (
    CountsIdsWithFloats,
    CountsInCents,
    CutsDecimals,
    ForgetsOffsets,
    IsAnHourLate,
    LeavesEscapes,
    NamesLinesAlike,
    ReadsAPageOfLines,
    StopsAtABadRecord,
    TakesAnyWordForMoving,
    TakesAnyWordForOpen,
    TakesZeroForSomebody,
    TrustsItsOwnClock,
    misread,
)

AT_FACTS = (
    Flaw(
        rule="an_unknown_status_of_an_order_is_kept",
        says="an unknown status must be UNKNOWN, its word kept; it is CONFIRMED (open)",
        kit=misread(TakesAnyWordForOpen),
    ),
    Flaw(
        rule="nobody_is_no_customer",
        says="nobody must be no customer; it is customer '0'",
        kit=misread(TakesZeroForSomebody),
    ),
    Flaw(
        rule="a_currency_without_decimals_is_exact",
        says="minor=199900",
        kit=misread(CountsInCents),
    ),
    Flaw(
        rule="a_currency_of_three_decimals_is_exact",
        says="minor=123,",
        kit=misread(CountsInCents),
    ),
    Flaw(
        rule="more_decimals_than_a_currency_has_are_rounded",
        says="minor=1666,",
        kit=misread(CutsDecimals),
    ),
    Flaw(
        rule="an_id_beyond_a_float_is_exact",
        says="9007199254740993 became 9007199254740992",
        kit=misread(CountsIdsWithFloats),
    ),
    Flaw(
        rule="words_come_as_people_wrote_them",
        says="&lt;5°&gt;",
        kit=misread(LeavesEscapes),
    ),
    Flaw(
        rule="a_long_order_keeps_every_line",
        says="400 lines became 250, with 250 ids",
        kit=misread(ReadsAPageOfLines),
    ),
    Flaw(
        rule="a_long_order_keeps_every_line",
        says="400 lines became 400, with 1 ids",
        kit=misread(NamesLinesAlike),
    ),
    Flaw(
        rule="an_order_was_placed_when_it_was",
        says="became 2026-03-08 01:59:59+00:00",
        kit=misread(ForgetsOffsets),
    ),
    Flaw(
        rule="an_unknown_status_of_a_parcel_is_kept",
        says="an unknown status must be UNKNOWN, its word kept; it is IN_TRANSIT",
        kit=misread(TakesAnyWordForMoving),
    ),
    Flaw(
        rule="words_of_a_scan_come_as_they_were_written",
        says="&lt;5°&gt;",
        kit=misread(LeavesEscapes),
    ),
    Flaw(
        rule="a_scan_was_when_it_was",
        says="became [datetime.datetime(2026, 3, 8, 10, 59, 59",
        kit=misread(IsAnHourLate),
    ),
    Flaw(
        rule="one_bad_record_holds_up_no_other",
        about="order",
        says="one bad order must be given as Unreadable",
        client=StopsAtABadRecord,
    ),
    Flaw(
        rule="a_pull_bears_a_clock_that_is_late",
        about="order",
        says="a clock that is 30 s late; it misses order o-1",
        client=TrustsItsOwnClock,
    ),
)
