"""Tests of fine-tuning compute on one thread each."""

from one_thread import one_thread  # noqa: F401 - a fixture
