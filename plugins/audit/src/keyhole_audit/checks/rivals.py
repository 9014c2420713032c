"""KH3xx: several credentials, of which another one wins than its owner thinks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keyhole import Check, Notice, Role, Severity, Survey, View, Where
from keyhole.claude_code import PROVIDER_FLAGS
from keyhole.resolver import Verdict
from keyhole.tiers import payer
from keyhole.wire import HEADERS, Slot
from keyhole_audit.checks.literals import HELPED
from keyhole_audit.checks.rule import Rule
from keyhole_audit.literal import masked
from keyhole_audit.literals import Literals

__all__ = ["checks"]

_OAUTH = "CLAUDE_CODE_OAUTH_TOKEN"
_BARE = re.compile(r"\bclaude\b[^\n#]{0,400}\s--bare\b|\bCLAUDE_CODE_SIMPLE\s*[:=]\s*[\"']?1\b")
_KEYS = re.compile(r"\bANTHROPIC_(?:API_KEY|AUTH_TOKEN)\b|apiKeyHelper")

# What each variable's value must not begin with, and what to do then.
_MISPLACED = (
    ("ANTHROPIC_API_KEY", "sk-ant-oat", "holds an OAuth token, which is no API key", _OAUTH),
    ("ANTHROPIC_AUTH_TOKEN", "sk-ant-oat", "holds an OAuth token, sent as a plain one", _OAUTH),
    (_OAUTH, "sk-ant-api", "holds an API key, which is no OAuth token", "ANTHROPIC_API_KEY"),
)


def checks(literals: Literals) -> list[Check]:
    """The checks of this family.

    Args:
        literals: Finds the secrets in files.
    """
    return [
        Rule(
            "KH301",
            Severity.HIGH,
            "a key that overrides a subscription",
            lambda view: _overridden(view, literals),
        ),
        Rule("KH302", Severity.LOW, "a credential that never counts", _shadowed),
        Rule("KH303", Severity.MEDIUM, "two credentials in one request", _both_headers),
        Rule("KH304", Severity.MEDIUM, "several cloud providers", _providers),
        Rule("KH305", Severity.MEDIUM, "an OAuth token where it is not read", _bare),
        Rule(
            "KH306",
            Severity.MEDIUM,
            "a token in the wrong variable",
            lambda view: _misplaced(view, literals),
        ),
        Rule(
            "KH307",
            Severity.LOW,
            "a project's key beside a subscription",
            lambda view: _beside(view, literals),
        ),
    ]


def _overridden(view: View, literals: Literals) -> Iterator[Notice]:
    if not view.whole:
        return
    answer = view.survey()
    active = answer.resolution.active
    if active is None or not _overrides(active):
        return
    for loser in _subscriptions(answer):
        place = active.finding.where or Where(active.source.name)
        problem = (
            f"{active.source.name} wins over {loser.source.name}: requests are billed to "
            f"{payer(active.source)}, not to the subscription"
        )
        yield Notice(place, problem, f"{_way_out(view, literals, place)}; or expect it: [expect]")
        return


def _overrides(active: Verdict) -> bool:
    """Whether it may be there by accident: a provider is switched on by a flag of its own."""
    wire = active.finding.wire
    if active.source.billing == "subscription":
        return False
    return wire is None or wire.slot is Slot.HEADER


def _subscriptions(answer: Survey) -> list[Verdict]:
    return [one for one in answer.resolution.shadowed if one.source.billing == "subscription"]


def _way_out(view: View, literals: Literals, place: Where) -> str:
    """What removes a credential: for a shell's variable the line that exports it, if found."""
    lines = [
        str(Where(one.where.place, line=one.line))
        for one in literals.of(view)
        if one.file.role is Role.START_FILE and one.name == place.key
    ]
    if lines:
        return f"remove {', '.join(lines)} and open a new shell"
    return f"to use the subscription, remove {place}"


