"""A model of ours behind an OpenAI-compatible endpoint on this machine: `serve-model`."""
