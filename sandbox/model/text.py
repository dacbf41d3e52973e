"""Short English coaching sentences of any wanted length, chosen by a random generator."""

from random import Random

ACTIONS = (
    "listen before you decide",
    "name the decision and its owner",
    "ask one open question in every meeting",
    "protect an hour for deep work",
    "give feedback within a day",
    "agree on what done looks like",
    "share the reason behind the goal",
    "let the team choose the method",
    "write down what you expect",
    "plan the hard conversation first",
    "celebrate one small result",
    "say no to one request",
    "review the week on Friday",
    "delegate a task with its context",
    "invite the quietest voice",
)
OCCASIONS = (
    "for the next two weeks",
    "before the day begins",
    "in your next one-to-one",
    "when pressure rises",
    "at the start of each sprint",
    "with a colleague you trust",
    "after every longer meeting",
    "until it feels natural",
)
REASONS = (
    "so that trust can grow",
    "because clarity saves time",
    "which builds on a strength you named",
    "and note what changes",
    "so that progress becomes visible",
    "because small steps last",
)


def phrase(random: Random) -> str:
    """Return a few words without a full stop, as for a title."""
    return _capitalized(random.choice(ACTIONS))


def sentence(random: Random) -> str:
    """Return one full sentence."""
    return f"{phrase(random)} {random.choice(OCCASIONS)}, {random.choice(REASONS)}."


def text(random: Random, min_length: int, max_length: int | None) -> str:
    """Return readable text of `min_length` to `max_length` characters."""
    best = sentence(random)
    while len(best) < min_length:
        best += f" {sentence(random)}"
    if max_length is None or len(best) <= max_length:
        return best
    title = phrase(random)
    if min_length <= len(title) <= max_length:
        return title
    return _cut(best, min_length, max_length)


def _cut(words: str, min_length: int, max_length: int) -> str:
    """Shorten at the end of a word where the lengths allow it, else inside one."""
    whole, _, _ = words[: max_length + 1].rpartition(" ")
    return whole if len(whole) >= min_length else f"{words[: max_length - 1]}."[:max_length]


def _capitalized(words: str) -> str:
    return words[0].upper() + words[1:]
