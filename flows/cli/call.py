"""``sdai call``: ask a running service, for people. Programs use `serving.client`."""

import copy
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serving.client import DesignClient, ProblemError

SHORT_NAMES = {
    "connection": "connection_designer",
    "section": "section_optimizer",
    "clashes": "clash_detector",
    "compliance": "compliance_checker",
    "risk": "risk_analyzer",
}
TOKEN_VARIABLE = "SDAI_TOKEN"  # noqa: S105  (its name)
STANDARD_INPUT = "-"
DEVELOPER, ROLE, TOKEN_LIFETIME_S = "developer", "api_user", 600.0
_LARGEST_BYTES = 10_000_000

app = typer.Typer(no_args_is_help=True, help="Ask a running service a question and show its answer.")

Url = Annotated[str | None, typer.Option(help="where the service is; default: this machine, the settings' port")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar=TOKEN_VARIABLE, help="bearer token; default: one of the development key, for a service on this machine"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print the answer as JSON, for programs")]
File = Annotated[
    str | None,
    typer.Argument(help="request as JSON or YAML, - for standard input; for clashes also an IFC model to send"),
]
Fields = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="set a field, may be given again; the value is JSON or a text"),
]
Batch = Annotated[bool, typer.Option("--batch", help="the file is a list of requests, or one a line")]


def _ask(problem: str) -> Callable[..., None]:
    """Return the command that asks one question."""

    def ask(
        file: File = None,
        fields: Fields = None,
        batch: Batch = False,
        url: Url = None,
        token: Token = None,
        as_json: AsJson = False,
    ) -> None:
        with _problems_told(as_json), _client(url, token) as client:
            if batch:
                _ask_many(client, problem, _requests(file, fields), as_json)
                return
            request = _request(client, problem, file, fields)
            started_s = time.perf_counter()
            answer = client.ask(problem, request)
            if as_json:
                _print_json(answer)
            else:
                from flows.cli.answers import show_call

                show_call(problem, answer, 1_000 * (time.perf_counter() - started_s))

    return ask


for _short, _problem in SHORT_NAMES.items():
    _help = f"Ask the {_problem.replace('_', ' ')}. Without a file and --set, the sample of the README is sent."
    app.command(_short, help=_help)(_ask(_problem))
    app.command(_problem, help=_help, hidden=True)(_ask(_problem))


