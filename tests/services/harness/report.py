"""The table and the JSON of a run. Pure."""

from .results import AttackResult, ServiceResult

HEADER = ("service", "load requests", "false alarms", "attack", "detected", "milliseconds", "by")


def table(results: list[ServiceResult]) -> str:
    rows = [HEADER]
    for result in results:
        first = (result.service, str(result.requests), result.false_alarms_in_words)
        for attack in result.attacks:
            rows.append((*first, attack.name, _detected(attack), _milliseconds(attack), "; ".join(attack.by)))
            first = ("", "", "")
        if not result.attacks:
            rows.append((*first, "-", "-", "-", result.error))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def summary(result: ServiceResult) -> str:
    attacks = [attack for attack in result.attacks if attack.outcome != "failed"]
    detected = sum(attack.outcome == "detected" for attack in attacks)
    text = (f"{result.service}: server armed {_after(result.program_armed_after_s)}, habits settled "
            f"{_after(result.habits_settled_after_s)}, {result.requests} requests in {result.ordinary_s:.0f} s "
            f"({result.failed_requests} failed{result.last_error and ', ' + result.last_error}), {result.false_alarms_in_words} false alarms, "
            f"{detected} of {len(attacks)} attacks detected")
    if failed := len(result.attacks) - len(attacks):
        text += f", {failed} attacks failed by themselves"
    return text + (f"; {result.error}" if result.error else "")


def as_json(results: list[ServiceResult]) -> list[dict]:
    return [result.as_json() for result in results]


def _after(seconds: float | None) -> str:
    return "not in time" if seconds is None else f"after {seconds:.0f} s"


def _detected(attack: AttackResult) -> str:
    return {"detected": "yes", "missed": "no", "other": "by chance"}.get(attack.outcome, attack.outcome)


def _milliseconds(attack: AttackResult) -> str:
    """From the attack's begin, and from the first call that the mail calls abnormal."""
    if attack.milliseconds is None:
        return ""
    if attack.milliseconds_from_call is None:
        return str(attack.milliseconds)
    return f"{attack.milliseconds} ({attack.milliseconds_from_call})"
