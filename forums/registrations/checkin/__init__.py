"""At the door (签到): what was scanned or typed is read, and the desk is told in one word who stands before it."""
