"""The fixtures of tests that need the emulators; nothing runs until a test asks for it."""

pytest_plugins = ["tests.support.fixtures"]
