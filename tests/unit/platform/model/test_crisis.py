"""What the crisis screen finds, what it leaves alone, and how often: the figures of the docs."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.platform.model import crisis_rules
from app.platform.model.crisis import screen, words
from app.platform.model.crisis_resources import RESOURCES
from app.platform.model.models import CrisisCategory

CORPUS = Path(__file__).with_name("corpus")
OVERDOSE = CrisisCategory.OVERDOSE
SELF_HARM = CrisisCategory.SELF_HARM


def found(text: str) -> CrisisCategory | None:
    match = screen([text])
    return match.category if match else None


def share_found(name: str, part: Callable[[int], bool] = lambda _: True) -> float:
    """Return the share of a corpus file's phrases that are hits, of whichever category."""
    phrases = (CORPUS / f"{name}.txt").read_text().splitlines()
    chosen = [phrase for place, phrase in enumerate(phrases) if part(place)]
    return sum(found(phrase) is not None for phrase in chosen) / len(chosen)


FROZEN = ["self_harm_explicit", "self_harm_implicit", "overdose_explicit", "overdose_implicit"]


@pytest.mark.parametrize("name", FROZEN)
def test_recall_on_the_corpus_that_the_rules_were_tuned_to(name: str) -> None:
    assert share_found(name, lambda place: place % 3 != 2) >= 0.99


@pytest.mark.parametrize("name", FROZEN)
def test_recall_on_the_third_held_out(name: str) -> None:
    assert share_found(name, lambda place: place % 3 == 2) >= 0.96


@pytest.mark.parametrize("name", ["later_self_harm", "later_overdose"])
def test_recall_on_what_was_missed_at_first(name: str) -> None:
    assert share_found(name) >= 0.97


@pytest.mark.parametrize(
    ("name", "at_least"), [("unseen_self_harm", 0.59), ("unseen_overdose", 0.87)]
)
def test_recall_on_phrases_no_rule_was_tuned_to(name: str, at_least: float) -> None:
    assert share_found(name) >= at_least


@pytest.mark.parametrize(
    ("name", "at_most"),
    [("hard_negatives", 0.01), ("later_hard_negatives", 0.01), ("unseen_hard_negatives", 0.03)],
)
def test_false_alarms(name: str, at_most: float) -> None:
    assert share_found(name) <= at_most


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself",
        "I WANT TO KILL MYSELF",
        "\uff29 want to \uff4b\uff49\uff4c\uff4c myself",
        "I want to ki\u200bll my\u00adself",
        "I want to k i l l myself",
        "I want to k.i.l.l myself",
        "I want to k!ll mys3lf",
        "I want to killlll myseeelf",
        "I want to\n\tkill   myself",
        "I want to kill my self",
        "k.m.s.",
        "I\u2019m suicidal",
        "No quiero vivir m\u00e1s",
        "no quiero vivir ma\u0301s",
    ],
)
def test_spelling_hides_nothing(text: str) -> None:
    assert found(text) is SELF_HARM


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I am not suicidal", None),
        ("I am not sure, I may be suicidal", SELF_HARM),
        ("I have never wanted to kill myself", None),
        ("I never wanted to kill myself, but now I do", SELF_HARM),
        ("No. I want to die", SELF_HARM),
        ("I can't stop thinking about suicide", SELF_HARM),
        ("I can't promise I won't kill myself", SELF_HARM),
        ("nunca intenté suicidarme", None),
        ("no puedo dejar de pensar en suicidarme", SELF_HARM),
        ("I never overdosed", None),
        ("I never overdosed before, but I think I did today", OVERDOSE),
    ],
)
def test_negation(text: str, category: CrisisCategory | None) -> None:
    assert found(text) is category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("my friend is overdosing now", OVERDOSE),
        ("my friend overdosed an hour ago", OVERDOSE),
        ("my friend overdosed last year", None),
        ("my friend overdosed last year and is overdosing again", OVERDOSE),
        ("a client overdosed two years ago and I led the review", None),
        ("my brother died of an overdose in 2015", None),
        ("my brother is about to kill himself", SELF_HARM),
        ("I lost a colleague to suicide", None),
    ],
)
def test_others(text: str, category: CrisisCategory | None) -> None:
    assert found(text) is category


def test_work_with_a_crisis_does_not_hide_one() -> None:
    assert found("I work in suicide prevention") is None
    assert found("I work in suicide prevention and I want to kill myself") is SELF_HARM


def test_the_most_urgent_comes_first_wherever_it_stands() -> None:
    match = screen(["I want to die", "", "he is overdosing"])

    assert match is not None
    assert match.category is OVERDOSE


def test_nothing_is_no_crisis() -> None:
    assert screen([]) is None
    assert screen([""]) is None


@pytest.mark.parametrize("category", CrisisCategory)
def test_each_category_brings_what_helps(category: CrisisCategory) -> None:
    contacts = {resource.contact for resource in RESOURCES[category]}

    assert {"988", "911", "1-800-662-4357"} <= contacts
    assert "741741" in contacts or category is OVERDOSE
    for resource in RESOURCES[category]:
        assert set(resource.text) == {"en", "es"}
        assert all(resource.contact in text for text in resource.text.values())


def test_a_match_says_by_which_rules_and_nothing_of_the_words() -> None:
    match = screen(["zq-canary says I want to kill myself"])

    assert match is not None
    assert match.rule_version == crisis_rules.RULES_DATE.isoformat()
    assert match.resources == RESOURCES[SELF_HARM]
    assert "zq-canary" not in match.model_dump_json()


def test_screening_writes_nothing(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")

    screen(["I want to kill myself"])

    assert (caplog.text, *capsys.readouterr()) == ("", "", "")


def test_words_are_spelled_alike() -> None:
    assert words("I'm SOOO tired, 1000 times!") == [
        *(".", "im", "so", "tired", ".", "#", "times", ".", ".")
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "I lead a team of twelve engineers and want to improve how I run meetings. ",
        "Quiero mejorar mi comunicación con el equipo y aprender a delegar más. ",
    ],
)
def test_two_thousand_characters_take_less_than_5_ms(sentence: str) -> None:
    text = (sentence * 40)[:2_000]
    screen([text])

    def seconds() -> float:
        started = time.process_time()
        screen([text])
        return time.process_time() - started

    assert min(seconds() for _ in range(20)) < 0.005


LINEAR = ["want ", "took ", "a", ". ", "k i ", "my friend ", "want to wish i ", "o.d", "'", "!"]


@pytest.mark.parametrize("piece", [*LINEAR, "a!", "no ", "\u0301", "no suicide ", "took pills "])
def test_time_is_linear(piece: str) -> None:
    """20 kB of whatever is worst: quadratic would take most of a minute."""
    text = (piece * 20_000)[:20_000]

    started = time.process_time()
    screen([text])

    assert time.process_time() - started < 1
