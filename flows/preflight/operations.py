"""Items about the service and its surroundings: ledger, schema, health, alarms, backups, secrets, the plan. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.preflight.items import Item, judged, unanswered
from structural.problems import PROBLEM_NAMES

DEFAULT_WORDS = frozenset({"", "postgres", "password", "changeme", "change-me", "secret", "admin", "example", "design"})
"""Passwords that are none."""
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-3-"
FEWEST_BACKUP_DAYS = 7


@dataclass(frozen=True, slots=True)
class Backup:
    """What is known of the last backup; ``fault`` says why it is not where it was put, None where it is."""

    backup_id: str
    created_at: datetime
    place: str
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Alarms:
    """Who hears of alarms, when they were last looked at, and which stand."""

    addresses: int
    page_addresses: int
    looked_at: datetime | None
    raised: Sequence[str]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What guards the service: authentication, passwords by the name of their setting, the key that signs."""

    mode: str
    has_issuer: bool
    passwords: Mapping[str, str | None]
    signing_key_is_local: bool


def judge_ledger(entries: int, broken: str | None) -> Item:
    """The promotion ledger's chain of digests holds."""
    faults = [broken] if broken else []
    mend = "find out who changed it; `sdai restore` brings the last good state back"
    return judged("data", "ledger verifies", faults, f"{entries} entries", mend)


def judge_schema(current: str | None, head: str | None) -> Item:
    """The database has the schema of this release."""
    faults = [] if current == head else [f"the database is at {current or 'no schema'}, this release needs {head}"]
    return judged("data", "migrations at head", faults, f"at {head}", "start the service, or any `sdai` command, once")


def judge_rejected(lines: int) -> Item:
    """No answer was refused by the database and put aside."""
    faults = [f"{lines} lines in rejected.jsonl"] if lines else []
    mend = "read the reasons in the journal's folder, mend them, move the file away"
    return judged("data", "no answer was refused by the database", faults, "none", mend)


def judge_health(url: str, status: int | None, body: Mapping[str, Any]) -> Item:
    """The service answers its health page with every model in service."""
    name, mend = (
        "service is healthy",
        f"start it (`sdai serve`), or name it: --url; its page says what is missing: {url}",
    )
    if status is None:
        return judged("service", name, [f"{url} does not answer"], "", mend)
    faults = [] if status == 200 else [f"{url} says {status}"]
    if body.get("models") != len(PROBLEM_NAMES):
        faults.append(f"{body.get('models')} of {len(PROBLEM_NAMES)} models answer")
    if body.get("status") != "healthy":
        faults.append(f"it calls itself {body.get('status')}")
    return judged("service", name, faults, f"{body.get('models')} models", mend)


def judge_alarms(alarms: Alarms, now: datetime, oldest: timedelta) -> list[Item]:
    """Alarms reach people, are looked at, and none stands."""
    reach = [] if alarms.page_addresses or alarms.addresses else ["nobody is told: no address of notices is set"]
    looked = _age_faults("the alarms", alarms.looked_at, now, oldest)
    seen = f"{alarms.looked_at:%Y-%m-%d %H:%M} UTC" if alarms.looked_at else ""
    found = f"{alarms.page_addresses} addresses for pages, {alarms.addresses} for all"
    return [
        judged("operations", "alarms reach people", reach, found, "set SDAI_NOTIFY_PAGE_URLS or SDAI_NOTIFY_URLS"),
        judged("operations", "alarms are watched", looked, f"last look {seen}", "keep `sdai schedule` running"),
        _standing(alarms, looked),
    ]


def _standing(alarms: Alarms, not_looked: Sequence[str]) -> Item:
    name, mend = "no alarm stands", "see `sdai alarms`"
    stand = [f"{alarm} stands" for alarm in alarms.raised]
    if not_looked and not stand:
        return unanswered("operations", name, "nobody looked lately, so nothing is known", mend)
    return judged("operations", name, stand, "none", mend)


def judge_backup(last: Backup | None, now: datetime, oldest: timedelta) -> Item:
    """The last backup is recent and still where it was put."""
    name, mend = "backup is recent", "run `sdai backup`, by the clock"
    if last is None:
        return judged("operations", name, ["no backup was made"], "", mend)
    faults = _age_faults("the last backup", last.created_at, now, oldest)
    faults += [last.fault] if last.fault else []
    return judged("operations", name, faults, f"{last.backup_id} in {last.place}", mend)


