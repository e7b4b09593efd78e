"""A corpus played back through a running platform, as two people would: by its pages, forms and sockets alone."""
