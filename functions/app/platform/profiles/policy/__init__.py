"""The decisions of profiles: `completion`, and the coaching `context`."""
