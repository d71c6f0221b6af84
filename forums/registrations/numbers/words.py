"""What the numbers are called, and what each counts in one sentence, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forums.registrations.numbers.counting import FIRST, RETURNING

MEASURE_WORDS = {
    "registered": _l("Registered"),
    "confirmed": _l("Confirmed"),
    "came": _l("Came"),
    "person_times": _l("Person-times"),
}
VISIT_WORDS = {FIRST: _l("First-time"), RETURNING: _l("Returning")}
BREAKDOWN_WORDS = {
    "state": _l("State"),
    "category": _l("Category"),
    "visit": _l("First-time or returning"),
    "region": _l("Province or region"),
    "organisation": _l("Organisation"),
}
DEFINITIONS = {
    "registered": _l("Different people with a registration in any state, those who cancelled too; each once."),
    "confirmed": _l("Different people who hold a place now."),
    "came": _l("Different people who were checked in at least once."),
    "person_times": _l("One person on one day is one person-time, however often the door was passed."),
    RETURNING: _l("Registered people who came to an earlier edition of this series, by their directory record."),
    FIRST: _l("Registered people who came to no earlier edition of this series."),
    "organisations": _l("Different organisations that confirmed people named; width and case make no difference."),
    "state": _l("Each person under the registration of theirs that has come furthest."),
    "category": _l("Each person under the category of the registration that counts for them."),
    "visit": _l("Returning is who came to an earlier edition of this series; all others come for the first time."),
    "region": _l(
        "As the person said; else where the organisation is registered, by the third and fourth characters of its "
        "credit code in the directory; else not given."
    ),
    "organisation": _l("As people wrote it, width and case aside; the largest one by one, the others together."),
    "days": _l(
        "New registrations and cancellations of each day, and how many were confirmed at its end; these count "
        "registrations, of which a person may have several."
    ),
    "funnel": _l("Each share is that of the step before, rounded half-up."),
}
