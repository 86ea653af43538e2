import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.adjustment import domain_effects, regress

RNG = np.random.default_rng(0)
DOMAIN = pd.Series(np.repeat(["x", "y", "z"], 20))
LOG = pd.Series(np.concatenate([RNG.normal(mean, 0.3, 20) for mean in (0.5, 1.0, 1.5)]))


def test_without_volume_it_is_the_analysis_of_variance():
    values = RNG.normal(size=60)
    n, domains, eta2, p, *_ = regress(values, DOMAIN, LOG)
    groups = [values[(name == DOMAIN).to_numpy()] for name in "xyz"]
    between = sum(20 * (group.mean() - values.mean()) ** 2 for group in groups)
    assert (n, domains) == (60, 3)
    assert p == pytest.approx(stats.f_oneway(*groups).pvalue)
    assert eta2 == pytest.approx(between / ((values - values.mean()) ** 2).sum())


def test_a_difference_that_volume_explains_goes_away():
    values = 0.3 + 0.2 * LOG.to_numpy() + RNG.normal(0, 0.03, 60)
    *_, p, eta2_adjusted, p_adjusted, slope, p_slope = regress(values, DOMAIN, LOG)
    assert p < 1e-6 and p_slope < 1e-10
    assert slope == pytest.approx(0.2, abs=0.03)
    assert p_adjusted > 0.01 and eta2_adjusted < 0.15


def test_a_difference_beside_volume_stays_and_may_only_then_be_seen():
    shift = DOMAIN.map({"x": 0.2, "y": 0.1, "z": 0.0}).to_numpy()
    values = 0.3 + 0.2 * LOG.to_numpy() + shift + RNG.normal(0, 0.03, 60)
    _, _, eta2, p, eta2_adjusted, p_adjusted, *_ = regress(values, DOMAIN, LOG)
    assert p_adjusted < 1e-6 < p
    assert eta2_adjusted > 0.5 > eta2


@pytest.mark.parametrize("n", [2, 3])
def test_too_few_subjects_give_no_number(n):
    found = regress(np.arange(n) / 10, DOMAIN.iloc[::20].repeat(2)[:n], LOG.iloc[::15][:n])
    assert found[0] == n and np.isnan(found[2:]).all()


def test_table_has_a_row_for_every_partition_that_divides():
    subjects = [f"s{i:02d}" for i in range(60)]
    scores = pd.DataFrame({"subject": subjects, "dice": RNG.uniform(size=60), "empty": False})
    scores = scores.assign(protocol="cv", arm="a", region="WT")
    domain = pd.Series(DOMAIN.to_numpy(), index=subjects)
    partitions = {
        "all": pd.Series("all", index=subjects),
        "scanner": domain.mask(domain == "z", "none"),
        "kind": domain,
        "lesion_size": domain,
    }
    table = domain_effects(scores, partitions, pd.Series(10 ** LOG.to_numpy(), index=subjects))
    assert table["partition"].tolist() == ["scanner", "kind"]
    assert table["n"].tolist() == [40, 60]
    assert (table["p_holm"] >= table["p_domain_adjusted"]).all()
    assert domain_effects(scores.iloc[:0], partitions, pd.Series(dtype=float)).empty
