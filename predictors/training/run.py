"""Search all hyper-parameters again: `python -m predictors train`."""

from __future__ import annotations


def train_all() -> str:
    """Rewrite every settings file that a search made; returns what was written (minutes on two cores)."""
    # Imported here: scikit-learn's searches are only needed when training is asked for.
    from predictors.energy.boards.data import main as write_board_features
    from predictors.training import applications, boards, known_networks, p40, tx2

    p40.write_settings()
    tx2.train()
    write_board_features()
    boards.write_board_pairs()
    applications.write_applications()
    known_networks.write_known_networks()
    written = (
        "p40_cpu.toml, p40_gpu.toml, tx2.toml, board_networks_features.csv, board_pairs.csv, "
        "reference_kernel_sums.csv, application_terms.csv, application_pairs.csv, known_networks.csv"
    )
    return f"Rewritten in predictors/settings: {written}."
