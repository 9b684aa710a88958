"""Reports that tell of the same error: same model, same kind of error, same corner of the questions.

The corner is the group of one of the problem's slices, by which its accuracy is followed from month to month too: of
the first (project type, member type, joint type, kinds of members) unless another is asked for. A cluster keeps its
name while reports come and go.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from flows.errors import FlowError
from flows.feedback.findings import Finding, Opinion

SHARED_FROM = 0.9
"""A group is told of a cluster when at least this share of its reports fall into it."""
NAME_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Cluster:
    """Reports alike. ``shared`` are the further groups, by slice, that nearly all of them fall into."""

    name: str
    model: str
    opinion: Opinion
    kind_of_error: str
    corner: str
    findings: Sequence[Finding]
    shared: dict[str, str]

    @property
    def clients(self) -> int:
        """How many clients told of it: one may be mistaken, several hardly in the same way."""
        return len({finding.report.client_id for finding in self.findings})


def cluster(findings: Iterable[Finding], by: str | None = None) -> list[Cluster]:
    """Return the clusters of findings, the largest first; ``by`` names the slice whose groups are the corners.

    A finding of a model without that slice is put by the first one.
    """
    alike: dict[tuple[str, Opinion, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        key = (str(finding.report.model), finding.opinion, finding.kind_of_error, _corner(finding, by))
        alike[key].append(finding)
    made = [_cluster(key, members) for key, members in alike.items()]
    return sorted(made, key=lambda item: (-len(item.findings), item.name))


def members(findings: Sequence[Finding], names: Iterable[str]) -> list[Finding]:
    """Return the findings of the clusters of these names, by whatever slice they were made, each once, oldest first.

    Raises `FlowError` for a name that no cluster of theirs has.
    """
    slices = dict.fromkeys(name for finding in findings for name in finding.groups or {})
    by_name = {item.name: item for by in (None, *slices) for item in cluster(findings, by)}
    chosen: set[str] = set()
    for name in names:
        if name not in by_name:
            raise FlowError(f"there is no cluster {name!r} among the pending reports; see `sdai feedback cluster`")
        chosen |= {finding.report.id for finding in by_name[name].findings}
    return [finding for finding in findings if finding.report.id in chosen]


def _cluster(key: tuple[str, Opinion, str, str], findings: list[Finding]) -> Cluster:
    name = sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:NAME_DIGITS]
    return Cluster(name, *key, findings=findings, shared=_shared(findings, corner=key[-1]))


def _corner(finding: Finding, by: str | None) -> str:
    if not finding.groups:
        return ""
    name = by if by and by in finding.groups else next(iter(finding.groups))
    return f"{name} = {finding.groups[name]}"


def _shared(findings: Sequence[Finding], corner: str) -> dict[str, str]:
    names = list(findings[0].groups or {})
    shared = {}
    for name in names:
        group, count = Counter((finding.groups or {}).get(name, "") for finding in findings).most_common(1)[0]
        if count >= SHARED_FROM * len(findings) and f"{name} = {group}" != corner:
            shared[name] = group
    return shared
