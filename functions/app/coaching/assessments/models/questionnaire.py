"""The questionnaire as it is served: what a client needs to show it and to check answers."""

from typing import Literal

from app.coaching.assessments.models.answers import QuestionId
from app.kit.locale import Locale
from app.kit.model import Message


class GetQuestionnaire(Message):
    """The request of `assessments_get_questionnaire`."""

    locale: Locale = Locale.EN


class Option(Message):
    """One answer to choose: `value` is sent, `label` is shown."""

    value: str
    label: str


class OwnText(Message):
    """The field in which a person who chose `other` may say what they mean."""

    field: str
    label: str
    max_length: int


class Question(Message):
    """What every question has. `id` is the name of the answer in `assessments_submit`."""

    id: QuestionId
    text: str
    required: bool


class TextQuestion(Question):
    """A question answered in own words. `max_length` is in code points."""

    kind: Literal["text"] = "text"
    max_length: int


class ChoiceQuestion(Question):
    """A question answered by one option."""

    kind: Literal["choice"] = "choice"
    options: tuple[Option, ...]


class ChoicesQuestion(Question):
    """A question answered by a list of different options."""

    kind: Literal["choices"] = "choices"
    options: tuple[Option, ...]
    min_choices: int
    max_choices: int
    other: OwnText


class ScaleQuestion(Question):
    """A question answered by a whole number, both ends included."""

    kind: Literal["scale"] = "scale"
    minimum: int
    maximum: int
    minimum_label: str
    maximum_label: str


class Questionnaire(Message):
    """The response of `assessments_get_questionnaire`."""

    version: int
    locale: Locale
    retake_after_days: int
    questions: tuple[TextQuestion | ChoiceQuestion | ChoicesQuestion | ScaleQuestion, ...]
