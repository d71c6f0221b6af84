"""Programmes as files: reading four formats and writing three, with no database and no request.

`reading.read(bytes)` gives a `Programme`; `billet.write`, `c3voc_writing.write_json` and `.write_xml` take one.
"""
