"""A partner for somebody alone: a program that plays the client from written role-plays, without any network."""
