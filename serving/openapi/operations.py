"""What each route takes and gives. Who may use it stands in `serving.auth.routes`; the two are joined in the document.

A route of that table without an operation here is no part of what is described: the framework's own pages.
"""

from dataclasses import dataclass

from serving.questions import PATHS

JSON = "application/json"
ARM = "Arm"
"""The parameter of operations that an arm of a rollout answers."""
TEXT = "text/plain"
OF_TOKENS = (401, 403, 429)
OF_BODIES = (400, 413, 415, 422)
OF_THE_SERVICE = (500, 503, 504)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path.

    ``request`` and ``response`` name schemas of the document, ``media_type`` what is answered; ``problems`` are the
    statuses beside those that every route of its kind may answer.
    """

    method: str
    path: str
    name: str
    summary: str
    description: str
    tag: str
    request: str | None = None
    response: str | None = None
    status: int = 200
    media_type: str = JSON
    problems: tuple[int, ...] = ()
    parameters: tuple[str, ...] = ()
    """Names of shared parameters, beside those that every route of its kind has."""


_TITLES = {
    "connection_designer": (
        "Choose and check a connection",
        "Chooses the connection that carries the load and proves it by ANSI/AISC 360-22.",
    ),
    "section_optimizer": (
        "Choose the lightest adequate W shape",
        "Chooses a section for a member and proves it by ANSI/AISC 360-22.",
    ),
    "clash_detector": (
        "Find the clashes of a model",
        "Reads an IFC model below the model folder, finds and grades clashes, and leaves out intended joints.",
    ),
    "compliance_checker": (
        "Check a design",
        "Reads free-form design parameters in any spelling and unit and checks them against ANSI/AISC 360-22.",
    ),
    "risk_analyzer": (
        "Grade the risk of a project",
        "Grades cost and schedule risk against the reference class of the project. There is no proof for risk.",
    ),
}


def _questions() -> list[Operation]:
    found = []
    for problem, path in PATHS.items():
        title, text = _TITLES[problem]
        missing = (404,) if problem == "clash_detector" else ()
        found.append(
            Operation(
                "POST",
                path,
                problem,
                title,
                text,
                "Questions",
                f"{problem}.Request",
                f"{problem}.Response",
                problems=(409, *missing),
                parameters=(ARM,),
            )
        )
        found.append(
            Operation(
                "POST",
                f"{path}/batch",
                f"{problem}_batch",
                f"{title}, many at once",
                f"{text} Each item is answered or refused on its own; one refused leaves the others theirs.",
                "Batches",
                f"{problem}.BatchRequest",
                f"{problem}.BatchResponse",
                problems=(409,),
                parameters=(ARM,),
            )
        )
    return found


OPERATIONS: tuple[Operation, ...] = (
    *_questions(),
    Operation(
        "POST",
        "/api/v1/feedback",
        "feedback",
        "Say what should have been answered",
        "Keeps a report on an answer for review. It is on the disk when it is acknowledged.",
        "Feedback",
        "feedback.Request",
        "feedback.Response",
        202,
        problems=(409,),
    ),
    Operation(
        "POST",
        "/api/v1/models/ifc",
        "upload_model",
        "Send a model",
        "Keeps an IFC STEP file for the client that sends it, under a key for `model_ifc`. The same content sent again "
        "is the same model and answered with 200.",
        "Models and jobs",
        "upload.Form",
        "uploaded_model.Response",
        201,
        problems=(408,),
    ),
    Operation(
        "POST",
        "/api/v1/jobs/clashes",
        "submit_job",
        "Have a large model checked",
        "Takes a clash check on that may outlast a request. It survives the death of the service.",
        "Models and jobs",
        "job.Request",
        "job.Job",
        202,
        problems=(404,),
    ),
    Operation(
        "GET",
        "/api/v1/jobs/clashes",
        "list_jobs",
        "The client's jobs",
        "A page of jobs without their results, newest first.",
        "Models and jobs",
        response="job.JobList",
        problems=(422,),
        parameters=("Limit", "Status", "After"),
    ),
    Operation(
        "GET",
        "/api/v1/jobs/clashes/{id}",
        "find_job",
        "One job",
        "Where a job stands, and its result once it is done.",
        "Models and jobs",
        response="job.Job",
        problems=(404,),
        parameters=("JobId",),
    ),
    Operation(
        "DELETE",
        "/api/v1/jobs/clashes/{id}",
        "cancel_job",
        "Cancel a job",
        "Ends a job that waits or runs; one that has ended stays as it is.",
        "Models and jobs",
        response="job.Job",
        problems=(404,),
        parameters=("JobId",),
    ),
    Operation(
        "GET",
        "/api/v1/health",
        "health",
        "Health of the service",
        "Says which versions answer, why any is missing, and how far records are behind.",
        "Operation",
        response="Health",
    ),
    Operation(
        "GET", "/livez", "livez", "Is the process alive", "Answers 200 while it is.", "Operation", media_type=TEXT
    ),
    Operation(
        "GET",
        "/readyz",
        "readyz",
        "Is the worker ready",
        "Answers 200 once models are loaded and tokens can be judged, else 503.",
        "Operation",
        media_type=TEXT,
    ),
    Operation(
        "GET",
        "/metrics",
        "metrics",
        "Figures for Prometheus",
        "Counts, times and states of all workers of the host, in the Prometheus text format.",
        "Operation",
        media_type=TEXT,
    ),
    Operation("GET", "/docs.json", "docs", "This description", "The service described in OpenAPI 3.1.", "Operation"),
)
