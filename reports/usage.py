"""What is wrong with a command as typed, in one Chinese line: the command-line library speaks English only."""

from typing import Any

from parcels.words import say


def misused(refused: Exception) -> str:
    """Return in one Chinese line what is wrong with a command as typed; the help where nothing was typed."""
    kind, context = type(refused).__name__, getattr(refused, "ctx", None)
    if context is None or kind == "NoArgsIsHelpError":
        return str(refused)
    param, message = getattr(refused, "param", None), str(getattr(refused, "message", refused))
    said = {
        "MissingParameter": say("cli.misused.missing", name=_name_of(param)),
        "BadParameter": say("cli.misused.value", name=_name_of(param), form=_form_of(message)),
        "NoSuchOption": say("cli.misused.option", name=getattr(refused, "option_name", "")),
    }.get(kind, _otherwise(message))
    return say("cli.misused.see", said=said, command=context.command_path)


def _name_of(param: Any) -> str:
    if param is None:
        return ""
    return str(param.opts[-1] if str(param.opts[-1]).startswith("-") else param.metavar or param.opts[-1])


def _form_of(message: str) -> str:
    forms = {"integer": "integer", "number": "number", "formats": "date"}
    return say(f"cli.misused.form.{next((form for word, form in forms.items() if word in message), 'other')}")


def _otherwise(message: str) -> str:
    words = {"No such command": "command", "unexpected extra": "extra"}
    key = next((key for word, key in words.items() if word in message), "other")
    return say(f"cli.misused.{key}", message=message)
