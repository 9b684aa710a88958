"""What no program can answer. It stands in the checklist so that nobody takes the rest for all of it."""

from flows.preflight.items import Item, Outcome

QUESTIONS = (
    ("engineering", "A licensed engineer has reviewed answers of each model and says what they may be used for"),
    ("engineering", "Clients are told what an answer is, what it is not, and who is responsible for a design"),
    ("legal", "Terms of use, liability and insurance cover the service; licences of data and code are accepted"),
    ("legal", "What clients send may be kept for as long as it is (180 days by default), and where it lies"),
    ("security", "People from outside have tried to break in, and what they found is mended"),
    ("security", "Every person with a role in AWS or a token is known, and leaves the list when leaving"),
    ("operations", "Somebody is on duty at all hours, has answered a page of trial, and knows whom to call next"),
    ("operations", "Those on duty have restored a backup and rolled a version back themselves"),
    ("operations", "It is decided who may stop a launch, and by what sign"),
    ("infrastructure", "Quotas of the AWS account (tasks, GPU instances) and the names in DNS are in place"),
    ("cost", "The monthly cost (`sdai cost`) is approved, and somebody reads the budget's alarm"),
)


def people_items() -> list[Item]:
    """Return the items that an organisation has to answer."""
    return [Item(area, name, Outcome.PEOPLE, "no program can tell") for area, name in QUESTIONS]
