"""Days, months and quarters in UTC, as the public ledger writes them."""

from calendar import monthrange

_YEAR, _MONTH = 4, 7  # characters of YYYY-MM-DD
_MONTHS_OF_A_QUARTER = 3


def month_of(day: str) -> str:
    """Return the month of a day."""
    return day[:_MONTH]


def quarter_of(month: str) -> str:
    """Return the quarter of a month."""
    year, number = month.split("-")
    return f"{year}-Q{(int(number) - 1) // _MONTHS_OF_A_QUARTER + 1}"


def ends_quarter(month: str) -> bool:
    """Whether a month is the last one of its quarter."""
    return int(month.split("-")[1]) % _MONTHS_OF_A_QUARTER == 0


def after(month: str) -> str:
    """Return the month that follows."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def around(moment: str) -> list[str]:
    """Return the periods that a day, a month or a quarter lies in: year, quarter, month."""
    year = moment[:_YEAR]
    if "Q" in moment:
        return [year, moment]
    month = month_of(moment)
    return [year, quarter_of(month), month]


def last_day(moment: str) -> str:
    """Return the last day of a month or a quarter, and a day as it is."""
    if "Q" in moment:
        year, quarter = moment.split("-Q")
        moment = f"{year}-{int(quarter) * _MONTHS_OF_A_QUARTER:02}"
    if len(moment) > _MONTH:
        return moment
    _, days = monthrange(*map(int, moment.split("-")))
    return f"{moment}-{days}"
