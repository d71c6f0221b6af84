"""Who is let in: requests that wait for a decision, one by one or many at once, the waiting list and its offers."""
