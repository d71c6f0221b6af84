"""Units (单位) that come with N places: their contact names the people, and may put one in another's place."""