def _shadowed(view: View) -> Iterator[Notice]:
    if not view.whole:
        return
    answer = view.survey()
    active = answer.resolution.active
    reported = _subscriptions(answer) if active and _overrides(active) else []
    # What fills the other header of the same request counts, whatever wins.
    sent = set(answer.resolution.claude_code.values())
    for loser in answer.resolution.shadowed:
        if loser in reported or loser.source.name in sent:
            continue
        if active and loser.source.billing != active.source.billing:
            place = loser.finding.where or Where(loser.source.name)
            problem = (
                f"{loser.source.name} (billed to {payer(loser.source)}) never counts: "
                f"{active.source.name} (billed to {payer(active.source)}) wins"
            )
            yield Notice(place, problem, "remove the one that is not meant")


def _both_headers(view: View) -> Iterator[Notice]:
    if not view.whole:
        return
    answer = view.survey()
    sent = {header: name for header, name in answer.resolution.claude_code.items() if name}
    if len(set(sent.values())) < len(HEADERS):
        return
    both = " and ".join(f"{header} from {sent[header]}" for header in HEADERS)
    problem = f"Claude Code sends two credentials in each request: {both}"
    yield Notice(_place_of(answer, sent["x-api-key"]), problem, "remove one of them")


def _place_of(answer: Survey, name: str) -> Where:
    places = (
        verdict.finding.where
        for verdict in answer.resolution.verdicts
        if verdict.source.name == name
    )
    return next(places, None) or Where(name)


def _providers(view: View) -> Iterator[Notice]:
    if not view.whole:
        return
    on = [view.machine.variable(name) for name in PROVIDER_FLAGS]
    on = [variable for variable in on if variable.on]
    if len(on) > 1:
        names = " and ".join(variable.name for variable in on)
        place = on[1].where or Where.variable(on[1].name)
        yield Notice(
            place, f"{names} are switched on; only {on[0].name} counts", f"unset {on[1].name}"
        )


def _bare(view: View) -> Iterator[Notice]:
    problem = f"{_OAUTH} is not read in bare mode"
    remedy = "leave --bare out, or use ANTHROPIC_API_KEY"
    if view.whole and view.machine.bare:
        variable = view.machine.variable(_OAUTH)
        if variable.value and variable.where:
            yield Notice(variable.where, problem, remedy)
    for seen in view.of(Role.PIPELINE, Role.SCRIPT):
        content = view.machine.text(seen.path).content
        text = content.reveal() if content else ""
        bare = _BARE.search(text) if _OAUTH in text and not _KEYS.search(text) else None
        if bare:
            line = text.count("\n", 0, bare.start()) + 1
            yield Notice(Where(masked(str(seen.path)), line=line), problem, remedy)


def _misplaced(view: View, literals: Literals) -> Iterator[Notice]:
    held = [(one.name, one.hit.secret.reveal(), one.where) for one in literals.of(view)]
    if view.whole:
        variables = (view.machine.variable(name) for name, *_ in _MISPLACED)
        places = {where for _, _, where in held}
        held += [
            (one.name, one.text, one.where)
            for one in variables
            if one.where and _place(one.where) not in map(_place, places)
        ]
    for name, value, where in _once(held):
        for wanted, beginning, problem, right in _MISPLACED:
            if name == wanted and value.startswith(beginning):
                yield Notice(where, f"{name} {problem}", f"move it to {right}")


def _place(where: Where) -> tuple[str, int | None]:
    return where.place, where.line


def _once(held: Iterable[tuple[str, str, Where]]) -> Iterator[tuple[str, str, Where]]:
    seen: set[tuple[str, str, int | None]] = set()
    for name, value, where in held:
        if (name, *_place(where)) not in seen:
            seen.add((name, *_place(where)))
            yield name, value, where


def _beside(view: View, literals: Literals) -> Iterator[Notice]:
    if not view.whole:
        return
    active = view.survey().resolution.active
    if active is None or active.source.billing != "subscription":
        return
    for one in literals.of(view):
        if one.file.role is Role.DOTENV and one.name in HELPED:
            problem = (
                f"{one.name} here overrides the subscription in every program that loads the file"
            )
            remedy = "give the key another name, or run Claude Code with `keyhole run -- claude`"
            yield Notice(one.where, problem, remedy)
