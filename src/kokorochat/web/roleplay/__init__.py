"""One session, from pairing to feedback."""
