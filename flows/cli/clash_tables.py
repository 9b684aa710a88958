"""What ``sdai clash`` shows: a line a group, what was looked at, and what was left out."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.cli.screen import console
from serving.clash_report.plain import plain
from serving.clash_report.report import ClashReport
from serving.clash_report.views import clash_view, not_checked, said
from structural.geometry.findings import Finding

MOST_GROUPS = 40
MOST_PAIRS = 60
_STYLES = {"HIGH": "red", "MEDIUM": "yellow", "LOW": "default"}


def show_report(report: ClashReport, no_judge: str, *, joints: bool) -> None:
    """Print a report; ``no_judge`` says why no network told joints from clashes, empty where one did."""
    screen = console()
    _show_what_was_read(screen, report)
    if report.groups:
        screen.print(_groups(report))
        if len(report.groups) > MOST_GROUPS:
            screen.print(f"… and {len(report.groups) - MOST_GROUPS} more groups; --json and --html list all")
    screen.print(_total(report), highlight=False)
    if no_judge:
        screen.print(f"[yellow]Geometry alone: {escape(no_judge)} Intended joints are among the clashes.[/yellow]")
    if joints:
        _show_pairs(screen, report, "Joints", report.joints)
    _show_pairs(screen, report, "Undecided: a mesh of the pair is open", report.undecided)
    _show_left_out(screen, report)


def _show_what_was_read(screen: Console, report: ClashReport) -> None:
    kinds = Counter(element.kind for element in report.model.elements)
    told = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(kinds.items()))
    names = " and ".join(plain(name) for name in report.sources)
    screen.print(f"{escape(names)}: {told or 'no member that is checked'}", highlight=False)
    for reason, count in Counter(plain(element.trouble) for element in report.troubled).items():
        first = next(element for element in report.troubled if plain(element.trouble) == reason)
        others = f" and {count - 1} more" if count > 1 else ""
        named = f"{first.kind} {plain(first.name or first.guid)}{others}: {reason}"
        screen.print(f"[yellow]{escape(named)}[/yellow]", highlight=False)
    if report.model.not_checked:
        screen.print(f"Not checked: {escape(not_checked(report.model))}", highlight=False)


def _groups(report: ClashReport) -> Table:
    table = Table()
    for head in ("severity", "clashes", "cause", "worst", "hours"):
        table.add_column(head, justify="right" if head in ("clashes", "hours") else "left", no_wrap=head != "cause")
    for group in report.groups[:MOST_GROUPS]:
        worst = report.clashes[group.rows[0]]
        table.add_row(
            f"[{_STYLES.get(group.severity, 'default')}]{group.severity or '—'}[/]",
            str(len(group)),
            escape(plain(group.title)),
            said(worst.kind, worst.distance_mm),
            f"{group.hours:g}" if report.is_judged else "—",
        )
    return table


def _total(report: ClashReport) -> str:
    parts = [f"{len(report.clashes)} clashes in {len(report.groups)} groups"]
    if report.is_judged:
        parts.append(f"{sum(group.hours for group in report.groups):g} h to resolve")
        parts.append(f"{len(report.joints)} intended joints left out (--joints lists them)")
        parts.append(f"clash detector {report.model_version}")
    parts.append(f"tolerance {report.tolerance_mm:g} mm")
    return ", ".join(parts)


def _show_pairs(screen: Console, report: ClashReport, title: str, pairs: Sequence[Finding]) -> None:
    if not pairs:
        return
    table = Table(title=title, title_justify="left")
    for head in ("member", "member", "geometry"):
        table.add_column(head, overflow="fold")
    for item in pairs[:MOST_PAIRS]:
        view = clash_view(report, item)
        table.add_row(escape(view.first.name), escape(view.second.name), said(item.kind, item.distance_mm))
    screen.print(table)
    if len(pairs) > MOST_PAIRS:
        screen.print(f"… and {len(pairs) - MOST_PAIRS} more; --json lists all")


def _show_left_out(screen: Console, report: ClashReport) -> None:
    left = report.left_out
    counts = {f"ignored: {title}": count for title, count in left.ignored.items()}
    counts |= {
        "beyond their own tolerance": left.beyond_tolerance,
        "below their minimum penetration": left.below_penetration,
        "near or touching, no fault": left.no_fault,
    }
    told = "; ".join(f"{count} {reason}" for reason, count in counts.items() if count)
    if told:
        screen.print(f"Left out: {escape(told)}", highlight=False)
