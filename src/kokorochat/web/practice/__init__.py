"""A partner for somebody alone: a program that plays the client or the counselor, without any network."""
