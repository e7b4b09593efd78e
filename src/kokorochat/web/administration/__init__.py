"""The administrators' pages: people, pairing, export."""
