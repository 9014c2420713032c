"""KH1xx: secrets that stand in files as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keyhole import Check, Notice, Role, Severity, View, Where
from keyhole_audit.checks.rule import Rule
from keyhole_audit.in_texts import LIMIT
from keyhole_audit.literal import Literal, Slot, masked
from keyhole_audit.literals import Literals
from keyhole_audit.role import is_for_all

__all__ = ["HELPED", "checks"]

HELPED = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
"""Variables of Claude Code in whose place an apiKeyHelper can stand."""

_OAUTH = "CLAUDE_CODE_OAUTH_TOKEN"
_ANTHROPICS = ("an Anthropic", "a Claude")
"""How the kinds begin that Anthropic issues."""

_ROTATE = "then rotate it at whoever issued it: what was shared stays known"
_UNREAD = "nothing in Claude Code reads a secret there"
_HISTORY = "git keeps every version, so rotate it at whoever issued it"


def checks(literals: Literals) -> list[Check]:
    """The checks of this family.

    Args:
        literals: Finds the secrets, once for all of them.
    """

    def of(
        fits: Callable[[Literal], bool],
        problem: Callable[[Literal], str],
        remedy: Callable[[Literal], str],
    ) -> Callable[[View], Iterator[Notice]]:
        def look(view: View) -> Iterator[Notice]:
            for one in literals.of(view):
                if fits(one):
                    yield Notice(one.where, problem(one), remedy(one))

        return look

    return [
        Rule(
            "KH101",
            Severity.HIGH,
            "a secret in settings that others get",
            of(_in_shared_settings, _held("settings that others get"), _out_of_shared),
        ),
        Rule(
            "KH102",
            Severity.MEDIUM,
            "a key in settings, where a helper could stand",
            of(_in_own_settings, _held("settings in plain text"), _helper),
        ),
        Rule(
            "KH103",
            Severity.HIGH,
            "a secret in a permission rule",
            of(_in_rule, _held("a permission rule"), _out_of_rule),
        ),
        Rule(
            "KH104",
            Severity.HIGH,
            "a secret in a command of the settings",
            of(_in_settings_command, _held("a command"), _out_of_command),
        ),
        Rule(
            "KH105",
            Severity.HIGH,
            "a secret in a .env file that others get",
            of(_in_shared_dotenv, _held("a .env file that others get"), _out_of_dotenv),
        ),
        Rule(
            "KH106",
            Severity.HIGH,
            "a secret in a CI configuration",
            of(_in_pipeline, _held("a CI configuration"), _out_of_pipeline),
        ),
        Rule(
            "KH107",
            Severity.HIGH,
            "a secret in instructions or scripts for Claude",
            of(_in_instructions, _held("what Claude reads"), _out_of_text),
        ),
        Rule(
            "KH108",
            Severity.MEDIUM,
            "an Anthropic credential in a shell's start file",
            of(_in_start_file, _held("a file that every shell reads"), _out_of_start_file),
        ),
        Rule("KH109", Severity.MEDIUM, "a file that can't be audited", _unread),
        Rule(
            "KH110",
            Severity.HIGH,
            "a secret in a file that was named",
            of(_in_named_file, _held("the file"), _out_of_text),
        ),
    ]


def _held(by: str) -> Callable[[Literal], str]:
    def problem(one: Literal) -> str:
        whose = f"{one.name}: " if one.name else ""
        tracked = ", which git tracks" if one.file.tracked else ""
        return f"{whose}{one.hit.description} stands in {by}{tracked}"

    return problem


def _is_settings(one: Literal) -> bool:
    return one.file.role is Role.SETTINGS


def _in_shared_settings(one: Literal) -> bool:
    return _is_settings(one) and one.file.shared and one.slot in (Slot.ENV, Slot.OTHER)


def _in_own_settings(one: Literal) -> bool:
    if not _is_settings(one) or one.file.shared:
        return False
    return one.slot is Slot.OTHER or (one.slot is Slot.ENV and one.name in HELPED)


def _in_rule(one: Literal) -> bool:
    return one.slot is Slot.RULE


def _in_settings_command(one: Literal) -> bool:
    return _is_settings(one) and one.slot is Slot.COMMAND


def _in_shared_dotenv(one: Literal) -> bool:
    return one.file.role is Role.DOTENV and one.file.shared


def _in_pipeline(one: Literal) -> bool:
    return one.file.role is Role.PIPELINE


def _in_instructions(one: Literal) -> bool:
    return one.file.role in (Role.INSTRUCTIONS, Role.SCRIPT)


def _in_start_file(one: Literal) -> bool:
    is_anthropics = one.name in (*HELPED, _OAUTH) or one.hit.kind.startswith(_ANTHROPICS)
    return one.file.role is Role.START_FILE and is_anthropics


def _in_named_file(one: Literal) -> bool:
    return one.file.role is Role.OTHER


def _rotated(one: Literal, remedy: str) -> str:
    return f"{remedy}; {_HISTORY if one.file.tracked else _ROTATE}"


def _out_of_shared(one: Literal) -> str:
    if one.slot is Slot.OTHER:
        return _rotated(one, f"take it out of the file; {_UNREAD}")
    if one.name in HELPED:
        return _rotated(one, "`keyhole audit --fix` keeps it in a token store behind a helper")
    return _rotated(one, "move it to .claude/settings.local.json (`keyhole audit --fix` does)")


def _helper(one: Literal) -> str:
    if one.slot is Slot.OTHER:
        return f"take it out of the file; {_UNREAD}"
    return "`keyhole audit --fix` keeps it in a token store and leaves an apiKeyHelper"


def _out_of_rule(one: Literal) -> str:
    does = " (`keyhole audit --fix` does)" if "allow" in one.path else ""
    return _rotated(one, f"remove the rule{does}, and give the secret in a variable")


def _out_of_command(one: Literal) -> str:
    return _rotated(one, "let the command read it from a token store: `keyhole secret set NAME`")


def _out_of_dotenv(one: Literal) -> str:
    name = one.file.path.name
    if is_for_all(one.file.path):
        return _rotated(one, "take it out of the file, which is meant for everyone")
    if one.file.tracked:
        return (
            f"`git rm --cached {masked(name)}` and add it to .gitignore (`keyhole audit --fix` "
            f"does); {_HISTORY}"
        )
    return f"add {masked(name)} to .gitignore (`keyhole audit --fix` does)"


def _out_of_pipeline(one: Literal) -> str:
    return _rotated(one, "keep it as a secret of the CI system and refer to it")


def _out_of_text(one: Literal) -> str:
    return _rotated(one, "take it out of the file")


def _out_of_start_file(one: Literal) -> str:
    if one.name == _OAUTH:
        return (
            "every program that is started gets it: keep it with `keyhole secret set NAME`, and "
            f"start `keyhole secret run --env {_OAUTH} NAME -- claude`"
        )
    return (
        "every program that is started gets it, and it wins over a subscription: keep it with "
        "`keyhole secret set NAME`, and let an apiKeyHelper call `keyhole secret get NAME`"
    )


def _unread(view: View) -> Iterator[Notice]:
    for seen in view.files:
        text = view.machine.text(seen.path)
        problem = text.problem
        if not problem and seen.role in (Role.SETTINGS, Role.MCP, Role.STATE):
            problem = view.machine.json(seen.path).problem
        if not problem and text.content and seen.role is not Role.STATE:
            problem = "is too large to be searched" if len(text.content.reveal()) > LIMIT else ""
        if problem:
            yield Notice(
                Where(masked(str(seen.path))),
                f"the file {problem}, so that not all of it was audited",
                "correct it; Claude Code passes over a settings file that it can't read",
            )
