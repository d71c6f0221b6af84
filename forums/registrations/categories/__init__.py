"""Who may come: an edition's categories with their places, times, rules and private links, in the organiser's order."""
