"""Reports as bytes: pure functions of a report, with no clock, no database and no request."""
