"""Rows of the platform as a whole."""

from django.db import models


class WorkerSign(models.Model):
    """A worker's sign of life.

    Attributes:
        name: the machine and the number of the process.
    """

    name = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"worker {self.name}"