def judge_secrets(secrets: Secrets) -> list[Item]:
    """Tokens come from an issuer, no password is a default, and versions are signed by a key of one's own."""
    access = [] if secrets.mode == "required" and secrets.has_issuer else [f"SDAI_AUTH_MODE is {secrets.mode}"]
    weak = [
        f"{name} has no password or a default one"
        for name, password in secrets.passwords.items()
        if (password or "").lower() in DEFAULT_WORDS
    ]
    local = ["versions are signed by a key that this machine made for itself"] if secrets.signing_key_is_local else []
    names = ", ".join(secrets.passwords) or "no server with a password is set"
    issuer = "set SDAI_AUTH_MODE=required with SDAI_AUTH_JWKS, SDAI_AUTH_ISSUER and SDAI_AUTH_AUDIENCE"
    key = "set SDAI_SIGNING_KEY (or _PEM) and SDAI_SIGNING_TRUSTED_KEYS, then `sdai sign`"
    return [
        judged("security", "tokens of an issuer are required", access, "mode required", issuer),
        judged("security", "no default passwords", weak, names, "give the server another one and set it here"),
        judged("security", "signing key is one's own", local, "set by SDAI_SIGNING_…", key),
    ]


def judge_plan(resources: Mapping[str, Mapping[str, Any]] | None, source: str) -> list[Item]:
    """The planned infrastructure takes TLS 1.3 everywhere and keeps a standby and any moment of a week or more.

    ``resources`` are the planned values by address; None where there is no plan, ``source`` says which or why.
    """
    names = ("TLS 1.3 to clients and to the database", "database has a standby and point-in-time recovery")
    if resources is None:
        how = "give --plan FILE, of `terraform show -json PLAN`"
        return [unanswered("infrastructure", name, source, how) for name in names]
    databases = _of_type(resources, "aws_db_instance")
    standby = [] if databases else ["no database is planned"]
    for address, values in databases.items():
        standby += [] if values.get("multi_az") else [f"{address} has no standby"]
        days = values.get("backup_retention_period") or 0
        standby += [] if days >= FEWEST_BACKUP_DAYS else [f"{address} keeps {days} days"]
    mend = "set `database` in the variables of Terraform"
    return [
        judged("infrastructure", names[0], _tls_faults(resources), source, "see infra/terraform, variable tls_policy"),
        judged("infrastructure", names[1], standby, source, mend),
    ]


def _tls_faults(resources: Mapping[str, Mapping[str, Any]]) -> list[str]:
    faults = [
        f"{address} takes {values.get('ssl_policy') or 'no TLS'}"
        for address, values in _of_type(resources, "aws_lb_listener").items()
        if not str(values.get("ssl_policy") or "").startswith(TLS_POLICY)
    ]
    for address, values in _of_type(resources, "aws_cloudfront_distribution").items():
        oldest = [str(item.get("minimum_protocol_version")) for item in values.get("viewer_certificate") or ()]
        faults += [f"{address} takes {name}" for name in oldest or ["anything"] if not name.startswith("TLSv1.3")]
    for address, values in _of_type(resources, "aws_db_parameter_group").items():
        given = {str(item.get("name")): str(item.get("value")) for item in values.get("parameter") or ()}
        if (given.get("rds.force_ssl"), given.get("ssl_min_protocol_version")) != ("1", "TLSv1.3"):
            faults.append(f"{address} does not force TLS 1.3")
    faults += [
        f"{address} has no TLS"
        for address, values in _of_type(resources, "aws_elasticache_replication_group").items()
        if not values.get("transit_encryption_enabled")
    ]
    missing = [name for name in ("aws_lb_listener", "aws_db_parameter_group") if not _of_type(resources, name)]
    return [*faults, *(f"no {name} is planned" for name in missing)]


def _of_type(resources: Mapping[str, Mapping[str, Any]], kind: str) -> dict[str, Mapping[str, Any]]:
    return {address: values for address, values in resources.items() if f".{kind}." in f".{address}"}


def _age_faults(what: str, at: datetime | None, now: datetime, oldest: timedelta) -> list[str]:
    if at is None:
        return [f"{what}: never"]
    age = now - at
    if age < -timedelta(minutes=5):
        return [f"{what}: {at:%Y-%m-%d %H:%M} UTC is in the future; is the clock right?"]
    return [f"{what}: {_words(age)} ago, more than {_words(oldest)}"] if age > oldest else []


def _words(age: timedelta) -> str:
    hours = age.total_seconds() / 3_600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"
