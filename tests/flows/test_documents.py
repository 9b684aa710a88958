"""The pages a person reads."""

from flows.documents import comparison, gate_table, markdown_table, slices_table
from flows.gates import ChampionEvidence, Evidence, Policy, decide

FIGURES = {
    "accuracy": 0.95,
    "served_accuracy": 0.99,
    "calibration_error": 0.01,
    "mean_confidence": 0.94,
    "inference": {"questions": 1, "p50_ms": 1.0, "p95_ms": 2.0},
    "count": 600,
}
POLICY = Policy(0.9, 50.0, 5.0, 0.01, 0.005, 0.02, 100, 0.05)


def test_cells_with_pipes_stay_in_their_cell() -> None:
    table = markdown_table(("a", "b"), [("x|y", "one\ntwo")])
    assert table.splitlines() == ["| a | b |", "| --- | --- |", "| x\\|y | one two |"]


def test_the_gate_table_shows_every_model_with_its_reasons() -> None:
    facts = {
        "target": 0.97,
        "holdout_accuracy": 0.965,
        "holdout_n": 6_000,
        "interval": (0.96, 0.9695),
        "baseline_accuracy": 0.5,
        "served_accuracy": 1.0,
        "verdict": "near",
        "decision": "refuse",
        "version": "1-ab",
        "training_seconds": 12.34,
        "reasons": ["accuracy: short"],
        "worst_slice": {"name": "kinds", "group": "beam-pipe", "count": 140, "accuracy": 0.925},
        "inference_p95_ms": 1.234,
    }
    page = gate_table({"section_optimizer": facts, "risk_analyzer": {"target": 0.95, "verdict": "fail"}})
    assert "| section_optimizer | 97.00 % | 96.50 % [96.00, 96.95] n=6000 | 50.00 % | 100.00 % | kinds = " in page
    assert "| kinds = beam-pipe: 92.50 % of 140 | 1.23 ms | near |" in page
    assert "| risk_analyzer | 95.00 % | — | — | — | — | — | fail | — | — | — |" in page
    assert "- **section_optimizer**: accuracy: short" in page


def test_slices_are_shown_worst_first() -> None:
    rows = [
        {"slice": "s", "group": "good", "count": 5, "accuracy": 1.0},
        {"slice": "s", "group": "bad", "count": 5, "accuracy": 0.2},
    ]
    lines = slices_table(rows).splitlines()
    assert "bad" in lines[2]
    assert "good" in lines[3]


def test_the_comparison_names_bootstrap_unchanged_unmeasured_and_paired() -> None:
    def page(champion: ChampionEvidence | None, measured: dict | None = None) -> str:
        verdict = decide(Evidence("m", accuracy=0.95, count=600, champion=champion), POLICY)
        evidence = None
        if champion:
            evidence = {slot: getattr(champion, slot) for slot in champion.__slots__} | {"evaluation": measured}
        return comparison(verdict.to_json(), FIGURES, evidence)

    assert "(`bootstrap`)" in page(None)
    assert "This version is the champion (1-a)" in page(ChampionEvidence("1-a", same_artifact=True))
    assert "could not be measured: gone" in page(ChampionEvidence("1-a", same_artifact=False, problem="gone"))
    paired = ChampionEvidence(
        "1-a", same_artifact=False, accuracy=0.94, only_champion_right=3, only_challenger_right=9, p_value=0.146
    )
    shown = page(paired, FIGURES | {"accuracy": 0.94})
    assert "| accuracy | 0.9500 | 0.9400 |" in shown
    assert "| inference p95, ms | 2.00 | 2.00 |" in shown
    assert "challenger alone is right on 9, the champion alone on 3 (McNemar, p = 0.146)" in shown
