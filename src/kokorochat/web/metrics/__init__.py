"""What the platform tells a Prometheus: counts, times and sizes, never a word, a name or an address of anybody."""
