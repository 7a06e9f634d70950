//! Measuring two sides in turn, and printing what came out.

/// How often each side runs.
pub const RUNS: usize = 5;

pub enum Target {
    AtLeast(f64),
    AtMost(f64),
}

pub struct Row {
    pub name: &'static str,
    pub ours: String,
    pub other: String,
    pub ratio: f64,
    pub target: Target,
}

impl Row {
    fn is_met(&self) -> bool {
        match self.target {
            Target::AtLeast(least) => self.ratio >= least,
            Target::AtMost(most) => self.ratio <= most,
        }
    }
}

/// Both sides in turn; the medians of each, and the median of the ratios pair by pair.
pub fn compare(mut ours: impl FnMut() -> f64, mut other: impl FnMut() -> f64) -> (f64, f64, f64) {
    let (mut all_ours, mut all_others, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let (one, two) = if run % 2 == 0 {
            let one = ours();
            (one, other())
        } else {
            let two = other();
            (ours(), two)
        };
        // The first pair warms up.
        if run > 0 {
            all_ours.push(one);
            all_others.push(two);
            ratios.push(one / two);
        }
    }
    (median(all_ours), median(all_others), median(ratios))
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A row of rates, in operations a second.
pub fn rates(name: &'static str, unit: &str, target: Target, (ours, other, ratio): (f64, f64, f64)) -> Row {
    Row { name, ours: format!("{ours:.0} {unit}/s"), other: format!("{other:.0} {unit}/s"), ratio, target }
}

pub fn print(rows: &[Row]) {
    println!("| work | ours | the other | ratio | target | |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let target = match row.target {
            Target::AtLeast(least) => format!("at least {least}"),
            Target::AtMost(most) => format!("at most {most}"),
        };
        let verdict = if row.is_met() { "met" } else { "short" };
        println!("| {} | {} | {} | {:.2} | {target} | {verdict} |", row.name, row.ours, row.other, row.ratio);
    }
    println!("{} of {} targets met", rows.iter().filter(|row| row.is_met()).count(), rows.len());
}
