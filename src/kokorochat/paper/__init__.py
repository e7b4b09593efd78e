"""`make paper`: the paper's tables of models with our rows beside its own, made from a corpus in resumable steps.

What is to be made is data (`runs/paper/systems.toml`), as is what the paper prints (`published.toml`). `plan.py` makes
steps of it, each a command that a user could type; `steps.py` runs those that aren't up to date; `tables.py` makes rows
of what was measured; `page.py` shows them.
"""
