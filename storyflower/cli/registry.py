"""`storyflower registry`: the versions of the model, who is champion, why, and the way back."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, prepare_libraries, print_json
from storyflower.cli.model_option import ModelName, registered_as
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home

if TYPE_CHECKING:  # with it comes MLflow, which `--help` does not wait for
    from storyflower.promotion.history import Move

registry = typer.Typer(
    help=say("registry_help"),
    no_args_is_help=True,
)

Version = Annotated[
    str,
    typer.Argument(help=say("option_version_or_alias")),
]
Reason = Annotated[str, typer.Option("--reason", "-m", help=say("option_reason"))]


@registry.command("list", help=say("registry_list_help"))
def list_versions(model: ModelName = None, as_json: JsonOption = False) -> None:
    """List every version, newest first: aliases, figures, and the decision of the gate."""
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.browse import all_versions

        home = Home.of(settings())
        versions = all_versions(home)
        if as_json:
            print_json({"model": home.model, "versions": [asdict(version) for version in versions]})
            return
        from storyflower.cli.registry_view import show_versions

        show_versions(home, versions)


@registry.command(help=say("registry_show_help"))
def show(version: Version, model: ModelName = None, as_json: JsonOption = False) -> None:
    """Show all that is known of a version.

    storyflower registry show @champion
    """
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.browse import facts_of, find_named

        home = Home.of(settings())
        facts = facts_of(home, find_named(home, version))
        if as_json:
            print_json(asdict(facts))
            return
        from storyflower.cli.registry_view import facts_table

        out.print(facts_table(facts))


@registry.command(help=say("registry_compare_help"))
def compare(one: Version, other: Version, model: ModelName = None, as_json: JsonOption = False) -> None:
    """Compare two versions: figures, recipe, data, and example by example where both saw the same sentences.

    storyflower registry compare 3 @champion
    """
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.browse import compare_versions, find_named

        home = Home.of(settings())
        found = compare_versions(home, find_named(home, one), find_named(home, other))
        if as_json:
            print_json(asdict(found))
            return
        from storyflower.cli.registry_view import show_comparison

        show_comparison(found)


@registry.command(help=say("registry_why_help"))
def why(version: Version, model: ModelName = None, as_json: JsonOption = False) -> None:
    """Say why a version was promoted or not: every check with its figure, its bound and its verdict.

    storyflower registry why 3
    """
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.browse import find_named
        from storyflower.promotion.decisions import read_decision
        from storyflower.promotion.history import moves

        home = Home.of(settings())
        named = find_named(home, version)
        decision = read_decision(home, named)
        known = moves(home.with_model(named.name))
        of_version = [move for move in known if str(named.version) in (move.to, move.former)]
        if as_json:
            print_json(
                {"version": str(named.version)} | decision.to_json() | {"moves": [m.to_json() for m in of_version]}
            )
            return
        from storyflower.cli.registry_view import show_decision

        show_decision(named.name, str(named.version), decision, of_version)


@registry.command(help=say("registry_promote_help"))
def promote(version: Version, reason: Reason = "", model: ModelName = None, as_json: JsonOption = False) -> None:
    """Make a version the champion by hand, whatever the gate decided; it must load and answer.

    storyflower registry promote 3 -m "better on this week's complaints, read by Jiyeon"
    """
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.alias import promote_by_hand
        from storyflower.promotion.browse import find_named

        home = Home.of(settings())
        named = find_named(home, version)
        why = reason or say("move.no_reason")
        _print_move(promote_by_hand(home.with_model(named.name), str(named.version), why), as_json)


@registry.command(help=say("registry_rollback_help"))
def rollback(
    reason: Reason = "",
    to: Annotated[str | None, typer.Option(help=say("option_to"))] = None,
    model: ModelName = None,
    as_json: JsonOption = False,
) -> None:
    """Give the alias back to the former champion. A version taken back is not promoted again by itself.

    storyflower registry rollback -m "answers 불안 to everything since this morning"
    """
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.alias import roll_back
        from storyflower.promotion.browse import find_named

        home, target = Home.of(settings()), None
        if to is not None:
            named = find_named(home, to)
            home, target = home.with_model(named.name), str(named.version)
        _print_move(roll_back(home, target, reason or say("move.no_reason")), as_json)


@registry.command(help=say("registry_history_help"))
def history(model: ModelName = None, as_json: JsonOption = False) -> None:
    """Show who or what moved the alias `champion`, when, from where, to where, and why."""
    with errors_as_messages(as_json), registered_as(model):
        prepare_libraries()
        from storyflower.promotion.history import moves

        known = moves(Home.of(settings()))
        if as_json:
            print_json({"moves": [move.to_json() for move in known]})
            return
        from storyflower.cli.registry_view import history_table

        out.print(history_table(known))


def _print_move(move: "Move", as_json: bool) -> None:
    """Print the move that was just made."""
    if as_json:
        print_json(move.to_json())
        return
    before = say("registry.before", version=move.former) if move.former else ""
    out.print(Text(say("registry.moved", version=move.to, before=before), style="bold"), soft_wrap=True)
