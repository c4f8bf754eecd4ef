"""A page for every device: search over all of them, conditions, comparison, what can be estimated."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.charts.device_bars import energy_bars
from app.devices.energy_overview import energies_of, subjects_of, table_rows
from app.devices.facts import comparable, compare, conditions
from app.devices.list import of_kind
from app.measurements.devices import catalogue
from app.paths import ROOT
from data import open_bundle, queries

ENTRY = str(ROOT / "app" / "main.py")
DEVICES = queries.devices(open_bundle())


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption))


OF_EACH_KIND = set(DEVICES.groupby("kind")["device_id"].first()) | {"gap9-evk", "jetson-tx2"}
EVERY = [
    device_id if device_id in OF_EACH_KIND else pytest.param(device_id, marks=pytest.mark.long)
    for device_id in DEVICES["device_id"]
]
"""Two of them are special: nothing can be estimated on one, the other was measured kernel by kernel."""


@pytest.mark.slow
@pytest.mark.parametrize("device_id", EVERY)
def test_every_device_has_a_page_by_its_id(device_id: str) -> None:
    app = opened(device=device_id)
    assert not app.error
    assert not app.warning
    name = DEVICES.set_index("device_id").loc[device_id, "name"]
    assert app.header[0].value == name
    sections = [heading.value for heading in app.subheader] + [section.label for section in app.expander]
    assert {"What was measured, and how", "What can be estimated on it"} <= set(sections)


def test_the_folded_sections_of_a_phone_are_made_when_they_are_opened() -> None:
    app = opened(device="huawei-p40-pro")
    assert len(app.table) == 0
    app.session_state["conditions"] = True
    app.session_state["targets"] = True
    app.run()
    assert not app.error
    assert {"Source", "Error, held out (%)"} <= {name for table in app.table for name in table.value}


def test_conditions_cover_every_row_that_was_measured() -> None:
    coverage = queries.device_coverage(open_bundle())
    for device_id in DEVICES["device_id"]:
        measured = coverage[(coverage["device_id"] == device_id) & (coverage["table_name"] != "traces")]
        table = conditions(device_id)
        counted = [int(rows.replace(",", "")) for rows in table["rows"] if "samples" not in rows]
        assert sum(counted) == measured["row_count"].sum(), device_id
        assert table["meter"].str.len().gt(0).all(), device_id
        assert table["source"].notna().all(), device_id


def test_phones_come_first_and_all_devices_are_one_click_away() -> None:
    app = opened()
    phones = DEVICES[DEVICES["kind"] == "phone"]
    assert len(app.dataframe[0].value) == len(phones) == 16, "those without scores as well"
    app.segmented_control(key="kind").select("all").run()
    assert len(app.dataframe[0].value) == len(DEVICES) == 53
    assert "53 of 53 devices" in texts(app)


def same_again(app: AppTest) -> AppTest:
    """The page of another reader at the address that a page has now."""
    return opened(**{key: app.query_params[key] for key in app.query_params})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "then"), [("phone", "all"), ("phone", "board"), ("board", "phone"), ("microcontroller", "all")]
)
def test_a_copied_address_opens_the_same_kind_and_device(first: str, then: str) -> None:
    app = opened(kind=first)
    app.segmented_control(key="kind").select(then).run()
    again = same_again(app)
    assert again.segmented_control(key="kind").value == then
    assert app.selectbox(key="device").value == again.selectbox(key="device").value


def test_a_device_of_another_kind_in_detail_leaves_the_list_as_it_is() -> None:
    app = opened()
    app.selectbox(key="device").select("raspberry-pi-4").run()
    for page in (app, same_again(app)):
        assert page.segmented_control(key="kind").value == "phone"
        assert page.header[0].value == "Raspberry Pi 4 Model B"


def test_the_usual_view_has_an_empty_address() -> None:
    app = opened()
    assert not app.query_params
    app.selectbox(key="device").select("raspberry-pi-4").run()
    app.selectbox(key="device").select("huawei-p40-lite").run()
    assert not app.query_params


def test_a_device_that_was_asked_for_stays_when_the_kinds_widen() -> None:
    app = opened(device="khadas-vim4")
    app.segmented_control(key="kind").select("all").run()
    assert app.selectbox(key="device").value == "khadas-vim4"


def test_a_search_that_finds_other_kinds_says_so_and_leads_to_them() -> None:
    app = opened(q="jetson")
    assert "The search also finds 6 devices of other kinds." in texts(app)
    app.button(key="show-all").click().run()
    assert len(app.dataframe[0].value) == 6
    assert app.dataframe[0].value["name"].str.contains("Jetson").all()


@pytest.mark.parametrize(
    ("query", "found"), [("arm cortex", None), ("gap9", ["GAP9 EVK"]), ("hardkernel", ["Odroid N2+"])]
)
def test_the_search_looks_at_names_makers_and_chips(query: str, found: list[str] | None) -> None:
    app = opened(kind="all", q=query)
    if found is None:
        assert not app.error
    else:
        assert list(app.dataframe[0].value["name"]) == found


def test_an_address_with_a_device_opens_its_kind() -> None:
    app = opened(device="raspberry-pi-4")
    assert app.segmented_control(key="kind").value == "board"
    assert "▸ Raspberry Pi 4 Model B" in set(app.dataframe[0].value["name"])


def test_boards_are_sorted_by_what_they_take_on_the_network_most_of_them_ran() -> None:
    app = opened(kind="board")
    table = app.dataframe[0].value
    assert table["energy_mj"].dropna().is_monotonic_increasing
    runs = queries.board_runs(open_bundle())
    runs = runs[(runs["model"] == "resnet50") & (runs["scenario"] == "single-stream")]
    pi = runs[runs["device_id"] == "raspberry-pi-4"].groupby(["delegate", "software"])["energy_mj"]
    shown = table.set_index("name").loc["▸ Raspberry Pi 4 Model B", "energy_mj"]
    assert shown == pytest.approx(pi.median().min())
    assert "takes **1.83 J** on **Raspberry Pi 4 Model B**" in texts(app)
    assert "Jetson Orin NX takes the least, 19.4 mJ" in texts(app)


def test_devices_whose_meters_saw_different_things_are_on_axes_of_their_own() -> None:
    app = opened(kind="board")
    said = [each.value for each in app.markdown if each.value.startswith("**What the meter saw")]
    rows = energies_of("board", "resnet50")
    assert len(said) == rows["meter_scope"].nunique() == 2
    assert not rows.duplicated(["device_id", "meter_scope"]).any()
    assert "Jetson TX2" in set(rows.loc[rows["meter_scope"] == "board-supply", "name"])


@pytest.mark.parametrize("kind", ["board", "edge-server", "accelerator", "microcontroller"])
def test_every_kind_has_its_bars_and_devices_that_lack_a_figure_keep_their_row(kind: str) -> None:
    subject = next(iter(subjects_of(kind)))
    rows, devices = energies_of(kind, subject), of_kind(catalogue(), kind)
    assert rows["device_id"].nunique() >= 2
    assert (rows["low_mj"] <= rows["energy_mj"]).all() and (rows["energy_mj"] <= rows["high_mj"]).all()
    assert rows["measured_in"].str.len().gt(0).all()
    assert set(table_rows(devices, rows)["device_id"]) == set(devices["device_id"])
    figure = energy_bars(rows[rows["meter_scope"] == rows["meter_scope"].iloc[0]])
    assert figure.layout.xaxis.range[0] == 0


def test_the_title_asks_about_the_kind_that_is_shown() -> None:
    assert opened().title[0].value == "How much battery does AI cost on your phone?"
    assert opened(device="raspberry-pi-4").title[0].value == "Which device spends how much on AI?"


def test_a_device_is_compared_only_with_meters_that_saw_the_same_part() -> None:
    level, subject = comparable("jetson-tx2")["resnet50"]
    comparison = compare("jetson-tx2", level, subject)
    runs = set(queries.board_runs(open_bundle())["device_id"])
    assert comparison.meters == ("board-supply",)
    assert not runs & (set(comparison.groups["device_id"]) - {"jetson-tx2"})


def test_the_place_of_a_device_is_that_of_its_best_back_end() -> None:
    level, subject = comparable("raspberry-pi-4")["resnet50"]
    comparison = compare("raspberry-pi-4", level, subject)
    order = comparison.groups.sort_values("median")["device_id"].drop_duplicates()
    assert f"place {list(order).index('raspberry-pi-4') + 1} of {len(order)} devices" in comparison.sentence


def test_a_streaming_run_is_not_called_an_inference() -> None:
    for device_id in DEVICES["device_id"]:
        place = comparable(device_id).get("streaming wake word")
        if place is not None:
            assert "per streaming run" in compare(device_id, *place).sentence
            return
    raise AssertionError("no device with a streaming task")


def test_what_can_be_estimated_is_listed_with_its_error() -> None:
    app = opened(device="raspberry-pi-4")
    table = app.table[-1].value
    assert len(table) == 4
    assert (table["Error, held out (%)"].str.len() > 0).all()
    assert "errs by" in texts(app)


def test_a_device_without_enough_measurements_says_so() -> None:
    app = opened(device="gap9-evk")
    assert "Nothing: there are too few measurements" in texts(app)


def links(app: AppTest) -> dict[str, str]:
    """What each link to another page passes on; those of the menu of pages pass on nothing."""
    return {
        link.proto.page: link.proto.query_string for link in app.get("page_link") if link.proto.query_string
    }


def test_the_ways_on_from_the_first_screen_take_the_device_along() -> None:
    app = opened(device="khadas-vim4")
    assert links(app)["estimate"] == "device=khadas-vim4"
    assert links(app)["compare"].startswith("devices=khadas-vim4&devices=")


def test_a_device_that_nothing_can_be_estimated_for_is_not_sent_to_where_that_is_done() -> None:
    assert not {"estimate", "compare"} & set(links(opened(device="gap9-evk")))


def test_the_view_for_printing_has_whole_tables_instead_of_windows_onto_them() -> None:
    app = opened(device="raspberry-pi-4", print="true")
    assert not app.error
    assert not app.dataframe
    table = app.table[0].value
    assert len(table) == 13
    assert "1.83 J" in set(table["mJ"])
    assert "Runs on: TFLite, ruy (CPU)" in texts(app)


def test_an_address_that_names_a_kind_alone_leaves_the_device_of_another_kind() -> None:
    app = opened()
    app.query_params["kind"] = "board"
    app.run()
    assert app.title[0].value == "Which device spends how much on AI?"
    assert app.selectbox(key="device").value == "raspberry-pi-4"