@app.command()
def feedback(
    prediction_id: Annotated[str, typer.Argument(help="`prediction_id` of the answer")],
    actual: Annotated[
        list[str], typer.Option(help="what should have been answered: FIELD=VALUE, may be given again, or JSON")
    ],
    comment: Annotated[str, typer.Option(help="in your own words")] = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Report what an answer should have been."""
    with _problems_told(as_json), _client(url, token) as client:
        receipt = client.report(prediction_id, _actual(actual), comment)
        if as_json:
            _print_json({name: getattr(receipt, name) for name in receipt.__dataclass_fields__})
        else:
            typer.echo(f"report {receipt.feedback_id} is kept, {receipt.status}")


@app.command()
def health(url: Url = None, as_json: AsJson = False) -> None:
    """Show which models are in service and why any is not."""
    with _problems_told(as_json), _client(url, None, public=True) as client:
        found = client.health()
        if as_json:
            _print_json(found)
        else:
            from flows.cli.answers import show_object

            show_object("service", found)


@contextmanager
def _client(url: str | None, token: str | None, *, public: bool = False) -> "Iterator[DesignClient]":
    from configs import load_settings
    from serving.client import DesignClient

    settings = load_settings()
    base = url or settings.serving.local_url
    if token is None and not public:
        token = _development_token(base)
    with DesignClient(base, token, timeout_s=settings.serving.timeout_s + 5) as client:
        yield client


def _development_token(base: str) -> str | None:
    """Return a token that a service of this project on this machine takes; None where it asks for none."""
    from urllib.parse import urlsplit

    from configs import load_settings
    from configs.auth_settings import AuthMode, is_loopback
    from flows.errors import FlowError
    from serving.auth.development import DevelopmentKeys, TokenOrder

    settings = load_settings()
    if not is_loopback(urlsplit(base).hostname or ""):
        raise FlowError(f"give a token of {base}'s issuer: --token or {TOKEN_VARIABLE}")
    if settings.auth.mode is AuthMode.OFF:
        return None
    if settings.auth.has_issuer:
        raise FlowError(f"tokens come from {settings.auth.issuer}; give one: --token or {TOKEN_VARIABLE}")
    order = TokenOrder(DEVELOPER, (ROLE,), (), TOKEN_LIFETIME_S)
    return DevelopmentKeys(settings.paths.keys).mint(order, time.time())


@contextmanager
def _problems_told(as_json: bool) -> Iterator[None]:
    """Show a problem of the service field by field and end with exit code 1."""
    from flows.errors import FlowError

    try:
        from serving.client.errors import ProblemError
    except ImportError as error:
        raise FlowError("sdai call needs httpx: install the 'client' extra") from error
    try:
        yield
    except ProblemError as problem:
        if as_json:
            _print_json(_members(problem))
        else:
            typer.echo("\n".join(_told(problem)), err=True)
        raise typer.Exit(1) from problem


def _told(problem: "ProblemError") -> list[str]:
    lines = [f"error: {problem.status} {problem.title}: {problem.detail}".rstrip(": ")]
    lines += [f"  {fault.field}: {fault.message}" for fault in problem.fields if fault.message != problem.detail]
    if problem.retry_after_s is not None:
        lines.append(f"  worth another try in {problem.retry_after_s:g} s")
    if problem.request_id:
        lines.append(f"  request id {problem.request_id}")
    return lines


def _members(problem: "ProblemError") -> dict[str, Any]:
    names = ("type", "title", "status", "detail", "instance", "request_id")
    members: dict[str, Any] = {name: getattr(problem, name) for name in names}
    return members | {"errors": [fault._asdict() for fault in problem.fields]}


def _ask_many(client: "DesignClient", problem: str, requests: list[Any], as_json: bool) -> None:
    from serving.client.errors import ProblemError

    results = client.ask_many_plain(problem, requests)
    if as_json:
        plain = [_members(item) if isinstance(item, ProblemError) else item for item in results]
        _print_json(plain)
    else:
        from flows.cli.answers import show_batch

        show_batch(problem, results)
    if any(isinstance(item, ProblemError) for item in results):
        raise typer.Exit(1)


def _request(client: "DesignClient", problem: str, file: str | None, fields: list[str] | None) -> dict[str, Any]:
    from flows.errors import FlowError
    from flows.samples import sample_request

    if file is None:
        request = {} if fields else sample_request(problem)
    elif problem == "clash_detector" and file.lower().endswith(".ifc"):
        request = {"model_ifc": client.upload_ifc(Path(file)).model_ifc}
    else:
        request = _document(file)
        if not isinstance(request, dict):
            raise FlowError(f"{_shown(file)}: a request is a mapping of fields; for a list of requests add --batch")
    return _with_fields(request, fields)


def _requests(file: str | None, fields: list[str] | None) -> list[Any]:
    from flows.errors import FlowError

    if file is None:
        raise FlowError("--batch needs a file: a list of requests, or one a line")
    document = _document(file)
    requests = document if isinstance(document, list) else [document]
    if not requests or not all(isinstance(item, dict) for item in requests):
        raise FlowError(f"{_shown(file)}: a batch is a list of requests, each a mapping of fields")
    return [_with_fields(item, fields) for item in requests]


def _document(file: str) -> Any:
    """Return what a file says: JSON, JSON values one a line, or YAML."""
    import yaml

    from flows.cli.plain_yaml import no_twice, read_plain_yaml
    from flows.errors import FlowError

    text = _text(file)
    try:
        try:
            return json.loads(text, object_pairs_hook=no_twice)
        except json.JSONDecodeError:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
                return [json.loads(line, object_pairs_hook=no_twice) for line in lines]
            return read_plain_yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = str(error).replace("\n", " ")[:200]
        raise FlowError(f"{_shown(file)} is neither good JSON nor YAML: {reason}") from error


def _text(file: str) -> str:
    from flows.errors import FlowError

    try:
        if file == STANDARD_INPUT:
            raw = sys.stdin.buffer.read(_LARGEST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(_LARGEST_BYTES + 1)
        if len(raw) > _LARGEST_BYTES:
            raise FlowError(f"{_shown(file)} is larger than {_LARGEST_BYTES:,} bytes")
        return raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError(f"{_shown(file)} cannot be read as text: {error}") from error


def _shown(file: str) -> str:
    return "standard input" if file == STANDARD_INPUT else file


def _with_fields(request: dict[str, Any], fields: list[str] | None) -> dict[str, Any]:
    """Return a request with ``FIELD=VALUE`` set; ``a.b=1`` sets ``b`` of the mapping ``a``."""
    from flows.errors import FlowError

    found = copy.deepcopy(request)
    for item in fields or []:
        path, equals, value = item.partition("=")
        names = path.split(".")
        if not equals or not all(names):
            raise FlowError(f"--set {item!r}: write FIELD=VALUE, for example span_feet=40")
        inner = found
        for name in names[:-1]:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise FlowError(f"--set {item!r}: {name} is no mapping")
        inner[names[-1]] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _actual(given: list[str]) -> Any:
    """Return what should have been answered: JSON, or fields."""
    if len(given) == 1:
        try:
            return json.loads(given[0])
        except ValueError:
            pass
    return _with_fields({}, given)


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
