"""What becomes of a project once it is signed: one project, one team, to the end (一个项目、一套班子、一抓到底).

Its stage moves by rows that say when, by whom and why; going back takes two people.
"""
