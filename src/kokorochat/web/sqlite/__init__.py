"""Django's SQLite, with the threads of this process writing in turns; named as a database's engine."""
