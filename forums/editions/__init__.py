"""Series and their yearly editions: names, dates, venue, halls, state and places."""
