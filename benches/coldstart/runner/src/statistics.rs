//! Medians, percentiles and ratios of samples.

/// Returns the value below which the given share of the samples lies, interpolated linearly.
/// Returns NaN if there are no samples.
pub(crate) fn percentile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * position.fract()
}

/// Returns the median. Returns NaN if there are no samples.
pub(crate) fn median(samples: &[f64]) -> f64 {
    percentile(samples, 0.5)
}

/// Divides each sample by the sample of `base` from the same round, and returns the median of these
/// ratios. If something slows both programs of a round equally, the ratio of this round does not
/// change.
pub(crate) fn median_ratio(samples: &[f64], base: &[f64]) -> f64 {
    let ratios: Vec<f64> = samples
        .iter()
        .zip(base)
        .map(|(one, base)| one / base)
        .collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_samples_does_not_change_the_median() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[7.0]), 7.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn percentiles_are_interpolated() {
        let samples: Vec<f64> = (0..=10).map(f64::from).collect();
        assert_eq!(percentile(&samples, 0.1), 1.0);
        assert_eq!(percentile(&samples, 0.9), 9.0);
        assert_eq!(percentile(&[0.0, 10.0], 0.25), 2.5);
        assert_eq!(percentile(&[1.0, 2.0], 1.0), 2.0);
    }

    #[test]
    fn a_ratio_compares_the_runs_of_one_round() {
        // The second round is slow for both programs. The ratios of the medians would be 3.0 and
        // 1.5.
        assert_eq!(median_ratio(&[2.0, 20.0, 9.0], &[1.0, 10.0, 3.0]), 2.0);
        assert_eq!(median_ratio(&[3.0, 30.0, 2.0], &[1.0, 10.0, 2.0]), 3.0);
    }
}
