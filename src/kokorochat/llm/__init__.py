"""Whatever answers a chat: endpoints, and a scripted model for tests and offline use."""
