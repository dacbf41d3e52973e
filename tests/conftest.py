"""The fixtures of tests that need the emulators; nothing runs until a test asks for it."""

from hypothesis import settings

pytest_plugins = ["tests.support.fixtures"]

settings.register_profile("any machine", deadline=None)  # no test depends on speed
settings.load_profile("any machine")
