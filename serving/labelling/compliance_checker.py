"""What a document means is known only where it says it in canonical names and nothing else: there the rules decide.

Everything that people write freely has no truth here but the model's own reading, and rules that are run on that once
more prove nothing. Such documents are left undecided; agreement between the arms and reports of clients tell of them.
"""

from serving.labelling.contract import Given, Judgement
from structural.code_checks.contract import Status
from structural.errors import StructuralError
from structural.problems.compliance_checker.stated import check_design, read_design


def judge(given: Given) -> Judgement:
    """Judge the violated checks and those that lack an input, whether or not the answer was sure of them."""
    request = given.request
    stated = {
        "parameters": request.design_parameters,
        "design_code": request.design_code,
        "jurisdiction": request.jurisdiction,
    }
    try:
        result = check_design(read_design(stated))
    except StructuralError:
        return Judgement(None)
    truth = {
        "violations": sorted(check.check_id for check in result.with_status(Status.FAIL)),
        "missing_input": sorted(check.check_id for check in result.with_status(Status.MISSING_INPUT)),
    }
    said = {name: sorted(check["check_id"] for check in given.output[name]) for name in truth}
    return Judgement(said == truth, truth)
