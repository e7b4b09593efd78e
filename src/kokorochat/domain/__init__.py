"""The words of the project: dialogue, utterance, role, feedback, topic. Standard library only, frozen, no I/O."""
