"""A user's own corpus made ready for a hub or an archive: new numbers, no dates, a card, checksums, a manifest.

`folder.write_release` does it; docs/release.md says what is changed and what remains.
"""
