"""The callable that serves the questions."""

from app.coaching.assessments.models.questionnaire import GetQuestionnaire, Questionnaire
from app.coaching.assessments.policy.questionnaire import questionnaire
from app.kit.callables import Caller, callable_function
from app.kit.limits import READS


@callable_function(limits=READS)
def assessments_get_questionnaire(
    request: GetQuestionnaire,
    caller: Caller,  # noqa: ARG001  # every callable has one; the questions are for all
) -> Questionnaire:
    """Answer the ten questions in a language, with every limit that `assessments_submit` has.

    No read. Errors: `invalid-argument` for a language that there is not.
    """
    return questionnaire(request.locale)
