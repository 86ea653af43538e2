"""What others print of detectors without labels, for the table beside ours.

Sources: Weninger et al., the anomaly paper (Tables 2 and 3, section 5.3; BraTS 2018, slices without
tumour count as 0 in Table 2); Meissen et al. 2021 (a FLAIR threshold, BraTS); 2510.15684 (a
transformer autoencoder, BraTS-GoAT 2025, lesion-wise).
"""

OUTLINE, SEMANTIC = "WT", "semantic"
"""Columns of the paper's Table 2 as rows of ``anomaly/slice_conventions.csv``."""

PUBLISHED_DICE: dict[str, dict[tuple[str, str], float]] = {
    OUTLINE: {
        ("vae", "mse"): 0.377, ("vae", "ssim"): 0.409,
        ("dvae", "mse"): 0.379, ("dvae", "ssim"): 0.410,
        ("vae1px", "mse"): 0.371, ("vae1px", "ssim"): 0.350,
        ("vae_ce", "mse"): 0.383, ("vae_ce", "ssim"): 0.408,
        ("aae", "mse"): 0.377, ("aae", "ssim"): 0.370,
        ("biaae", "mse"): 0.383, ("biaae", "ssim"): 0.407,
    },
    SEMANTIC: {
        ("vae", "mse"): 0.232, ("vae", "ssim"): 0.253,
        ("dvae", "mse"): 0.234, ("dvae", "ssim"): 0.260,
        ("vae1px", "mse"): 0.221, ("vae1px", "ssim"): 0.201,
        ("vae_ce", "mse"): 0.236, ("vae_ce", "ssim"): 0.260,
        ("aae", "mse"): 0.231, ("aae", "ssim"): 0.216,
        ("biaae", "mse"): 0.235, ("biaae", "ssim"): 0.248,
    },
}  # fmt: skip
"""Dice by model and loss, before the gate."""

SLICE_AUC: dict[str, float] = {"score_mean": 0.835, "score_latent": 0.471}
"""The paper's Table 3, by our columns: mean residual, latent space."""

OVERALL: dict[str, float] = {"WT": 0.64, "TC": 0.61, "ET": 0.62}
"""Its dilated VAE with SSIM after the gate, section 5.3."""

ANCHORS: tuple[tuple[str, str, str], ...] = (
    ("FLAIR threshold (Meissen 2021)", "best Dice of all voxels, WT", "0.738"),
    ("best of the anomaly paper", "outline, slices without tumour as 0", "0.410"),
    (
        "transformer autoencoder (GoAT 2025)",
        "lesion-wise Dice, WT / TC / ET",
        "0.437 / 0.316 / 0.350",
    ),
)
"""Who, in what, how much."""
