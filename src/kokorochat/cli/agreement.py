"""The table of an agreement, as `corpus topics` and `train` print it."""

from typing import Any


def agreement_table(agreement: dict[str, Any]) -> str:
    """Accuracy, kappa and baseline, then a line for each class, with what it is most often taken for."""

    def share(value: float | None) -> str:
        return "-" if value is None else f"{100 * value:.1f} %"

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    if not agreement["n"]:
        return "nothing to compare: no dialogue has both a reference and a label of a model that hasn't learnt it"
    interval, majority = agreement["interval"] or {}, agreement["majority"]
    accuracy, kappa = interval.get("accuracy"), interval.get("kappa")
    lines = [
        f"n = {agreement['n']:,}"
        + (f", {agreement['learnt']:,} left out that the model was trained on" if agreement.get("learnt") else "")
        + (f", {agreement['unlabelled']:,} without a label" if agreement.get("unlabelled") else ""),
        f"agreement {share(agreement['accuracy'])}"
        + (f" [{share(accuracy[0])}, {share(accuracy[1])}]" if accuracy else ""),
        f"Cohen's kappa {number(agreement['kappa'])}" + (f" [{number(kappa[0])}, {number(kappa[1])}]" if kappa else ""),
        f"always {majority['class']!r}: {share(majority['accuracy'])}",
    ]
    if interval:
        lines.append(f"[95 % intervals: bootstrap over {interval['groups']:,} {interval['by']}s]")
    lines.append(f"{'':<30}{'reference':>10}{'labels':>8}{'precision':>11}{'recall':>9}  most often taken for")
    for place, row in enumerate(agreement["classes"]):
        others = [(count, at) for at, count in enumerate(agreement["confusion"][place]) if at != place and count]
        most = max(others, default=None)
        taken = f"{agreement['classes'][most[1]]['class']} ({most[0]})" if most else "-"
        lines.append(
            f"{row['class']:<30}{row['reference']:>10,}{row['labels']:>8,}"
            f"{share(row['precision']):>11}{share(row['recall']):>9}  {taken}"
        )
    return "\n".join(lines)
