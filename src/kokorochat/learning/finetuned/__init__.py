"""Others' language models, taught the two tasks as in the paper: weights of 4 bits stay, and small adapters learn.

`settings` and `talks` are plain; all else needs the extra [qlora], and is imported where a model is trained or loaded.
"""
