"""The tools of those who write plugins: a new package, trying examples, and the bench that their tests use."""
