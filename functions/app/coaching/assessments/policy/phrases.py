"""What the rules say about each chosen answer. Never the person's own words."""

from app.coaching.assessments.models.answers import (
    Challenge,
    GoalTimeframe,
    LearningStyle,
    Skill,
)
from app.coaching.assessments.models.readiness import FocusArea

CHALLENGE_AREAS_TO_DEVELOP = {
    Challenge.LEADING_REMOTE_TEAMS: "Keeping a team close and clear about its work at a distance.",
    Challenge.MANAGING_DIFFICULT_CONVERSATIONS: (
        "Preparing and holding difficult conversations early and calmly."
    ),
    Challenge.BUILDING_TEAM_CULTURE: "Shaping habits of trust and help within the team.",
    Challenge.PERFORMANCE_MANAGEMENT: "Agreeing on clear expectations and following up on them.",
    Challenge.STRATEGIC_PLANNING: "Turning a direction into a few priorities and a plan.",
    Challenge.CHANGE_MANAGEMENT: "Leading people through change with reasons and small steps.",
    Challenge.WORK_LIFE_BALANCE: "Setting limits that protect rest and life outside work.",
    Challenge.CAREER_DEVELOPMENT: "Deciding on the next step of the career and making it visible.",
    Challenge.COMMUNICATION_SKILLS: "Saying what matters briefly and checking what was heard.",
    Challenge.CONFLICT_RESOLUTION: "Finding what lies behind a conflict and settling it fairly.",
    Challenge.TIME_MANAGEMENT: "Planning the week around what matters most.",
    Challenge.DECISION_MAKING: "Deciding in good time with the information at hand.",
    Challenge.MOTIVATION_AND_ENGAGEMENT: "Finding out what moves people and making room for it.",
    Challenge.DIVERSITY_AND_INCLUSION: "Making sure that every voice is heard and counts.",
    Challenge.OTHER: "Working on the challenge of your own that you described.",
}

SKILL_AREAS_TO_DEVELOP = {
    Skill.LEADERSHIP_PRESENCE: "Building a calm and convincing presence as a leader.",
    Skill.EMOTIONAL_INTELLIGENCE: "Noticing feelings, yours and others', before you act on them.",
    Skill.STRATEGIC_THINKING: "Taking time to look beyond the day and weigh long-term options.",
    Skill.COMMUNICATION: "Communicating so that people know what you mean and what comes next.",
    Skill.CONFLICT_RESOLUTION: "Resolving conflict while it is still small.",
    Skill.TEAM_BUILDING: "Bringing people together into a team that works.",
    Skill.CHANGE_MANAGEMENT: "Guiding a change from its reason to its routine.",
    Skill.PERFORMANCE_COACHING: "Coaching others with questions instead of answers.",
    Skill.DECISION_MAKING: "Making decisions with clear criteria and reviewing them later.",
    Skill.TIME_MANAGEMENT: "Protecting time for focused work.",
    Skill.NETWORKING: "Building and keeping relationships beyond your own team.",
    Skill.PUBLIC_SPEAKING: "Speaking to groups with structure and ease.",
    Skill.PROJECT_MANAGEMENT: "Steering projects by scope, time and risk.",
    Skill.INNOVATION: "Trying new ideas in small, safe experiments.",
    Skill.OTHER: "Building the skill of your own choice that you described.",
}

CHALLENGE_RISKS = {
    Challenge.LEADING_REMOTE_TEAMS: "Distance can hide problems until they are large.",
    Challenge.MANAGING_DIFFICULT_CONVERSATIONS: "It is tempting to put off hard conversations.",
    Challenge.BUILDING_TEAM_CULTURE: "Culture changes slowly, and results take months to show.",
    Challenge.PERFORMANCE_MANAGEMENT: "Unclear expectations can make follow-up feel unfair.",
    Challenge.STRATEGIC_PLANNING: "Urgent work can push planning aside.",
    Challenge.CHANGE_MANAGEMENT: "People may resist a change whose reason they do not see.",
    Challenge.WORK_LIFE_BALANCE: "A full schedule can eat the time that development needs.",
    Challenge.CAREER_DEVELOPMENT: "The next step may depend on decisions that others make.",
    Challenge.COMMUNICATION_SKILLS: "Old habits of speaking return under pressure.",
    Challenge.CONFLICT_RESOLUTION: "An open conflict can take attention from everything else.",
    Challenge.TIME_MANAGEMENT: "Without fixed times, practice may lose against daily work.",
    Challenge.DECISION_MAKING: "Waiting for full certainty can delay progress.",
    Challenge.MOTIVATION_AND_ENGAGEMENT: "A tired team may be slow to answer new efforts.",
    Challenge.DIVERSITY_AND_INCLUSION: "Good intentions can fade without habits that carry them.",
    Challenge.OTHER: "The challenge that you described may need more time than planned.",
}

LEARNING_FACTORS = {
    LearningStyle.INDIVIDUAL_COACHING: "Regular one-on-one sessions with one coach.",
    LearningStyle.GROUP_WORKSHOPS: "Learning in a group of peers who meet again.",
    LearningStyle.SELF_PACED: "Material that you can take up at your own pace, with set dates.",
    LearningStyle.READING_RESEARCH: "Time to read, and notes on what to try next.",
    LearningStyle.HANDS_ON_PRACTICE: "Tasks from your real work to practice on.",
    LearningStyle.VIDEO_TUTORIALS: "Short videos, each followed by a task.",
}

LEARNING_APPROACHES = {
    LearningStyle.INDIVIDUAL_COACHING: "Work one-on-one with a coach and practice between sessions",
    LearningStyle.GROUP_WORKSHOPS: "Learn in workshops and try one thing before the next",
    LearningStyle.SELF_PACED: "Learn at your own pace and keep fixed times in the week for it",
    LearningStyle.READING_RESEARCH: "Read on one subject at a time and write down what to apply",
    LearningStyle.HANDS_ON_PRACTICE: "Practice on real tasks and look back on each of them",
    LearningStyle.VIDEO_TUTORIALS: "Watch short tutorials and apply each within two days",
}

TIMEFRAME_FACTORS = {
    GoalTimeframe.ONE_MONTH: "A narrow first goal, since you want results within a month.",
    GoalTimeframe.THREE_MONTHS: "Monthly check points on the way to your date in three months.",
    GoalTimeframe.SIX_MONTHS: "Two half-way reviews on the way to your date in six months.",
    GoalTimeframe.ONE_YEAR: "A review each quarter on the way to your date in a year.",
    GoalTimeframe.ONGOING: "Dates of your own, since your development has no end date.",
}

COMMITMENT_FACTORS = {
    1: "Very small steps that fit into the little time that you have.",
    2: "Short, fixed times for practice in a busy week.",
    3: "A steady rhythm that keeps a moderate commitment going.",
    4: "Putting your strong commitment into a weekly routine.",
    5: "Putting your full commitment into few goals at a time.",
}

FOCUS = {
    FocusArea.LEADERSHIP_DEVELOPMENT: (
        "Leadership: choose one situation a week in which to lead on purpose, and look back on it."
    ),
    FocusArea.COMMUNICATION_ENHANCEMENT: (
        "Communication: prepare one important conversation a week and ask how it came across."
    ),
    FocusArea.STRATEGIC_THINKING: (
        "Strategy: keep an hour a week free to review direction, options and priorities."
    ),
    FocusArea.PRODUCTIVITY_OPTIMIZATION: (
        "Productivity: plan the week ahead and protect time for what matters most."
    ),
}
