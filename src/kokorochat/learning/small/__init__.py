"""A small language model, trained from nothing on a machine's processors: tokens, network, training, answers.

All but `shape` and `windows` need the extra [lm]; what is outside this folder imports it where a model is trained or
loaded, and nowhere else.
"""
