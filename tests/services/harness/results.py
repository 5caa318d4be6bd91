"""What a campaign found, for the table, for JSON, and beside the recording."""

from dataclasses import asdict, dataclass, field


@dataclass
class FalseAlarm:
    """A mail that is not an attack's. `repeat`: of the same kind as one before it about the container."""

    container: str
    phase: str
    arrived_ns: int
    finding: str
    repeat: bool = False


@dataclass
class AttackResult:
    """`outcome`: detected; other (a mail came, of which it is not said that it is about this); missed; failed (the attack
    itself, or it was not seen because another tracer held the container)."""

    name: str
    does: str
    container: str
    reliable: bool
    started_ns: int
    ended_ns: int = 0
    outcome: str = "missed"
    milliseconds: int | None = None  # from its begin to the mail
    milliseconds_from_call: int | None = None  # from the first call that the mail calls abnormal
    by: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)  # mails about its container that came after it was judged
    note: str = ""


@dataclass
class ServiceResult:
    service: str
    seed: int
    learning: dict[str, str]
    phases_ns: dict[str, int] = field(default_factory=dict)  # phase: when it began
    armed_after_s: float | None = None  # the image
    habits_settled_after_s: float | None = None  # those of the server, but for its arguments
    program_armed_after_s: float | None = None  # the profile of the server
    learned_requests: int = 0
    ordinary_s: float = 0
    requests: int = 0
    failed_requests: int = 0
    last_error: str = ""
    steps: list[str] = field(default_factory=list)  # of profiles and image, as the analyzer logged them
    false_alarms: list[FalseAlarm] = field(default_factory=list)
    attacks: list[AttackResult] = field(default_factory=list)
    error: str = ""

    @property
    def false_alarms_in_words(self) -> str:
        repeats = sum(alarm.repeat for alarm in self.false_alarms)
        return f"{len(self.false_alarms) - repeats}{f' (+{repeats} repeats)' if repeats else ''}"

    def as_json(self) -> dict:
        return asdict(self)
