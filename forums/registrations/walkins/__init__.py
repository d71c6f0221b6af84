"""Who comes without having registered: the desk writes down a name and a phone number, and lets the person in.

No e-mail address is asked for and no letter written; the ticket is paper. Nobody gets a second registration unnoticed.
"""
