"""The doors through which people reach a session. They call actions and listen to signals."""
