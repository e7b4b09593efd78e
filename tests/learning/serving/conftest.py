"""Tests of serving compute on one thread each, as those of fine-tuning."""

from one_thread import one_thread  # noqa: F401 - a fixture
