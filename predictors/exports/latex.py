"""A report as a LaTeX table, and the works to cite as BibTeX in comments below it."""

from __future__ import annotations

import re

from data.bundle_build.sources import Source
from predictors.errors import printable
from predictors.exports.content import Exported, sources_of
from predictors.results.estimates import Estimate
from predictors.results.rounding import short

_REPLACED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
}  # fmt: skip
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def escaped(text: str) -> str:
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
        rf"\caption{{Energy per inference of {escaped(exported.model_name)} "
        rf"({short(report.model.macs / 1e6, 4)} million multiply-accumulates), estimated, not measured, by "
        rf"JouleLens (data {escaped(report.data_version)}, method {escaped(report.method_version)}).{cite}}}",
        r"\end{table}",
        "% Works to cite; save these lines without the percent signs in your .bib file.",
        *(f"% {line}" for line in bibtex(exported).splitlines()),
    ]
    return "\n".join(lines) + "\n"


def _row(estimate: Estimate) -> str:
    cells = (
        escaped(estimate.device_id),
        escaped(estimate.delegate),
        escaped(estimate.precision),
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
        "title": f"Energy estimate of {escaped(exported.model_name)}",
        "year": str(exported.made_at.year),
        "note": escaped(
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
        "title": "{" + escaped(source.source_title) + "}",
        "howpublished": escaped(source.venue or ""),
        "year": year.group() if year else arxiv_year,
        "doi": source.doi or "",
        "eprint": source.arxiv or "",
        "archiveprefix": "arXiv" if source.arxiv else "",
        "url": source.url,
        "note": escaped(f"Licence: {source.licence}"),
    }
    return {name: value for name, value in fields.items() if value}


def _authors(names: str) -> str:
    """ "A, B, C" as BibTeX separates them; groups ("X and others") stay one name."""
    if "(" in names or " and " in names:
        people = names.removesuffix(" and others")
        return f"{escaped(people)} and others" if people != names else "{" + escaped(names) + "}"
    return " and ".join(escaped(name.strip()) for name in names.split(","))


def _entry(key: str, fields: dict[str, str]) -> str:
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{body}\n}}"
