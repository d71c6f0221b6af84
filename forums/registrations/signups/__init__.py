"""Who signed up for a session or a visit: the list, and what happens to them when the session is cancelled."""
