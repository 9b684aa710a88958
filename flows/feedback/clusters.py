"""Reports that tell of the same error: same model, same kind of error, same corner of the questions.

The corner is the group of the problem's first slice (project type, member type, joint type, kinds of members), by
which its accuracy is followed from month to month too. A cluster keeps its name while reports come and go.
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


def cluster(findings: Iterable[Finding]) -> list[Cluster]:
    """Return the clusters of findings, the largest first."""
    alike: dict[tuple[str, Opinion, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        key = (str(finding.report.model), finding.opinion, finding.kind_of_error, _corner(finding))
        alike[key].append(finding)
    made = [_cluster(key, members) for key, members in alike.items()]
    return sorted(made, key=lambda item: (-len(item.findings), item.name))


def pick(clusters: Iterable[Cluster], name: str) -> Cluster:
    """Return the cluster of this name; raises `FlowError` when there is none."""
    for item in clusters:
        if item.name == name:
            return item
    raise FlowError(f"there is no cluster {name!r} among the pending reports; see `sdai feedback cluster`")


def _cluster(key: tuple[str, Opinion, str, str], findings: list[Finding]) -> Cluster:
    name = sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:NAME_DIGITS]
    return Cluster(name, *key, findings=findings, shared=_shared(findings))


def _corner(finding: Finding) -> str:
    if not finding.groups:
        return ""
    name, group = next(iter(finding.groups.items()))
    return f"{name} = {group}"


def _shared(findings: Sequence[Finding]) -> dict[str, str]:
    names = list(findings[0].groups or {})[1:]
    shared = {}
    for name in names:
        group, count = Counter((finding.groups or {}).get(name, "") for finding in findings).most_common(1)[0]
        if count >= SHARED_FROM * len(findings):
            shared[name] = group
    return shared
