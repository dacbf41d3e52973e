"""Onboarding: the first steps of each person, and which is best next. Owns `onboarding`."""
