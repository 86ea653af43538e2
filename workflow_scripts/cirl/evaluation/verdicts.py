"""What may be said of arms: a sentence that follows from paired effects and corrected p values.

That one arm differs significantly from the reference and another does not is no difference between
the two. So whether clusters help more than shuffled ones is told from the paired effect of the arm
against its placebo, and from nothing else.
"""

from collections.abc import Mapping

import pandas as pd

from cirl.configuration.arm_kinds import CLUSTERS, CONTROL, PLACEBO

NOTHING_HELPED = "nothing helped: no arm is better in a region without being worse in another."


def verdict(
    effects: pd.DataFrame,
    kinds: Mapping[str, str],
    placebos: Mapping[str, str],
    level: float,
    name: str = "clusters",
) -> str:
    """Say which arms helped, and whether what they train with did.

    An arm helped if it is better than the reference in some region and worse in none; its clusters
    did if, in such a region, it is better than its placebo too.

    Args:
        effects: rows ``arm, against, region, effect, p``: the paired effect of the arm minus the
            other one, in a metric that is better the larger it is, and p after correction over
            the whole family. Rows against no placebo of the arm are against the reference.
        kinds: of the arms, by their names.
        placebos: of those arms that have one, by their names.
        level: of significance.
        name: what the arms train with, in the plural.
    """
    own = effects["against"] == effects["arm"].map(placebos)
    better = (effects["p"] < level) & (effects["effect"] > 0)
    worse = (effects["p"] < level) & (effects["effect"] < 0)
    harmed = set(effects.loc[worse & ~own, "arm"])
    helped = effects[better & ~own & ~effects["arm"].isin(harmed)]
    over_placebo = set(effects.loc[better & own, ["arm", "region"]].itertuples(index=False))
    parts = []
    for arm, rows in helped.groupby("arm", sort=False):
        regions = list(rows["region"])
        more = [region for region in regions if (arm, region) in over_placebo]
        placebo = placebos.get(str(arm))
        if kinds[str(arm)] == PLACEBO:
            parts.append(f"{arm} helped in {', '.join(regions)}, whose {name} are shuffled.")
        elif kinds[str(arm)] == CONTROL:
            parts.append(
                f"{arm} helped in {', '.join(regions)}, whose batches are drawn from {name} and "
                "which does nothing else with them."
            )
        elif kinds[str(arm)] != CLUSTERS:
            parts.append(f"{arm} helped in {', '.join(regions)}, which uses no {name}.")
        elif more:
            parts.append(
                f"{name} helped, and more than shuffled ones: {arm} in {', '.join(more)} "
                f"(paired with {placebo})."
            )
        elif placebo:
            parts.append(
                f"{arm} helped in {', '.join(regions)}, but it was not shown to be better than "
                f"{placebo}, whose {name} are shuffled: any regulariser may do."
            )
        else:
            parts.append(
                f"{arm} helped in {', '.join(regions)}; without a placebo of its dose any "
                "regulariser might have."
            )
    return " ".join(parts) or NOTHING_HELPED
