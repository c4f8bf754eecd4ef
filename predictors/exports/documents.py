"""A report as a document: Markdown for an issue or a README, LaTeX for a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from data.bundle_build.sources import Source
from predictors.errors import printable, unlinked
from predictors.exports.content import Exported, estimate_words, sources_of
from predictors.results.columns import ESTIMATE, FOR_PEOPLE, KERNEL, Column, chosen
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
        rf"\begin{{tabular}}{{{''.join(_LATEX_ALIGNED.get(each.kind, 'l') for each in _COLUMNS)}}}",
        r"\hline",
        _latex_row(each.heading for each in _COLUMNS),
        _latex_row(f"({each.unit})" if each.unit else "" for each in _COLUMNS),
        r"\hline",
        *(_latex_row(_latex_cell(each, estimate) for each in _COLUMNS) for estimate in report.estimates),
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


_COLUMNS = chosen(ESTIMATE, FOR_PEOPLE)
_LATEX_ALIGNED = {"figure": "r", "ratio": "r", "count": "r", "range": "c"}


def _latex_row(texts: Iterable[str]) -> str:
    return " & ".join(texts) + r" \\"


def _latex_cell(column: Column, estimate: Estimate) -> str:
    text = column.shown(estimate, dash="--")
    return in_latex(text) if column.kind == "text" else text


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
    return _SPECIAL.sub(r"\\\1", unlinked(printable(text, LONGEST)))


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
        *markdown_table(_COLUMNS, report.estimates),
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


_MARKDOWN_ALIGNED = {"figure": "--:", "ratio": "--:", "count": "--:", "range": ":-:"}


def markdown_table(columns: Sequence[Column], rows: Iterable[Any]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [[each.title for each in columns], [_MARKDOWN_ALIGNED.get(each.kind, "---") for each in columns]]
    lines += [[_markdown_cell(each, row) for each in columns] for row in rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _markdown_cell(column: Column, row: Any) -> str:
    return in_markdown(column.shown(row)) if column.name == "name" else column.shown(row)


_KERNEL_COLUMNS = chosen(
    KERNEL, ("index", "kernel", "name", "energy_mj", "energy_range", "latency_ms", "macs", "evidence")
)


def _details(exported: Exported, estimate: Estimate) -> list[str]:
    lines = [
        f"## {estimate.device_id}, {estimate.delegate}, {estimate.precision}",
        "",
        in_markdown(estimate_words(exported.report, estimate)),
        "",
        *markdown_table(_KERNEL_COLUMNS, estimate.kernels),
    ]
    notes = [f"- {in_markdown(note.message)} (`{note.code}`)" for note in dict.fromkeys(estimate.warnings)]
    return [*lines, "", *notes, ""]
