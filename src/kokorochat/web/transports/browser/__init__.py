"""The browser's door: a WebSocket that both the desk and the phone page speak; docs/protocol.md describes it."""
