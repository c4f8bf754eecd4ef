"""A report as a document: Markdown for an issue or a README, LaTeX for a paper."""

from __future__ import annotations

import re

from data.bundle_build.sources import Source
from predictors.errors import printable
from predictors.exports.content import Exported, estimate_words, sources_of
from predictors.results.estimates import Estimate
from predictors.results.frames import short

_REPLACED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
}  # fmt: skip
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def in_latex(text: str) -> str:
    """A name from a file that LaTeX sets as it is."""
    return "".join(_REPLACED.get(character, character) for character in printable(text, 200))


def latex(exported: Exported) -> str:
    """A `table` without packages, its caption with method and versions; BibTeX follows after `%` signs.

    The BibTeX lines are marked so that the file can be included as it is; `bibtex` gives them on their own.
    """
    report = exported.report
    keys = ", ".join(bibtex_key(source) for source in sources_of(report))
    cite = rf" Measurements: \cite{{{keys.replace(' ', '')}}}." if keys else ""
    lines = [
        r"\begin{table}",
        r"\centering",
        r"\begin{tabular}{lllrcrrl}",
        r"\hline",
        r"Device & Delegate & Precision & Energy & 80\,\% interval & Latency & Power & Obtained \\",
        r" & & & (mJ) & (mJ) & (ms) & (W) & \\",
        r"\hline",
        *(_row(estimate) for estimate in report.estimates),
        r"\hline",
        r"\end{tabular}",
        rf"\caption{{Energy per inference of {in_latex(exported.model_name)} "
        rf"({short(report.model.macs / 1e6, 4)} million multiply-accumulates), estimated, not measured, by "
        rf"JouleLens (data {in_latex(report.data_version)}, "
        rf"method {in_latex(report.method_version)}).{cite}}}",
        r"\end{table}",
        "% Works to cite; save these lines without the percent signs in your .bib file.",
        *(f"% {line}" for line in bibtex(exported).splitlines()),
    ]
    return "\n".join(lines) + "\n"


def _row(estimate: Estimate) -> str:
    cells = (
        in_latex(estimate.device_id),
        in_latex(estimate.delegate),
        in_latex(estimate.precision),
        short(estimate.energy_mj),
        f"{short(estimate.energy_mj_low)}--{short(estimate.energy_mj_high)}",
        short(estimate.latency_ms),
        short(estimate.avg_power_w),
        estimate.evidence.value,
    )
    return " & ".join(cells) + r" \\"


def bibtex(exported: Exported) -> str:
    """BibTeX entries of the measurements behind the estimates, and of this estimate."""
    report = exported.report
    own = {
        "author": "{JouleLens}",
        "title": f"Energy estimate of {in_latex(exported.model_name)}",
        "year": str(exported.made_at.year),
        "note": in_latex(
            f"Data {report.data_version}, method {report.method_version}, model SHA-256 {report.model.sha256}"
        ),
    }
    entries = [_entry(bibtex_key(source), _fields(source)) for source in sources_of(report)]
    return "\n".join([*entries, _entry("joulelens", own)])


def bibtex_key(source: Source) -> str:
    """Key of a source: its id."""
    return source.source_id


def _fields(source: Source) -> dict[str, str]:
    year = _YEAR.search(f"{source.venue or ''} {source.source_id}")
    arxiv_year = f"20{source.arxiv[:2]}" if source.arxiv else ""
    fields = {
        "author": _authors(source.authors),
        "title": "{" + in_latex(source.source_title) + "}",
        "howpublished": in_latex(source.venue or ""),
        "year": year.group() if year else arxiv_year,
        "doi": source.doi or "",
        "eprint": source.arxiv or "",
        "archiveprefix": "arXiv" if source.arxiv else "",
        "url": source.url,
        "note": in_latex(f"Licence: {source.licence}"),
    }
    return {name: value for name, value in fields.items() if value}


def _authors(names: str) -> str:
    """ "A, B, C" as BibTeX separates them; groups ("X and others") stay one name."""
    if "(" in names or " and " in names:
        people = names.removesuffix(" and others")
        return f"{in_latex(people)} and others" if people != names else "{" + in_latex(names) + "}"
    return " and ".join(in_latex(name.strip()) for name in names.split(","))


def _entry(key: str, fields: dict[str, str]) -> str:
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{body}\n}}"


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$~^])")

LONGEST = 2000
"""Characters of a text that are shown."""


def in_markdown(text: str) -> str:
    """A name from a file that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", printable(text, LONGEST))


def markdown(exported: Exported) -> str:
    """Estimates as a table, kernels of each, notes, sources and versions."""
    report = exported.report
    model = report.model
    lines = [
        f"# Energy of {in_markdown(exported.model_name)}",
        "",
        f"{model.macs:,} multiply-accumulates, {model.params:,} parameters, {model.nodes} operators, "
        f"{model.precision}. SHA-256 `{model.sha256}`.",
        "",
        "| Device | Delegate | Precision | Energy (mJ) | 8 in 10 times (mJ) | Latency (ms) | Power (W) "
        "| Obtained |",
        "|---|---|---|--:|:-:|--:|--:|---|",
        *(_estimate_row(estimate) for estimate in report.estimates),
        "",
    ]
    for failure in report.not_estimated:
        where = f"{failure.device_id}, {failure.delegate}, {failure.precision}"
        lines.append(
            f"- No figure for {where}: {in_markdown(failure.reason.message)} (`{failure.reason.code}`)"
        )
    for estimate in report.estimates:
        lines += _details(exported, estimate)
    lines += ["## Sources of the measurements", ""]
    for source in sources_of(report):
        licence = in_markdown(source.licence)
        lines.append(
            f"- {in_markdown(source.authors)}: [{in_markdown(source.source_title)}]({source.url}). {licence}."
        )
    lines += ["", f"JouleLens, data {report.data_version}, method {report.method_version}.", ""]
    return "\n".join(lines)


def _estimate_row(estimate: Estimate) -> str:
    span = f"{short(estimate.energy_mj_low)} to {short(estimate.energy_mj_high)}"
    return (
        f"| {estimate.device_id} | {estimate.delegate} | {estimate.precision} | {short(estimate.energy_mj)} "
        f"| {span} | {short(estimate.latency_ms)} | {short(estimate.avg_power_w)} "
        f"| {estimate.evidence.value} |"
    )


def _details(exported: Exported, estimate: Estimate) -> list[str]:
    lines = [
        f"## {estimate.device_id}, {estimate.delegate}, {estimate.precision}",
        "",
        in_markdown(estimate_words(exported.report, estimate)),
        "",
        "| # | Kernel | Name | Energy (mJ) | 8 in 10 times (mJ) | Latency (ms) | MACs | Obtained |",
        "|--:|---|---|--:|:-:|--:|--:|---|",
    ]
    for part in estimate.kernels:
        span = f"{short(part.energy_mj_low)} to {short(part.energy_mj_high)}"
        lines.append(
            f"| {part.kernel.index} | {part.kernel.kind.value} | {in_markdown(part.kernel.name)} "
            f"| {short(part.energy_mj)} | {span} | {short(part.latency_ms)} | {part.kernel.macs:,} "
            f"| {part.evidence.value} |"
        )
    notes = [f"- {in_markdown(note.message)} (`{note.code}`)" for note in dict.fromkeys(estimate.warnings)]
    return [*lines, "", *notes, ""]
