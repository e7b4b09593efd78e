"""From samples to a model: run files, training, and the models that answer."""
