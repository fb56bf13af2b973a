"""Units of Python source and their digests, for the agent; standard library only, CPython 3.10 to 3.14."""
