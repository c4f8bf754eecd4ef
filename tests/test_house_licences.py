"""Every package that the app installs is listed with a licence that lets it be used."""

from __future__ import annotations

import re

import pytest

from dependency_licences import PAGE, PIN, ROOT, dependencies, licence_of, page, pins

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ACCEPTED = re.compile(r"\b(MIT|BSD|0BSD|Apache|PSF|MPL|Mozilla|Zlib|CC0|ISC|HPND)\b", re.IGNORECASE)


def test_the_page_lists_what_the_lock_file_installs() -> None:
    assert page(dependencies(LOCK)) == PAGE.read_text(encoding="utf-8"), "run `make licences`"
    assert len(pins(LOCK)) == len(re.findall(r"^\S+==", LOCK, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(pins(LOCK)))
def test_a_package_has_a_licence_that_lets_it_be_used(name: str) -> None:
    [row] = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {name} |")]
    licence = row.split("|")[3]
    assert ACCEPTED.search(licence)
    # GPL and AGPL would reach over to this project; the LGPL's and the MPL's terms stay within the library.
    assert not re.search(r"(?<!L)GPL|Affero|Proprietary", licence)


def test_a_text_in_the_licence_field_is_not_taken_for_a_name() -> None:
    from email.message import EmailMessage

    about = EmailMessage()
    about["License"] = "Permission is hereby granted, free of charge, to any person obtaining a copy"
    assert licence_of(about) == ""  # type: ignore[arg-type]
    about["Classifier"] = "License :: OSI Approved :: MIT License"
    assert licence_of(about) == "MIT License"  # type: ignore[arg-type]
    assert PIN.findall("a-b==1.2 \\\n    --hash=x\n") == [("a-b", "1.2")]
