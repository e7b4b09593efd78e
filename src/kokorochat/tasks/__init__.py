"""What a model is asked: the tasks, and the files that hold their samples."""
