"""Tables that compare: arms on all subjects, on parts of them, and against each other."""

from cirl.study.tables.segmentation import METRICS
from cirl.study.tables.table import Kind, Table

SCORES = Table(
    METRICS.columns,
    {**METRICS.further, "exposure": Kind.TEXT, "domain": Kind.TEXT, "patient": Kind.TEXT},
    others=Kind.NUMBER,
)
"""``evaluation/scores.csv``: the metrics of all folds, and whose scan the subject is; where a
protocol leaves domains out also whether the subject's was ``seen`` or ``unseen`` (else empty), and
its name."""

PARTITIONS = Table({"subject": Kind.TEXT, "wt_volume_ml": Kind.NUMBER}, others=Kind.TEXT)
"""``evaluation/partitions.csv``: the domain of each subject, a column a way of dividing them."""

SCORE_SUMMARY = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "n": Kind.INTEGER,
        "mean": Kind.NUMBER,
        "sd": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "worst_domain": Kind.TEXT,
        "worst_domain_mean": Kind.NUMBER,
        "variance_over_domains": Kind.NUMBER,
        "empty_cases": Kind.INTEGER,
        "n_detected": Kind.INTEGER,
        "mean_detected": Kind.NUMBER,
        "worst_domain_n": Kind.INTEGER,
        "worst_domain_shrunk": Kind.NUMBER,
        "worst_domain_ci_low": Kind.NUMBER,
        "worst_domain_ci_high": Kind.NUMBER,
        "between_sd": Kind.NUMBER,
        "between_sd_ci_low": Kind.NUMBER,
        "between_sd_ci_high": Kind.NUMBER,
        "between_p": Kind.NUMBER,
        "seeds": Kind.INTEGER,
        "sd_over_seeds": Kind.NUMBER,
    }
)
"""``evaluation/summary.csv``, a row a protocol x arm x region x metric x partition."""

DOMAINS = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "domain": Kind.TEXT,
        "n": Kind.INTEGER,
        "mean": Kind.NUMBER,
        "sd": Kind.NUMBER,
        "empty_cases": Kind.INTEGER,
        "mean_detected": Kind.NUMBER,
        "mean_at_equal_volume": Kind.NUMBER,
    }
)
"""``evaluation/domains.csv``: the same of each domain of a partition."""

TESTS = Table(
    {
        "protocol": Kind.TEXT,
        "arm_a": Kind.TEXT,
        "arm_b": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "n": Kind.INTEGER,
        "effect": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "p_ttest": Kind.NUMBER,
        "p_wilcoxon": Kind.NUMBER,
        "p_holm": Kind.NUMBER,
        "effect_d": Kind.NUMBER,
        "family": Kind.INTEGER,
    }
)
"""``evaluation/tests.csv``, a row a pair of arms x region x metric x partition."""

PRIMARY = Table(
    {
        "protocol": Kind.TEXT,
        "partition": Kind.TEXT,
        "arm": Kind.TEXT,
        "reference": Kind.TEXT,
        "region": Kind.TEXT,
        "n": Kind.INTEGER,
        "seeds": Kind.INTEGER,
        "trainings": Kind.INTEGER,
        "domains": Kind.TEXT,
        "inference": Kind.TEXT,
        "effect": Kind.NUMBER,
        "se": Kind.NUMBER,
        "df": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "p": Kind.NUMBER,
        "p_holm": Kind.NUMBER,
        "p_equivalence": Kind.NUMBER,
        "p_equivalence_holm": Kind.NUMBER,
        "margin": Kind.NUMBER,
    }
)
"""``evaluation/primary.csv``, a row a protocol x arm x reference x region: the paired effect on
Dice where the study's question is asked."""

WORST = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "reference": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "n": Kind.INTEGER,
        "worst_reference": Kind.NUMBER,
        "worst": Kind.NUMBER,
        "effect": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "p": Kind.NUMBER,
        "p_holm": Kind.NUMBER,
    }
)
"""``evaluation/worst_domains.csv``: each arm's worst domain beside that of the first arm, and of
its placebo."""

