"""What the calendar of an invited person sends back when they press Accept, Decline or Tentative (RFC 6047).

It counts like an answer on the page behind their link, when it can only come from them; whatever else it may be, a
person decides.
"""