RANKING = Table(
    {
        "protocol": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "arm": Kind.TEXT,
        "n": Kind.INTEGER,
        "mean": Kind.NUMBER,
        "rank": Kind.INTEGER,
        "rank_low": Kind.NUMBER,
        "rank_high": Kind.NUMBER,
        "tau": Kind.NUMBER,
        "tau_low": Kind.NUMBER,
        "tau_high": Kind.NUMBER,
    },
    others=Kind.NUMBER,
)
"""``evaluation/ranking.csv``; ``rank_1, ...`` follow, the share of the samples with that rank."""

DOMAIN_EFFECTS = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "n": Kind.INTEGER,
        "domains": Kind.INTEGER,
        "eta2": Kind.NUMBER,
        "p_domain": Kind.NUMBER,
        "eta2_adjusted": Kind.NUMBER,
        "p_domain_adjusted": Kind.NUMBER,
        "slope": Kind.NUMBER,
        "p_slope": Kind.NUMBER,
        "p_holm": Kind.NUMBER,
    }
)
"""``evaluation/domain_effects.csv``: what domains explain, beside the tumours' volumes."""

GAPS = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "region": Kind.TEXT,
        "metric": Kind.TEXT,
        "partition": Kind.TEXT,
        "compared": Kind.TEXT,
        "n_seen": Kind.INTEGER,
        "mean_seen": Kind.NUMBER,
        "n_unseen": Kind.INTEGER,
        "mean_unseen": Kind.NUMBER,
        "gap": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
    }
)
"""``evaluation/gaps.csv``: what is lost on unseen domains."""

THRESHOLD = Table(
    {
        "mask": Kind.TEXT,
        "threshold": Kind.NUMBER,
        "n": Kind.INTEGER,
        "dice": Kind.NUMBER,
    }
)
"""``evaluation/threshold.csv``: masks that need no training."""

DOSE = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "family": Kind.TEXT,
        "kind": Kind.TEXT,
        "setting": Kind.TEXT,
        "dose": Kind.NUMBER,
        "domains": Kind.TEXT,
        "n": Kind.INTEGER,
        "mean": Kind.NUMBER,
        "mean_low": Kind.NUMBER,
        "mean_high": Kind.NUMBER,
        "worst": Kind.NUMBER,
        "worst_low": Kind.NUMBER,
        "worst_high": Kind.NUMBER,
        "gap": Kind.NUMBER,
        "mean_effect": Kind.NUMBER,
        "mean_effect_low": Kind.NUMBER,
        "mean_effect_high": Kind.NUMBER,
        "worst_effect": Kind.NUMBER,
        "worst_effect_low": Kind.NUMBER,
        "worst_effect_high": Kind.NUMBER,
        "worst_p": Kind.NUMBER,
        "placebo": Kind.TEXT,
        "placebo_effect": Kind.NUMBER,
        "placebo_p": Kind.NUMBER,
        "probe_linear": Kind.NUMBER,
        "probe_linear_low": Kind.NUMBER,
        "probe_linear_high": Kind.NUMBER,
        "probe_mlp": Kind.NUMBER,
        "probe_mlp_low": Kind.NUMBER,
        "probe_mlp_high": Kind.NUMBER,
        "chance": Kind.NUMBER,
        "effective_rank": Kind.NUMBER,
        "halfway_linear": Kind.NUMBER,
        "halfway_linear_low": Kind.NUMBER,
        "halfway_linear_high": Kind.NUMBER,
        "halfway_mlp": Kind.NUMBER,
        "halfway_mlp_low": Kind.NUMBER,
        "halfway_mlp_high": Kind.NUMBER,
        "half_rank": Kind.NUMBER,
        "half_rank_low": Kind.NUMBER,
        "half_rank_high": Kind.NUMBER,
        "repetitions": Kind.INTEGER,
    }
)
"""``evaluation/dose_response.csv``: scores, worst domains and probes of every arm, by the dose
of its method and the setting that it is of, such as a weight."""
